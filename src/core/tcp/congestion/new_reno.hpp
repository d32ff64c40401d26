// NewReno's window: slow start, congestion avoidance, halving (RFC 5681 §3.1, RFC 6928; MUST-19).
#pragma once

#include <algorithm>
#include <cstdint>

#include "core/tcp/congestion/controller.hpp"

namespace handfast::tcp {

class NewReno {
public:
    using Start = WindowStart;

    constexpr NewReno() : NewReno{Start{}} {}
    constexpr explicit NewReno(Start s)
        : mss_{s.mss}, initial_{s.mss * s.segments}, window_{initial_} {}

    constexpr void on_ack(const AckSample& s) {
        if (!s.in_order) return;
        if (!s.window_limited) return;  // RFC 7661: a window that was not used has proved nothing
        // RFC 3465 §2.1: octets, not ACKs; the receiver may join them, also across the threshold.
        std::uint32_t octets = s.newly_acked_bytes;
        if (window_ < slow_start_threshold_) {
            const std::uint32_t room = std::min(octets, slow_start_threshold_ - window_);
            grow(room);
            octets -= room;
        }
        // One MSS a round trip: an MSS for every window's worth of acknowledged octets. Of the
        // window only whole segments are used, so what is left of it need not be acknowledged.
        credit_ += octets;
        for (std::uint32_t used = whole_segments(); credit_ >= used; used = whole_segments()) {
            credit_ -= used;
            grow(mss_);
        }
    }
    constexpr void on_loss(const LossSample& s) {
        before_window_ = window_;
        before_threshold_ = slow_start_threshold_;
        const std::uint32_t used = s.pipe_bytes != 0 ? s.pipe_bytes : s.in_flight_bytes;
        slow_start_threshold_ = std::max(used / 2, 2 * mss_);  // eq. 4; RFC 7661 §4.4.3
        window_ = s.by_timeout ? mss_ : slow_start_threshold_;
        credit_ = 0;
    }
    constexpr void on_ecn(const LossSample& s) {  // RFC 3168 §6.1.2: down to one segment
        const std::uint32_t half = std::max(window_ / 2, mss_);
        on_loss(s);
        window_ = std::min(window_, half);
    }
    constexpr void on_recovered() { window_ = std::min(window_, slow_start_threshold_); }
    constexpr void on_undo() {
        window_ = std::max(window_, before_window_);
        slow_start_threshold_ = std::max(slow_start_threshold_, before_threshold_);
    }
    constexpr void on_idle() { window_ = std::min(window_, initial_); }
    constexpr void on_unused() {
        if (window_ <= initial_) return;
        slow_start_threshold_ = std::max(slow_start_threshold_, window_ - window_ / 4);
        window_ = std::max(window_ / 2, initial_);
    }

    [[nodiscard]] constexpr std::uint32_t window_bytes() const { return window_; }
    [[nodiscard]] constexpr std::uint32_t slow_start_threshold() const {
        return slow_start_threshold_;
    }
    [[nodiscard]] constexpr std::uint64_t pacing_rate() const { return 0; }
    friend constexpr bool operator==(const NewReno&, const NewReno&) = default;

private:
    [[nodiscard]] constexpr std::uint32_t whole_segments() const {
        return std::max(window_ / mss_, 1U) * mss_;
    }
    constexpr void grow(std::uint32_t octets) {
        window_ +=
            std::min(octets, congestion_window_max - std::min(window_, congestion_window_max));
    }

    std::uint32_t mss_{1460};
    std::uint32_t initial_{14'600};
    std::uint32_t window_{14'600};
    std::uint32_t slow_start_threshold_{no_threshold};
    std::uint32_t credit_{0};
    std::uint32_t before_window_{0};
    std::uint32_t before_threshold_{0};
};
static_assert(CongestionController<NewReno>);

}  // namespace handfast::tcp
