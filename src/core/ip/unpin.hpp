// A small payload must not hold on to a large block (what a device read, a neighbor of a few octets
// in a sender's queue): whoever queues a packet for long copies such a payload out first.
#pragma once

#include <algorithm>
#include <cstddef>
#include <utility>

#include "core/buf/packet.hpp"

namespace handfast::ip {

// Copies the payload when its blocks are more than four times its size, and the pool allows.
inline void unpin(buf::Packet& packet) {
    constexpr std::size_t tolerated = 4;
    std::size_t pinned = 0;
    for (const buf::Slice& s : packet.slices()) pinned += s.block_capacity();
    const std::size_t octets = packet.payload_size();
    if (pinned <= tolerated * std::max<std::size_t>(octets, buf::Pool::block_sizes.front())) return;
    buf::Slice copy = packet.pool().allocate(octets);
    if (!copy) return;
    for (const buf::Slice& s : packet.take_slices()) copy.append(s.bytes());
    HF_CHECK(packet.append(std::move(copy)));
}

}  // namespace handfast::ip
