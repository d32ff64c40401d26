// Ethernet II frames (RFC 894), and how IEEE 802.3 frames carry the same (RFC 1042).
//
//   Ethernet II   destination 6 | source 6 | type 2 |                              payload
//   802.3/SNAP    destination 6 | source 6 | length 2 | AA AA 03 00 00 00 | type 2 | payload
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <expected>

#include "core/base/bytes.hpp"
#include "core/base/check.hpp"
#include "core/wire/address.hpp"
#include "core/wire/parse_error.hpp"

namespace handfast::wire {

enum class EtherType : std::uint16_t {
    none = 0,  // an 802.3 frame that is not SNAP with organization 0: nothing of ours
    ipv4 = 0x0800,
    arp = 0x0806,
    ipv6 = 0x86dd,
};

class EthernetView {
public:
    static constexpr std::size_t header_min = 14;
    static constexpr std::size_t header_snap = 22;

    // `octets` must hold the header, 22 octets where the frame has so many; `available` counts the
    // octets of the whole frame, for the payload may stand elsewhere.
    [[nodiscard]] static constexpr std::expected<EthernetView, ParseError> parse(
        Bytes octets, std::size_t available) {
        if (std::min(octets.size(), available) < header_min)
            return std::unexpected{ParseError::truncated};
        const std::uint16_t type = load_be16(octets, 12);
        if (type >= type_min)
            return EthernetView{octets, EtherType{type}, header_min, available - header_min};
        if (type > length_max) return std::unexpected{ParseError::malformed};
        if (type > available - header_min) return std::unexpected{ParseError::truncated};
        // RFC 1042: SNAP (AA AA 03) with organization code 0, then what Ethernet II calls the type.
        const std::size_t snap = header_snap - header_min;
        if (type < snap || octets.size() < header_snap || load_be32(octets, 14) != snap_start ||
            load_be16(octets, 18) != 0) {
            return EthernetView{octets, EtherType::none, header_min, type};
        }
        return EthernetView{octets, EtherType{load_be16(octets, 20)}, header_snap, type - snap};
    }
    [[nodiscard]] static constexpr std::expected<EthernetView, ParseError> parse(Bytes frame) {
        return parse(frame, frame.size());
    }

    [[nodiscard]] constexpr MacAddress destination() const { return load_mac(0); }
    [[nodiscard]] constexpr MacAddress source() const { return load_mac(6); }
    [[nodiscard]] constexpr EtherType type() const { return type_; }
    [[nodiscard]] constexpr std::size_t header_size() const { return header_; }
    // Octets behind the header; an 802.3 length cuts padding off, an Ethernet II frame keeps it.
    [[nodiscard]] constexpr std::size_t payload_size() const { return payload_size_; }
    // What of the payload stands in the octets that were parsed.
    [[nodiscard]] constexpr Bytes payload() const {
        const Bytes rest = bytes_.subspan(header_);
        return rest.first(std::min(rest.size(), payload_size_));
    }

private:
    static constexpr std::uint16_t type_min = 0x0600;  // smaller numbers are not types
    static constexpr std::uint16_t length_max = 1500;  // but lengths, up to this one
    static constexpr std::uint32_t snap_start = 0xaaaa'0300;

    constexpr EthernetView(Bytes bytes, EtherType type, std::size_t header, std::size_t payload)
        : bytes_{bytes}, header_{header}, payload_size_{payload}, type_{type} {}

    [[nodiscard]] constexpr MacAddress load_mac(std::size_t at) const {
        MacAddress mac;
        for (std::size_t i = 0; i < mac.octets.size(); ++i) mac.octets[i] = bytes_[at + i];
        return mac;
    }

    Bytes bytes_;
    std::size_t header_;
    std::size_t payload_size_;
    EtherType type_;
};

// A header to write. Always Ethernet II: RFC 1122 §2.3.3.
struct EthernetHeader {
    MacAddress destination{};
    MacAddress source{};
    EtherType type{EtherType::none};

    static constexpr std::size_t size = EthernetView::header_min;

    // Writes `size` octets at the start of `out`.
    constexpr void emit(MutableBytes out) const {
        HF_CHECK(out.size() >= size);
        for (std::size_t i = 0; i < destination.octets.size(); ++i) {
            out[i] = destination.octets[i];
            out[6 + i] = source.octets[i];
        }
        store_be16(out, 12, static_cast<std::uint16_t>(type));
    }
};

}  // namespace handfast::wire
