// Datagrams and ARP packets as a neighbor sends them, and an IP to give them to.
#pragma once

#include <gtest/gtest.h>
#include <string>
#include <string_view>
#include <vector>

#include "core/ip/ip.hpp"
#include "core/wire/arp.hpp"
#include "core/wire/checksum.hpp"
#include "core/wire/ethernet.hpp"
#include "core/wire/icmp.hpp"
#include "core/wire/ipv4.hpp"

namespace handfast::ip::testing {

inline constexpr wire::IpAddress here = wire::IpAddress::v4(10, 0, 0, 1);
inline constexpr wire::IpAddress there = wire::IpAddress::v4(10, 0, 0, 2);
inline constexpr wire::IpAddress gateway = wire::IpAddress::v4(10, 0, 0, 254);
inline constexpr wire::IpAddress spare_gateway = wire::IpAddress::v4(10, 0, 0, 253);
inline constexpr wire::IpAddress far_away = wire::IpAddress::v4(198, 51, 100, 7);
inline constexpr wire::IpAddress to_all = wire::IpAddress::v4(10, 0, 0, 255);
inline constexpr Instant start{seconds{100}};

[[nodiscard]] constexpr wire::MacAddress mac(std::uint8_t last) {
    return {
        {std::byte{2}, std::byte{0}, std::byte{0}, std::byte{0}, std::byte{0}, std::byte{last}}};
}

[[nodiscard]] inline std::vector<std::byte> octets_of(const buf::Packet& packet) {
    std::vector<std::byte> all(packet.size());
    packet.copy_out(0, all);
    return all;
}

[[nodiscard]] inline Link ethernet_link() {
    return {.medium = trace::Medium::ethernet,
            .mac = mac(1),
            .mtu = 1500,
            .all_on_link = false,
            .addresses = {{here, 24}}};
}

struct Drops : trace::Sink {
    using trace::Sink::on;
    void on(const trace::PacketDropped& event) override { reasons.push_back(event.reason); }
    std::vector<trace::Drop> reasons;
};

class IpTest : public ::testing::Test {
protected:
    // The next frame that IP has ready; null: none.
    buf::Packet next_frame() {
        return ip_.frames().empty() ? buf::Packet{} : ip_.frames().pop().packet;
    }
    void forget_frames() {
        while (next_frame()) {
        }
    }

    // A datagram with this header over this many octets of payload (all the same).
    buf::Packet datagram(const wire::Ipv4Header& header,
                         std::size_t size,
                         std::uint8_t octet = 0x5a) {
        const std::vector<std::byte> payload(size, std::byte{octet});
        wire::Ipv4Header sized = header;
        sized.payload_size = size;
        return with_header(sized, payload);
    }
    buf::Packet with_header(const wire::Ipv4Header& header, Bytes payload) {
        buf::Packet packet = buf::Packet::make(pool_);
        HF_CHECK(packet.append(pool_.copy(payload)));
        header.emit(packet.prepend(header.size()));
        packet.facts().tag.id = ids_++;
        return packet;
    }
    static wire::Ipv4Header from_there(wire::Protocol protocol = wire::Protocol::udp) {
        wire::Ipv4Header header;
        header.source = there;
        header.destination = here;
        header.protocol = protocol;
        return header;
    }
    std::optional<Arrived> arrive(buf::Packet packet, Instant now = start) {
        return ip_.datagram_arrives(std::move(packet), now);
    }
    std::optional<Arrived> arrive(const wire::Ipv4Header& header, std::size_t size = 8) {
        return arrive(datagram(header, size));
    }

    void arp(const wire::ArpPacket& packet, Instant now = start) {
        buf::Packet carrier = buf::Packet::make(pool_);
        packet.emit(carrier.prepend(wire::ArpPacket::size));
        ip_.arp_arrives(carrier, now);
    }
    static wire::ArpPacket request_from(const wire::IpAddress& sender, std::uint8_t last_octet) {
        return {.operation = wire::ArpOperation::request,
                .sender_mac = mac(last_octet),
                .sender_ip = sender,
                .target_mac = {},
                .target_ip = here};
    }
    static wire::ArpPacket reply_from(const wire::IpAddress& sender, std::uint8_t last_octet) {
        return {.operation = wire::ArpOperation::reply,
                .sender_mac = mac(last_octet),
                .sender_ip = sender,
                .target_mac = mac(1),
                .target_ip = here};
    }

    // A transport's packet on its way down.
    Wrapped send(const wire::Envelope& envelope, std::size_t size, Instant now = start) {
        const std::vector<std::byte> payload(size, std::byte{0x77});
        sent_ = buf::Packet::make(pool_);
        EXPECT_TRUE(sent_.append(pool_.copy(payload)));
        sent_.facts().tag.id = ids_++;
        return ip_.wrap(sent_, envelope, now);
    }
    static wire::Envelope envelope_to(const wire::IpAddress& destination) {
        return {.source = here,
                .destination = destination,
                .protocol = wire::Protocol::udp,
                .dont_fragment = false};
    }

    [[nodiscard]] std::uint64_t drops(trace::Drop d) const { return counters_.drops[d]; }
    [[nodiscard]] std::uint64_t count(trace::Counter c) const { return counters_.events[c]; }

    buf::Pool pool_;
    trace::Counters counters_;
    Drops sink_;
    std::uint64_t ids_{1};
    Limits limits_{};
    Ledger ledger_{.counters = counters_, .sink = &sink_, .next_packet_id = ids_};
    buf::Packet sent_;
    Ip ip_{{.pool = pool_, .ledger = ledger_, .entropy = entropy_from_seed(3), .limits = limits_},
           {ethernet_link()},
           {{.destination = {wire::IpAddress::v4(0), 0}, .gateway = gateway, .link = 0},
            {.destination = {wire::IpAddress::v4(0), 0}, .gateway = spare_gateway, .link = 0}},
           start};
};

}  // namespace handfast::ip::testing
