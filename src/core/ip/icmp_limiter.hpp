// How many ICMP errors a host sends: a token bucket (ICMP4-18) whose price is drawn by lot.
//
// A counter that runs down by one for each error tells an outsider how many errors others drew
// (SAD DNS, CVE-2020-25705: attack A09). Each error costs 0, 1 or 2 tokens, 1 in the mean.
#pragma once

#include <algorithm>
#include <cstdint>

#include "core/base/rng.hpp"
#include "core/base/time.hpp"
#include "core/ip/limits.hpp"

namespace handfast::ip {

class IcmpLimiter {
public:
    IcmpLimiter(const Limits& limits, std::uint64_t seed, Instant now)
        : burst_{static_cast<std::int64_t>(limits.icmp_burst)},
          interval_{limits.icmp_interval},
          tokens_{burst_},
          filled_at_{now},
          lots_{seed} {}

    [[nodiscard]] bool allows(Instant now) {
        const std::int64_t earned = (now - filled_at_) / interval_;
        if (earned > 0) {
            tokens_ = std::min(burst_, tokens_ + earned);
            filled_at_ += earned * interval_;
        }
        if (tokens_ <= 0) return false;
        tokens_ -= lots_.below(price_bound);
        return true;
    }

private:
    static constexpr std::uint32_t price_bound = 3;

    std::int64_t burst_;
    Duration interval_;
    std::int64_t tokens_;
    Instant filled_at_;
    Rng lots_;
};

}  // namespace handfast::ip
