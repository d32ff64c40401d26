#include "core/tcp/send/recovery.hpp"

#include <algorithm>

namespace handfast::tcp {

using trace::Why;
using wire::octets_between;

namespace {

// RFC 7661: only a window that was used may grow. Linux's rule: in slow start half of it is enough.
bool was_window_limited(const Connection& c, std::uint32_t flight) {
    const std::uint32_t window = c.snd.congestion.window_bytes();
    if (window < c.snd.congestion.slow_start_threshold()) return window < 2 * flight;
    return flight + c.negotiated.mss > window;
}

// RFC 6582 §3.2 step 3: all that was outstanding when recovery began is acknowledged.
void leave_recovery(Connection& c) {
    c.snd.recovery.fast = false;
    c.snd.recovery.inflation = 0;
    c.snd.congestion.on_recovered();
}

// A partial acknowledgment: the next hole is at una. What it acknowledged has left the network.
void take_partial_ack(Connection& c, const NewAck& ack) {
    Recovery& r = c.snd.recovery;
    c.snd.why_first = Why::partial_ack_retransmission;
    r.inflation -= std::min(r.inflation, ack.octets);
    if (ack.octets >= c.negotiated.mss) r.inflation += c.negotiated.mss;
}

}  // namespace

void on_new_ack(Connection& c, const NewAck& ack) {
    Recovery& r = c.snd.recovery;
    r.duplicates = 0;
    c.snd.why_first = Why::none;
    if (r.after_timeout && at_or_before(r.recover, ack.ack)) r.after_timeout = false;
    // A mark left behind must not come round to the front after half of the circle.
    if (!r.fast && !r.after_timeout && before(r.recover, ack.ack - 1)) r.recover = ack.ack - 1;
    if (r.fast) {
        if (before(ack.ack, r.recover)) {
            take_partial_ack(c, ack);
            return;
        }
        leave_recovery(c);
        return;
    }
    c.snd.congestion.on_ack({.now = ack.now,
                             .newly_acked_bytes = ack.octets,
                             .in_flight_bytes = ack.flight,
                             .window_limited = was_window_limited(c, ack.flight)});
}

DuplicateStep on_duplicate_ack(Connection& c,
                               const Profile& profile,
                               std::uint32_t flight,
                               Instant now) {
    Recovery& r = c.snd.recovery;
    ++r.duplicates;
    if (r.fast) {  // step 4: one more segment has left the network
        r.inflation += c.negotiated.mss;
        return DuplicateStep::wait;
    }
    // Step 1: duplicates of what was sent before the last loss prove nothing new.
    const bool covered = before(r.recover, c.snd.una);
    if (r.duplicates < profile.duplicate_ack_threshold || !covered || r.after_timeout)
        return DuplicateStep::wait;
    r.fast = true;
    r.recover = c.snd.max;
    r.inflation = profile.duplicate_ack_threshold * c.negotiated.mss;
    c.snd.congestion.on_loss({.now = now, .in_flight_bytes = flight, .by_timeout = false});
    c.snd.why_first = Why::fast_retransmission;
    c.snd.timed.reset();
    return DuplicateStep::retransmit;
}

void on_timeout(Connection& c, Instant now) {
    Recovery& r = c.snd.recovery;
    if (c.snd.repetitions == 0)
        c.snd.congestion.on_loss({.now = now,
                                  .in_flight_bytes = octets_between(c.snd.una, c.snd.max),
                                  .by_timeout = true});
    r.fast = false;
    r.duplicates = 0;
    r.inflation = 0;
    r.after_timeout = true;
    r.recover = c.snd.max;
    c.snd.why_first = Why::none;
    c.snd.nxt = c.snd.una;
    c.snd.timed.reset();  // Karn
    c.snd.rtt.back_off();
    ++c.snd.repetitions;
}

std::uint32_t congestion_allowance(const Connection& c) {
    const Recovery& r = c.snd.recovery;
    std::uint32_t allowance = c.snd.congestion.window_bytes() + r.inflation;
    // RFC 3042: each of the first two duplicate ACKs lets one new segment out.
    constexpr std::uint32_t limited = 2;
    if (!r.fast && !r.after_timeout)
        allowance += std::min(r.duplicates, limited) * c.negotiated.mss;
    return allowance;
}

std::size_t send_room(const Connection& c, const Limits& limits) {
    const std::uint32_t buffer =
        c.settings.send_buffer != 0 ? c.settings.send_buffer : limits.send_buffer;
    const std::size_t held = c.snd.queue.true_size();
    return held >= buffer ? 0 : buffer - held;
}

bool send_room_is_worth_telling(const Connection& c, const Limits& limits) {
    const std::uint32_t buffer =
        c.settings.send_buffer != 0 ? c.settings.send_buffer : limits.send_buffer;
    return send_room(c, limits) >= buffer / 3 && c.snd.unsent() < c.settings.not_sent_low_water;
}

}  // namespace handfast::tcp
