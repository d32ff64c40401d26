#include "packetdrill/world.hpp"

#include "core/buf/packet.hpp"
#include "core/wire/ipv4.hpp"

namespace handfast::packetdrill {

namespace {

constexpr std::uint8_t host_bits = 32;

}  // namespace

World::World(const stack::Config& config, Instant now)
    : pool_{buf::Pool::Limits{}}, shard_{config, pool_, packet_ids_, now}, sockets_{shard_} {}

void World::receive(Bytes packet, Instant now) {
    if (const auto header = wire::Ipv4View::parse(packet)) adopt(header->destination());
    buf::PacketBurst burst;
    burst.push_back(buf::Packet::of(pool_, pool_.copy(packet)));
    if (burst.front()) shard_.receive({burst.data(), burst.size()}, now);
}

void World::advance(Instant now) {
    shard_.advance(now);
}

std::vector<Emitted> World::transmit(Instant now) {
    std::vector<Emitted> sent;
    buf::PacketBurst burst;
    while (shard_.wants_to_transmit() && shard_.transmit(burst, now) > 0) {
        for (const buf::Packet& packet : burst) {
            sent.push_back({.octets = std::vector<std::byte>(packet.size()), .at = now});
            packet.copy_out(0, sent.back().octets);
        }
        burst.clear();
    }
    return sent;
}

void World::adopt(const wire::IpAddress& address) {
    const bool is_host = address.is_v4() && !address.is_unspecified() && !address.is_multicast() &&
                         !address.is_limited_broadcast() && !address.is_reserved();
    if (is_host && !shard_.is_own(address) && !shard_.is_broadcast(address))
        shard_.add_address(0, {.address = address, .length = host_bits});
}

}  // namespace handfast::packetdrill
