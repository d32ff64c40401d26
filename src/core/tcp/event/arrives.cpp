#include "core/tcp/event/arrives.hpp"

#include <optional>

#include "core/tcp/event/acknowledge.hpp"
#include "core/tcp/event/arrives_elsewhere.hpp"
#include "core/tcp/event/arrives_syn_sent.hpp"
#include "core/tcp/event/fast_open.hpp"
#include "core/tcp/event/user_timeout.hpp"
#include "core/tcp/recv/urgent.hpp"
#include "core/tcp/recv/window.hpp"

namespace handfast::tcp {

using trace::Counter;
using trace::Drop;
using trace::Why;
using wire::octets_between;
using wire::SeqNum;

namespace {

// Why the connection does not take the segment; nullopt: it does.
std::optional<Drop> judge(Tables& t, Connection& c, Segment& s, Instant now) {
    const Verdict v =
        c.state == State::syn_sent ? arrives_syn_sent(t, c, s, now) : arrives(t, c, s, now);
    if (v.kind != Verdict::Kind::dropped) return std::nullopt;
    t.env.counters.count(v.reason);
    return v.reason;
}

}  // namespace

void segment_arrives(Tables& t, Segment& s, const PathFacts& path, Instant now) {
    t.count(Counter::tcp_in_segs);
    Connection* const c = t.flows.find(s.tuple);
    if (c == nullptr) {
        arrives_elsewhere(t, s, path, now);
        return;
    }
    ++c->totals.segments_in;
    if (t.env.sink == nullptr) {
        (void)judge(t, *c, s, now);
    } else {
        const Segment told = s.header();  // as it came: what follows takes its text and cuts it
        t.tell_received(told, *c, judge(t, *c, s, now), now);
    }
    t.rearm(*c);
}

Verdict arrives(Tables& t, Connection& c, Segment& s, Instant now) {
    if (const auto v = check_sequence(t, c, s, now); !v.goes_on()) return v;
    if (const auto v = check_reset(t, c, s, now); !v.goes_on()) return v;
    // third: security and compartment are not implemented.
    if (const auto v = check_syn(t, c, s, now); !v.goes_on()) return v;
    if (const auto v = check_ack(t, c, s, now); !v.goes_on()) return v;
    heed_user_timeout(c, s);
    if (const auto v = check_urgent(t, c, s); !v.goes_on()) return v;
    if (const auto v = take_text(t, c, s, now); !v.goes_on()) return v;
    return take_fin(t, c, s, now);
}

namespace {

// RFC 9293 §3.4, Table 6: does the segment occupy any of the window?
bool is_acceptable(const Connection& c, const Segment& s) {
    const std::uint32_t window = c.rcv.window();
    const auto inside = [&](SeqNum n) {
        return at_or_before(c.rcv.nxt, n) && before(n, c.rcv.nxt + window);
    };
    const std::uint32_t length = s.sequence_length();
    // A peer that has filled the window acknowledges from its right edge: that is let in, as Linux
    // does, or its acknowledgments would be lost with the text that we miss.
    if (length == 0) return inside(s.seq) || s.seq == c.rcv.nxt + window;
    if (window == 0) return false;
    return inside(s.seq) || inside(s.end() - 1);
}

// RFC 7323 §5.3 R1: a timestamp from the past belongs to an old duplicate. After 24 days without a
// segment the clock may have wrapped: then TS.Recent proves nothing.
bool is_old_by_timestamp(const Connection& c, const Segment& s, Instant now) {
    if (!c.negotiated.timestamps || !s.options.timestamps || !c.rcv.has_timestamp) return false;
    const auto age = static_cast<std::int32_t>(s.options.timestamps->value - c.rcv.ts_recent);
    constexpr auto clock_may_wrap = std::chrono::hours{24 * 24};
    return age < 0 && now - c.rcv.ts_recent_at < clock_may_wrap;
}

void remember_timestamp(Connection& c, const Segment& s, Instant now) {
    // RFC 7323 §4.3 (2): only from a segment that the last acknowledgment lies in (attack A39).
    if (!c.negotiated.timestamps || !s.options.timestamps) return;
    if (!at_or_before(s.seq, c.rcv.last_ack_sent)) return;
    c.rcv.ts_recent = s.options.timestamps->value;
    c.rcv.ts_recent_at = now;
    c.rcv.has_timestamp = true;
}

// Leaves of the segment only what lies in the window (RFC 9293 §3.10.7.4, "tailored").
void cut_to_window(Connection& c, Segment& s) {
    if (s.length > 0 && before(s.seq, c.rcv.nxt)) {
        const std::uint32_t known = octets_between(s.seq, c.rcv.nxt);
        if (c.negotiated.sack && known > 0)
            c.rcv.sack.repeated({s.seq, s.seq + std::min(known, s.length)});
        s.cut_front(std::min(known, s.length));
    }
    // Nothing follows the FIN.
    const SeqNum edge = c.rcv.fin ? wire::sooner(c.rcv.advertised, *c.rcv.fin) : c.rcv.advertised;
    if (s.length > 0 && before(edge, s.seq + s.length)) {
        s.cut_back(std::min(octets_between(edge, s.seq + s.length), s.length));
        s.flags.bits = static_cast<std::uint8_t>(s.flags.bits & ~wire::TcpFlags::fin_bit);
    }
}

// A SYN/ACK of ours was lost and the peer's SYN came again: it is answered as it was.
bool is_repeated_syn(const Connection& c, const Segment& s) {
    return c.state == State::syn_received && s.flags.syn() && !s.flags.ack() && s.seq == c.rcv.irs;
}

// The other half of a simultaneous open: its SYN/ACK carries the SYN that we know already (RFC 9293
// §3.5, Figure 7).
void drop_known_syn(const Connection& c, Segment& s) {
    if (c.state != State::syn_received || s.seq != c.rcv.irs) return;
    if (s.flags.syn() && s.flags.ack()) s.cut_syn();
}

// RFC 5961 §5.2 (MAY-12): an old or a future acknowledgment is no honest peer's.
bool is_honest_ack(const Connection& c, const Segment& s) {
    return s.flags.ack() && at_or_before(c.snd.una - c.snd.max_wnd, s.ack) &&
           at_or_before(s.ack, c.snd.max);
}

// The last that was taken, again (attack A39).
bool repeats_the_last(const Connection& c, const Segment& s) {
    return s.length > 0 && !s.flags.rst() && is_honest_ack(c, s) && s.end() == c.rcv.nxt;
}

Verdict refuse_unacceptable(Tables& t, Connection& c, const Segment& s, Drop reason, Instant now) {
    if (s.flags.rst()) return Verdict::drop(reason);
    if (s.length > 0 && c.negotiated.sack && before(s.seq, c.rcv.nxt)) {
        c.rcv.sack.repeated({s.seq, s.seq + s.length});
        t.count(Counter::tcp_ext_dsack_old_sent);
    }
    // Probes of a closed window and repeated text deserve an answer each; what may be part of an
    // ACK storm (attack A40) does not.
    const bool answer_all = (s.length > 0 || s.flags.fin()) && c.state != State::syn_received;
    if (answer_all) {
        t.want_ack(c, Why::duplicate_ack);
    } else {
        challenge(t, c, Why::unacceptable_ack, now);
    }
    return Verdict::drop(reason);
}

}  // namespace

Verdict check_sequence(Tables& t, Connection& c, Segment& s, Instant now) {
    drop_known_syn(c, s);
    if (is_repeated_syn(c, s)) {
        repeat_syn(c);
        t.want_transmit(c);
        return Verdict::drop(Drop::tcp_old_duplicate);
    }
    if (s.flags.syn() && !s.flags.rst()) return check_syn(t, c, s, now);  // whatever its number
    if (is_old_by_timestamp(c, s, now) && !s.flags.rst()) {
        t.count(Counter::tcp_ext_paws_estab);
        return refuse_unacceptable(t, c, s, Drop::tcp_paws, now);
    }
    if (!is_acceptable(c, s)) {
        // MUST-66: with a closed window, ACK and URG of what cannot be taken are still heard.
        const bool only_text_too_much = c.rcv.window() == 0 && s.seq == c.rcv.nxt;
        const Drop reason =
            at_or_before(s.end(), c.rcv.nxt) ? Drop::tcp_old_duplicate : Drop::tcp_out_of_window;
        // It was repeated because our acknowledgment was lost: the next one answers this copy, and
        // says so. Else the sender would take its own time-out for a round trip, and each time-out
        // would make the next one longer. As Linux, only of the last: while more follows, what was
        // sent before this copy may come after it, and is not to be taken for old.
        if (repeats_the_last(c, s)) remember_timestamp(c, s, now);
        const Verdict refused = refuse_unacceptable(t, c, s, reason, now);
        if (!only_text_too_much || s.flags.rst() || s.flags.syn()) return refused;
        cut_to_window(c, s);
        return Verdict::go_on();
    }
    c.totals.last_heard = now;
    if (c.snd.wnd != 0) c.snd.probes = 0;
    cut_to_window(c, s);
    return Verdict::go_on();
}

Verdict check_reset(Tables& t, Connection& c, const Segment& s, Instant now) {
    if (!s.flags.rst()) return Verdict::go_on();
    if (s.seq != c.rcv.nxt) {  // RFC 5961 §3.2: in the window, but not exactly right
        challenge(t, c, Why::challenge_ack, now);
        return Verdict::drop(Drop::tcp_bad_rst);
    }
    const bool peer_had_closed =
        c.state == State::close_wait && t.env.profile.reset_in_close_wait_is_broken_pipe;
    berkeley::Errno error = berkeley::Errno::connection_reset;
    if (peer_had_closed) error = berkeley::Errno::broken_pipe;
    if (c.state == State::syn_received && !c.passive) error = berkeley::Errno::connection_refused;
    if (is_synchronized(c.state)) t.count(Counter::tcp_estab_resets);
    if (!t.env.profile.reset_keeps_received_text) c.rcv.queue.clear();
    count_reset(t, c, now);
    t.end(c, error, now);
    return Verdict::done();
}

Verdict check_syn(Tables& t, Connection& c, const Segment& s, Instant now) {
    if (!s.flags.syn()) return Verdict::go_on();
    t.count(Counter::tcp_ext_syn_challenge);
    challenge(t, c, Why::challenge_ack, now);  // RFC 5961 §4.2
    return Verdict::drop(Drop::tcp_bad_syn);
}

Verdict check_ack(Tables& t, Connection& c, const Segment& s, Instant now) {
    if (!s.flags.ack()) return Verdict::drop(Drop::tcp_no_ack_bit);
    if (c.state == State::syn_received) {
        if (!before(c.snd.una, s.ack) || before(c.snd.max, s.ack)) {
            t.reply(reset_for(s, Why::rst_bad_ack, c.state));
            return Verdict::drop(Drop::tcp_bad_ack);
        }
        Listener* const l = t.listeners.find(c.listener);
        if (l != nullptr && l->accept_queue_full() &&
            !is_early(c)) {  // the SYN/ACK will be repeated
            t.count(Counter::tcp_ext_listen_overflows);
            return Verdict::drop(Drop::tcp_accept_queue_full);
        }
        establish(t, c, s, now);
    }
    if (!is_honest_ack(c, s)) {
        challenge(t, c, Why::challenge_ack, now);
        return Verdict::drop(Drop::tcp_bad_ack);
    }
    remember_timestamp(c, s, now);
    return acknowledge(t, c, s, now);
}

Verdict check_urgent(Tables& t, Connection& c, const Segment& s) {
    if (!s.flags.urg() || !may_receive_text(c.state)) return Verdict::go_on();
    if (s.urgent_pointer == 0) return Verdict::go_on();
    // MUST-62: the pointer names the octet after the last urgent one. A pointer beyond what can
    // come in this window is clamped by the reader, who never goes past the text (attack A29).
    const SeqNum end = s.seq + s.urgent_pointer;
    const bool news = !c.rcv.urgent_end || before(*c.rcv.urgent_end, end);
    if (!news || at_or_before(end, c.rcv.seq_of(c.rcv.queue.begin_position())))
        return Verdict::go_on();
    skip_urgent(c);  // who stands at the old mark has had that octet out of band, or never will
    c.rcv.urgent_end = end;
    c.rcv.urgent_taken = false;
    c.notice.urgent = true;  // MUST-32
    t.notify(c);
    return Verdict::go_on();
}

void challenge(Tables& t, Connection& c, Why why, Instant now) {
    if (c.challenged != Instant::min() && now - c.challenged < t.env.profile.challenge_interval)
        return;
    c.challenged = now;
    if (why == Why::challenge_ack) t.count(Counter::tcp_ext_challenge_ack);
    t.want_ack(c, why);
}

}  // namespace handfast::tcp
