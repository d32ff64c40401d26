// Where IP and the stack above it write down what they did and what they dropped.
#pragma once

#include <cstdint>

#include "core/base/time.hpp"
#include "core/buf/packet.hpp"
#include "core/trace/counters.hpp"
#include "core/trace/sink.hpp"
#include "core/trace/why.hpp"

namespace handfast::ip {

struct Ledger {
    trace::Counters& counters;
    trace::Sink* sink{nullptr};
    trace::HostId host{};
    std::uint64_t& next_packet_id;

    void count(trace::Counter counter) { counters.count(counter); }

    // A packet ends here.
    void drop(trace::Drop reason, std::uint64_t id, Instant now) {
        counters.count(reason);
        if (sink != nullptr)
            sink->on(trace::PacketDropped{.at = now, .host = host, .id = id, .reason = reason});
    }
    void drop(trace::Drop reason, const buf::Packet& packet, Instant now) {
        drop(reason, packet.facts().tag.id, now);
    }

    // The mark of a packet that begins here.
    [[nodiscard]] buf::Tag tag(trace::Why why) {
        return {.id = ++next_packet_id, .why = static_cast<std::uint16_t>(why)};
    }
};

}  // namespace handfast::ip
