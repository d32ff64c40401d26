// BBR, version 3: the window and the pacing rate follow a model of the path, its bandwidth and its
// shortest round trip, instead of loss (draft-ietf-ccwg-bbr).
//
//   Startup --> Drain --> ProbeBW: Down --> Cruise --> Refill --> Up --+
//      ^                            ^                                  |
//      |                            +----------------------------------+
//      +-- ProbeRTT, for 200 ms, when no short round trip was seen for 5 s
//
// Rates are octets a second, flights octets. Names of members are those of the draft.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>

#include "core/tcp/congestion/controller.hpp"

namespace handfast::tcp {

class Bbr {
public:
    using Start = WindowStart;
    enum class Phase : std::uint8_t { startup, drain, down, cruise, refill, up, probe_rtt };

    Bbr() : Bbr{Start{}} {}
    explicit Bbr(Start s);

    void on_ack(const AckSample& s);
    void on_loss(const LossSample& s);
    void on_ecn(const LossSample&) {}  // the classic mark is no signal of the model
    void on_recovered();
    void on_undo() { on_recovered(); }
    void on_idle() { idle_restart_ = true; }
    void on_unused() {}  // the model knows what the application held down

    [[nodiscard]] std::uint32_t window_bytes() const { return window_; }
    [[nodiscard]] std::uint32_t slow_start_threshold() const { return no_threshold; }
    [[nodiscard]] std::uint64_t pacing_rate() const { return pacing_rate_; }
    [[nodiscard]] Phase phase() const { return phase_; }
    [[nodiscard]] std::uint64_t bandwidth() const { return std::max(max_bw_[0], max_bw_[1]); }
    [[nodiscard]] Duration min_rtt() const { return min_rtt_; }
    friend bool operator==(const Bbr&, const Bbr&) = default;

private:
    static constexpr std::uint64_t endless = std::numeric_limits<std::uint64_t>::max();
    enum class AckPhase : std::uint8_t { none, refilling, starting, feedback, stopping };

    // §5.5: the model
    void update_rounds(const AckSample& s);
    void update_bandwidth(const AckSample& s);
    [[nodiscard]] bool is_too_much(std::uint64_t lost, std::uint64_t of) const;
    [[nodiscard]] bool was_congested(const AckSample& s) const;
    void adapt_lower_bounds();
    void update_extra_acked(const AckSample& s);
    void update_min_rtt(const AckSample& s);
    // §5.3: the state machine
    void check_full_bandwidth(const AckSample& s);
    void check_startup(const AckSample& s);
    void update_probe_cycle(const AckSample& s);
    void adapt_upper_bounds(const AckSample& s);
    void probe_upward(const AckSample& s);
    void raise_slope();
    void check_probe_rtt(const AckSample& s);
    void start_down(Instant now);
    void start_refill();
    void start_up(const AckSample& s);
    void leave_probe_rtt(Instant now);
    void restore_window();
    void start_round() { next_round_delivered_ = delivered_; }
    void reset_full_bandwidth() { full_bw_ = full_bw_count_ = 0, full_bw_now_ = false; }
    [[nodiscard]] bool is_probing_cycle() const {
        return phase_ >= Phase::down && phase_ <= Phase::up;
    }
    [[nodiscard]] bool is_time_to_probe(Instant now) const;
    // §5.6: what is told
    void set_pacing_rate();
    void set_window(const AckSample& s);
    [[nodiscard]] std::uint64_t bounded_bandwidth() const { return std::min(bandwidth(), bw_lo_); }
    [[nodiscard]] std::uint64_t bdp(std::uint64_t rate) const;
    [[nodiscard]] std::uint64_t with_headroom() const;
    [[nodiscard]] std::uint64_t least() const { return 4 * std::uint64_t{mss_}; }

    std::uint32_t mss_;
    std::uint32_t initial_;
    std::uint32_t window_;
    std::uint32_t saved_window_{0};
    std::uint64_t pacing_rate_;
    // Long-term model
    std::array<std::uint64_t, 2> max_bw_{};  // of the last probing cycle, and of this
    std::uint64_t inflight_hi_{endless};
    Duration min_rtt_{Duration::max()};
    Instant min_rtt_at_{};
    Duration probe_rtt_min_{Duration::max()};
    Duration round_min_{Duration::max()};  // the shortest round trip of this round
    Instant probe_rtt_min_at_{};
    // Short-term model
    std::uint64_t bw_lo_{endless};
    std::uint64_t inflight_lo_{endless};
    std::uint64_t bw_latest_{0};
    std::uint64_t inflight_latest_{0};
    // Rounds
    std::uint64_t delivered_{0};
    std::uint64_t next_round_delivered_{0};
    std::uint64_t loss_round_delivered_{0};
    std::uint64_t lost_in_round_{0};
    std::uint32_t round_count_{0};
    std::uint32_t rounds_since_probe_{0};
    // Aggregation
    std::array<std::uint64_t, 2> extra_acked_{};
    std::uint64_t acked_in_interval_{0};
    Instant interval_began_{};
    // Startup and probing
    std::uint64_t full_bw_{0};
    std::uint64_t up_acks_{0};
    std::uint64_t up_count_{endless};
    Instant cycle_began_{};
    Duration probe_wait_{0};
    Instant probe_rtt_done_at_{};
    std::uint64_t chance_{0};
    std::uint32_t full_bw_count_{0};
    std::uint8_t up_rounds_{0};
    Phase phase_{Phase::startup};
    AckPhase ack_phase_{AckPhase::none};
    bool full_bw_reached_{false};
    bool full_bw_now_{false};
    bool round_start_{false};
    bool loss_round_start_{false};
    bool round_had_small_window_{false};  // that of ProbeRTT
    bool probe_samples_{false};
    bool probe_rtt_waits_{false};
    bool probe_rtt_round_done_{false};
    bool idle_restart_{false};
    bool began_{false};
    bool rate_is_assumed_{true};
};
static_assert(CongestionController<Bbr>);

}  // namespace handfast::tcp
