// The judge of a world: hears its trace and its programs, looks after every step, and keeps the
// first complaint, at which the world stops.
//
//   programs: sent, received, ended, failed ──┐
//   trace:    edges, segments ────────────────┼──▶ Oracle ──▶ Complaint
//   world:    deadlines, memory, tables ──────┘
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/trace/sink.hpp"
#include "sim/flow_rules.hpp"
#include "sim/pattern.hpp"
#include "sim/plan.hpp"
#include "sim/world.hpp"

namespace handfast::sim {

// One direction of a connection, as its two ends' programs know it.
struct OneWay {
    explicit OneWay(std::uint64_t key) : text{key} {}

    Pattern text;
    std::uint64_t sent{0};  // octets that the engine took
    std::uint64_t received{0};
    bool ended{false};  // the sender has shut it
};

class Oracle final : public trace::Sink {
public:
    explicit Oracle(const Plan& plan) : pool_octets_{plan.pool_octets} {}

    void on(const trace::StateEdge& edge) override { judge(rules_.on(edge)); }
    void on(const trace::SegmentSent& sent) override { judge(rules_.on(sent)); }

    // What programs saw.
    void received(OneWay& way, Bytes octets, Instant now);
    void end_received(const OneWay& way, Instant now);
    void failed(std::string_view verb, berkeley::Errno error, const Peril& peril, Instant now);

    // What the world shows: after each step, and when nothing should be left.
    void after_step(World& world);
    void at_end(World& world);

    // Keeps the first.
    void complain(Law law, Instant now, std::string text);
    [[nodiscard]] const std::optional<Complaint>& complaint() const { return complaint_; }

private:
    void judge(std::optional<Complaint> complaint);
    void check_time(World& world);

    FlowRules rules_;
    std::size_t pool_octets_;
    std::optional<Complaint> complaint_;
    Instant step_at_{};
    std::uint32_t steps_at_once_{0};
};

// Whether the weather, the memory or the other side may be the reason of this error.
[[nodiscard]] bool is_explained(berkeley::Errno error, const Peril& peril);

}  // namespace handfast::sim
