// What a connection may be waiting for: a small table whose earliest deadline sits in the wheel.
#pragma once

#include <algorithm>
#include <utility>

#include "core/base/enum_array.hpp"
#include "core/base/time.hpp"

namespace handfast::tcp {

enum class Timer : unsigned char {
    retransmit,   // RFC 6298 §5
    tail_probe,   // RFC 8985 §7.2
    reorder,      // RFC 8985 §6.2
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
        const Instant before = std::exchange(at_[t], at);
        if (at <= first_) {
            first_ = at;
        } else if (before == first_) {
            look_for_first();
        }
    }
    constexpr void stop(Timer t) {
        if (armed(t)) arm(t, never);
    }
    constexpr void stop_all() {
        for (auto& at : at_) at = never;
        first_ = never;
    }
    [[nodiscard]] constexpr bool armed(Timer t) const { return at_[t] != never; }
    [[nodiscard]] constexpr bool expired(Timer t, Instant now) const { return at_[t] <= now; }
    [[nodiscard]] constexpr Instant at(Timer t) const { return at_[t]; }

    // The one instant that the shard's wheel must know of this connection. It is asked for several
    // times for every segment, so it is kept.
    [[nodiscard]] constexpr Deadline next() const { return first_; }

private:
    static constexpr Instant never = Instant::max();
    static constexpr EnumArray<Timer, Instant> all_never() {
        EnumArray<Timer, Instant> a;
        for (auto& at : a) at = never;
        return a;
    }
    constexpr void look_for_first() {
        Instant first = never;
        for (const Instant at : at_) first = at < first ? at : first;
        first_ = first;
    }

    EnumArray<Timer, Instant> at_{all_never()};
    Instant first_{never};
};

}  // namespace handfast::tcp
