// Keep-alives: RFC 9293 §3.8.4, off by default (MUST-25).
#pragma once

#include "core/tcp/tables.hpp"

namespace handfast::tcp {

// The timer runs from the last segment that was heard (MUST-26), while the option is on.
inline void restart_keep_alive(Tables& t, Connection& c, Instant now) {
    const bool on =
        c.settings.keep_alive && is_synchronized(c.state) && c.state != State::time_wait;
    if (!on) {
        c.timers.stop(Timer::keep_alive);
        return;
    }
    c.timers.arm(Timer::keep_alive, now + c.settings.keep_idle);  // MUST-27
    t.rearm(c);
}

}  // namespace handfast::tcp
