// A datagram that was accepted and is whole: what IP hands to a transport.
#pragma once

#include <boost/container/static_vector.hpp>
#include <cstddef>

#include "core/buf/packet.hpp"
#include "core/wire/address.hpp"
#include "core/wire/ipv4.hpp"

namespace handfast::ip {

// An IP header as it came, for the error that may have to quote it (ICMP4-2).
using HeaderCopy = boost::container::static_vector<std::byte, wire::Ipv4View::header_max>;

struct Arrived {
    buf::Packet packet;  // its first octet is the transport's
    wire::Envelope envelope;
    HeaderCopy header;  // empty for TCP without options: nothing will be said about that
    // To one of our addresses. Otherwise facts().link_broadcast is set, whatever the link's frame
    // was addressed to.
    bool unicast{true};
};

[[nodiscard]] inline wire::Envelope envelope_of(const wire::Ipv4View& view) {
    return {.source = view.source(),
            .destination = view.destination(),
            .protocol = view.protocol(),
            .tos = view.tos(),
            .ttl = view.ttl(),
            .dont_fragment = view.dont_fragment()};
}

}  // namespace handfast::ip
