// One host over raw IP without offload: what it is told to do at an instant it does to the end, and
// what it sends is kept with the instant.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/base/bytes.hpp"
#include "core/base/time.hpp"
#include "core/buf/pool.hpp"
#include "core/socket/sockets.hpp"
#include "core/stack/config.hpp"
#include "core/stack/shard.hpp"

namespace handfast::packetdrill {

struct Emitted {
    std::vector<std::byte> octets;
    Instant at;
};

class World {
public:
    World(const stack::Config& config, Instant now);

    // A packet from the wire: raw IP. Whatever address it is for becomes one of the host's.
    void receive(Bytes packet, Instant now);
    void advance(Instant now);
    // What the host sends now, in order.
    [[nodiscard]] std::vector<Emitted> transmit(Instant now);
    // The host is to have this address: scripts choose it, and tell nobody before.
    void adopt(const wire::IpAddress& address);

    [[nodiscard]] Deadline next_deadline() const { return shard_.next_deadline(); }
    [[nodiscard]] socket::Sockets& sockets() { return sockets_; }
    [[nodiscard]] stack::Shard& shard() { return shard_; }

private:
    buf::Pool pool_;
    std::uint64_t packet_ids_{0};
    stack::Shard shard_;
    socket::Sockets sockets_;
};

}  // namespace handfast::packetdrill
