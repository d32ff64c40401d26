// RFC 826: who has this IPv4 address on this Ethernet?
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>

#include "core/base/bytes.hpp"
#include "core/base/check.hpp"
#include "core/wire/address.hpp"
#include "core/wire/parse_error.hpp"

namespace handfast::wire {

enum class ArpOperation : std::uint16_t { request = 1, reply = 2 };

class ArpView {
public:
    static constexpr std::size_t packet_size = 28;

    // Packets for other networks than IPv4 over Ethernet are refused as bad_version. The octets
    // must hold all 28; link padding behind them is not looked at.
    [[nodiscard]] static constexpr std::expected<ArpView, ParseError> parse(Bytes packet) {
        if (packet.size() < packet_size) return std::unexpected{ParseError::truncated};
        const std::uint16_t hardware = load_be16(packet, 0);
        if (hardware != hardware_ethernet && hardware != hardware_ieee802)
            return std::unexpected{ParseError::bad_version};
        if (load_be16(packet, 2) != protocol_ipv4) return std::unexpected{ParseError::bad_version};
        if (load_be16(packet, 4) != address_lengths) return std::unexpected{ParseError::malformed};
        return ArpView{packet.first(packet_size)};
    }

    // May be neither request nor reply; the sender is learned from before it is asked (RFC 826).
    [[nodiscard]] constexpr ArpOperation operation() const {
        return ArpOperation{load_be16(bytes_, 6)};
    }
    [[nodiscard]] constexpr MacAddress sender_mac() const { return load_mac(8); }
    [[nodiscard]] constexpr IpAddress sender_ip() const {
        return IpAddress::v4(load_be32(bytes_, 14));
    }
    [[nodiscard]] constexpr MacAddress target_mac() const { return load_mac(18); }
    [[nodiscard]] constexpr IpAddress target_ip() const {
        return IpAddress::v4(load_be32(bytes_, 24));
    }

private:
    friend struct ArpPacket;

    static constexpr std::uint16_t hardware_ethernet = 1;
    static constexpr std::uint16_t hardware_ieee802 = 6;  // in SNAP frames: RFC 1042
    static constexpr std::uint16_t protocol_ipv4 = 0x0800;
    static constexpr std::uint16_t address_lengths = 0x0604;  // of a MAC, of an IPv4 address

    constexpr explicit ArpView(Bytes bytes) : bytes_{bytes} {}

    [[nodiscard]] constexpr MacAddress load_mac(std::size_t at) const {
        MacAddress mac;
        for (std::size_t i = 0; i < mac.octets.size(); ++i) mac.octets[i] = bytes_[at + i];
        return mac;
    }

    Bytes bytes_;
};

// A packet to write.
struct ArpPacket {
    ArpOperation operation{ArpOperation::request};
    MacAddress sender_mac{};
    IpAddress sender_ip{};
    MacAddress target_mac{};  // zero in a request
    IpAddress target_ip{};

    static constexpr std::size_t size = ArpView::packet_size;

    // Writes `size` octets at the start of `out`.
    constexpr void emit(MutableBytes out) const {
        HF_CHECK(out.size() >= size && sender_ip.is_v4() && target_ip.is_v4());
        store_be16(out, 0, ArpView::hardware_ethernet);
        store_be16(out, 2, ArpView::protocol_ipv4);
        store_be16(out, 4, ArpView::address_lengths);
        store_be16(out, 6, static_cast<std::uint16_t>(operation));
        for (std::size_t i = 0; i < sender_mac.octets.size(); ++i) {
            out[8 + i] = sender_mac.octets[i];
            out[18 + i] = target_mac.octets[i];
        }
        store_be32(out, 14, sender_ip.v4_value());
        store_be32(out, 24, target_ip.v4_value());
    }
};

}  // namespace handfast::wire
