// Keyed fates (DESIGN.md §3): what weather does to a packet is a pure function of
//
//   (seed, host, direction, flow without its ephemeral port, kind, ordinal in its flow and kind)
//
// and never of the order in which packets of different flows arrive, so that one seed gives the
// same fates with virtual time and with threads.
//
// A flow is the pair of addresses, the protocol and those ports that are not ephemeral (32,768 to
// 60,999): connections that one client makes to one server after another are one flow, whatever
// ports they got, and so the n-th SYN has the same fate in every run.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "core/base/enum_array.hpp"
#include "core/buf/packet.hpp"
#include "core/trace/event.hpp"
#include "core/weather/closings.hpp"
#include "core/weather/impairments.hpp"
#include "core/weather/recent_map.hpp"

namespace handfast::weather {

// What a fate is drawn for.
struct Subject {
    std::uint64_t flow{0};  // a hash of what names it
    PacketKind kind{PacketKind::any};
};

// Reads the headers in the packet's head, and tells FINs to `closings`. Of fragments the ports are
// not looked at, so that all of a datagram are of one flow.
[[nodiscard]] Subject classify(const buf::Packet& frame, trace::Medium medium, Closings& closings);
// For lanes that judge nothing: only tells FINs.
void note_closing(const buf::Packet& frame, trace::Medium medium, Closings& closings);

struct Fate {
    std::optional<trace::Drop> lost;  // weather_named, weather_loss, weather_burst_loss
    bool duplicate{false};
    bool corrupt{false};
    bool reorder{false};
    double jitter{0};         // [-1, 1)
    std::uint64_t damage{0};  // which octet, and how, when corrupt
};

class Fates {
public:
    struct Key {
        std::uint64_t seed{0};
        trace::HostId host{};
        trace::Direction direction{trace::Direction::up};
    };

    Fates(const Key& key, std::size_t max_flows);

    // Counts the packet and draws its fate.
    [[nodiscard]] Fate judge(const Subject& subject, const Impairments& weather);
    // All flows begin anew.
    void forget() { flows_.clear(); }

private:
    // Of one flow, by kind.
    struct Flow {
        EnumArray<PacketKind, std::uint32_t> ordinals;
        EnumArray<PacketKind, bool> in_burst;
    };

    std::uint64_t key_;
    RecentMap<Flow> flows_;
};

}  // namespace handfast::weather
