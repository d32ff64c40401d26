// Seventh and eighth of SEGMENT ARRIVES, the text and the FIN; and what the last segment of the
// handshake does (RFC 9293 §3.10.7.4).
#include "core/tcp/event/acknowledge.hpp"
#include "core/tcp/event/arrives.hpp"
#include "core/tcp/event/arrives_elsewhere.hpp"
#include "core/tcp/event/fast_open.hpp"
#include "core/tcp/event/keep_alive.hpp"
#include "core/tcp/recv/auto_tuning.hpp"
#include "core/tcp/recv/window.hpp"
#include "core/tcp/send/recovery.hpp"

namespace handfast::tcp {

using trace::Counter;
using trace::Drop;
using trace::Why;
using wire::octets_between;
using wire::SeqNum;

namespace {

// MUST-58, SHLD-18, SHLD-19: when what was taken is to be acknowledged. The acknowledgment itself
// is made when the burst has been processed, so several become one (MUST-59).
void schedule_ack(Tables& t, Connection& c, const Segment& s, bool filled_hole, Instant now) {
    if (filled_hole || !c.rcv.beyond.empty()) {
        t.want_ack(c, Why::hole_filled_ack);
        return;
    }
    if (c.settings.quick_ack) {
        t.want_ack(c, Why::quick_ack);
        return;
    }
    if (c.rcv.quick_acks > 0) {
        c.rcv.quick_acks -= std::min(c.rcv.quick_acks, s.wire_segments());
        t.want_ack(c, Why::quick_ack);
        return;
    }
    if (octets_between(c.rcv.last_ack_sent, c.rcv.nxt) >= 2 * c.rcv.largest_segment) {
        t.want_ack(c, Why::second_segment_ack);
        return;
    }
    if (!c.timers.armed(Timer::delayed_ack))
        c.timers.arm(Timer::delayed_ack, now + t.env.profile.delayed_ack);
}

Verdict keep_for_later(Tables& t, Connection& c, Segment& s) {
    const wire::SeqRange range{s.seq, s.seq + s.length};
    const auto outcome =
        c.rcv.beyond.insert(s.seq, s.text, t.env.limits.reassembly_ranges, t.env.pool);
    t.want_ack(c, Why::out_of_order_ack);
    if (outcome == Reassembler::Outcome::refused) {
        t.count(Counter::tcp_ext_ofo_drop);
        return Verdict::drop(Drop::tcp_reassembly_full);
    }
    if (outcome == Reassembler::Outcome::duplicate) {
        if (c.negotiated.sack) {
            c.rcv.sack.repeated(range);
            c.rcv.sack.arrived(range);  // RFC 2883 §4: its block stands second
        }
        t.count(Counter::tcp_ext_dsack_ofo_sent);
        return Verdict::go_on();
    }
    if (c.negotiated.sack) c.rcv.sack.arrived(range);
    t.count(Counter::tcp_ext_ofo_queue);
    return Verdict::go_on();
}

// RFC 3168 §6.1.3: a mark is echoed until the sender has heard it. One whose window fell may have
// nothing to send until it is answered, so the next answers are not delayed.
void heed_marks(Connection& c, const Segment& s) {
    constexpr std::uint32_t soon = 2;
    if (s.flags.cwr()) c.rcv.echoes_mark = false;
    if (s.marked) c.rcv.echoes_mark = true;
    if (s.flags.cwr() || s.marked) c.rcv.quick_acks = std::max(c.rcv.quick_acks, soon);
}

// SHLD-3: nobody will read it any more, and the peer must know.
Verdict refuse_after_close(Tables& t, Connection& c, const Segment& s, Instant now) {
    t.count(Counter::tcp_ext_abort_on_data);
    t.reply(reset_for(s, Why::rst_data_after_close, State::closed));
    t.end(c, std::nullopt, now);
    return Verdict::drop(Drop::tcp_after_close);
}

}  // namespace

Verdict take_text(Tables& t, Connection& c, Segment& s, Instant now) {
    if (s.length == 0) {
        if (c.rcv.sack.has_duplicate()) t.want_ack(c, Why::duplicate_ack);
        return Verdict::go_on();
    }
    if (!may_receive_text(c.state)) return Verdict::drop(Drop::tcp_after_close);
    // Linux has it so after shutdown() of both directions too.
    const bool nobody_reads = c.closed_by_user || (c.rcv.shut && c.snd.fin_queued);
    if (nobody_reads) return refuse_after_close(t, c, s, now);
    if (c.negotiated.ecn) heed_marks(c, s);
    const std::uint32_t segments = s.wire_segments();
    c.totals.data_in += segments;
    c.rcv.largest_segment = std::max(c.rcv.largest_segment,
                                     std::min<std::uint32_t>(s.wire_size(), c.negotiated.own_mss));
    c.totals.last_data_received = now;
    if (s.seq != c.rcv.nxt) return keep_for_later(t, c, s);

    for (auto& slice : s.text) c.rcv.queue.push(std::move(slice), t.env.pool);
    c.rcv.nxt = c.rcv.nxt + s.length;
    const SeqNum beyond = c.rcv.beyond.drain(c.rcv.nxt, c.rcv.queue, t.env.pool);
    const bool filled_hole = beyond != c.rcv.nxt;
    c.totals.bytes_received += s.length + octets_between(c.rcv.nxt, beyond);
    c.rcv.nxt = beyond;
    if (c.rcv.beyond.empty() && filled_hole) c.rcv.sack.clear();
    c.rcv.pushed = c.rcv.pushed || s.flags.psh();
    schedule_ack(t, c, s, filled_hole, now);
    tune_receive_buffer(t, c, s, now);
    if (c.rcv.queue.size() >= c.settings.receive_low_water || s.flags.psh()) t.notify_readable(c);
    return Verdict::go_on();
}

Verdict take_fin(Tables& t, Connection& c, const Segment& s, Instant now) {
    if (s.flags.fin() && !c.rcv.fin) c.rcv.fin = s.seq + s.length;
    if (!c.rcv.fin || c.rcv.fin_taken) return Verdict::done();
    if (before(*c.rcv.fin, c.rcv.nxt)) {  // text beyond it had come: it lied, or was forged
        c.rcv.fin.reset();
        return Verdict::done();
    }
    if (*c.rcv.fin != c.rcv.nxt) {  // it came before text that is still missing
        if (s.flags.fin()) t.want_ack(c, Why::out_of_order_ack);
        return Verdict::done();
    }
    c.rcv.fin_taken = true;
    c.rcv.nxt = c.rcv.nxt + 1;
    c.rcv.advertised = later(c.rcv.advertised, c.rcv.nxt);
    c.rcv.beyond.clear();
    t.want_ack(c, Why::fin_ack);
    t.notify_readable(c);
    switch (c.state) {
        case State::syn_received:
        case State::established:
            t.enter(c, State::close_wait, now);
            break;
        case State::fin_wait_1:
            t.enter(c, State::closing, now);
            break;
        case State::fin_wait_2:
            t.retire(c, now);
            t.reply(acknowledgment_of(t, *t.time_waits.find(c.tuple), Why::fin_ack, now));
            break;
        default:
            break;
    }
    return Verdict::done();
}

namespace {

// RFC 6928 §2: one lost SYN may be chance, more are congestion. RFC 6298 §5.7: a path that was not
// timed, for its SYN was repeated, is given more time. An echo of the first SYN proves that it came
// late: nothing was lost (RFC 3522). A timeout has shrunk the window already.
void begin_after_lost_syns(Connection& c, const Profile& profile, std::uint64_t echo_ms) {
    const std::uint32_t repeated = std::exchange(c.snd.repetitions, 0);
    c.snd.recovery.after_timeout = false;
    c.snd.rtt.forget_backoff();
    if (repeated == 0) return;
    const bool spurious = echo_ms == to_ms(c.snd.oldest_sent);
    const bool congested = repeated > 1 && !spurious;
    if (!c.snd.rtt.srtt()) c.snd.rtt.begin_at(seconds{3});
    if (congested || !is_early(c))
        choose_congestion_control(c, congested ? 1 : profile.initial_window_segments);
}

}  // namespace

void establish(Tables& t, Connection& c, const Segment& s, Instant now) {
    // Of one that was accepted early, what acknowledges its text is heard next.
    const bool early = is_early(c);
    c.snd.una = early ? c.snd.iss + 1 : s.ack;
    c.snd.nxt = later(c.snd.nxt, c.snd.una);
    const auto echo_ms = echoed_ms(t, c, s, now);
    sample_round_trip(t, c, s.ack, {.echo_ms = echo_ms}, now);
    c.snd.wnd = s.window_octets(c.negotiated.snd_wscale);
    c.snd.max_wnd = std::max(c.snd.max_wnd, c.snd.wnd);
    c.snd.wl1 = s.seq;
    c.snd.wl2 = s.ack;
    begin_after_lost_syns(c, t.env.profile, echo_ms);
    c.timers.stop(Timer::retransmit);
    if (early) {
        if (c.snd.una != c.snd.max) c.timers.arm(Timer::retransmit, now + c.snd.rtt.rto());
        t.leave_fast_open_queue(c);
    } else {
        begin_sending(c, t.env.limits);
        if (c.passive) c.fast_open.reset();  // it has told its cookie
        if (c.fast_open) conclude_early(t, c);
    }
    c.totals.last_heard = c.totals.last_data_received = now;  // Linux counts the handshake
    c.soft_error.reset();  // the trouble is over: whoever waited for this would take it for failure
    Listener* const l = t.listeners.find(c.listener);
    if (l != nullptr && !early) {
        c.queue_hook.unlink();
        --l->half_open_count;
        l->established.push_back(c);
        ++l->waiting;
        t.notify(*l);
    }
    t.enter(c, State::established, now);
    c.limits.enter(trace::Limit::idle, now);
    restart_keep_alive(t, c, now);
    t.notify_writable(c);
    if (c.snd.fin_queued) t.enter(c, State::fin_wait_1, now);
}

}  // namespace handfast::tcp
