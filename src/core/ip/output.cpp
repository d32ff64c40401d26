// IP's way down: RFC 1122 §3.2.1, §3.3.
#include <algorithm>
#include <utility>

#include "core/ip/fragment.hpp"
#include "core/ip/ip.hpp"
#include "core/wire/ipv4.hpp"

namespace handfast::ip {

using trace::Counter;
using trace::Drop;
using wire::Ipv4Header;
using wire::Ipv4View;

Wrapped Ip::wrap(buf::Packet& packet, const wire::Envelope& envelope, Instant now) {
    Hop& hop = hops_.to(envelope.destination, now);
    const auto drop = [&](Drop reason) {
        ledger_.drop(reason, packet, now);
        return reason == Drop::ip_no_route ? Wrapped::no_route : Wrapped::dropped;
    };
    if (hop.kind == Hop::Kind::none) return drop(Drop::ip_no_route);
    // IP4-7: only from an address of our own, and nothing of the loopback's on a wire.
    if (!same(envelope.source, hop.source)) {
        if (!links_.is_own(envelope.source)) return drop(Drop::ip_bad_source);
        if (hop.kind != Hop::Kind::own && envelope.source.is_loopback())
            return drop(Drop::ip_bad_source);
    }
    const std::size_t total = Ipv4View::header_min + packet.size();
    const bool too_long = packet.facts().gso_size == 0 && total > mtu_of(hop.link);
    if (total > Ipv4View::datagram_max || (too_long && envelope.dont_fragment))
        return drop(Drop::ip_too_big);
    ledger_.count(Counter::ip_out_requests);
    const std::uint8_t ttl = std::max(envelope.ttl, std::uint8_t{1});  // IP4-15
    const std::uint16_t identification = identification_.next(envelope);
    if (too_long) [[unlikely]] {
        return fragment(packet,
                        {.source = envelope.source,
                         .destination = envelope.destination,
                         .protocol = envelope.protocol,
                         .tos = envelope.tos,
                         .ttl = ttl,
                         .identification = identification,
                         .options = {}},
                        hop,
                        now);
    }
    const HeaderImage::Fields fields{.source = v4_of(envelope.source),
                                     .tos = envelope.tos,
                                     .ttl = ttl,
                                     .protocol = envelope.protocol,
                                     .dont_fragment = envelope.dont_fragment,
                                     .identification = identification,
                                     .total_length = total};
    if (hop.kind == Hop::Kind::unicast) [[likely]] {
        if (const wire::MacAddress* const mac =
                mac_of(hop, now)) {  // the way of nearly all packets
            constexpr std::size_t both = HeaderImage::ethernet_size + HeaderImage::ip_size;
            const MutableBytes out = packet.prepend(both);
            hop.image.write_ethernet(out, *mac);
            hop.image.write_ip(out.subspan(HeaderImage::ethernet_size), fields);
            packet.facts().transport_at = both;
            packet.facts().link = hop.link;
            return Wrapped::frame;
        }
    }
    hop.image.write_ip(packet.prepend(HeaderImage::ip_size), fields);
    packet.facts().transport_at = HeaderImage::ip_size;
    return put_on_link(packet, hop, now);
}

Wrapped Ip::fragment(buf::Packet& packet, const Ipv4Header& header, Hop& hop, Instant now) {
    complete_checksum(packet, header.protocol);
    const buf::Tag tag = packet.facts().tag;
    for (Fragmenter pieces{std::move(packet), header, mtu_of(hop.link)}; !pieces.done();) {
        buf::Packet piece = pieces.next();
        if (!piece) {
            ledger_.drop(Drop::no_memory, tag.id, now);
            break;
        }
        ledger_.count(Counter::ip_frag_creates);
        if (put_on_link(piece, hop, now) != Wrapped::kept) frames_.push({std::move(piece)}, now);
    }
    packet = {};
    return Wrapped::kept;
}

// Of the next hop on Ethernet, if it is known.
const wire::MacAddress* Ip::mac_of(Hop& hop, Instant now) {
    if (links_[hop.link].medium != trace::Medium::ethernet) return nullptr;
    if (const wire::MacAddress* const mac = neighbors_.find(hop.neighbor, now)) [[likely]]
        return mac;
    hop.neighbor = neighbors_.id_of({.link = hop.link, .address = hop.next_hop});
    return neighbors_.find(hop.neighbor, now);
}

// A packet that has its IP header.
Wrapped Ip::put_on_link(buf::Packet& packet, Hop& hop, Instant now) {
    packet.facts().link = hop.link;
    if (hop.kind == Hop::Kind::own) return Wrapped::loopback;
    const bool for_us_too =
        hop.kind == Hop::Kind::broadcast ||
        (hop.kind == Hop::Kind::multicast && links_.is_joined(hop.link, hop.destination));
    if (for_us_too) loop_copy(packet, now);
    if (links_[hop.link].medium == trace::Medium::raw_ip) return Wrapped::frame;
    const wire::MacAddress* const mac =
        hop.kind == Hop::Kind::unicast ? mac_of(hop, now) : &hop.mac;
    if (mac == nullptr) {
        const NeighborKey key{.link = hop.link, .address = hop.next_hop};
        hop.neighbor = neighbors_.park(key, std::move(packet), now);
        return Wrapped::kept;
    }
    hop.image.write_ethernet(packet.prepend(HeaderImage::ethernet_size), *mac);
    packet.facts().transport_at =
        static_cast<std::uint16_t>(packet.facts().transport_at + HeaderImage::ethernet_size);
    return Wrapped::frame;
}

// This host belongs to those that a broadcast or multicast packet is for.
void Ip::loop_copy(const buf::Packet& packet, Instant now) {
    buf::Packet copy = packet.share();
    if (!copy) return ledger_.drop(Drop::no_memory, packet, now);
    copy.facts().link = loopback_link;
    frames_.push({std::move(copy)}, now);
}

std::optional<buf::Packet> Ip::take_unreachable(Instant now) {
    auto first = neighbors_.take_unreachable();
    if (!first) return std::nullopt;
    ledger_.drop(Drop::arp_unresolved, first->packet, now);
    // A dead gateway (IP4-25, IP4-27): another one is preferred for a while, if there is one.
    const Instant until = now + limits_.neighbor_lifetime;
    if (routes_.suspect(first->next_hop.link, first->next_hop.address, until)) hops_.forget();
    return std::move(first->packet);
}

}  // namespace handfast::ip
