// The round-trip time and the retransmission timeout that follows from it: RFC 6298.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

#include "core/base/time.hpp"
#include "core/tcp/profile.hpp"

namespace handfast::tcp {

class RttEstimator {
public:
    explicit RttEstimator(const Profile& p)
        : initial_{p.rto_initial},
          min_{p.rto_min},
          max_{p.rto_max},
          min_on_variation_{p.rto_min_on_variation} {}

    // Karn's rule is the caller's: no sample from text that was sent twice (MUST-18).
    void sample(Duration rtt) {
        rtt = std::max(rtt, Duration{1});
        min_rtt_ = min_rtt_ ? std::min(*min_rtt_, rtt) : rtt;
        if (!srtt_) {  // §2.2
            srtt_ = rtt;
            variation_ = rtt / 2;
        } else {  // §2.3
            const Duration error = *srtt_ > rtt ? *srtt_ - rtt : rtt - *srtt_;
            variation_ += (error - variation_) / 4;
            *srtt_ += (rtt - *srtt_) / 8;
        }
        backoff_ = 0;
    }

    // §2.4; before any sample §2.1. Doubled by each backoff (§5.5, MUST-19).
    [[nodiscard]] Duration rto() const {
        Duration base = initial_;
        if (srtt_) {
            base = min_on_variation_ ? *srtt_ + std::max(4 * variation_, min_)
                                     : std::max(*srtt_ + 4 * variation_, min_);
        }
        for (std::uint32_t i = 0; i < backoff_ && base < max_; ++i) base *= 2;
        return std::min(base, max_);
    }

    // Another RTO to begin with, until there is a sample.
    void begin_at(Duration initial) { initial_ = std::max(initial_, initial); }
    void back_off() { ++backoff_; }
    void forget_backoff() { backoff_ = 0; }

    [[nodiscard]] std::optional<Duration> srtt() const { return srtt_; }
    [[nodiscard]] Duration variation() const { return variation_; }
    [[nodiscard]] std::optional<Duration> min_rtt() const { return min_rtt_; }
    [[nodiscard]] std::uint32_t backoff() const { return backoff_; }

private:
    Duration initial_;
    Duration min_;
    Duration max_;
    bool min_on_variation_;
    std::uint32_t backoff_{0};
    std::optional<Duration> srtt_;
    std::optional<Duration> min_rtt_;
    Duration variation_{};
};

}  // namespace handfast::tcp
