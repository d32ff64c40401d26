#include "core/stack/egress.hpp"

#include <utility>

#include "core/offload/checksum.hpp"

namespace handfast::stack {

void Egress::pull(buf::PacketBurst& out, Instant now) {
    while (out.size() < out.capacity() && pull_one(out, now)) {
    }
}

bool Egress::wants_to_transmit() const {
    return !doors_.ip.frames().empty() || doors_.ip.icmp().wants_to_transmit() ||
           doors_.udp.wants_to_transmit() || doors_.tcp.wants_to_transmit();
}

bool Egress::pull_one(buf::PacketBurst& out, Instant now) {
    if (!doors_.ip.frames().empty()) [[unlikely]] {
        put(doors_.ip.frames().pop().packet, out, now);
        return true;
    }
    if (doors_.ip.icmp().wants_to_transmit()) [[unlikely]] {
        auto message = doors_.ip.icmp().transmit();
        send(std::move(message->packet), message->envelope, out, now);
        return true;
    }
    const bool tcp_first = std::exchange(tcp_is_next_, !tcp_is_next_);
    if (tcp_first) return pull_tcp(out, now) || pull_udp(out, now);
    return pull_udp(out, now) || pull_tcp(out, now);
}

bool Egress::pull_udp(buf::PacketBurst& out, Instant now) {
    if (!doors_.udp.wants_to_transmit()) return false;
    auto datagram = doors_.udp.transmit();
    send(std::move(datagram->packet), datagram->envelope, out, now);
    return true;
}

bool Egress::pull_tcp(buf::PacketBurst& out, Instant now) {
    auto segment = doors_.tcp.transmit(now);
    if (!segment) return false;
    send(std::move(segment->packet), segment->envelope, out, now);
    return true;
}

void Egress::send(buf::Packet packet,
                  const wire::Envelope& envelope,
                  buf::PacketBurst& out,
                  Instant now) {
    switch (doors_.ip.wrap(packet, envelope, now)) {
        case ip::Wrapped::frame:
        case ip::Wrapped::loopback:
            return put(std::move(packet), out, now);
        case ip::Wrapped::no_route:
            return doors_.news.no_route(packet, envelope, now);
        case ip::Wrapped::kept:
        case ip::Wrapped::dropped:
            return;
    }
}

// A finished frame leaves by its link.
void Egress::put(buf::Packet frame, buf::PacketBurst& out, Instant now) {
    const std::uint8_t link = frame.facts().link;
    if (link == ip::loopback_link) return doors_.loopback.push(std::move(frame), now);
    if (!doors_.links.offloads(link)) offload::complete_checksum(frame, doors_.links.medium(link));
    out.push_back(std::move(frame));
}

}  // namespace handfast::stack
