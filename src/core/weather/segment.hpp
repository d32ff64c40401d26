// The segment: one virtual Ethernet in memory, with the weather of each attachment.
//
//   host A --up weather--> [ switch by MAC ] --down weather--> host B
//
// A perfect link hands packets on whole, super-segments too, in the same instant. A raw-IP segment
// has two ports and no addresses: what goes in at one comes out at the other (TUN).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "core/base/slab.hpp"
#include "core/base/time.hpp"
#include "core/buf/packet.hpp"
#include "core/trace/counters.hpp"
#include "core/trace/sink.hpp"
#include "core/weather/impairments.hpp"
#include "core/wire/address.hpp"

namespace handfast::weather {

struct Port;
using PortId = Handle<Port>;

struct PortConfig {
    wire::MacAddress mac{};  // unused on a raw-IP segment
    trace::HostId host{};
    std::uint16_t mtu{1500};  // longer frames (after splitting) are lost and told
    bool offload{true};       // false: frames are wire-sized and carry computed checksums
    Impairments up{};
    Impairments down{};
};

class Segment {
public:
    struct Limits {
        std::size_t ports{4096};
        std::size_t frames{65'536};      // in flight or waiting, each port and direction
        std::size_t octets{256U << 20};  // the same
    };

    Segment(buf::Pool& pool, trace::Medium medium, std::uint64_t seed, Limits limits, Instant now);
    ~Segment();
    Segment(const Segment&) = delete;
    Segment& operator=(const Segment&) = delete;
    Segment(Segment&&) = delete;
    Segment& operator=(Segment&&) = delete;

    // A null handle when the table is full, when a raw-IP segment has its two ports, or when the
    // MAC address is another port's or no station's.
    [[nodiscard]] PortId attach(const PortConfig& config, Instant now);
    // What is under way to or from it is lost, as no_such_neighbor.
    void detach(PortId port);
    void configure(PortId port, const PortConfig& config, Instant now);
    [[nodiscard]] const PortConfig& config(PortId port) const;

    // A host's frames go up. Takes all of them. `now` never goes back, here and below.
    void send(PortId from, buf::PacketBurst& frames, Instant now);
    // Adds frames that have arrived at this port by now, until `out` is full; false: none was
    // added.
    [[nodiscard]] bool receive(PortId at, buf::PacketBurst& out, Instant now);
    // Fills the list of ports for which receive() would give something now; cheap when empty.
    void arrivals(std::vector<PortId>& out, Instant now);
    // When arrivals() would list a port that it does not list yet.
    [[nodiscard]] Deadline next_deadline() const;

    void set_sink(trace::Sink* sink);
    [[nodiscard]] const trace::Counters& counters() const;  // drops, by reason

private:
    struct Rooms;
    std::unique_ptr<Rooms> rooms_;
};

}  // namespace handfast::weather
