#include "core/tcp/event/timeouts.hpp"

#include <algorithm>
#include <utility>

#include "core/tcp/event/emit.hpp"
#include "core/tcp/event/fast_open.hpp"
#include "core/tcp/event/keep_alive.hpp"
#include "core/tcp/event/loss.hpp"
#include "core/tcp/event/path_mtu.hpp"
#include "core/tcp/event/user_timeout.hpp"
#include "core/tcp/send/buffer.hpp"
#include "core/tcp/send/recovery.hpp"

namespace handfast::tcp {

using berkeley::Errno;
using trace::Counter;
using trace::TimerKind;
using trace::Why;

namespace {

// Whether a handler left the connection alive.
enum class After : std::uint8_t { goes_on, ended };

After time_out(Tables& t, Connection& c, Instant now) {
    t.count(Counter::tcp_ext_abort_on_timeout);
    give_up(t, c, c.soft_error.value_or(Errno::timed_out), Why::rst_timeout, now);
    return After::ended;
}

// TCP_SYNCNT as Linux 6.18 has it: as long as so many repetitions would take whose waits double,
// whatever they are; the first ones do not (tcp_syn_linear_timeouts).
Duration time_of_repetitions(const Profile& p, std::uint32_t count) {
    Duration total{0};
    Duration wait = p.rto_initial;
    for (std::uint32_t n = 0; n <= count; ++n) {
        total += wait;
        wait = std::min(wait * 2, p.rto_max);
    }
    return total;
}

// RFC 9293 §3.8.3: R2, for a SYN (MUST-22) and for text, or what the user set instead (MUST-21).
bool is_past_r2(const Tables& t, const Connection& c, Instant now) {
    const Duration waited = now - c.snd.oldest_sent;
    const auto by_user = user_timeout(c, t.env.profile);
    if (by_user && waited >= *by_user) return true;
    if (c.state == State::syn_sent || c.state == State::syn_received) {
        if (c.settings.syn_retries != 0)
            return waited >= time_of_repetitions(t.env.profile, c.settings.syn_retries);
        return waited >= t.env.profile.syn_give_up;  // MUST-23
    }
    if (by_user) return false;
    return waited >= (c.is_orphan ? t.env.profile.orphan_r2 : t.env.profile.r2);
}

Duration retransmission_wait(const Tables& t, const Connection& c, Instant now) {
    Duration wait = c.snd.rtt.rto();
    if (const auto by_user = user_timeout(c, t.env.profile)) {
        const Duration left = c.snd.oldest_sent + *by_user - now;
        wait = std::min(wait, std::max(left, Duration{t.env.profile.rto_min}));
    }
    return wait;
}

// TCP_THIN_LINEAR_TIMEOUTS, as Linux has it: a stream of few segments loses no more by six even
// waits, and the network neither.
bool repeats_evenly(const Connection& c) {
    constexpr std::size_t few = 4;
    constexpr std::uint32_t even_repetitions = 6;
    return c.settings.thin_linear_timeouts && c.state == State::established &&
           c.snd.board.segments() < few && c.snd.repetitions <= even_repetitions;
}

// RFC 7413 §4.2.2: until the handshake is done the SYN/ACK alone goes again.
After repeat_syn_ack(Tables& t, Connection& c, Instant now) {
    repeat_syn(c);
    c.snd.timed.reset();  // Karn
    c.snd.rtt.back_off();
    ++c.snd.repetitions;
    c.timers.arm(Timer::retransmit, now + retransmission_wait(t, c, now));
    t.want_transmit(c);
    return After::goes_on;
}

After on_retransmit(Tables& t, Connection& c, Instant now) {
    t.tell_timer(c, TimerKind::retransmit, c.snd.repetitions + 1, now);
    t.count(Counter::tcp_ext_timeouts);
    const bool gives_up = is_past_r2(t, c, now);
    if (c.fast_open) doubt_path(t, c, gives_up, now);
    if (gives_up) return time_out(t, c, now);
    if (is_early(c)) return repeat_syn_ack(t, c, now);
    const bool handshake = c.state == State::syn_sent || c.state == State::syn_received;
    const bool linear = handshake && c.state == State::syn_sent &&
                        c.snd.repetitions < t.env.profile.syn_linear_timeouts;
    // R1 (MUST-20), when that many repetitions were in vain: the path may be dead; the owner may
    // want to know (SHLD-9).
    if (c.snd.repetitions == t.env.profile.r1_retransmissions && !c.soft_error)
        c.soft_error = Errno::timed_out;
    if (has_sack_recovery(c) && c.snd.board.has_reneged()) t.count(Counter::tcp_ext_sack_reneging);
    on_timeout(c, now);
    if (c.fast_open && c.state == State::syn_sent) fall_back(c);
    const std::uint32_t r1 = t.env.profile.r1_retransmissions;
    if (c.snd.repetitions == r1 || c.snd.repetitions == 2 * r1) suspect_black_hole(t, c);
    // RFC 3168 §6.1.1.1: who drops SYNs for asking lets the third pass.
    constexpr std::uint32_t askings = 2;
    if (c.state == State::syn_sent && c.snd.repetitions >= askings) c.negotiated.ecn = false;
    c.timers.stop(Timer::reorder);
    c.timers.stop(Timer::tail_probe);
    if (linear || repeats_evenly(c)) c.snd.rtt.forget_backoff();
    c.timers.arm(Timer::retransmit, now + retransmission_wait(t, c, now));
    if (t.env.sink != nullptr)
        t.env.sink->on(trace::LossMarked{.at = now,
                                         .host = t.env.host,
                                         .tuple = c.tuple,
                                         .range = {c.snd.una, c.snd.max},
                                         .by = Why::rto_retransmission});
    if (c.snd.wnd == 0 && is_synchronized(c.state)) {  // probes take over (MUST-35)
        c.timers.stop(Timer::retransmit);
        c.timers.arm(Timer::persist, now);
    }
    t.want_transmit(c);
    return After::goes_on;
}

// The rate lets text go again, if any waits.
void on_pacing(Tables& t, Connection& c, Instant now) {
    if (!before(c.snd.nxt, c.snd.text_end()) && c.snd.board.lost() == 0) return;
    t.tell_timer(c, TimerKind::pacing, 0, now);
    t.want_transmit(c);
}

After on_persist(Tables& t, Connection& c, Instant now) {
    // What was in flight when the window closed may have been all that there is.
    const bool nothing_waits = c.snd.una == c.snd.max && c.snd.unsent() == 0;
    if (nothing_waits && (!c.snd.fin_queued || c.snd.fin_sent())) {
        c.snd.probes = 0;
        return After::goes_on;
    }
    t.tell_timer(c, TimerKind::persist, c.snd.probes + 1, now);
    // Nobody had to answer before the first probe.
    const Duration unanswered = now - std::max(c.totals.last_heard, c.snd.oldest_sent);
    const auto by_user = user_timeout(c, t.env.profile);
    if (by_user && c.snd.probes > 0 && unanswered >= *by_user) return time_out(t, c, now);
    // MUST-37: a peer that answers is kept for ever; one that does not has R2.
    if (c.snd.probes > 0 && unanswered >= t.env.profile.r2) return time_out(t, c, now);
    if (c.is_orphan && c.snd.probes >= t.env.profile.orphan_probes) return time_out(t, c, now);
    t.want_transmit(c);
    if (c.snd.wnd != 0) {
        // Silly-window avoidance held text back for one RTO: what fits goes out (RFC 9293
        // §3.8.6.2.1, "override timeout").
        c.snd.flush_end = c.snd.una + c.snd.wnd;
        return After::goes_on;
    }
    if (c.snd.probes++ == 0) c.snd.oldest_sent = now;
    t.count(Counter::tcp_ext_win_probe);
    c.snd.probe_window = true;  // MUST-36
    c.snd.rtt.back_off();       // SHLD-30
    c.timers.arm(Timer::persist, now + c.snd.rtt.rto());
    return After::goes_on;
}

After on_keep_alive(Tables& t, Connection& c, Instant now) {
    const Instant idle_since = std::max(c.totals.last_heard, c.totals.last_data_sent);
    if (c.snd.probes == 0 && now - idle_since < c.settings.keep_idle) {
        c.timers.arm(Timer::keep_alive, idle_since + c.settings.keep_idle);
        return After::goes_on;
    }
    // MUST-26: what is outstanding is repeated anyway, and a closed window is probed.
    if (c.snd.una != c.snd.max || c.snd.unsent() > 0) {
        c.timers.arm(Timer::keep_alive, now + c.settings.keep_idle);
        return After::goes_on;
    }
    const auto by_user = user_timeout(c, t.env.profile);
    const bool dead = by_user ? now - c.totals.last_heard >= *by_user && c.snd.probes > 0
                              : c.snd.probes >= c.settings.keep_count;  // MUST-29
    if (dead) return time_out(t, c, now);
    t.tell_timer(c, TimerKind::keep_alive, c.snd.probes + 1, now);
    ++c.snd.probes;
    t.count(Counter::tcp_ext_keep_alive);
    c.snd.probe_idle = true;
    c.timers.arm(Timer::keep_alive, now + c.settings.keep_interval);
    t.want_transmit(c);
    return After::goes_on;
}

}  // namespace

void on_timer(Tables& t, Connection& c, Instant now) {
    const auto take = [&](Timer timer) {
        const bool due = c.timers.expired(timer, now);
        if (due) c.timers.stop(timer);
        return due;
    };
    if (take(Timer::delayed_ack)) {
        t.count(Counter::tcp_ext_delayed_acks);
        t.tell_timer(c, TimerKind::delayed_ack, 0, now);
        t.want_ack(c, Why::delayed_ack);
    }
    if (take(Timer::cork)) {  // MUST-60
        c.snd.flush_end = c.snd.push_end = c.snd.text_end();
        t.want_transmit(c);
    }
    if (take(Timer::memory)) {
        // One that waits for room too is told when acknowledgments bring it.
        if (c.snd.writer_waits && send_room_is_worth_telling(c, t.env.limits)) {
            c.snd.writer_waits = false;
            t.notify_writable(c);
        }
        t.want_transmit(c);
    }
    if (take(Timer::linger)) {
        t.tell_timer(c, TimerKind::linger, 0, now);
        t.end(c, std::nullopt, now);
        return;
    }
    if (take(Timer::reorder)) on_reorder(t, c, now);
    if (take(Timer::pacing)) on_pacing(t, c, now);
    if (take(Timer::tail_probe)) on_tail_probe(t, c, now);
    if (take(Timer::retransmit) && on_retransmit(t, c, now) == After::ended) return;
    if (take(Timer::persist) && on_persist(t, c, now) == After::ended) return;
    if (take(Timer::keep_alive) && on_keep_alive(t, c, now) == After::ended) return;
    t.rearm(c);
}

void give_up(Tables& t, Connection& c, Errno error, Why why, Instant now) {
    if (is_synchronized(c.state)) t.reply(reset_of(t, c, why, now));
    t.end(c, error, now);
}

}  // namespace handfast::tcp
