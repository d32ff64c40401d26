// What a connection may be waiting for: a small table whose earliest deadline sits in the wheel.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <utility>

#include "core/base/enum_array.hpp"
#include "core/base/time.hpp"

namespace handfast::tcp {

enum class Timer : unsigned char {
    retransmit,   // RFC 6298 §5
    tail_probe,   // RFC 8985 §7.2
    reorder,      // RFC 8985 §6.2
    pacing,       // text waits until the rate lets it go
    persist,      // RFC 9293 §3.8.6.1
    delayed_ack,  // RFC 9293 §3.8.6.3
    keep_alive,   // RFC 9293 §3.8.4
    cork,         // text held back by TCP_CORK or MSG_MORE goes out
    linger,       // an orphan in FIN-WAIT-2 waits no longer
    memory,       // the pool was empty: what was to be sent or written is tried again
    count
};

class Timers {
public:
    constexpr void arm(Timer t, Instant at) {
        armed_ |= bit(t);
        set(t, at);
    }
    constexpr void stop(Timer t) {
        if (!armed(t)) return;
        armed_ &= ~bit(t);
        set(t, never);
    }
    constexpr void stop_all() { *this = Timers{}; }
    [[nodiscard]] constexpr bool armed(Timer t) const { return (armed_ & bit(t)) != 0; }
    [[nodiscard]] constexpr bool expired(Timer t, Instant now) const { return at_[t] <= now; }
    [[nodiscard]] constexpr Instant at(Timer t) const { return at_[t]; }

    // The one instant that the shard's wheel must know of this connection. It is asked for several
    // times for every segment, so it is kept.
    [[nodiscard]] constexpr Deadline next() const { return first_; }

private:
    static constexpr Instant never = Instant::max();
    [[nodiscard]] static constexpr EnumArray<Timer, Instant> all_never() {
        EnumArray<Timer, Instant> a;
        for (auto& at : a) at = never;
        return a;
    }
    [[nodiscard]] static constexpr std::uint32_t bit(Timer t) {
        return 1U << static_cast<unsigned>(t);
    }
    constexpr void set(Timer t, Instant at) {
        const Instant before = std::exchange(at_[t], at);
        if (at <= first_) {
            first_ = at;
        } else if (before == first_) {
            look_for_first();
        }
    }
    constexpr void look_for_first() {
        first_ = never;
        for (std::uint32_t left = armed_; left != 0; left &= left - 1) {
            const auto t = static_cast<Timer>(std::countr_zero(left));
            first_ = std::min(first_, at_[t]);
        }
    }

    EnumArray<Timer, Instant> at_{all_never()};
    Instant first_{never};
    std::uint32_t armed_{0};  // one bit for each: few are, and only those need a look
};

}  // namespace handfast::tcp
