// Reading addresses. By hand, not by inet_pton: the engine links no call of the system's.
#include "core/wire/address.hpp"

#include <algorithm>
#include <limits>

namespace handfast::wire {
namespace {

constexpr std::size_t v4_octets = 4;
constexpr std::size_t v6_octets = 16;

[[nodiscard]] constexpr std::uint8_t bits_of(Family f) {
    return f == Family::ipv4 ? 32 : 128;
}

[[nodiscard]] constexpr std::optional<std::uint32_t> digit_value(char c) {
    if (c >= '0' && c <= '9') return static_cast<std::uint32_t>(c - '0');
    if (c >= 'a' && c <= 'f') return static_cast<std::uint32_t>(c - 'a' + 10);
    if (c >= 'A' && c <= 'F') return static_cast<std::uint32_t>(c - 'A' + 10);
    return std::nullopt;
}

// The text still to be read.
class Scanner {
public:
    explicit constexpr Scanner(std::string_view text) : left_{text} {}

    [[nodiscard]] constexpr bool done() const { return left_.empty(); }
    [[nodiscard]] constexpr std::string_view left() const { return left_; }

    [[nodiscard]] constexpr bool skip(std::string_view expected) {
        if (!left_.starts_with(expected)) return false;
        left_.remove_prefix(expected.size());
        return true;
    }

    // A decimal number without sign or leading zeros, which some would read as octal.
    [[nodiscard]] constexpr std::optional<std::uint32_t> decimal(std::uint32_t largest) {
        const bool zero = left_.starts_with('0');
        std::uint32_t value = 0;
        std::size_t digits = 0;
        for (; digits < left_.size(); ++digits) {
            const auto digit = digit_value(left_[digits]);
            if (!digit || *digit > 9) break;
            value = value * 10 + *digit;
            if (value > largest) return std::nullopt;
        }
        if (digits == 0 || (zero && digits > 1)) return std::nullopt;
        left_.remove_prefix(digits);
        return value;
    }

    // One to `most` hexadecimal digits.
    [[nodiscard]] constexpr std::optional<std::uint32_t> hexadecimal(std::size_t most) {
        std::uint32_t value = 0;
        std::size_t digits = 0;
        for (; digits < left_.size(); ++digits) {
            const auto digit = digit_value(left_[digits]);
            if (!digit) break;
            if (digits == most) return std::nullopt;
            value = value * 16 + *digit;
        }
        if (digits == 0) return std::nullopt;
        left_.remove_prefix(digits);
        return value;
    }

private:
    std::string_view left_;
};

// RFC 791's four octets in the form that RFC 3986 §3.2.2 calls IPv4address.
[[nodiscard]] std::optional<std::uint32_t> parse_v4(std::string_view text) {
    Scanner in{text};
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < v4_octets; ++i) {
        if (i != 0 && !in.skip(".")) return std::nullopt;
        const auto octet = in.decimal(255);
        if (!octet) return std::nullopt;
        value = (value << 8) | *octet;
    }
    if (!in.done()) return std::nullopt;
    return value;
}

// The octets of an IPv6 address as they are read, and where `::` stood among them.
struct V6Octets {
    std::array<std::byte, v6_octets> octets{};
    std::size_t size{0};
    std::optional<std::size_t> gap;

    [[nodiscard]] bool append(std::uint32_t value, std::size_t count) {
        if (size + count > v6_octets) return false;
        for (std::size_t i = 0; i < count; ++i)
            octets[size++] = static_cast<std::byte>((value >> (8 * (count - 1 - i))) & 0xffU);
        return true;
    }

    // `::` stands for at least one group of zeros, and for as many as are missing.
    [[nodiscard]] bool close_gap() {
        if (!gap) return size == v6_octets;
        if (size == v6_octets) return false;
        std::rotate(octets.begin() + static_cast<std::ptrdiff_t>(*gap),
                    octets.begin() + static_cast<std::ptrdiff_t>(size),
                    octets.end());
        size = v6_octets;
        return true;
    }
};

// RFC 4291 §2.2, all three forms. Zones (RFC 4007 §11) are no part of an address.
[[nodiscard]] std::optional<std::array<std::byte, v6_octets>> parse_v6(std::string_view text) {
    Scanner in{text};
    V6Octets read;
    if (in.skip("::")) read.gap = 0;
    while (!in.done()) {
        const std::string_view before_group = in.left();
        const auto group = in.hexadecimal(4);
        if (!group) return std::nullopt;
        if (in.left().starts_with('.')) {  // the last 32 bits, dotted
            const auto v4 = parse_v4(before_group);
            if (!v4 || !read.append(*v4, v4_octets)) return std::nullopt;
            break;
        }
        if (!read.append(*group, 2)) return std::nullopt;
        if (in.done()) break;
        if (in.skip("::")) {
            if (read.gap) return std::nullopt;
            read.gap = read.size;
        } else if (!in.skip(":") || in.done()) {
            return std::nullopt;
        }
    }
    if (!read.close_gap()) return std::nullopt;
    return read.octets;
}

[[nodiscard]] std::optional<Port> parse_port(std::string_view text) {
    Scanner in{text};
    const auto value = in.decimal(std::numeric_limits<std::uint16_t>::max());
    if (!value || !in.done()) return std::nullopt;
    return Port{static_cast<std::uint16_t>(*value)};
}

}  // namespace

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
    if (text.contains(':')) {
        const auto octets = parse_v6(text);
        if (!octets) return std::nullopt;
        return v6(*octets);
    }
    const auto value = parse_v4(text);
    if (!value) return std::nullopt;
    return v4(*value);
}

std::optional<Prefix> Prefix::parse(std::string_view text) {
    const std::size_t slash = text.find('/');
    const auto address = IpAddress::parse(text.substr(0, slash));
    if (!address) return std::nullopt;
    const std::uint8_t bits = bits_of(address->family());
    if (slash == std::string_view::npos) return Prefix{*address, bits};
    Scanner in{text.substr(slash + 1)};
    const auto length = in.decimal(bits);
    if (!length || !in.done()) return std::nullopt;
    return Prefix{*address, static_cast<std::uint8_t>(*length)};
}

bool Prefix::contains(const IpAddress& a) const {
    if (a.family() != address.family()) return false;
    const std::size_t skipped = a.is_v4() ? v6_octets - v4_octets : 0;
    std::size_t bits = std::min(length, bits_of(a.family()));
    for (std::size_t i = skipped; bits != 0; ++i) {
        const std::size_t here = std::min<std::size_t>(bits, 8);
        const auto mask = static_cast<std::byte>(0xff00U >> here);
        if (((a.octets()[i] ^ address.octets()[i]) & mask) != std::byte{0}) return false;
        bits -= here;
    }
    return true;
}

std::optional<IpAddress> Prefix::broadcast() const {
    if (!address.is_v4() || length >= 31) return std::nullopt;
    return IpAddress::v4(address.v4_value() | (0xffff'ffffU >> length));
}

std::optional<MacAddress> MacAddress::parse(std::string_view text) {
    constexpr std::size_t text_size = 17;
    if (text.size() != text_size) return std::nullopt;
    Scanner in{text};
    MacAddress mac;
    for (std::size_t i = 0; i < mac.octets.size(); ++i) {
        if (i != 0 && !in.skip(":")) return std::nullopt;
        const auto octet = in.hexadecimal(2);
        if (!octet) return std::nullopt;
        mac.octets[i] = static_cast<std::byte>(*octet);
    }
    if (!in.done()) return std::nullopt;  // an octet of one digit left some over
    return mac;
}

std::optional<Endpoint> Endpoint::parse(std::string_view text) {
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos) return std::nullopt;
    std::string_view host = text.substr(0, colon);
    const bool bracketed = host.starts_with('[') && host.ends_with(']');
    if (bracketed) host = host.substr(1, host.size() - 2);
    const auto address = IpAddress::parse(host);
    if (!address || address->is_v4() == bracketed) return std::nullopt;
    const auto port = parse_port(text.substr(colon + 1));
    if (!port) return std::nullopt;
    return Endpoint{*address, *port};
}

}  // namespace handfast::wire
