// Sending at a rate: that of the congestion controller, or what SO_MAX_PACING_RATE allows.
//
// The gate is the connection's pacing timer: while it is armed, text waits. What may leave at once
// when it opens is the pacer's quantum.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>

#include "core/tcp/tcb.hpp"

namespace handfast::tcp {

// Octets a second; 0: as acknowledgments come.
[[nodiscard]] inline std::uint64_t pacing_rate(const Connection& c) {
    const std::uint64_t wanted = c.snd.congestion.pacing_rate();
    const std::uint64_t most = c.settings.max_pacing_rate;
    if (most == 0 || most == no_pacing_limit) return wanted;
    return wanted == 0 ? most : std::min(wanted, most);
}
[[nodiscard]] inline bool waits_for_pacer(const Connection& c) {
    return c.timers.armed(Timer::pacing);
}
// Octets of whole segments that may leave together.
[[nodiscard]] inline std::uint32_t pacing_burst(const Connection& c) {
    const std::uint64_t rate = pacing_rate(c);
    if (rate == 0) return std::numeric_limits<std::uint32_t>::max();
    const std::uint32_t mss = c.negotiated.mss;
    return Pacer::quantum(rate, mss) / mss * mss;
}

// Text left, for the first time or again: what comes after its burst waits until the rate lets it.
inline void pace(Connection& c, std::uint32_t octets, Instant now) {
    const std::uint64_t rate = pacing_rate(c);
    if (rate == 0) return;
    Sender& s = c.snd;
    s.pacer.on_sent(octets, rate, c.negotiated.mss, now);
    const bool goes_on = before(s.nxt, s.burst_end) && s.nxt == s.max;
    if (!goes_on && !s.pacer.may_send(now)) c.timers.arm(Timer::pacing, s.pacer.next());
}
// Another rate holds from now on.
inline void forget_pace(Connection& c) {
    c.snd.pacer = {};
    c.timers.stop(Timer::pacing);
}

}  // namespace handfast::tcp
