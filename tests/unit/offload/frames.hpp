// Frames as a sender without offload makes them, one by one: what offload must not differ from.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/buf/packet.hpp"
#include "core/trace/event.hpp"
#include "core/wire/checksum.hpp"
#include "core/wire/ethernet.hpp"
#include "core/wire/ipv4.hpp"
#include "core/wire/ipv6.hpp"
#include "core/wire/tcp.hpp"

namespace handfast::offload::testing {

using Octets = std::vector<std::byte>;

[[nodiscard]] inline Octets octets_of(const buf::Packet& packet) {
    Octets all(packet.size());
    packet.copy_out(0, all);
    return all;
}

[[nodiscard]] inline Octets text(std::size_t size, unsigned seed = 1) {
    Octets all(size);
    for (std::size_t i = 0; i < size; ++i) {
        seed = seed * 1'103'515'245U + 12'345U;
        all[i] = static_cast<std::byte>(seed >> 16);
    }
    return all;
}

// A flow's next segment, and the frame that carries it.
struct Sender {
    trace::Medium medium{trace::Medium::ethernet};
    bool v6{false};
    wire::TcpHeader tcp{.source_port = wire::Port{40'000},
                        .target_port = wire::Port{80},
                        .seq = wire::SeqNum{0xffff'f000},
                        .ack = wire::SeqNum{7},
                        .flags = wire::ack_flag,
                        .window = 1000};
    std::uint16_t identification{0xfffe};
    std::uint8_t tos{0};
    std::uint8_t ttl{64};
    bool dont_fragment{true};
    buf::ChecksumState checksum{buf::ChecksumState::partial};

    [[nodiscard]] wire::IpAddress source() const {
        return v6 ? *wire::IpAddress::parse("fd00::1") : wire::IpAddress::v4(10, 0, 0, 1);
    }
    [[nodiscard]] wire::IpAddress destination() const {
        return v6 ? *wire::IpAddress::parse("fd00::2") : wire::IpAddress::v4(10, 0, 0, 2);
    }

    // One packet with this text, its payload in slices of at most `slice` octets.
    [[nodiscard]] buf::Packet packet(buf::Pool& pool,
                                     Bytes payload,
                                     std::size_t slice = 16'000) const {
        buf::Packet p = buf::Packet::make(pool);
        for (Bytes rest = payload; !rest.empty();) {
            const Bytes part = rest.first(std::min(rest.size(), slice));
            HF_CHECK(p.append(pool.copy(part)));
            rest = rest.subspan(part.size());
        }
        write_tcp(p);
        write_ip(p);
        if (medium == trace::Medium::ethernet) write_ethernet(p);
        p.facts().checksum = checksum;
        return p;
    }

    // The frames that a sender without offload sends for this text.
    [[nodiscard]] std::vector<Octets> single_frames(buf::Pool& pool,
                                                    Bytes payload,
                                                    std::size_t segment) const {
        std::vector<Octets> all;
        for (std::size_t at = 0; at < payload.size(); at += segment) {
            const std::size_t n = std::min(segment, payload.size() - at);
            const auto offset = static_cast<std::uint32_t>(at);
            Sender one = *this;
            one.tcp.seq = tcp.seq + offset;
            unsigned bits = tcp.flags.bits;
            if (at + n < payload.size())
                bits &= ~unsigned{wire::TcpFlags::psh_bit | wire::TcpFlags::fin_bit};
            if (at > 0) bits &= ~unsigned{wire::TcpFlags::cwr_bit};
            const bool urgent = tcp.flags.urg() && tcp.urgent_pointer > offset;
            if (!urgent) bits &= ~unsigned{wire::TcpFlags::urg_bit};
            one.tcp.urgent_pointer =
                static_cast<std::uint16_t>(urgent ? tcp.urgent_pointer - offset : 0);
            one.tcp.flags = {static_cast<std::uint8_t>(bits)};
            one.identification = static_cast<std::uint16_t>(identification + at / segment);
            all.push_back(octets_of(one.packet(pool, payload.subspan(at, n))));
        }
        return all;
    }

private:
    void write_tcp(buf::Packet& p) const {
        const std::size_t length = tcp.size() + p.payload_size();
        wire::Checksum sum;
        sum.add_pseudo_header(source(), destination(), wire::Protocol::tcp, length);
        const std::uint16_t pseudo = sum.folded();
        const MutableBytes head = p.prepend(tcp.size());
        tcp.emit(head);
        sum.add(head);
        for (const buf::Slice& s : p.slices()) sum.add(s.bytes());
        const bool partial = checksum == buf::ChecksumState::partial;
        store_be16(head, wire::TcpHeader::checksum_at, partial ? pseudo : sum.finish());
    }

    void write_ip(buf::Packet& p) const {
        if (v6) {
            const wire::Ipv6Header ip{.source = source(),
                                      .destination = destination(),
                                      .next_header = wire::Protocol::tcp,
                                      .traffic_class = tos,
                                      .hop_limit = ttl,
                                      .flow_label = 0x12345,
                                      .payload_size = p.size()};
            ip.emit(p.prepend(wire::Ipv6Header::size));
            return;
        }
        const wire::Ipv4Header ip{.source = source(),
                                  .destination = destination(),
                                  .protocol = wire::Protocol::tcp,
                                  .tos = tos,
                                  .ttl = ttl,
                                  .dont_fragment = dont_fragment,
                                  .identification = identification,
                                  .payload_size = p.size(),
                                  .options = {}};
        ip.emit(p.prepend(ip.size()));
    }

    void write_ethernet(buf::Packet& p) const {
        const wire::EthernetHeader header{
            .destination = *wire::MacAddress::parse("02:00:00:00:00:02"),
            .source = *wire::MacAddress::parse("02:00:00:00:00:01"),
            .type = v6 ? wire::EtherType::ipv6 : wire::EtherType::ipv4};
        header.emit(p.prepend(wire::EthernetHeader::size));
    }
};

// The same octets as a device gives them: all in one slice.
[[nodiscard]] inline buf::Packet as_received(buf::Pool& pool, Bytes octets) {
    return buf::Packet::of(pool, pool.copy(octets));
}

}  // namespace handfast::offload::testing
