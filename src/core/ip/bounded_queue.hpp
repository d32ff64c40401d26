// Packets of IP's own that wait until they are asked for: a first-in first-out queue with a bound
// on packets and on octets. At the bound, what comes is dropped.
#pragma once

#include <cstddef>

#include "core/base/ring.hpp"
#include "core/base/time.hpp"
#include "core/buf/packet.hpp"
#include "core/ip/ledger.hpp"
#include "core/ip/limits.hpp"

namespace handfast::ip {

// An entry has the packet as its member `packet`.
template <class Entry>
class BoundedQueue {
public:
    BoundedQueue(Ledger& ledger, const Limits& limits)
        : ledger_{ledger}, packets_max_{limits.out_queue}, octets_max_{limits.out_octets} {}

    bool push(Entry entry, Instant now) {
        const std::size_t size = entry.packet.true_size();
        if (entries_.size() >= packets_max_ || octets_ + size > octets_max_) {
            ledger_.drop(trace::Drop::transmit_queue_full, entry.packet, now);
            return false;
        }
        octets_ += size;
        entries_.push_back(std::move(entry));
        return true;
    }
    [[nodiscard]] Entry pop() {
        Entry entry = entries_.pop_front();
        octets_ -= entry.packet.true_size();
        return entry;
    }
    [[nodiscard]] bool empty() const { return entries_.empty(); }
    [[nodiscard]] std::size_t size() const { return entries_.size(); }

private:
    Ledger& ledger_;
    std::size_t packets_max_;
    std::size_t octets_max_;
    std::size_t octets_{0};
    Ring<Entry> entries_;
};

// A finished frame: ARP, a fragment, a packet whose neighbor was found.
struct Frame {
    buf::Packet packet;
};
using FrameQueue = BoundedQueue<Frame>;

}  // namespace handfast::ip
