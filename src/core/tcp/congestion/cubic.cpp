#include "core/tcp/congestion/cubic.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>

namespace handfast::tcp {

namespace {

constexpr double window_least = 2;  // segments: RFC 9438 §4.6

double in_seconds(Duration d) {
    return std::chrono::duration<double>(d).count();
}

}  // namespace

Cubic::Cubic(Start s)
    : mss_{s.mss},
      initial_{s.segments},
      window_{static_cast<double>(s.segments)},
      octets_{s.segments * s.mss} {}

void Cubic::set_window(double segments) {
    window_ = std::min(segments, static_cast<double>(congestion_window_max) / mss_);
    octets_ = static_cast<std::uint32_t>(std::lround(window_ * mss_));
}

void Cubic::on_ack(const AckSample& s) {
    if (s.rtt > Duration{0}) last_rtt_ = s.rtt;
    if (!s.in_order) return;
    if (!s.window_limited) {
        // §4.2: time in which the window was not used does not count.
        if (curve_.running && s.now > last_used_) curve_.began += s.now - last_used_;
        last_used_ = s.now;
        return;
    }
    last_used_ = s.now;
    if (window_bytes() >= threshold_) {
        avoid(s);
        return;
    }
    const bool watched = threshold_ == no_threshold && hystart_.phase() != HyStart::Phase::done;
    std::uint32_t octets = s.newly_acked_bytes;
    if (watched) octets = hystart_.on_ack(octets, s.rtt, s.round_start);
    // One acknowledgment of much does not carry it beyond the threshold.
    set_window(static_cast<double>(window_bytes() + std::min(octets, threshold_ - window_bytes())) /
               mss_);
    if (watched && hystart_.phase() == HyStart::Phase::done) threshold_ = window_bytes();
}

// §4.2: the first octets acknowledged beyond the threshold begin a stage of congestion avoidance.
void Cubic::begin_avoidance(Instant now) {
    curve_.running = true;
    curve_.began = now;
    curve_.w_est = window_;
    curve_.origin = curve_.w_max;
    if (curve_.fresh || curve_.w_max <= window_) {
        curve_.k = 0;
        curve_.origin = window_;
        return;
    }
    curve_.k = std::cbrt((curve_.w_max - window_) / c);
}

double Cubic::on_curve(double seconds) const {
    const double t = seconds - curve_.k;
    return (c * t * t * t) + curve_.origin;
}

void Cubic::avoid(const AckSample& s) {
    if (!curve_.running) begin_avoidance(s.now);
    constexpr double most_growth = 1.5;                    // a round trip: §4.2
    constexpr double alpha = 3 * (1 - beta) / (1 + beta);  // §4.3
    const double acked = static_cast<double>(s.newly_acked_bytes) / mss_;
    const double t = in_seconds(s.now - curve_.began);
    curve_.w_est += (curve_.w_est >= curve_.prior ? 1.0 : alpha) * acked / window_;
    const double target =
        std::clamp(on_curve(t + in_seconds(last_rtt_)), window_, window_ * most_growth);
    if (on_curve(t) < curve_.w_est) {
        set_window(std::max(window_, curve_.w_est));  // §4.3: Reno's region
    } else {
        set_window(window_ + (target - window_) * acked / window_);  // §4.4, §4.5
    }
}

void Cubic::on_loss(const LossSample& s) {
    if (!before_) before_ = Box{Before{}};
    *before_ = {.window = window_, .threshold = threshold_, .curve = curve_};
    hystart_.stop();
    // RFC 7661 §4.4.3: of a window that was not used only what was.
    const double used =
        s.pipe_bytes != 0 ? std::min(window_, static_cast<double>(s.pipe_bytes) / mss_) : window_;
    // §4.7: fast convergence. A window that grew less than the last time makes room for others.
    curve_.w_max = used < curve_.w_max ? used * (1 + beta) / 2 : used;
    curve_.prior = used;
    curve_.running = false;
    curve_.fresh = s.by_timeout;  // §4.8
    set_window(std::max(used * beta, window_least));
    threshold_ = window_bytes();
    if (s.by_timeout) set_window(1);
}

void Cubic::on_ecn(const LossSample& s) {
    const double part = std::max(window_ * beta, 1.0);  // RFC 3168 §6.1.2: down to one segment
    on_loss(s);
    set_window(std::min(window_, part));
}

void Cubic::on_recovered() {
    set_window(std::min(window_, static_cast<double>(threshold_) / mss_));
}

void Cubic::on_undo() {
    if (!before_ || before_->window <= window_) return;
    set_window(before_->window);
    threshold_ = std::max(threshold_, before_->threshold);
    curve_ = before_->curve;
    hystart_.go_on();
}

// RFC 9438 §4.2, RFC 5681 §4.1: begins again with the initial window, and a curve of its own.
void Cubic::on_idle() {
    begin_again_at(initial_);
}

// RFC 7661 §4.4.2
void Cubic::on_unused() {
    begin_again_at(std::max(window_ / 2, static_cast<double>(initial_)));
}

void Cubic::begin_again_at(double segments) {
    if (window_ <= segments) return;
    threshold_ = std::max(threshold_, static_cast<std::uint32_t>(window_ * mss_ * 3 / 4));
    set_window(segments);
    curve_.running = false;
}

}  // namespace handfast::tcp
