#include "core/tcp/send/recovery.hpp"

#include <algorithm>

#include "core/tcp/send/reno_recovery.hpp"
#include "core/tcp/send/sack_recovery.hpp"

namespace handfast::tcp {

using wire::octets_between;

namespace {

// RFC 7661: only a window that was used may grow. Linux's rule: in slow start it is enough that
// half of it was, at any time of the round trip.
bool was_window_limited(const Connection& c, const Acknowledgment& a) {
    const std::uint32_t window = c.snd.congestion.window_bytes();
    const bool held_back = at_or_before(a.ack, c.snd.limited_end);
    // A controller that paces asks of the flight itself, in recovery too.
    if (c.snd.congestion.pacing_rate() != 0)
        return held_back || a.in_flight + c.negotiated.mss > window;
    if (c.snd.recovery.fast) return false;
    if (held_back) return true;
    if (window < c.snd.congestion.slow_start_threshold())
        return window < 2 * std::max(a.flight, c.snd.most_flight);
    return a.flight + c.negotiated.mss > window;
}

Congestion controller_of(CongestionControl which, WindowStart start) {
    switch (which) {
        case CongestionControl::reno:
            return Congestion{NewReno{start}};
        case CongestionControl::bbr:
            return Congestion{Bbr{start}};
        case CongestionControl::cubic:
            break;
    }
    return Congestion{Cubic{start}};
}

}  // namespace

void begin_sending(Connection& c, const Limits& limits) {
    c.snd.board = Scoreboard{{.una = later(c.snd.una, c.snd.iss + 1),
                              .mss = c.negotiated.mss,
                              .max_records = limits.flight_records}};
    c.snd.limited_end = c.snd.most_flight_end = c.snd.una;
}

void choose_congestion_control(Connection& c, std::uint32_t segments) {
    c.snd.congestion =
        controller_of(c.settings.congestion, {.mss = c.negotiated.mss, .segments = segments});
}

void change_congestion_control(Connection& c) {
    const std::uint32_t mss = c.negotiated.mss;
    choose_congestion_control(c, std::max(c.snd.congestion.window_bytes() / mss, 1U));
}

void on_sent(Connection& c, wire::SeqRange range, Instant now) {
    Sender& s = c.snd;
    const wire::SeqNum max = later(s.max, range.end);
    const std::uint32_t flight = octets_between(s.una, max);
    if (at_or_before(s.most_flight_end, s.una) || flight > s.most_flight) {
        s.most_flight = flight;
        s.most_flight_end = max;
    }
    const Stamp stamp = s.rate.on_sent(s.board.in_flight(), range.size(), now);
    // A repetition may carry a FIN that is new.
    const wire::SeqRange again{range.begin, sooner(range.end, later(s.max, range.begin))};
    if (!again.empty()) {
        s.board.on_resent(again, stamp);
        s.recovery.undo.on_repeated(again, now);
    }
    if (again.end != range.end) s.board.on_sent({again.end, range.end}, stamp);
    if (s.recovery.fast || s.recovery.marked) s.prr.on_sent(range.size());
}

bool heed_mark(Connection& c, const Acknowledgment& a) {
    Sender& s = c.snd;
    Recovery& r = s.recovery;
    // What was sent before CWR is echoed like what led to it.
    const bool is_news = a.tells_mark && before(s.reduced_end, s.una);
    if (!is_news || r.fast || r.after_timeout) return false;
    const std::uint32_t flight =
        has_sack_recovery(c) ? s.board.in_flight() + a.news.delivered : a.flight;
    // One segment a round trip is too much still: the next waits for a whole timeout.
    if (s.congestion.window_bytes() < 2 * std::uint32_t{c.negotiated.mss})
        c.timers.arm(Timer::pacing, a.now + s.rtt.rto());
    s.congestion.on_ecn(loss_of(c, flight, a.now));
    r.marked = true;
    r.undo.forget();
    s.prr = Prr{{.flight = flight,
                 .threshold = s.congestion.window_bytes(),
                 .in_flight = s.board.in_flight(),
                 .mss = c.negotiated.mss}};
    tell_reduction(c);
    return true;
}

void end_reduction(Connection& c) {
    Recovery& r = c.snd.recovery;
    if (!r.marked || before(c.snd.una, c.snd.reduced_end)) return;
    r.marked = false;
    c.snd.congestion.on_recovered();
}

void tell_reduction(Connection& c) {
    c.snd.reduced_end = c.snd.max;
    c.snd.reduction_due = c.negotiated.ecn;
}

LossSample loss_of(const Connection& c, std::uint32_t flight, Instant now) {
    const Validation& v = c.snd.validation;
    const bool used = v.is_valid(c.snd.congestion.window_bytes());
    return {.now = now,
            .in_flight_bytes = flight,
            .pipe_bytes = used ? 0 : std::max(v.pipe_ack(), flight)};
}

RecoveryNews take(Connection& c, const Profile& profile, const Acknowledgment& a) {
    return has_sack_recovery(c) ? sack::take(c, a) : reno::on_ack(c, profile, a);
}

Deadline next_loss_at(const Connection& c, const Profile& profile) {
    return has_sack_recovery(c) ? sack::next_loss_at(c, profile) : std::nullopt;
}

wire::SeqRange lose_next(Connection& c) {
    const wire::SeqRange lost = c.snd.board.lose_oldest();
    c.snd.rate.on_lost(lost.size());
    return lost;
}

RecoveryNews conclude(Connection& c, const Acknowledgment& a, std::uint32_t lost) {
    return has_sack_recovery(c) ? sack::conclude(c, a, lost) : RecoveryNews{};
}

RecoveryNews conclude(Connection& c, Instant now) {
    return has_sack_recovery(c) ? sack::conclude(c, now) : RecoveryNews{};
}

void on_timeout(Connection& c, Instant now) {
    Sender& s = c.snd;
    Recovery& r = s.recovery;
    if (s.repetitions == 0) {
        // What SACK has told to have arrived is in flight no more.
        const std::uint32_t flight = octets_between(s.una, s.max) - s.board.sacked();
        LossSample loss = loss_of(c, flight, now);
        loss.by_timeout = true;
        s.congestion.on_loss(loss);
        r.undo.begin(s.una);
        tell_reduction(c);
    }
    if (has_sack_recovery(c)) {
        sack::on_timeout(c);
    } else {
        reno::on_timeout(c);
    }
    if (s.path) s.path->on_timeout();
    r.fast = r.marked = false;
    r.after_timeout = true;
    r.recover = s.max;
    s.timed.reset();  // Karn
    s.rtt.back_off();
    ++s.repetitions;
}

void send_again(Connection& c) {
    Recovery& r = c.snd.recovery;
    r.after_timeout = true;
    r.recover = c.snd.max;
    c.snd.board.set_mss(c.negotiated.mss);
    c.snd.board.lose_all();
    if (!has_sack_recovery(c)) c.snd.nxt = c.snd.una;
}

void tell_congestion(Connection& c, const Acknowledgment& a, const BesideAck& beside) {
    Sender& s = c.snd;
    if (a.news.delivered == 0 && beside.lost == 0) return;
    const Duration min_rtt = s.rtt.min_rtt().value_or(Duration{0});
    const bool falls = s.recovery.fast || s.recovery.marked;
    AckSample sample{.now = a.now,
                     .newly_acked_bytes = a.news.delivered - beside.told_before,
                     .in_order = a.advances(),
                     .in_flight_bytes = a.in_flight,
                     .window_limited = !falls && was_window_limited(c, a),
                     .in_recovery = falls,
                     .rtt = a.rtt(),
                     .in_flight_after = s.board.in_flight(),
                     .newly_lost_bytes = beside.lost,
                     .rate = s.rate.on_ack(a.news, min_rtt, a.now)};
    sample.round_start = sample.rate.round_start;
    s.congestion.on_ack(sample);
    if (!a.advances() || falls || s.recovery.after_timeout) return;
    const bool unused = s.validation.on_ack({.now = a.now,
                                             .flight = a.flight,
                                             .window = s.congestion.window_bytes(),
                                             .srtt = s.rtt.srtt().value_or(Duration{0})});
    if (unused) s.congestion.on_unused();
}

// RFC 8985 §7.2: something is out, nothing speaks of a loss, and no probe has been sent for it.
Deadline tail_probe_at(const Connection& c, Instant now) {
    const Sender& s = c.snd;
    if (c.state == State::syn_received) return std::nullopt;  // RFC 7413: the SYN/ACK goes first
    if (s.una == s.max || s.probe.is_out() || !has_sack_recovery(c)) return std::nullopt;
    const bool calm = !s.recovery.fast && !s.recovery.after_timeout && s.board.sacked() == 0;
    if (!calm) return std::nullopt;
    const bool one_segment = octets_between(s.una, s.max) <= c.negotiated.mss;
    return now + TailProbe::timeout(s.rtt.srtt(), one_segment);
}

std::uint32_t congestion_window(const Connection& c) {
    if (!has_sack_recovery(c)) return reno::allowance(c);
    // A controller that paces keeps its own flight in recovery.
    const bool falls = c.snd.recovery.fast || c.snd.recovery.marked;
    const bool reduces = falls && c.snd.congestion.pacing_rate() == 0;
    return reduces ? c.snd.prr.window_bytes() : c.snd.congestion.window_bytes();
}

std::uint32_t congestion_room(const Connection& c) {
    if (c.snd.board.full()) return 0;
    const std::uint32_t window = congestion_window(c);
    const std::uint32_t flight =
        has_sack_recovery(c) ? c.snd.board.in_flight() : octets_between(c.snd.una, c.snd.nxt);
    return window > flight ? window - flight : 0;
}

}  // namespace handfast::tcp
