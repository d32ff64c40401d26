#include "core/tcp/send/sack_recovery.hpp"

#include <algorithm>
#include <utility>

#include "core/tcp/send/recovery.hpp"

namespace handfast::tcp::sack {

using Forward = Recovery::Forward;
using wire::octets_between;

namespace {

bool is_recovering(const Connection& c) {
    return c.snd.recovery.fast || c.snd.recovery.after_timeout;
}

// FlightSize when this came (RFC 5681 §2), without what SACK has told to have arrived: while one
// repetition after the other is lost, SND.UNA stands and that grows by a window each round trip.
std::uint32_t flight_before(const Connection& c, const Acknowledgment& a) {
    return c.snd.board.in_flight() + c.snd.board.lost() + a.news.delivered;
}

// RFC 4015: what was thought lost is on its way; it goes on as if nothing had happened.
RecoveryNews undo(Connection& c, const Acknowledgment& a) {
    Recovery& r = c.snd.recovery;
    const bool after_timeout = r.after_timeout;
    // What came late had been repeated, so that the scoreboard could not see it.
    if (!after_timeout) c.snd.rack.on_undone(std::max<std::uint32_t>(a.octets, c.negotiated.mss));
    c.snd.congestion.on_undo();
    c.snd.board.restore_lost();
    r.fast = r.after_timeout = false;
    r.forward = Forward::off;
    r.undo.forget();
    return {.undone = true, .after_timeout = after_timeout};
}

// RFC 5682 §3.1: what was sent once, before the timeout, arrives now: it was late, not lost.
bool proves_late(const Connection& c, const AckNews& news) {
    const Recovery& r = c.snd.recovery;
    return r.forward != Forward::off && news.lowest_original &&
           at_or_before(*news.lowest_original, r.recover);
}

// Step 2: the first acknowledgment after the timeout lets new text out instead of repetitions; the
// second decides.
void advance_forward(Connection& c, const Acknowledgment& a) {
    Recovery& r = c.snd.recovery;
    const bool may_ask = r.forward == Forward::first_ack && a.advances() && c.snd.unsent() > 0;
    if (r.forward == Forward::first_ack && !a.advances() && a.news.delivered == 0) return;
    r.forward = may_ask ? Forward::second_ack : Forward::off;
}

// RFC 8985 §7.4: the probe repaired what nobody else had seen; the window falls as for any loss.
bool take_probe(Connection& c, const Acknowledgment& a) {
    const auto outcome =
        c.snd.probe.on_ack({.una = c.snd.una,
                            .duplicate = a.news.duplicate,
                            .is_duplicate = a.is_duplicate && a.news.delivered == 0});
    if (outcome != TailProbe::Outcome::repaired_loss || is_recovering(c)) return false;
    c.snd.congestion.on_loss(loss_of(c, flight_before(c, a), a.now));
    c.snd.congestion.on_recovered();
    tell_reduction(c);
    return true;
}

void enter_recovery(Connection& c, const Acknowledgment& a) {
    Sender& s = c.snd;
    Recovery& r = s.recovery;
    r.fast = true;
    r.recover = s.max;
    r.undo.begin(s.una);
    s.probe.forget();
    // RFC 9937 §6: what had been SACKed before is not delivered in this recovery.
    const std::uint32_t flight = flight_before(c, a);
    // A window that fell because of a mark, less than a round trip ago, fell for this loss as well.
    if (std::exchange(r.marked, false)) {
        r.undo.forget();
        return;
    }
    s.congestion.on_loss(loss_of(c, flight, a.now));
    tell_reduction(c);
    s.prr = Prr{{.flight = flight,
                 .threshold = s.congestion.slow_start_threshold(),
                 .in_flight = s.board.in_flight(),
                 .mss = c.negotiated.mss}};
}

void leave_recovery(Connection& c) {
    c.snd.recovery.fast = false;
    c.snd.congestion.on_recovered();
    c.snd.rack.on_recovered();
}

}  // namespace

RecoveryNews take(Connection& c, const Acknowledgment& a) {
    Sender& s = c.snd;
    Recovery& r = s.recovery;
    const bool of_probe = a.news.duplicate && s.probe.explains(*a.news.duplicate);
    const bool in_vain = a.news.duplicate && !of_probe;
    // What is SACKed echoes an older segment, the last that came in order (RFC 7323 §4.3).
    const bool echoes_it = a.advances() && a.news.newly_sacked == 0;
    s.rack.on_ack(a.news,
                  {.now = a.now,
                   .una = s.una,
                   .sent_end = s.max,
                   .min_rtt = s.rtt.min_rtt().value_or(Duration{0}),
                   .echo_ms = echoes_it ? a.echo_ms : no_echo,
                   .duplicate = in_vain});
    const bool repaired = take_probe(c, a);
    const bool of_this = in_vain && r.undo.concerns(*a.news.duplicate);
    const Undo::Ack proof{.una = s.una,
                          .echo_ms = a.echo_ms,
                          .duplicate = of_this ? a.news.duplicate->size() : 0,
                          .nothing_lost = s.board.lost() == 0};
    if (r.undo.is_proved_by(proof) || proves_late(c, a.news)) return undo(c, a);
    advance_forward(c, a);
    return {.probe_repaired = repaired};
}

Deadline next_loss_at(const Connection& c, const Profile& profile) {
    return c.snd.rack.lost_at(c.snd.board,
                              {.min_rtt = c.snd.rtt.min_rtt().value_or(Duration{0}),
                               .srtt = c.snd.rtt.srtt().value_or(Duration{0}),
                               .duplicate_threshold = profile.duplicate_ack_threshold,
                               .in_recovery = is_recovering(c)});
}

RecoveryNews conclude(Connection& c, const Acknowledgment& a, std::uint32_t lost) {
    Recovery& r = c.snd.recovery;
    const bool done = at_or_before(r.recover, c.snd.una);
    if (r.after_timeout && done) {
        r.after_timeout = false;
        r.forward = Forward::off;
    }
    if (r.fast && done) {
        tell_congestion(c, a, {.lost = lost});
        leave_recovery(c);
        if (lost == 0) return {};
        enter_recovery(c, a);
        return {.began = true};
    }
    const bool enters = lost > 0 && !is_recovering(c);
    if (enters) enter_recovery(c, a);
    // A mark left behind must not come round to the front after half of the circle.
    if (!is_recovering(c)) r.recover = later(r.recover, c.snd.una);
    if (r.fast || r.marked)
        c.snd.prr.on_ack({.delivered = a.news.delivered,
                          .in_flight = c.snd.board.in_flight(),
                          .safe = a.advances() && lost == 0});
    tell_congestion(c, a, {.lost = lost});
    return {.began = enters};
}

RecoveryNews conclude(Connection& c, Instant now) {
    if (is_recovering(c) || c.snd.board.lost() == 0) return {};
    enter_recovery(c,
                   {.now = now, .ack = c.snd.una, .flight = octets_between(c.snd.una, c.snd.max)});
    return {.began = true};
}

void on_timeout(Connection& c) {
    Recovery& r = c.snd.recovery;
    const std::uint32_t before = c.snd.board.lost();
    // RFC 5682 §3.1 step 1: not when the segment was sent again before.
    r.forward = c.snd.repetitions == 0 && !r.fast ? Forward::first_ack : Forward::off;
    c.snd.board.lose_all();
    c.snd.rate.on_lost(c.snd.board.lost() - before);
    c.snd.probe.forget();
    c.snd.tail_probe_due = false;
}

}  // namespace handfast::tcp::sack
