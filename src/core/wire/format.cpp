#include "core/wire/format.hpp"

#include <array>
#include <charconv>
#include <span>

#include "core/base/bytes.hpp"

namespace handfast::wire {
namespace {

constexpr std::string_view digits = "0123456789abcdef";
constexpr std::size_t groups_per_address = 8;

using Groups = std::array<std::uint16_t, groups_per_address>;

void append_decimal(std::string& out, std::uint32_t value) {
    std::array<char, 10> text{};
    const auto written = std::to_chars(text.data(), text.data() + text.size(), value);
    out.append(text.data(), written.ptr);
}

// Lower case, without leading zeros: RFC 5952 §4.1 and §4.3.
void append_group(std::string& out, std::uint16_t value) {
    std::array<char, 4> text{};
    const auto written = std::to_chars(text.data(), text.data() + text.size(), value, 16);
    out.append(text.data(), written.ptr);
}

void append_v4(std::string& out, std::uint32_t value) {
    for (unsigned shift = 32; shift != 0; shift -= 8) {
        append_decimal(out, (value >> (shift - 8)) & 0xffU);
        if (shift != 8) out += '.';
    }
}

[[nodiscard]] Groups groups_of(const IpAddress& address) {
    Groups groups{};
    for (std::size_t i = 0; i < groups.size(); ++i) groups[i] = load_be16(address.octets(), 2 * i);
    return groups;
}

// [begin, end) of the groups that `::` stands for.
struct ZeroRun {
    std::size_t begin{0};
    std::size_t end{0};

    [[nodiscard]] constexpr std::size_t size() const { return end - begin; }
};

// The longest run of zero groups, the first of equal ones, but never a single group: RFC 5952
// §4.2.
[[nodiscard]] ZeroRun longest_zero_run(std::span<const std::uint16_t> groups) {
    ZeroRun longest;
    ZeroRun run;
    for (std::size_t i = 0; i < groups.size(); ++i) {
        if (groups[i] != 0) continue;
        if (run.end != i) run.begin = i;
        run.end = i + 1;
        if (run.size() > longest.size()) longest = run;
    }
    return longest.size() > 1 ? longest : ZeroRun{};
}

void append_v6(std::string& out, const IpAddress& address) {
    const Groups groups = groups_of(address);
    const ZeroRun run = longest_zero_run(groups);
    // IPv4-mapped addresses show the IPv4 address in them: RFC 5952 §5.
    const bool mapped = run.begin == 0 && run.end == 5 && groups[5] == 0xffff;
    if (mapped) {
        out += "::ffff:";
        append_v4(out, load_be32(address.octets(), 12));
        return;
    }
    for (std::size_t i = 0; i < groups.size(); ++i) {
        if (run.size() != 0 && i == run.begin) {
            out += "::";
            i = run.end - 1;
            continue;
        }
        if (i != 0 && !out.ends_with("::")) out += ':';
        append_group(out, groups[i]);
    }
}

void append_address(std::string& out, const IpAddress& address) {
    if (address.is_v4()) {
        append_v4(out, address.v4_value());
    } else {
        append_v6(out, address);
    }
}

}  // namespace

std::string to_string(const IpAddress& address) {
    std::string out;
    append_address(out, address);
    return out;
}

std::string to_string(const Prefix& prefix) {
    std::string out = to_string(prefix.address);
    out += '/';
    append_decimal(out, prefix.length);
    return out;
}

std::string to_string(const MacAddress& mac) {
    std::string out;
    for (const std::byte octet : mac.octets) {
        if (!out.empty()) out += ':';
        out += digits[std::to_integer<std::size_t>(octet >> 4)];
        out += digits[std::to_integer<std::size_t>(octet & std::byte{0xf})];
    }
    return out;
}

std::string to_string(const Endpoint& endpoint) {
    std::string out;
    if (!endpoint.address.is_v4()) out += '[';
    append_address(out, endpoint.address);
    if (!endpoint.address.is_v4()) out += ']';
    out += ':';
    append_decimal(out, number(endpoint.port));
    return out;
}

}  // namespace handfast::wire
