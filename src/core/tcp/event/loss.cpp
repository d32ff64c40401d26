#include "core/tcp/event/loss.hpp"

#include <algorithm>

#include "core/tcp/send/recovery.hpp"

namespace handfast::tcp {

using trace::Counter;
using trace::TimerKind;
using trace::Why;

namespace {

// Marks what is lost by now; says how much.
std::uint32_t mark_losses(Tables& t, Connection& c, Instant now) {
    Deadline next = next_loss_at(c, t.env.profile);
    if (!next) {
        c.timers.stop(Timer::reorder);
        return 0;
    }
    std::uint32_t octets = 0;
    for (; next && *next <= now; next = next_loss_at(c, t.env.profile)) {
        const wire::SeqRange lost = lose_next(c);
        // RFC 4821 §7.5: that of a question for the path's MTU is its answer.
        const bool answers = c.snd.path && c.snd.path->on_lost(lost);
        if (!answers) octets += lost.size();
        if (t.env.sink != nullptr)
            t.env.sink->on(trace::LossMarked{.at = now,
                                             .host = t.env.host,
                                             .tuple = c.tuple,
                                             .range = lost,
                                             .by = Why::sack_retransmission});
    }
    if (next) {
        c.timers.arm(Timer::reorder, *next);
    } else {
        c.timers.stop(Timer::reorder);
    }
    return octets;
}

void count(Tables& t, const Connection& c, const RecoveryNews& news) {
    if (news == RecoveryNews{}) return;
    if (news.began && has_sack_recovery(c)) t.count(Counter::tcp_ext_sack_recovery);
    if (news.probe_repaired) t.count(Counter::tcp_ext_loss_probe_recovery);
    if (news.undone) t.count(Counter::tcp_ext_full_undo);
    if (news.undone && news.after_timeout) t.count(Counter::tcp_ext_spurious_rtos);
}

}  // namespace

void take_acknowledgment(Tables& t, Connection& c, const Acknowledgment& a) {
    if (a.news.duplicate) t.count(Counter::tcp_ext_dsack_recv);
    const bool fell = c.negotiated.ecn && heed_mark(c, a);
    const RecoveryNews taken = take(c, t.env.profile, a);
    const std::uint32_t lost = mark_losses(t, c, a.now);
    const RecoveryNews concluded = conclude(c, a, lost);
    if (c.negotiated.ecn) end_reduction(c);
    count(t, c, taken);
    count(t, c, concluded);
    if (fell || taken.began || taken.undone || concluded.began || a.advances())
        t.tell_window(c, a.now);
    if (a.advances() || a.news.newly_sacked > 0) arm_tail_probe(c, a.now);
}

void on_reorder(Tables& t, Connection& c, Instant now) {
    t.tell_timer(c, TimerKind::reorder, 0, now);
    if (mark_losses(t, c, now) == 0) return;
    const RecoveryNews news = conclude(c, now);
    count(t, c, news);
    if (news.began) t.tell_window(c, now);
    t.want_transmit(c);
}

void on_tail_probe(Tables& t, Connection& c, Instant now) {
    if (!tail_probe_at(c, now)) return;
    t.tell_timer(c, TimerKind::tail_probe, 1, now);
    t.count(Counter::tcp_ext_loss_probes);
    c.snd.tail_probe_due = true;
    c.timers.arm(Timer::retransmit, now + c.snd.rtt.rto());  // RFC 8985 §7.3
    t.want_transmit(c);
}

void arm_tail_probe(Connection& c, Instant now) {
    const Deadline at = tail_probe_at(c, now);
    if (!at || !c.timers.armed(Timer::retransmit)) {
        c.timers.stop(Timer::tail_probe);
        return;
    }
    // §7.2: never after the retransmission timer.
    c.timers.arm(Timer::tail_probe, std::min(*at, c.timers.at(Timer::retransmit)));
}

}  // namespace handfast::tcp
