// Addresses and ports as types: IPv4 and IPv6 in one value (RFC 4291 §2.5.5.2's mapped form holds
// the former), prefixes, MAC addresses, endpoints.
#pragma once

#include <array>
#include <bit>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace handfast::wire {

enum class Family : std::uint8_t { ipv4, ipv6 };

enum class Port : std::uint16_t {};

[[nodiscard]] constexpr std::uint16_t number(Port p) {
    return static_cast<std::uint16_t>(p);
}

class IpAddress {
public:
    constexpr IpAddress() : IpAddress{v4(0)} {}

    [[nodiscard]] static constexpr IpAddress v4(std::uint32_t host_order) {
        IpAddress a{Family::ipv4};
        a.octets_[10] = a.octets_[11] = std::byte{0xff};
        for (std::size_t i = 0; i < 4; ++i)
            a.octets_[12 + i] = static_cast<std::byte>((host_order >> (24 - 8 * i)) & 0xffU);
        return a;
    }
    [[nodiscard]] static constexpr IpAddress v4(std::uint8_t a,
                                                std::uint8_t b,
                                                std::uint8_t c,
                                                std::uint8_t d) {
        return v4((std::uint32_t{a} << 24) | (std::uint32_t{b} << 16) | (std::uint32_t{c} << 8) |
                  d);
    }
    [[nodiscard]] static constexpr IpAddress v6(const std::array<std::byte, 16>& octets) {
        IpAddress a{Family::ipv6};
        a.octets_ = octets;
        return a;
    }
    [[nodiscard]] static constexpr IpAddress any(Family f) {
        return f == Family::ipv4 ? v4(0) : v6({});
    }
    // "192.168.21.253", "fe80::1". nullopt when the text is no address.
    [[nodiscard]] static std::optional<IpAddress> parse(std::string_view text);

    [[nodiscard]] constexpr Family family() const { return family_; }
    [[nodiscard]] constexpr bool is_v4() const { return family_ == Family::ipv4; }
    // The IPv4 address as a number; meaningful when is_v4().
    [[nodiscard]] constexpr std::uint32_t v4_value() const {
        std::uint32_t v = 0;
        for (std::size_t i = 12; i < 16; ++i)
            v = (v << 8) | std::to_integer<std::uint32_t>(octets_[i]);
        return v;
    }
    // 16 octets: an IPv6 address, or an IPv4 one in its mapped form.
    [[nodiscard]] constexpr const std::array<std::byte, 16>& octets() const { return octets_; }

    [[nodiscard]] constexpr bool is_unspecified() const { return *this == any(family_); }
    [[nodiscard]] constexpr bool is_loopback() const {  // RFC 1122 §3.2.1.3 (g), RFC 4291 §2.5.3
        if (is_v4()) return (v4_value() >> 24) == 127;
        IpAddress one = any(Family::ipv6);
        one.octets_[15] = std::byte{1};
        return *this == one;
    }
    [[nodiscard]] constexpr bool is_multicast() const {  // RFC 1112 §4, RFC 4291 §2.7
        return is_v4() ? (v4_value() >> 28) == 0xe : octets_[0] == std::byte{0xff};
    }
    [[nodiscard]] constexpr bool is_limited_broadcast() const {
        return is_v4() && v4_value() == 0xffff'ffff;
    }
    // 240.0.0.0/4 without the limited broadcast: reserved (RFC 1122 §3.2.1.3).
    [[nodiscard]] constexpr bool is_reserved() const {
        return is_v4() && (v4_value() >> 28) == 0xf && !is_limited_broadcast();
    }

    // By words: it is done several times for every packet, and octet by octet would cost as much as
    // all else that TCP does to find its connection.
    friend constexpr bool operator==(const IpAddress& a, const IpAddress& b) {
        using Words = std::array<std::uint64_t, 2>;
        const auto x = std::bit_cast<Words>(a.octets_);
        const auto y = std::bit_cast<Words>(b.octets_);
        return a.family_ == b.family_ && ((x[0] ^ y[0]) | (x[1] ^ y[1])) == 0;
    }
    friend constexpr auto operator<=>(const IpAddress&, const IpAddress&) = default;

private:
    explicit constexpr IpAddress(Family f) : family_{f} {}

    Family family_;
    std::array<std::byte, 16> octets_{};
};

// An address with the length of its network part: 192.168.21.253/24.
struct Prefix {
    IpAddress address{};
    std::uint8_t length{0};  // bits: 0..32, 0..128

    // "10.0.0.0/8"; without a slash the prefix is the whole address. nullopt when malformed.
    [[nodiscard]] static std::optional<Prefix> parse(std::string_view text);

    [[nodiscard]] bool contains(const IpAddress& a) const;
    // The directed broadcast address of an IPv4 prefix shorter than /31 (RFC 3021).
    [[nodiscard]] std::optional<IpAddress> broadcast() const;

    friend constexpr bool operator==(const Prefix&, const Prefix&) = default;
};

struct MacAddress {
    std::array<std::byte, 6> octets{};

    // "02:00:5e:10:00:01", two digits for each octet. nullopt when malformed.
    [[nodiscard]] static std::optional<MacAddress> parse(std::string_view text);

    [[nodiscard]] static constexpr MacAddress broadcast() {
        MacAddress m;
        m.octets.fill(std::byte{0xff});
        return m;
    }
    [[nodiscard]] constexpr bool is_group() const {
        return (octets[0] & std::byte{1}) != std::byte{0};
    }
    friend constexpr bool operator==(const MacAddress&, const MacAddress&) = default;
    friend constexpr auto operator<=>(const MacAddress&, const MacAddress&) = default;
};

struct Endpoint {
    IpAddress address{};
    Port port{};

    // "192.168.21.253:80", "[fe80::1]:80" (RFC 3986 §3.2.2). nullopt when malformed.
    [[nodiscard]] static std::optional<Endpoint> parse(std::string_view text);

    friend constexpr bool operator==(const Endpoint&, const Endpoint&) = default;
    friend constexpr auto operator<=>(const Endpoint&, const Endpoint&) = default;
};

// The two ends of a flow as the holder sees them.
struct FlowTuple {
    Endpoint local{};
    Endpoint remote{};

    friend constexpr bool operator==(const FlowTuple&, const FlowTuple&) = default;
    friend constexpr auto operator<=>(const FlowTuple&, const FlowTuple&) = default;
};

enum class Protocol : std::uint8_t {
    icmp = 1,
    igmp = 2,
    tcp = 6,
    udp = 17,
    icmpv6 = 58,
    none = 59
};

// What IP must know to carry a transport payload: ip/ reads it, tcp/ and udp/ fill it in.
struct Envelope {
    IpAddress source{};
    IpAddress destination{};
    Protocol protocol{Protocol::none};
    std::uint8_t tos{0};  // DSCP and ECN
    std::uint8_t ttl{64};
    bool dont_fragment{true};

    friend constexpr bool operator==(const Envelope&, const Envelope&) = default;
};

}  // namespace handfast::wire
