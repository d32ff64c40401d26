// Internet addresses, endpoints and prefixes, as values. Safe to copy and to read from any thread.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace handfast {

// An IPv4 or IPv6 address (RFC 791, RFC 4291).
//
//     handfast::Address a = "192.168.21.253";
//     handfast::Address b = handfast::Address::v4(192, 168, 21, 1);
class Address {
public:
    // 0.0.0.0: any address of this host.
    constexpr Address() = default;
    // From its text: "192.168.21.253", "fe80::1". Throws std::system_error(invalid_argument).
    Address(std::string_view text);
    Address(const char* text) : Address{std::string_view{text}} {}
    Address(const std::string& text) : Address{std::string_view{text}} {}

    [[nodiscard]] static constexpr Address v4(std::uint8_t a,
                                              std::uint8_t b,
                                              std::uint8_t c,
                                              std::uint8_t d) {
        Address result;
        result.octets_ = {a, b, c, d};
        return result;
    }
    // 16 octets in network order.
    [[nodiscard]] static constexpr Address v6(const std::array<std::uint8_t, 16>& octets) {
        Address result;
        result.is_v4_ = false;
        result.octets_ = octets;
        return result;
    }
    // 127.0.0.1: the host itself.
    [[nodiscard]] static constexpr Address loopback() { return v4(127, 0, 0, 1); }
    // nullopt when the text is no address.
    [[nodiscard]] static std::optional<Address> parse(std::string_view text) noexcept;

    [[nodiscard]] constexpr bool is_v4() const { return is_v4_; }
    // In network order: the first 4 of an IPv4 address, all 16 of an IPv6 one.
    [[nodiscard]] constexpr const std::array<std::uint8_t, 16>& octets() const { return octets_; }
    // "192.168.21.253"; IPv6 as RFC 5952 writes it.
    [[nodiscard]] std::string to_string() const;

    friend constexpr bool operator==(const Address&, const Address&) = default;
    friend constexpr auto operator<=>(const Address&, const Address&) = default;

private:
    bool is_v4_{true};
    std::array<std::uint8_t, 16> octets_{};
};

// An address and a port: one end of a connection, or where a datagram came from.
//
//     handfast::Endpoint server = "192.168.21.253:8898";
//     handfast::Endpoint same{handfast::Address::v4(192, 168, 21, 253), 8898};
struct Endpoint {
    Address address;
    std::uint16_t port{0};  // 0: any free one, where a local end is to be chosen

    constexpr Endpoint() = default;
    constexpr Endpoint(Address a, std::uint16_t p) : address{a}, port{p} {}
    // From its text: "192.168.21.253:80", "[fe80::1]:80". Throws
    // std::system_error(invalid_argument).
    Endpoint(std::string_view text);
    Endpoint(const char* text) : Endpoint{std::string_view{text}} {}
    Endpoint(const std::string& text) : Endpoint{std::string_view{text}} {}

    // nullopt when the text is no endpoint.
    [[nodiscard]] static std::optional<Endpoint> parse(std::string_view text) noexcept;
    [[nodiscard]] std::string to_string() const;

    friend constexpr bool operator==(const Endpoint&, const Endpoint&) = default;
    friend constexpr auto operator<=>(const Endpoint&, const Endpoint&) = default;
};

// An address with the length of its network part in bits (RFC 4632 §3.1): what an interface has.
//
//     handfast::Prefix p = "192.168.21.253/24";
struct Prefix {
    Address address;
    std::uint8_t length{32};

    constexpr Prefix() = default;
    constexpr Prefix(Address a, std::uint8_t l) : address{a}, length{l} {}
    // From its text; without a slash it is the whole address. Throws
    // std::system_error(invalid_argument).
    Prefix(std::string_view text);
    Prefix(const char* text) : Prefix{std::string_view{text}} {}
    Prefix(const std::string& text) : Prefix{std::string_view{text}} {}

    // nullopt when the text is no prefix.
    [[nodiscard]] static std::optional<Prefix> parse(std::string_view text) noexcept;
    [[nodiscard]] std::string to_string() const;

    friend constexpr bool operator==(const Prefix&, const Prefix&) = default;
};

}  // namespace handfast
