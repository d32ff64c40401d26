// Flows that always have text to send, over one path, and what became of their windows: for closed
// forms, plots and tables.
//
//   sender 1 --- its own link ---+
//                                +--- the bottleneck ---> receiver
//   sender 2 --- its own link ---+
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "core/base/time.hpp"
#include "core/tcp/profile.hpp"
#include "core/trace/counters.hpp"
#include "core/trace/sink.hpp"
#include "core/trace/snapshot.hpp"
#include "core/weather/impairments.hpp"

namespace handfast::sim {

struct FlowPlan {
    std::string controller{"cubic"};  // as TCP_CONGESTION names it
    weather::Impairments up{};        // of the sender's link: its text's way …
    weather::Impairments down{};      // … and its acknowledgments'
    Duration begins{};                // all times count from the world's beginning
    std::vector<Duration> losses{};   // at each, the next segment that the sender sends is lost
    std::uint64_t octets{std::numeric_limits<std::uint64_t>::max()};
    tcp::Profile profile{};  // of the sender
};

struct PathPlan {
    std::vector<FlowPlan> flows{};
    weather::Impairments bottleneck{};
    bool offload{true};  // of all links
    Duration length{};
    Duration every{};  // so often the windows are looked at
    std::uint64_t seed{1};
};

struct FlowSample {
    Duration at{};
    std::uint64_t received{0};  // octets that the receiver's program has read
    trace::ConnectionSnapshot sender{};

    // In segments.
    [[nodiscard]] double window() const {
        return static_cast<double>(sender.congestion_window) / sender.mss;
    }
};

struct FlowTrack {
    std::vector<FlowSample> samples{};
    trace::Counters sender{};  // its host's
    bool ended{false};         // all of its text has been read …
    Duration end{};            // … by then
};

struct PathTrack {
    std::vector<FlowTrack> flows{};
    trace::Counters receiver{};  // its host's
};

// The sink (nullptr: none) hears of all of it. Throws std::system_error when a call fails.
[[nodiscard]] PathTrack run_path(const PathPlan& plan, trace::Sink* sink);

// A delay of half a round trip, for either direction.
[[nodiscard]] weather::Impairments half_of(Duration round_trip);

}  // namespace handfast::sim
