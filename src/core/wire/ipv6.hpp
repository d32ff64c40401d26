// RFC 8200 §3: the fixed IPv6 header. Extension headers are payload here.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>

#include "core/base/bytes.hpp"
#include "core/base/check.hpp"
#include "core/wire/address.hpp"
#include "core/wire/parse_error.hpp"

namespace handfast::wire {

class Ipv6View {
public:
    static constexpr std::size_t header_size = 40;
    static constexpr std::size_t payload_max = 0xffff;

    // `octets` must hold the header; `available` counts the octets of the packet that are there,
    // its header among them, for the payload may stand elsewhere. More than the payload length says
    // is link padding, which the view cuts off. Jumbograms (RFC 2675) show as packets without
    // payload.
    [[nodiscard]] static constexpr std::expected<Ipv6View, ParseError> parse(
        Bytes octets, std::size_t available) {
        if (octets.size() < header_size) return std::unexpected{ParseError::truncated};
        if (load_u8(octets, 0) >> 4 != 6) return std::unexpected{ParseError::bad_version};
        const std::size_t total = header_size + load_be16(octets, 4);
        if (total > available) return std::unexpected{ParseError::truncated};
        return Ipv6View{octets.first(std::min(octets.size(), total))};
    }
    [[nodiscard]] static constexpr std::expected<Ipv6View, ParseError> parse(Bytes packet) {
        return parse(packet, packet.size());
    }

    [[nodiscard]] constexpr std::uint8_t traffic_class() const {
        return static_cast<std::uint8_t>((load_be16(bytes_, 0) >> 4) & 0xffU);
    }
    [[nodiscard]] constexpr std::uint32_t flow_label() const {
        return load_be32(bytes_, 0) & 0xf'ffffU;
    }
    [[nodiscard]] constexpr std::size_t payload_size() const { return load_be16(bytes_, 4); }
    // Any number, named by Protocol or not: 0, 43, 44 and 60 are extension headers.
    [[nodiscard]] constexpr Protocol next_header() const { return Protocol{load_u8(bytes_, 6)}; }
    [[nodiscard]] constexpr std::uint8_t hop_limit() const { return load_u8(bytes_, 7); }
    [[nodiscard]] constexpr IpAddress source() const { return load_address(8); }
    [[nodiscard]] constexpr IpAddress destination() const { return load_address(24); }
    // What of the payload stands in the octets that were parsed.
    [[nodiscard]] constexpr Bytes payload() const { return bytes_.subspan(header_size); }

private:
    constexpr explicit Ipv6View(Bytes bytes) : bytes_{bytes} {}

    [[nodiscard]] constexpr IpAddress load_address(std::size_t at) const {
        std::array<std::byte, 16> octets{};
        for (std::size_t i = 0; i < octets.size(); ++i) octets[i] = bytes_[at + i];
        return IpAddress::v6(octets);
    }

    Bytes bytes_;
};

// A header to write.
struct Ipv6Header {
    IpAddress source{};
    IpAddress destination{};
    Protocol next_header{Protocol::none};
    std::uint8_t traffic_class{0};
    std::uint8_t hop_limit{64};
    std::uint32_t flow_label{0};  // 20 bits (RFC 6437)
    std::size_t payload_size{0};

    static constexpr std::size_t size = Ipv6View::header_size;

    // Writes `size` octets at the start of `out`.
    constexpr void emit(MutableBytes out) const {
        HF_CHECK(out.size() >= size && payload_size <= Ipv6View::payload_max);
        HF_CHECK(!source.is_v4() && !destination.is_v4() && flow_label <= 0xf'ffffU);
        store_be32(out, 0, (6U << 28) | (std::uint32_t{traffic_class} << 20) | flow_label);
        store_be16(out, 4, static_cast<std::uint16_t>(payload_size));
        store_u8(out, 6, static_cast<std::uint8_t>(next_header));
        store_u8(out, 7, hop_limit);
        for (std::size_t i = 0; i < source.octets().size(); ++i) {
            out[8 + i] = source.octets()[i];
            out[24 + i] = destination.octets()[i];
        }
    }
};

}  // namespace handfast::wire
