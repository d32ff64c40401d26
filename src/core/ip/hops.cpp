#include "core/ip/hops.hpp"

#include "core/base/bytes.hpp"

namespace handfast::ip {
namespace {

// RFC 1112 §6.4: 01:00:5e and the low 23 bits of the group.
[[nodiscard]] wire::MacAddress mac_of_group(const wire::IpAddress& group) {
    const auto& octets = group.octets();
    return {{std::byte{0x01},
             std::byte{0x00},
             std::byte{0x5e},
             octets[13] & std::byte{0x7f},
             octets[14],
             octets[15]}};
}

}  // namespace

std::size_t Hops::place_of(const wire::IpAddress& destination) {
    const std::uint32_t low = load_be32(destination.octets(), 12);
    return ((low * 0x9e37'79b1U) >> 16) % places;
}

Hop Hops::look_up(const wire::IpAddress& destination, Instant now) const {
    Hop hop;
    hop.destination = hop.next_hop = destination;
    if (links_.is_own(destination)) {
        // Linux: 127.0.0.0/8 is spoken to from 127.0.0.1, an own address from itself.
        hop.kind = Hop::Kind::own;
        hop.link = loopback_link;
        hop.source = destination.is_loopback() ? wire::IpAddress::v4(127, 0, 0, 1) : destination;
        hop.image = HeaderImage{{}, destination};
        return hop;
    }
    if (destination.is_unspecified() || destination.is_reserved()) return hop;
    const Route* const route = routes_.find(destination, now);
    const bool everywhere = destination.is_limited_broadcast() || destination.is_multicast();
    if (route == nullptr && (!everywhere || links_.size() == 0)) return hop;
    // Without a route, what is for everybody leaves by the first link.
    hop.link = route != nullptr ? route->link : std::uint8_t{0};
    const Link& link = links_[hop.link];
    if (route != nullptr && route->gateway && !everywhere) hop.next_hop = *route->gateway;
    const auto source = link.source_for(hop.next_hop);
    if (!source) return hop;
    hop.source = *source;
    hop.image = HeaderImage{link.mac, destination};
    if (destination.is_multicast()) {
        hop.kind = Hop::Kind::multicast;
        hop.mac = mac_of_group(destination);
        return hop;
    }
    hop.kind = links_.is_broadcast(destination) ? Hop::Kind::broadcast : Hop::Kind::unicast;
    hop.mac = wire::MacAddress::broadcast();
    return hop;
}

}  // namespace handfast::ip
