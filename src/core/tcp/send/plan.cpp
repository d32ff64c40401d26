#include "core/tcp/send/plan.hpp"

#include <algorithm>

#include "core/tcp/send/pacing.hpp"
#include "core/tcp/send/recovery.hpp"

namespace handfast::tcp {

using trace::Limit;
using trace::Why;
using wire::octets_between;
using wire::SeqNum;

namespace {

Planned nothing(Limit limit) {
    return {.plan = {}, .held = {.limit = limit}};
}

// Nothing is left to be sent.
Limit limit_at_rest(const Sender& s) {
    if (s.una == s.max) return Limit::idle;
    return s.fin_queued ? Limit::closing : Limit::application;
}

Planned plan_syn(const Connection& c) {
    const bool again = c.snd.max != c.snd.iss;
    if (c.snd.nxt != c.snd.iss && !is_early(c)) return nothing(Limit::handshake);
    const Why first = c.state == State::syn_sent ? Why::handshake_syn : Why::handshake_syn_ack;
    // RFC 7413 §4.2.1: text goes with the first SYN only, for it may be that which is swallowed.
    const std::uint32_t length = c.fast_open && !again ? c.fast_open->text : 0;
    return {.plan = Plan{.seq = c.snd.iss,
                         .length = length,
                         .attempt = static_cast<std::uint16_t>(c.snd.repetitions),
                         .syn = true,
                         .why = again && c.snd.repetitions > 0 ? Why::rto_retransmission : first},
            .held = {}};
}

// The segment at una, again: one full segment, or what there is of it.
Plan plan_first(const Connection& c) {
    const SeqNum text_end = c.snd.text_end();
    const SeqNum end = c.snd.record_end(c.snd.una);
    const std::uint32_t sent = octets_between(c.snd.una, sooner(c.snd.max, end));
    Plan p{.seq = c.snd.una,
           .length = std::min<std::uint32_t>(sent, c.negotiated.mss),
           .attempt = 1,
           .why = c.snd.why_first};
    p.fin = c.snd.fin_sent() && p.seq + p.length == text_end;
    p.push = p.length > 0 && p.seq + p.length == end;
    return p;
}

// Octets of sequence space that were sent, as a segment: the FIN may be the last of them.
Plan plan_again(const Connection& c, wire::SeqRange range, Why why) {
    const SeqNum text_end = c.snd.text_end();
    Plan p{.seq = range.begin,
           .length = octets_between(range.begin, sooner(range.end, text_end)),
           .attempt = c.snd.board.transmissions_at(range.begin),
           .why = why};
    p.fin = range.end == text_end + 1;
    // Text of a SYN was pushed, as Linux has it.
    const SeqNum early_end = c.snd.iss + 1 + (c.fast_open ? c.fast_open->text : 0);
    const SeqNum end = p.seq + p.length;
    p.push = p.length > 0 && (end == c.snd.record_end(p.seq) || (c.fast_open && end == early_end));
    return p;
}

// What is lost, in order, as the window opens.
Planned plan_repetition(const Connection& c) {
    const Sender& s = c.snd;
    const std::uint32_t mss = c.negotiated.mss;
    const std::uint32_t room = congestion_room(c);
    const std::uint32_t whole = std::max(room / mss * mss, mss);
    auto lost = s.board.next_lost(
        std::min({whole, std::max(c.negotiated.max_super_segment, mss), pacing_burst(c)}));
    if (!lost) return {.plan = {}, .held = {.limit = Limit::recovery}};
    // When nothing is on its way, one segment goes out whatever the window and the pace.
    if (s.board.in_flight() > 0) {
        if (room < std::min(lost->size(), mss)) return nothing(Limit::congestion_window);
        if (waits_for_pacer(c)) return nothing(Limit::pacing);
    }
    // The peer's window may have shrunk.
    const SeqNum edge = s.una + s.wnd;
    if (!before(lost->begin, edge))
        return {.plan = {}, .held = {.limit = Limit::receive_window, .window_closed = true}};
    if (before(edge, lost->end)) lost->end = edge;
    // Records stay apart; a FIN goes along with the last.
    const SeqNum end = s.record_end(lost->begin);
    if (end != s.text_end() && before(end, lost->end)) lost->end = end;
    const Why why = s.recovery.after_timeout ? Why::rto_retransmission : Why::sack_retransmission;
    return {.plan = plan_again(c, *lost, why), .held = {.limit = Limit::recovery}};
}

// RFC 8985 §7.3: one new segment, if the peer's window lets it; else the last one again.
std::optional<Plan> plan_tail_probe(const Connection& c) {
    const Sender& s = c.snd;
    const std::uint32_t mss = c.negotiated.mss;
    const std::uint32_t length = std::min(octets_between(s.max, s.record_end(s.max)), mss);
    const std::uint32_t flight = octets_between(s.una, s.max);
    if (before(s.max, s.text_end()) && s.wnd >= flight + length && !s.board.full()) {
        Plan p{.seq = s.max, .length = length, .why = Why::tail_loss_probe};
        p.push = p.seq + p.length == s.text_end();
        p.fin = p.push && s.fin_queued;
        return p;
    }
    const auto* const last = s.board.last();
    if (last == nullptr) return std::nullopt;
    // A FIN goes with the text before it: who lacks that cannot say that the FIN has come.
    const std::uint32_t text = last->range.size() - (s.fin_sent() ? 1 : 0);
    const std::uint32_t front = text > 0 ? (text - 1) / mss * mss : 0;
    return plan_again(c, {last->range.begin + front, last->range.end}, Why::tail_loss_probe);
}

// May a segment that is not full go out now? Nagle as Minshall has it: not while another small one
// waits for its acknowledgment. Silly-window avoidance: or half of what the peer ever offered.
bool may_send_small(const Connection& c, SeqNum seq, std::uint32_t length, bool is_tail) {
    if (before(seq, c.snd.max)) return true;
    const bool more_follows = seq + length != c.snd.text_end();
    if (is_tail && more_follows) return true;  // nothing may be joined to a record that has ended
    if (c.snd.flush_end && at_or_before(seq + length, *c.snd.flush_end)) return true;
    if (!is_tail) return length * 2 >= c.snd.max_wnd;  // MUST-38
    if (c.snd.fin_queued) return true;
    if (c.settings.cork || c.snd.more) return false;
    if (c.settings.no_delay) return true;        // MUST-17
    return !before(c.snd.una, c.snd.small_end);  // SHLD-7
}

Why why_text(const Connection& c, SeqNum seq) {
    if (before(seq, c.snd.max)) return Why::rto_retransmission;
    if (c.snd.urgent_end && before(seq, *c.snd.urgent_end)) return Why::urgent_data;
    const bool limited = c.snd.recovery.duplicates > 0 && !c.snd.recovery.fast;
    return limited ? Why::limited_transmit : Why::data;
}

Planned plan_fin(const Connection& c) {
    Plan p{.seq = c.snd.nxt, .fin = true, .why = Why::fin};
    if (before(c.snd.nxt, c.snd.max)) {
        p.why = Why::rto_retransmission;
        p.attempt = static_cast<std::uint16_t>(std::max<std::uint32_t>(1, c.snd.repetitions));
    }
    return {.plan = p, .held = {}};
}

// Where the segments end that go out together: full ones, as many as one of Linux's super-segments
// holds, which carries no more than half of the congestion window.
SeqNum burst_end(const Connection& c, std::uint32_t octets) {
    constexpr std::uint32_t longest = 65'535;
    if (before(c.snd.nxt, c.snd.burst_end)) return c.snd.burst_end;
    const std::uint32_t mss = c.negotiated.mss;
    if (octets < mss) return c.snd.nxt;
    const std::uint32_t half = std::max(congestion_window(c) / mss / 2, 1U) * mss;
    return c.snd.nxt + std::min({octets, longest, half, pacing_burst(c)}) / mss * mss;
}

// The last of several that go out together is pushed, also in the middle of a write, so that the
// receiver need not wait for more; a single one is not. As Linux has it; RFC 9293 §3.9.1.2 lets a
// sender set PSH where it likes.
bool ends_burst(const Connection& c, const Plan& p) {
    const SeqNum end = p.seq + p.length;
    const bool several =
        p.length > c.negotiated.mss || (p.burst_end == end && before(c.snd.nxt, c.snd.burst_end));
    return several && at_or_before(end, c.snd.push_end);
}

Planned plan_text(const Connection& c) {
    const Sender& s = c.snd;
    const SeqNum text_end = s.text_end();
    const SeqNum record_end = s.record_end(s.nxt);
    const std::uint32_t waiting = octets_between(s.nxt, record_end);
    const std::uint32_t flight = s.in_flight();
    const std::uint32_t offered = flight < s.wnd ? s.wnd - flight : 0;  // MUST-34
    const std::uint32_t allowed = congestion_room(c);
    const std::uint32_t room = std::min(offered, allowed);
    const std::uint32_t mss = c.negotiated.mss;
    Planned planned;  // returned in every case: it is built where it is wanted
    Held& held = planned.held;
    held.limit = offered <= allowed ? Limit::receive_window : Limit::congestion_window;

    std::uint32_t length = std::min(waiting, room);
    // The urgent pointer counts from its own segment's number, so it is not for super-segments.
    length = std::min(length, s.urgent_end ? mss : std::max(c.negotiated.max_super_segment, mss));
    length = std::min(length, pacing_burst(c));
    // Go-back-N after a timeout repeats what was sent, segment by segment as the window opens.
    if (before(s.nxt, s.max)) length = std::min(length, octets_between(s.nxt, s.max));
    const std::uint32_t small = length < mss ? length : length % mss;
    if (small != 0) {
        const bool is_tail = length == waiting;
        const bool fits = length == waiting || length - small == 0;
        const bool may = may_send_small(c, s.nxt + (length - small), small, is_tail);
        if (!may || !fits) length -= small;
    }
    if (length == 0) {
        held.window_closed = s.una == s.nxt && (s.wnd == 0 || room < std::min(waiting, mss));
        if (room >= std::min(waiting, mss)) {
            held.limit = Limit::application;
            held.window_closed = false;
            held.by_user = c.settings.cork || s.more;
        }
        return planned;
    }
    const bool begins_again = flight == 0 && before(s.nxt, s.max);  // after a timeout
    if (waits_for_pacer(c) && !begins_again) {
        held.limit = Limit::pacing;
        return planned;
    }
    Plan& p = planned.plan.emplace();
    p.seq = s.nxt;
    p.length = length;
    p.why = why_text(c, s.nxt);
    if (p.why == Why::rto_retransmission)
        p.attempt = static_cast<std::uint16_t>(std::max<std::uint32_t>(1, s.repetitions));
    const bool reaches_end = p.seq + p.length == text_end;
    if (p.why != Why::rto_retransmission && !s.urgent_end)
        p.burst_end = burst_end(c, std::min(waiting, room));
    const bool ends_record = p.seq + p.length == record_end && at_or_before(record_end, s.push_end);
    p.push = ends_record || ends_burst(c, p);  // MUST-61
    p.fin = reaches_end && s.fin_queued;
    return planned;
}

// RFC 4821 §7.4: one segment of new text that is longer than the others, when nothing is amiss and
// enough follows it to show its loss. It waits until the window has room for it.
std::optional<Planned> plan_path_probe(const Connection& c) {
    const Sender& s = c.snd;
    if (!s.path || !has_sack_recovery(c)) return std::nullopt;  // only SACK tells what was lost
    const std::uint32_t size = s.path->next();
    if (size == 0 || s.urgent_end || s.nxt != s.max) return std::nullopt;
    const Recovery& r = s.recovery;
    if (r.fast || r.after_timeout || r.marked || s.board.sacked() > 0) return std::nullopt;
    const std::uint32_t mss = c.negotiated.mss;
    const std::uint32_t length = size - (c.negotiated.full_segment() - mss);
    constexpr std::uint32_t to_show_loss = 3;
    const std::uint32_t needed = length + to_show_loss * mss;
    const std::uint32_t text = octets_between(s.nxt, s.record_end(s.nxt));
    if (text < needed || s.wnd < s.in_flight() + needed || congestion_window(c) < needed)
        return std::nullopt;
    if (congestion_room(c) < length) return nothing(Limit::congestion_window);
    return Planned{
        .plan = Plan{.seq = s.nxt, .length = length, .asks_path = true, .why = Why::mtu_probe},
        .held = {}};
}

}  // namespace

Planned plan_next(const Connection& c) {
    if (!is_synchronized(c.state)) {
        if (c.state != State::syn_sent && c.state != State::syn_received)
            return nothing(Limit::idle);
        const bool syn_was_sent =
            is_early(c) && c.snd.max != c.snd.iss && !c.fast_open->syn_ack_again;
        if (!syn_was_sent) return plan_syn(c);
    }
    if (c.snd.why_first != Why::none && c.snd.una != c.snd.max)
        return {.plan = plan_first(c), .held = {.limit = Limit::recovery}};
    if (has_sack_recovery(c)) {
        if (c.snd.tail_probe_due)
            if (auto probe = plan_tail_probe(c)) return {.plan = probe, .held = {}};
        const bool asks_first = c.snd.recovery.forward == Recovery::Forward::second_ack;
        if (c.snd.board.lost() > 0 && !asks_first) return plan_repetition(c);
    }
    if (before(c.snd.nxt, c.snd.text_end())) {
        if (const auto probe = plan_path_probe(c)) return *probe;
        return plan_text(c);
    }
    const SeqNum after_fin = c.snd.text_end() + 1;
    if (c.snd.fin_queued && before(c.snd.nxt, after_fin)) return plan_fin(c);
    return nothing(limit_at_rest(c.snd));
}

std::optional<Limit> has_nothing_to_send(const Connection& c) {
    const Sender& s = c.snd;
    const SeqNum end = s.fin_queued ? s.text_end() + 1 : s.text_end();
    const bool rests = is_synchronized(c.state) && s.nxt == end && s.board.lost() == 0 &&
                       s.why_first == Why::none && c.rcv.why_ack == Why::none &&
                       !s.tail_probe_due && !s.probe_window && !s.probe_idle;
    if (!rests) return std::nullopt;
    return limit_at_rest(s);
}

}  // namespace handfast::tcp
