// RFC 791 §3.1: the IPv4 header.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <expected>

#include "core/base/bytes.hpp"
#include "core/base/check.hpp"
#include "core/wire/address.hpp"
#include "core/wire/checksum.hpp"
#include "core/wire/parse_error.hpp"

namespace handfast::wire {

class Ipv4View {
public:
    static constexpr std::size_t header_min = 20;
    static constexpr std::size_t header_max = 60;
    static constexpr std::size_t datagram_max = 0xffff;

    // `octets` must hold the whole header; `available` counts the octets of the datagram that are
    // there, its header among them, for the payload may stand elsewhere. More than the total length
    // says is link padding, which the view cuts off. The checksum is a question of its own, for a
    // link may have verified it already.
    [[nodiscard]] static constexpr std::expected<Ipv4View, ParseError> parse(
        Bytes octets, std::size_t available) {
        if (octets.size() < header_min) return std::unexpected{ParseError::truncated};
        if (load_u8(octets, 0) >> 4 != 4) return std::unexpected{ParseError::bad_version};
        const std::size_t header = static_cast<std::size_t>(load_u8(octets, 0) & 0xfU) * 4;
        if (header < header_min) return std::unexpected{ParseError::malformed};
        if (header > octets.size()) return std::unexpected{ParseError::truncated};
        const std::size_t total = load_be16(octets, 2);
        if (total < header) return std::unexpected{ParseError::malformed};
        if (total > available) return std::unexpected{ParseError::truncated};
        return Ipv4View{octets.first(std::min(octets.size(), total)), header};
    }
    [[nodiscard]] static constexpr std::expected<Ipv4View, ParseError> parse(Bytes datagram) {
        return parse(datagram, datagram.size());
    }

    // RFC 1122 §3.2.1.2 MUST.
    [[nodiscard]] bool checksum_verifies() const { return Checksum{}.add(header()).verifies(); }

    [[nodiscard]] constexpr std::uint8_t tos() const { return load_u8(bytes_, 1); }
    [[nodiscard]] constexpr std::size_t total_length() const { return load_be16(bytes_, 2); }
    [[nodiscard]] constexpr std::uint16_t identification() const { return load_be16(bytes_, 4); }
    [[nodiscard]] constexpr bool dont_fragment() const { return (load_u8(bytes_, 6) & 0x40U) != 0; }
    [[nodiscard]] constexpr bool more_fragments() const {
        return (load_u8(bytes_, 6) & 0x20U) != 0;
    }
    // Where the payload stands in that of the whole datagram, in octets.
    [[nodiscard]] constexpr std::size_t fragment_offset() const {
        return static_cast<std::size_t>(load_be16(bytes_, 6) & 0x1fffU) * 8;
    }
    [[nodiscard]] constexpr bool is_fragment() const {
        return more_fragments() || fragment_offset() != 0;
    }
    [[nodiscard]] constexpr std::uint8_t ttl() const { return load_u8(bytes_, 8); }
    // Any number, named by Protocol or not.
    [[nodiscard]] constexpr Protocol protocol() const { return Protocol{load_u8(bytes_, 9)}; }
    [[nodiscard]] constexpr IpAddress source() const {
        return IpAddress::v4(load_be32(bytes_, 12));
    }
    [[nodiscard]] constexpr IpAddress destination() const {
        return IpAddress::v4(load_be32(bytes_, 16));
    }

    [[nodiscard]] constexpr std::size_t header_size() const { return header_; }
    [[nodiscard]] constexpr std::size_t payload_size() const { return total_length() - header_; }
    [[nodiscard]] constexpr Bytes header() const { return bytes_.first(header_); }
    [[nodiscard]] constexpr Bytes options() const { return header().subspan(header_min); }
    // What of the payload stands in the octets that were parsed.
    [[nodiscard]] constexpr Bytes payload() const { return bytes_.subspan(header_); }

private:
    constexpr Ipv4View(Bytes bytes, std::size_t header) : bytes_{bytes}, header_{header} {}

    Bytes bytes_;
    std::size_t header_;
};

// A header to write.
struct Ipv4Header {
    IpAddress source{};
    IpAddress destination{};
    Protocol protocol{Protocol::none};
    std::uint8_t tos{0};
    std::uint8_t ttl{64};
    bool dont_fragment{false};
    bool more_fragments{false};
    std::uint16_t identification{0};
    std::size_t fragment_offset{0};  // octets, a multiple of 8
    std::size_t payload_size{0};
    Bytes options{};  // at most 40 octets; padded with End of Option List to whole words

    [[nodiscard]] constexpr std::size_t size() const {
        return Ipv4View::header_min + (options.size() + 3) / 4 * 4;
    }

    // Writes size() octets at the start of `out`, the checksum among them.
    void emit(MutableBytes out) const;
};

}  // namespace handfast::wire
