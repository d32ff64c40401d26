// The loopback: a link of its own with its own weather, on which this host is both ends (DESIGN.md
// §4 "Hosts and addresses"). One lane carries both directions. Packets wait in it until the stack
// asks, so that output never re-enters input.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>

#include "core/base/rng.hpp"
#include "core/base/time.hpp"
#include "core/buf/packet.hpp"
#include "core/ip/links.hpp"
#include "core/stack/config.hpp"
#include "core/trace/counters.hpp"
#include "core/weather/lane.hpp"

namespace handfast::stack {

class Loopback {
public:
    Loopback(const Config& config, trace::Counters& counters, Instant now);

    // Takes an IP packet.
    void push(buf::Packet packet, Instant now) { lane_.push(std::move(packet), now); }
    // The next one that has arrived by now; null: none has.
    [[nodiscard]] buf::Packet pop(Instant now) {
        buf::Packet packet = lane_.pop(now);
        if (packet) packet.facts().link = ip::loopback_link;
        return packet;
    }
    [[nodiscard]] Deadline next_deadline() const { return lane_.next_deadline(); }
    [[nodiscard]] bool has_arrived(Instant now) const { return lane_.has_arrived(now); }

    [[nodiscard]] bool takes_super_segments() const { return !per_packet_; }
    void configure(const weather::Impairments& impairments);
    void set_sink(trace::Sink* sink) { lane_.set_sink(sink); }

    // IPv4's length field bounds what is sent, whatever the link would take.
    [[nodiscard]] static std::uint16_t mtu_of(const Config& config);

private:
    bool per_packet_;
    weather::Lane lane_;
};

}  // namespace handfast::stack
