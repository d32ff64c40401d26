// A binding: one local endpoint of UDP with its receive queue, and what its owner is to be told.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "core/base/ring.hpp"
#include "core/udp/udp.hpp"

namespace handfast::udp {

// A datagram that waits to be read: its payload is all of the packet.
struct Datagram {
    buf::Packet packet;
    wire::Endpoint source;
    wire::IpAddress destination;
    std::uint8_t ttl{0};
    std::uint8_t tos{0};

    [[nodiscard]] std::size_t charge() const { return packet.true_size(); }
};

struct Binding {
    wire::Endpoint local;
    std::optional<wire::Endpoint> peer;
    Settings settings;
    Ring<Datagram> queue;
    std::size_t queued{0};   // octets by true size
    std::uint64_t drops{0};  // for want of queue
    std::optional<berkeley::Errno> error;
    Notice notice;                   // what its owner is to be told
    bool noticed{false};             // it stands in the list of those with a notice
    bool waits_for_room{false};      // it stands in the list of those that send() refused
    std::uint32_t place_at_port{0};  // where it stands among those of its port (groups.hpp) …
    std::uint32_t place_to_hear{0};  // … and among those that hear the same

    // Would it take a datagram from `source` that was sent to `destination`, a broadcast or
    // multicast address?
    [[nodiscard]] bool takes(const wire::Endpoint& source,
                             const wire::IpAddress& destination) const {
        const bool address_fits = local.address.is_unspecified() || local.address == destination;
        return address_fits && (!peer || *peer == source);
    }
};

}  // namespace handfast::udp
