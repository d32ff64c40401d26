#include "core/tcp/send/reno_recovery.hpp"

#include <algorithm>
#include <utility>

#include "core/tcp/send/recovery.hpp"

namespace handfast::tcp::reno {

using trace::Why;

namespace {

// RFC 6582 §3.2 step 3: all that was outstanding when recovery began is acknowledged.
void leave_recovery(Connection& c) {
    c.snd.recovery.fast = false;
    c.snd.recovery.inflation = 0;
    c.snd.congestion.on_recovered();
}

// A partial acknowledgment: the next hole is at una. What it acknowledged has left the network.
void take_partial_ack(Connection& c, const Acknowledgment& a) {
    Recovery& r = c.snd.recovery;
    c.snd.why_first = Why::partial_ack_retransmission;
    r.inflation -= std::min(r.inflation, a.octets);
    if (a.octets >= c.negotiated.mss) r.inflation += c.negotiated.mss;
}

// RFC 4015: what was sent first had arrived; it goes on where it was.
void undo(Connection& c) {
    Recovery& r = c.snd.recovery;
    c.snd.congestion.on_undo();
    c.snd.board.restore_lost();
    c.snd.nxt = c.snd.max;
    r.fast = r.after_timeout = false;
    r.inflation = 0;
    r.undo.forget();
}

// Each duplicate told that a segment had arrived, and let one out (RFC 3042): of all that is
// acknowledged then, that much is no news to the window, but for one segment.
std::uint32_t told_by_duplicates(const Connection& c, const Acknowledgment& a, std::uint32_t n) {
    const std::uint32_t mss = c.negotiated.mss;
    if (n == 0 || a.news.delivered <= mss) return 0;
    return std::min(n, (a.news.delivered - 1) / mss) * mss;
}

RecoveryNews take_new_ack(Connection& c, const Acknowledgment& a) {
    Recovery& r = c.snd.recovery;
    const std::uint32_t duplicates = std::exchange(r.duplicates, 0);
    c.snd.why_first = Why::none;
    const bool recovering = r.fast || r.after_timeout;
    if (recovering && r.undo.is_proved_by({.una = a.ack, .echo_ms = a.echo_ms})) {
        const bool after_timeout = r.after_timeout;
        undo(c);
        return {.undone = true, .after_timeout = after_timeout};
    }
    if (r.after_timeout && at_or_before(r.recover, a.ack)) r.after_timeout = false;
    // A mark left behind must not come round to the front after half of the circle.
    if (!r.fast && !r.after_timeout && before(r.recover, a.ack - 1)) r.recover = a.ack - 1;
    tell_congestion(c, a, {.told_before = told_by_duplicates(c, a, duplicates)});
    if (!r.fast) return {};
    if (before(a.ack, r.recover)) {
        take_partial_ack(c, a);
    } else {
        leave_recovery(c);
    }
    return {};
}

RecoveryNews take_duplicate(Connection& c, const Profile& profile, const Acknowledgment& a) {
    Recovery& r = c.snd.recovery;
    ++r.duplicates;
    if (r.fast) {  // step 4: one more segment has left the network
        r.inflation += c.negotiated.mss;
        return {};
    }
    // Step 1: duplicates of what was sent before the last loss prove nothing new.
    const bool covered = before(r.recover, c.snd.una);
    if (r.duplicates < profile.duplicate_ack_threshold || !covered || r.after_timeout) return {};
    r.fast = true;
    r.recover = c.snd.max;
    r.inflation = profile.duplicate_ack_threshold * c.negotiated.mss;
    if (std::exchange(r.marked, false)) {  // it fell for the same congestion already
        r.undo.forget();
    } else {
        r.undo.begin(c.snd.una);
        c.snd.congestion.on_loss(loss_of(c, a.flight, a.now));
        tell_reduction(c);
    }
    c.snd.why_first = Why::fast_retransmission;
    return {.began = true};
}

}  // namespace

RecoveryNews on_ack(Connection& c, const Profile& profile, const Acknowledgment& a) {
    if (a.advances()) return take_new_ack(c, a);
    return a.is_duplicate ? take_duplicate(c, profile, a) : RecoveryNews{};
}

void on_timeout(Connection& c) {
    Recovery& r = c.snd.recovery;
    r.duplicates = 0;
    r.inflation = 0;
    c.snd.why_first = Why::none;
    c.snd.nxt = c.snd.una;
}

std::uint32_t allowance(const Connection& c) {
    const Recovery& r = c.snd.recovery;
    std::uint32_t allowance = c.snd.congestion.window_bytes() + r.inflation;
    // RFC 3042: each of the first two duplicate ACKs lets one new segment out.
    constexpr std::uint32_t limited = 2;
    if (!r.fast && !r.after_timeout)
        allowance += std::min(r.duplicates, limited) * c.negotiated.mss;
    return allowance;
}

}  // namespace handfast::tcp::reno
