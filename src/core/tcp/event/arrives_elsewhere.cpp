#include "core/tcp/event/arrives_elsewhere.hpp"

#include "core/tcp/event/open.hpp"

namespace handfast::tcp {

using trace::Counter;
using trace::Drop;
using trace::Why;

namespace {

using Outcome = std::optional<Drop>;  // nullopt: taken

// §3.10.7.1: all is refused with a RST, but a RST is not.
Outcome arrives_closed(Tables& t, const Segment& s) {
    if (!s.flags.rst()) {
        const bool wanted_in = s.flags.syn() && !s.flags.ack();
        const Why why = wanted_in ? Why::rst_refused : Why::rst_no_connection;
        t.reply(reset_for(s, why, State::closed));
    }
    return Drop::tcp_no_connection;
}

// §3.10.7.2, in its order: RST, ACK, SYN, anything else.
Outcome arrives_listen(
    Tables& t, Listener& listener, Segment& s, const PathFacts& path, Instant now) {
    if (s.flags.rst()) return Drop::tcp_no_connection;
    if (s.flags.ack()) {
        t.reply(reset_for(s, Why::rst_no_connection, State::listen));
        return Drop::tcp_no_connection;
    }
    if (!s.flags.syn() || s.flags.fin()) return Drop::tcp_bad_syn;
    return open_from_syn(t, listener, s, path, now);
}

// RFC 6191 §2, RFC 9293 MAY-2: a SYN that is certainly newer than all of the old connection.
bool begins_anew(const TimeWait& w, const Segment& s) {
    if (!s.flags.syn() || s.flags.ack() || s.flags.rst() || s.flags.fin()) return false;
    if (w.timestamps && s.options.timestamps) {
        const auto age = static_cast<std::int32_t>(s.options.timestamps->value - w.ts_recent);
        if (age != 0) return age > 0;
    }
    return before(w.rcv_nxt, s.seq);
}

Outcome arrives_time_wait(Tables& t, TimeWait& w, Segment& s, const PathFacts& path, Instant now) {
    if (s.flags.rst()) {  // RFC 1337: assassination is refused (attack A38)
        if (!t.env.profile.rfc1337 && s.seq == w.rcv_nxt) {
            t.end_time_wait(w, now);
            return std::nullopt;
        }
        t.count(Counter::tcp_ext_rfc1337_ignored);
        return Drop::tcp_time_wait;
    }
    if (begins_anew(w, s)) {
        if (Listener* const l = t.find_listener(s.tuple)) {
            const TimeWait old{.tuple = w.tuple, .snd_nxt = w.snd_nxt, .rcv_nxt = w.rcv_nxt};
            return reopen_from_syn(t, *l, s, old, path, now);
        }
        return arrives_closed(t, s);
    }
    if (!s.flags.ack() && !s.flags.syn()) return Drop::tcp_no_ack_bit;
    // The peer's FIN again: our last acknowledgment was lost, and 2 MSL begin anew.
    const bool fin_again = s.flags.fin() && s.end() == w.rcv_nxt;
    if (fin_again) t.time_waits.restart(w, now + 2 * t.env.msl);
    const bool quiet =
        s.sequence_length() == 0 && s.seq == w.rcv_nxt && at_or_before(s.ack, w.snd_nxt);
    if (quiet) return Drop::tcp_time_wait;
    const bool too_often = !fin_again && w.answered != Instant::min() &&
                           now - w.answered < t.env.profile.challenge_interval;
    if (too_often) return Drop::tcp_time_wait;
    w.answered = now;
    t.reply(acknowledgment_of(t, w, Why::time_wait_ack, now));
    return fin_again ? Outcome{} : Outcome{Drop::tcp_time_wait};
}

}  // namespace

namespace {

// MUST-57, MUST-63: a connection has two ends, each of one host; and a segment from its own target
// (attack A44) is of a connection that stands in the table, or forged.
Outcome check_ends(const wire::FlowTuple& tuple) {
    const auto is_one_host = [](const wire::IpAddress& a) {
        return !a.is_multicast() && !a.is_limited_broadcast() && !a.is_unspecified();
    };
    if (!is_one_host(tuple.local.address)) return Drop::tcp_bad_destination;
    if (!is_one_host(tuple.remote.address) || tuple.local == tuple.remote)
        return Drop::tcp_bad_source;
    return std::nullopt;
}

}  // namespace

void arrives_elsewhere(Tables& t, Segment& s, const PathFacts& path, Instant now) {
    Outcome outcome = check_ends(s.tuple);
    State state = State::closed;
    if (outcome) {
        t.tell_received(s, state, outcome, now);
        return;
    }
    if (TimeWait* const w = t.time_waits.find(s.tuple)) {
        outcome = arrives_time_wait(t, *w, s, path, now);
        state = State::time_wait;
    } else if (Listener* const l = t.find_listener(s.tuple)) {
        outcome = arrives_listen(t, *l, s, path, now);
        state = State::listen;
    } else {
        outcome = arrives_closed(t, s);
    }
    if (const Connection* const made = t.flows.find(s.tuple)) state = made->state;
    t.tell_received(s, state, outcome, now);
}

Reply acknowledgment_of(const Tables& t, const TimeWait& w, Why why, Instant now) {
    Reply r{.tuple = w.tuple, .header = {}, .why = why, .state = State::time_wait};
    r.tos = w.tos;
    r.ttl = w.ttl;
    r.header = {.source_port = w.tuple.local.port,
                .target_port = w.tuple.remote.port,
                .seq = w.snd_nxt,
                .ack = w.rcv_nxt,
                .flags = wire::ack_flag,
                .window = w.window,
                .urgent_pointer = 0,
                .options = {}};
    if (w.timestamps)
        r.header.options.timestamps =
            wire::TcpTimestamps{.value = t.timestamp(w.timestamp_offset, now), .echo = w.ts_recent};
    return r;
}

}  // namespace handfast::tcp
