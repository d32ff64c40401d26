#include "core/tcp/event/acknowledge.hpp"

#include <algorithm>

#include "core/tcp/event/emit.hpp"
#include "core/tcp/event/loss.hpp"
#include "core/tcp/event/path_mtu.hpp"
#include "core/tcp/send/buffer.hpp"
#include "core/tcp/send/recovery.hpp"

namespace handfast::tcp {

using trace::Counter;
using trace::Why;
using wire::octets_between;
using wire::SeqNum;

namespace {

// RFC 9293 §3.10.7.4: windows are taken from segments in order only.
bool update_window(Connection& c, const Segment& s) {
    if (before(s.ack, c.snd.una)) return false;
    const std::uint32_t offered = s.window_octets(c.negotiated.snd_wscale);
    const bool newer =
        before(c.snd.wl1, s.seq) || (c.snd.wl1 == s.seq && at_or_before(c.snd.wl2, s.ack));
    if (!newer && s.ack == c.snd.una) return false;
    const bool changed = offered != c.snd.wnd;
    c.snd.wnd = offered;
    c.snd.max_wnd = std::max(c.snd.max_wnd, offered);
    c.snd.wl1 = s.seq;
    c.snd.wl2 = s.ack;
    return changed;
}

// Milliseconds are too coarse for a near peer: what was sent once is timed exactly. Only of what
// was sent again (Karn) the timestamp says which was acknowledged.
std::optional<Duration> round_trip(const Connection& c,
                                   SeqNum ack,
                                   const RoundTripFacts& facts,
                                   Instant now) {
    if (facts.sent_at) return now - *facts.sent_at;
    if (c.snd.timed) {
        if (at_or_before(ack, c.snd.iss)) return std::nullopt;
        return now - *c.snd.timed;
    }
    if (facts.echo_ms == no_echo) return std::nullopt;
    return milliseconds{to_ms(now) - facts.echo_ms};
}

}  // namespace

std::uint64_t echoed_ms(const Tables& t, const Connection& c, const Segment& s, Instant now) {
    const bool echoes =
        c.negotiated.timestamps && s.options.timestamps && s.options.timestamps->echo != 0;
    if (!echoes) return no_echo;
    const std::uint32_t age =
        t.timestamp(c.negotiated.timestamp_offset, now) - s.options.timestamps->echo;
    if (age >= 0x7fff'ffff || age > to_ms(now)) return no_echo;
    return to_ms(now) - age;
}

void sample_round_trip(
    Tables& t, Connection& c, SeqNum ack, const RoundTripFacts& facts, Instant now) {
    const auto rtt = round_trip(c, ack, facts, now);
    if (before(c.snd.iss, ack)) c.snd.timed.reset();
    if (!rtt) return;
    c.snd.rtt.sample(*rtt);
    if (t.env.sink != nullptr)
        t.env.sink->on(trace::RttSample{.at = now,
                                        .host = t.env.host,
                                        .tuple = c.tuple,
                                        .rtt = *rtt,
                                        .srtt = c.snd.rtt.srtt().value_or(*rtt),
                                        .rto = c.snd.rtt.rto()});
}

namespace {

// RFC 6298 §5.2-5.3: all acknowledged: off; some: from now again.
void restart_retransmission(Connection& c, Instant now) {
    c.snd.repetitions = 0;
    c.snd.oldest_sent = now;
    if (c.snd.una == c.snd.max) {
        c.timers.stop(Timer::retransmit);
    } else {
        c.timers.arm(Timer::retransmit, now + c.snd.rtt.rto());
    }
}

void acknowledge_text(Tables& t, Connection& c, SeqNum ack) {
    const SeqNum text_to = sooner(ack, c.snd.text_end());
    const std::uint64_t position = c.snd.position_of(text_to);
    c.totals.bytes_acked += position - c.snd.queue.begin_position();
    c.snd.queue.drop_before(position);
    if (c.snd.urgent_end && at_or_before(*c.snd.urgent_end, ack)) c.snd.urgent_end.reset();
    if (c.snd.flush_end && at_or_before(*c.snd.flush_end, ack)) c.snd.flush_end.reset();
    if (c.snd.records) {
        c.snd.records->drop_before(ack);
        if (c.snd.records->empty()) c.snd.records.reset();
    }
    // A mark left behind must not come round to the front after half of the circle.
    c.snd.small_end = later(c.snd.small_end, ack);
    c.snd.burst_end = later(c.snd.burst_end, ack);
    c.snd.push_end = later(c.snd.push_end, ack);
    if (c.snd.writer_waits && !t.env.pool.under_pressure()) tune_send_buffer(c, t.env.limits);
    if (c.snd.writer_waits && send_room_is_worth_telling(c, t.env.limits)) {
        c.snd.writer_waits = false;
        t.notify_writable(c);
    }
}

// Our FIN was acknowledged.
Verdict acknowledge_fin(Tables& t, Connection& c, Instant now) {
    switch (c.state) {
        case State::fin_wait_1:
            t.enter(c, State::fin_wait_2, now);
            if (c.is_orphan)
                c.timers.arm(Timer::linger,
                             now + c.settings.fin_wait_2.value_or(t.env.profile.fin_wait_2));
            return Verdict::go_on();
        case State::closing:
            t.retire(c, now);
            return Verdict::done();
        case State::last_ack:
            t.end(c, std::nullopt, now);
            return Verdict::done();
        default:
            return Verdict::go_on();
    }
}

bool is_duplicate(const Connection& c, const Segment& s, bool window_changed) {
    // RFC 5681 §2: text outstanding, no text, no SYN or FIN, the same number, the same window.
    return c.snd.una != c.snd.max && s.length == 0 && !s.cut && !s.flags.fin() &&
           s.ack == c.snd.una && !window_changed;
}

}  // namespace

namespace {

// What the segment says of what is in flight, which the scoreboard is told here.
Acknowledgment read(Tables& t, Connection& c, const Segment& s, bool window_changed, Instant now) {
    const auto& blocks = s.options.sack;
    const bool heeds = c.negotiated.sack && is_synchronized(c.state);
    return {
        .now = now,
        .ack = s.ack,
        .octets = before(c.snd.una, s.ack) ? octets_between(c.snd.una, s.ack) : 0,
        .flight = octets_between(c.snd.una, c.snd.max),
        .in_flight = c.snd.board.in_flight(),
        .is_duplicate = is_duplicate(c, s, window_changed),
        .tells_mark = c.negotiated.ecn && s.flags.ece(),
        .echo_ms = echoed_ms(t, c, s, now),
        .news = c.snd.board.acknowledge({.una = later(c.snd.una, s.ack),
                                         .blocks = heeds ? std::span<const wire::SeqRange>{blocks}
                                                         : std::span<const wire::SeqRange>{}})};
}

// SND.UNA moves.
void advance(Tables& t, Connection& c, const Acknowledgment& a) {
    acknowledge_text(t, c, a.ack);
    c.snd.una = a.ack;
    c.snd.nxt = later(c.snd.nxt, a.ack);
    c.snd.limited_end = later(c.snd.limited_end, a.ack - 1);
    c.snd.reduced_end = later(c.snd.reduced_end, a.ack - 1);
    c.snd.most_flight_end = later(c.snd.most_flight_end, a.ack);
    c.soft_error.reset();
}

}  // namespace

Verdict acknowledge(Tables& t, Connection& c, const Segment& s, Instant now) {
    const bool was_closed = c.snd.wnd == 0;
    c.totals.last_ack_received = now;
    const bool window_changed = update_window(c, s);
    const Acknowledgment a = read(t, c, s, window_changed, now);
    if (a.advances()) advance(t, c, a);
    // Of what came twice, the echo may be the first copy's: the wait for the second is in it.
    const auto echo_ms = a.news.duplicate ? no_echo : a.echo_ms;
    if (a.advances() || a.news.oldest_sent_at)
        sample_round_trip(t, c, a.ack, {.sent_at = a.news.oldest_sent_at, .echo_ms = echo_ms}, now);
    if (a.advances()) {
        c.snd.rtt.forget_backoff();
        restart_retransmission(c, now);
    }
    take_acknowledgment(t, c, a);
    if (c.snd.path) take_answer_of_path(t, c);
    if (c.snd.wnd != 0) {
        c.timers.stop(Timer::persist);
        c.snd.probe_window = false;
        if (was_closed) {
            c.snd.probes = 0;
            c.snd.repetitions = 0;
            c.snd.oldest_sent = now;  // R2 counts no time of a closed window (MUST-37, SHLD-17)
            c.snd.rtt.forget_backoff();
        }
        if (was_closed && c.snd.una != c.snd.max && !c.timers.armed(Timer::retransmit))
            c.timers.arm(Timer::retransmit, now + c.snd.rtt.rto());
    }
    c.snd.more = false;  // as Linux has it: MSG_MORE waits for the next write or the next ACK
    if (!comes_to_rest(c, now)) t.want_transmit(c);
    if (c.snd.fin_sent() && s.ack == c.snd.max) return acknowledge_fin(t, c, now);
    return Verdict::go_on();
}

}  // namespace handfast::tcp
