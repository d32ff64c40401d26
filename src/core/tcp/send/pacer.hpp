// When the next segment may leave, at a rate: what was sent pushes it into the future. Bursts of a
// millisecond are let out at once, so that super-segments stay whole at high rates.
#pragma once

#include <algorithm>
#include <cstdint>

#include "core/base/time.hpp"

namespace handfast::tcp {

class Pacer {
public:
    // Octets that may leave together at this rate.
    [[nodiscard]] static constexpr std::uint32_t quantum(std::uint64_t rate, std::uint32_t mss) {
        constexpr std::uint64_t per_second = 1000;
        constexpr std::uint64_t most = 65'536;
        return static_cast<std::uint32_t>(
            std::max<std::uint64_t>(2 * std::uint64_t{mss}, std::min(rate / per_second, most)));
    }

    // Octets that may leave now, before the rate must be heeded.
    [[nodiscard]] constexpr bool may_send(Instant now) const { return now >= next_; }
    [[nodiscard]] constexpr Instant next() const { return next_; }

    // What leaves counts from when it might have left, but a rest earns no more than one quantum.
    constexpr void on_sent(std::uint32_t octets,
                           std::uint64_t rate,
                           std::uint32_t mss,
                           Instant now) {
        if (rate == 0) return;
        next_ = std::max(next_, now - time_of(quantum(rate, mss), rate)) + time_of(octets, rate);
    }

private:
    [[nodiscard]] static constexpr Duration time_of(std::uint32_t octets, std::uint64_t rate) {
        constexpr double second = 1e9;
        return nanoseconds{static_cast<std::int64_t>(static_cast<double>(octets) * second /
                                                     static_cast<double>(rate))};
    }

    Instant next_{Instant::min() + std::chrono::hours{1}};
};

}  // namespace handfast::tcp
