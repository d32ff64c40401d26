// HyStart++: leaves slow start before the queue overflows, when round trips grow (RFC 9406).
//
//   standard --(round trip grew by min/8)--> conservative --(five rounds)--> done
//      ^                                          |
//      +-----(it shrank again: jitter)------------+
//
// The RFC's optional limit L on one ACK's growth is left out, as Linux leaves it out: one ACK of a
// super-segment speaks for dozens of segments, and the window grows by octets (RFC 3465).
#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>

#include "core/base/time.hpp"

namespace handfast::tcp {

class HyStart {
public:
    enum class Phase : std::uint8_t { standard, conservative, done };

    // One ACK in slow start; says how many of the octets that it acknowledged the window may grow.
    constexpr std::uint32_t on_ack(std::uint32_t octets, Duration rtt, bool round_start) {
        if (phase_ == Phase::done) return octets;
        if (round_start) begin_round();
        if (rtt > Duration{0}) take_sample(rtt);
        return phase_ == Phase::conservative ? octets / growth_divisor : octets;
    }
    // RFC 9406 §4.2: only the first slow start of a connection is watched.
    constexpr void stop() { stopped_ = std::exchange(phase_, Phase::done); }
    // What stopped it was no loss: slow start goes on.
    constexpr void go_on() { phase_ = stopped_; }
    [[nodiscard]] constexpr Phase phase() const { return phase_; }

    friend constexpr bool operator==(const HyStart&, const HyStart&) = default;

private:
    // RFC 9406 §4.3
    static constexpr Duration threshold_min = milliseconds{4};
    static constexpr Duration threshold_max = milliseconds{16};
    static constexpr std::uint32_t rtt_divisor = 8;
    static constexpr std::uint32_t samples_needed = 8;
    static constexpr std::uint32_t growth_divisor = 4;
    static constexpr std::uint8_t conservative_rounds = 5;
    static constexpr Duration unknown = Duration::max();

    constexpr void begin_round() {
        if (phase_ == Phase::conservative && ++rounds_ >= conservative_rounds) phase_ = Phase::done;
        last_min_ = current_min_;
        current_min_ = unknown;
        samples_ = 0;
    }
    constexpr void take_sample(Duration rtt) {
        current_min_ = std::min(current_min_, rtt);
        ++samples_;
        if (samples_ < samples_needed) return;
        if (phase_ == Phase::conservative) {
            if (current_min_ < baseline_) phase_ = Phase::standard;
            return;
        }
        if (last_min_ == unknown || phase_ == Phase::done) return;
        const Duration grown = std::clamp(last_min_ / rtt_divisor, threshold_min, threshold_max);
        if (current_min_ < last_min_ + grown) return;
        baseline_ = current_min_;
        phase_ = Phase::conservative;
        rounds_ = 0;
    }

    Duration last_min_{unknown};
    Duration current_min_{unknown};
    Duration baseline_{unknown};
    std::uint32_t samples_{0};
    std::uint8_t rounds_{0};
    Phase phase_{Phase::standard};
    Phase stopped_{Phase::standard};
};

}  // namespace handfast::tcp
