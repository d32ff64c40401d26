#include "core/tcp/congestion/bbr.hpp"

#include <algorithm>
#include <cmath>

#include "core/base/rng.hpp"

namespace handfast::tcp {

namespace {

// draft-ietf-ccwg-bbr §2, §5.1, §5.6.1
constexpr double startup_pacing_gain = 2.77;
constexpr double drain_pacing_gain = 0.5;
constexpr double default_window_gain = 2;
constexpr double up_window_gain = 2.25;
constexpr double probe_rtt_window_gain = 0.5;
constexpr double pacing_margin = 0.99;
constexpr double loss_threshold = 0.02;
constexpr double beta = 0.7;
constexpr double headroom = 0.15;
constexpr double queue_evidence = 1.5;  // round trips so much longer than the shortest
constexpr double full_bandwidth_growth = 1.25;
constexpr std::uint32_t full_bandwidth_rounds = 3;
constexpr std::uint32_t extra_acked_rounds = 5;  // two buckets: ten in all
constexpr std::uint64_t probe_rounds_most = 63;
constexpr std::uint8_t up_rounds_most = 30;
constexpr Duration min_rtt_lasts = seconds{10};
constexpr Duration probe_rtt_interval = seconds{5};
constexpr Duration probe_rtt_duration = milliseconds{200};
constexpr Duration probe_wait_least = seconds{2};
constexpr std::uint32_t probe_wait_spread_ms = 1000;

constexpr std::uint64_t scaled(double factor, std::uint64_t n) {
    return static_cast<std::uint64_t>(factor * static_cast<double>(n));
}

constexpr double pacing_gain(Bbr::Phase p) {
    switch (p) {
        case Bbr::Phase::startup:
            return startup_pacing_gain;
        case Bbr::Phase::drain:
            return drain_pacing_gain;
        case Bbr::Phase::down:
            return 0.9;
        case Bbr::Phase::up:
            return 1.25;
        default:
            return 1;
    }
}

constexpr double window_gain(Bbr::Phase p) {
    if (p == Bbr::Phase::up) return up_window_gain;
    return p == Bbr::Phase::probe_rtt ? probe_rtt_window_gain : default_window_gain;
}

}  // namespace

// §5.6.2: before the first round trip is known, a millisecond is assumed.
Bbr::Bbr(Start s)
    : mss_{s.mss},
      initial_{s.mss * s.segments},
      window_{initial_},
      pacing_rate_{scaled(startup_pacing_gain * 1000, initial_)} {}

void Bbr::on_ack(const AckSample& s) {
    if (!began_) {
        began_ = true;
        chance_ = mix64(static_cast<std::uint64_t>(s.now.time_since_epoch().count()));
        min_rtt_at_ = probe_rtt_min_at_ = interval_began_ = s.now;
    }
    update_rounds(s);
    update_bandwidth(s);
    update_extra_acked(s);
    check_full_bandwidth(s);
    check_startup(s);
    update_probe_cycle(s);
    update_min_rtt(s);
    check_probe_rtt(s);
    if (loss_round_start_ && s.rate.delivered > 0) {
        bw_latest_ = s.rate.bytes_per_second();
        inflight_latest_ = s.rate.delivered;
    }
    set_pacing_rate();
    set_window(s);
    idle_restart_ = false;
}

// A timeout: what is left in flight and one segment more, until it is over.
void Bbr::on_loss(const LossSample& s) {
    if (!s.by_timeout) return;
    saved_window_ = std::max(saved_window_, window_);
    window_ = mss_;
}

// ProbeRTT keeps the window small until it is over, whatever else ends.
void Bbr::on_recovered() {
    if (phase_ != Phase::probe_rtt) restore_window();
}

void Bbr::restore_window() {
    window_ = std::max(window_, saved_window_);
    saved_window_ = 0;
}

// ---- The model ----------------------------------------------------------------------------------

void Bbr::update_rounds(const AckSample& s) {
    round_start_ = loss_round_start_ = false;
    if (s.rate.delivered == 0) return;
    delivered_ = s.rate.prior_delivered + s.rate.delivered;
    round_start_ = s.rate.prior_delivered >= next_round_delivered_;
    if (round_start_) {
        start_round();
        ++round_count_;
        ++rounds_since_probe_;
    }
    loss_round_start_ = s.rate.prior_delivered >= loss_round_delivered_;
    if (loss_round_start_) loss_round_delivered_ = delivered_;
}

// §5.5.5, §5.5.10
void Bbr::update_bandwidth(const AckSample& s) {
    const std::uint64_t rate = s.rate.bytes_per_second();
    bw_latest_ = std::max(bw_latest_, rate);
    inflight_latest_ = std::max(inflight_latest_, s.rate.delivered);
    if (rate > 0 && (rate >= bandwidth() || !s.rate.app_limited))
        max_bw_[1] = std::max(max_bw_[1], rate);
    lost_in_round_ += s.newly_lost_bytes;
    if (s.rtt > Duration{0}) round_min_ = std::min(round_min_, s.rtt);
    if (!loss_round_start_) return;
    if (was_congested(s) && !round_had_small_window_) adapt_lower_bounds();
    lost_in_round_ = 0;
    round_min_ = Duration::max();
    round_had_small_window_ = phase_ == Phase::probe_rtt;
}

// The draft heeds the first loss of a round. But the rate that is measured is less than that sent
// at, by what was lost and by the pacing margin: a path that loses one of a hundred by chance would
// starve us between two probes. So the first loss counts where a queue stands behind it: that is
// how a flow that probes gets its share of another's. Without one, a round is congested when a
// probe would be.
bool Bbr::was_congested(const AckSample& s) const {
    if (lost_in_round_ == 0) return false;
    const bool queue = min_rtt_ != Duration::max() && round_min_ != Duration::max() &&
                       std::chrono::duration<double>(round_min_) > queue_evidence * min_rtt_;
    return queue || is_too_much(lost_in_round_, s.rate.delivered + lost_in_round_);
}

// §2.7: more than the threshold, and by more than chance makes of it: losses of a path that loses
// that much at random scatter by the square root of their number.
bool Bbr::is_too_much(std::uint64_t lost, std::uint64_t of) const {
    const double expected = loss_threshold * static_cast<double>(of) / mss_;
    constexpr double deviations = 2;
    return static_cast<double>(lost) / mss_ > expected + deviations * std::sqrt(expected);
}

void Bbr::adapt_lower_bounds() {
    if (phase_ == Phase::startup || phase_ == Phase::refill || phase_ == Phase::up) return;
    if (bw_lo_ == endless) bw_lo_ = bandwidth();
    if (inflight_lo_ == endless) inflight_lo_ = window_;
    bw_lo_ = std::max(bw_latest_, scaled(beta, bw_lo_));
    inflight_lo_ = std::max(inflight_latest_, scaled(beta, inflight_lo_));
}

// §5.5.9: how much more than the bandwidth accounts for came at once.
void Bbr::update_extra_acked(const AckSample& s) {
    const double passed = std::chrono::duration<double>(s.now - interval_began_).count();
    std::uint64_t expected = scaled(passed, bounded_bandwidth());
    if (acked_in_interval_ <= expected) {
        acked_in_interval_ = expected = 0;
        interval_began_ = s.now;
    }
    acked_in_interval_ += s.newly_acked_bytes;
    const std::uint64_t extra = std::min<std::uint64_t>(acked_in_interval_ - expected, window_);
    if (round_start_ && round_count_ % extra_acked_rounds == 0) extra_acked_ = {extra_acked_[1], 0};
    if (full_bw_reached_) extra_acked_[1] = std::max(extra_acked_[1], extra);
}

void Bbr::update_min_rtt(const AckSample& s) {
    if (s.rtt <= Duration{0}) return;
    if (s.rtt < probe_rtt_min_ || s.now > probe_rtt_min_at_ + probe_rtt_interval + seconds{5}) {
        probe_rtt_min_ = s.rtt;
        probe_rtt_min_at_ = s.now;
    }
    if (probe_rtt_min_ < min_rtt_ || s.now > min_rtt_at_ + min_rtt_lasts) {
        min_rtt_ = probe_rtt_min_;
        min_rtt_at_ = probe_rtt_min_at_;
    }
}

std::uint64_t Bbr::bdp(std::uint64_t rate) const {
    if (min_rtt_ == Duration::max()) return initial_;
    return scaled(std::chrono::duration<double>(min_rtt_).count(), rate);
}

std::uint64_t Bbr::with_headroom() const {
    if (inflight_hi_ == endless) return endless;
    const std::uint64_t room = std::max<std::uint64_t>(mss_, scaled(headroom, inflight_hi_));
    return std::max(inflight_hi_ - std::min(inflight_hi_, room), least());
}

// ---- The state machine --------------------------------------------------------------------------

// §5.3.1.2: the pipe is full when the rate has not grown by a quarter for three rounds.
void Bbr::check_full_bandwidth(const AckSample& s) {
    if (full_bw_now_ || s.rate.app_limited) return;
    if (s.rate.bytes_per_second() >=
        std::max<std::uint64_t>(scaled(full_bandwidth_growth, full_bw_), 1)) {
        reset_full_bandwidth();
        full_bw_ = s.rate.bytes_per_second();
        return;
    }
    if (!round_start_) return;
    ++full_bw_count_;
    full_bw_now_ = full_bw_count_ >= full_bandwidth_rounds;
    full_bw_reached_ = full_bw_reached_ || full_bw_now_;
}

void Bbr::check_startup(const AckSample& s) {
    if (phase_ == Phase::startup && full_bw_reached_) phase_ = Phase::drain;
    if (phase_ == Phase::drain && s.in_flight_after <= bdp(bandwidth())) start_down(s.now);
}

void Bbr::update_probe_cycle(const AckSample& s) {
    if (!full_bw_reached_) return;
    adapt_upper_bounds(s);
    switch (phase_) {
        case Phase::down:
            if (is_time_to_probe(s.now)) return start_refill();
            if (s.in_flight_after <= std::min(with_headroom(), bdp(bandwidth())))
                phase_ = Phase::cruise;
            return;
        case Phase::cruise:
            if (is_time_to_probe(s.now)) start_refill();
            return;
        case Phase::refill:
            if (round_start_) {
                probe_samples_ = true;
                start_up(s);
            }
            return;
        case Phase::up:
            // §5.3.3.4: the bound stops us, not the path: it is to be raised first.
            if (s.window_limited && window_ >= inflight_hi_) {
                reset_full_bandwidth();
                full_bw_ = s.rate.bytes_per_second();
            } else if (full_bw_now_) {
                start_down(s.now);
            }
            return;
        default:
            return;
    }
}

// §5.5.10.3: what loss during a probe says of how much may be in flight.
void Bbr::adapt_upper_bounds(const AckSample& s) {
    if (ack_phase_ == AckPhase::starting && round_start_) ack_phase_ = AckPhase::feedback;
    if (ack_phase_ == AckPhase::stopping && round_start_) {
        if (is_probing_cycle() && !s.rate.app_limited) max_bw_ = {max_bw_[1], 0};
        ack_phase_ = AckPhase::none;
    }
    const std::uint64_t sent_into = s.rate.in_flight_when_sent;
    if (sent_into > 0 && is_too_much(s.rate.lost, sent_into)) {
        if (!probe_samples_) return;
        probe_samples_ = false;
        const std::uint64_t target = std::min<std::uint64_t>(bdp(bandwidth()), window_);
        if (!s.rate.app_limited) inflight_hi_ = std::max(sent_into, scaled(beta, target));
        if (phase_ == Phase::up) start_down(s.now);
        return;
    }
    if (inflight_hi_ == endless) return;
    inflight_hi_ = std::max(inflight_hi_, sent_into);
    if (phase_ == Phase::up) probe_upward(s);
}

void Bbr::probe_upward(const AckSample& s) {
    if (!s.window_limited || window_ < inflight_hi_) return;
    up_acks_ += s.newly_acked_bytes;
    if (up_acks_ >= up_count_) {
        const std::uint64_t steps = up_acks_ / up_count_;
        up_acks_ -= steps * up_count_;
        inflight_hi_ += steps * mss_;
    }
    if (round_start_) raise_slope();
}

void Bbr::raise_slope() {
    const std::uint64_t growth = std::uint64_t{1} << up_rounds_;
    if (up_rounds_ < up_rounds_most) ++up_rounds_;
    up_count_ = std::max<std::uint64_t>(window_ / growth, mss_);
}

// §5.3.3.5: every two to three seconds, and no later than Reno would have grown by as much.
bool Bbr::is_time_to_probe(Instant now) const {
    if (now > cycle_began_ + probe_wait_) return true;
    const std::uint64_t target = std::min<std::uint64_t>(bdp(bandwidth()), window_);
    return rounds_since_probe_ >= std::min(target / mss_, probe_rounds_most);
}

void Bbr::start_down(Instant now) {
    lost_in_round_ = 0;
    bw_latest_ = inflight_latest_ = 0;
    up_count_ = endless;
    chance_ = mix64(chance_);
    rounds_since_probe_ = static_cast<std::uint32_t>(chance_ & 1U);
    probe_wait_ = probe_wait_least +
                  milliseconds{static_cast<std::int64_t>((chance_ >> 32) % probe_wait_spread_ms)};
    cycle_began_ = now;
    ack_phase_ = AckPhase::stopping;
    start_round();
    phase_ = Phase::down;
}

void Bbr::start_refill() {
    bw_lo_ = inflight_lo_ = endless;
    up_rounds_ = 0;
    up_acks_ = 0;
    ack_phase_ = AckPhase::refilling;
    start_round();
    phase_ = Phase::refill;
}

void Bbr::start_up(const AckSample& s) {
    ack_phase_ = AckPhase::starting;
    start_round();
    reset_full_bandwidth();
    full_bw_ = s.rate.bytes_per_second();
    cycle_began_ = s.now;
    phase_ = Phase::up;
    raise_slope();
}

void Bbr::check_probe_rtt(const AckSample& s) {
    const bool expired = s.now > probe_rtt_min_at_ + probe_rtt_interval;
    if (phase_ != Phase::probe_rtt && expired && !idle_restart_) {
        saved_window_ = std::max(saved_window_, window_);
        phase_ = Phase::probe_rtt;
        ack_phase_ = AckPhase::stopping;
        probe_rtt_waits_ = true;
        probe_samples_ = false;  // what is lost of the small flight tells nothing of a large one
        start_round();
    }
    if (phase_ != Phase::probe_rtt) return;
    const std::uint64_t goal = std::max(scaled(probe_rtt_window_gain, bdp(bandwidth())), least());
    if (probe_rtt_waits_) {
        if (s.in_flight_after > goal) return;
        probe_rtt_waits_ = probe_rtt_round_done_ = false;
        probe_rtt_done_at_ = s.now + probe_rtt_duration;
        probe_rtt_min_ = s.rtt > Duration{0} ? s.rtt : probe_rtt_min_;
        probe_rtt_min_at_ = s.now;
        start_round();
        return;
    }
    if (round_start_) probe_rtt_round_done_ = true;
    if (probe_rtt_round_done_ && s.now > probe_rtt_done_at_) leave_probe_rtt(s.now);
}

void Bbr::leave_probe_rtt(Instant now) {
    probe_rtt_min_at_ = now;
    restore_window();
    bw_lo_ = inflight_lo_ = endless;
    // What was sent until now proves nothing of the path.
    loss_round_delivered_ = delivered_;
    round_had_small_window_ = true;
    if (!full_bw_reached_) {
        phase_ = Phase::startup;
        return;
    }
    start_down(now);
    phase_ = Phase::cruise;
}

// ---- What is told -------------------------------------------------------------------------------

// §5.6.2: until the pipe is full the rate only grows: what an application sends that has little to
// say does not slow it. But it begins anew, at the first window a round trip, when that is known.
void Bbr::set_pacing_rate() {
    if (rate_is_assumed_ && min_rtt_ != Duration::max()) {
        const double windows = 1 / std::chrono::duration<double>(min_rtt_).count();
        pacing_rate_ = scaled(startup_pacing_gain * windows, initial_);
        rate_is_assumed_ = false;
    }
    const std::uint64_t rate = scaled(pacing_gain(phase_) * pacing_margin, bounded_bandwidth());
    if (rate > 0 && (full_bw_reached_ || rate > pacing_rate_)) pacing_rate_ = rate;
}

void Bbr::set_window(const AckSample& s) {
    if (saved_window_ != 0 && phase_ != Phase::probe_rtt && !s.in_recovery) saved_window_ = 0;
    constexpr std::uint64_t three_bursts = 3;
    std::uint64_t most = scaled(window_gain(phase_), bdp(bounded_bandwidth())) +
                         std::max(extra_acked_[0], extra_acked_[1]);
    const std::uint64_t burst =
        std::max(2 * std::uint64_t{mss_}, std::min<std::uint64_t>(pacing_rate_ / 1000, 65'536));
    most = std::max({most, three_bursts * burst, least()});
    std::uint64_t window = window_;
    if (full_bw_reached_) {
        window = std::min<std::uint64_t>(window + s.newly_acked_bytes, most);
    } else if (window < most || delivered_ < initial_) {
        window += s.newly_acked_bytes;
    }
    window = std::max(window, least());
    std::uint64_t cap = endless;
    if (is_probing_cycle() && phase_ != Phase::cruise) cap = inflight_hi_;
    if (phase_ == Phase::probe_rtt || phase_ == Phase::cruise) cap = with_headroom();
    if (phase_ == Phase::probe_rtt)
        cap = std::min(cap, scaled(probe_rtt_window_gain, bdp(bounded_bandwidth())));
    cap = std::max(std::min(cap, inflight_lo_), least());
    window = std::min({window, cap, std::uint64_t{congestion_window_max}});
    window_ = static_cast<std::uint32_t>(window);
}

}  // namespace handfast::tcp
