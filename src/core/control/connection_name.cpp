#include "core/control/connection_name.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "core/base/bytes.hpp"

namespace handfast::control {

namespace {

constexpr std::string_view prefix = "hf/";
constexpr std::size_t key_digits = 16;
constexpr std::size_t octet_digits = 2;

void append_number(std::string& out, std::uint64_t value, std::size_t digits) {
    std::array<char, key_digits> text{};
    const auto end = std::to_chars(text.data(), text.data() + text.size(), value, 16).ptr;
    const auto count = static_cast<std::size_t>(end - text.data());
    if (count < digits) out.append(digits - count, '0');
    out.append(text.data(), count);
}

// The address's 4 or 16 octets and the port's 2.
void append_endpoint(std::string& out, const wire::Endpoint& endpoint) {
    const Bytes octets{endpoint.address.octets()};
    for (const std::byte octet : endpoint.address.is_v4() ? octets.last(4) : octets)
        append_number(out, std::to_integer<std::uint64_t>(octet), octet_digits);
    append_number(out, wire::number(endpoint.port), 2 * octet_digits);
}

std::optional<std::uint64_t> parse_number(std::string_view text) {
    std::uint64_t value{0};
    const char* const end = text.data() + text.size();
    const auto result = std::from_chars(text.data(), end, value, 16);
    if (text.empty() || result.ec != std::errc{} || result.ptr != end) return std::nullopt;
    return value;
}

std::optional<wire::Endpoint> parse_endpoint(std::string_view text) {
    constexpr std::size_t v4_digits = 6 * octet_digits;
    constexpr std::size_t v6_digits = 18 * octet_digits;
    if (text.size() != v4_digits && text.size() != v6_digits) return std::nullopt;
    std::array<std::byte, 18> octets{};
    for (std::size_t i = 0; i < text.size() / octet_digits; ++i) {
        const auto octet = parse_number(text.substr(i * octet_digits, octet_digits));
        if (!octet) return std::nullopt;
        octets[i] = static_cast<std::byte>(*octet);
    }
    const std::size_t address_size = text.size() / octet_digits - 2;
    wire::Endpoint endpoint;
    endpoint.port = wire::Port{load_be16(octets, address_size)};
    if (address_size == 4) {
        endpoint.address = wire::IpAddress::v4(load_be32(octets, 0));
        return endpoint;
    }
    std::array<std::byte, 16> address{};
    std::copy_n(octets.begin(), address.size(), address.begin());
    endpoint.address = wire::IpAddress::v6(address);
    return endpoint;
}

// What stands before the next slash; `text` is left with what stands behind it.
std::string_view take_part(std::string_view& text) {
    const std::size_t at = std::min(text.find('/'), text.size());
    const std::string_view part = text.substr(0, at);
    text.remove_prefix(std::min(at + 1, text.size()));
    return part;
}

}  // namespace

std::string to_text(const ConnectionName& name) {
    std::string text{prefix};
    append_number(text, name.network_key, key_digits);
    text += '/';
    append_number(text, static_cast<std::uint64_t>(name.connection), 1);
    text += '/';
    append_endpoint(text, name.local);
    text += '/';
    append_endpoint(text, name.remote);
    return text;
}

std::optional<ConnectionName> parse_connection_name(std::string_view text) {
    if (!text.starts_with(prefix)) return std::nullopt;
    text.remove_prefix(prefix.size());
    const auto key = parse_number(take_part(text));
    const auto connection = parse_number(take_part(text));
    const auto local = parse_endpoint(take_part(text));
    const auto remote = parse_endpoint(text);
    if (!key || !connection || !local || !remote) return std::nullopt;
    return ConnectionName{.network_key = *key,
                          .connection = ConnectionKey{*connection},
                          .local = *local,
                          .remote = *remote};
}

}  // namespace handfast::control
