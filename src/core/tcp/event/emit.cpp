#include "core/tcp/event/emit.hpp"

#include <algorithm>

#include "core/tcp/event/fast_open.hpp"
#include "core/tcp/event/keep_alive.hpp"
#include "core/tcp/event/loss.hpp"
#include "core/tcp/event/user_timeout.hpp"
#include "core/tcp/recv/window.hpp"
#include "core/tcp/send/pacing.hpp"
#include "core/tcp/send/plan.hpp"
#include "core/tcp/send/recovery.hpp"
#include "core/wire/checksum.hpp"
#include "core/wire/ecn.hpp"

namespace handfast::tcp {

using trace::Counter;
using trace::Limit;
using trace::Why;
using wire::octets_between;

namespace {

constexpr std::size_t checksum_at = 16;

bool is_new_text(const Connection& c, const Plan& plan) {
    return plan.length > 0 && at_or_before(c.snd.max, plan.seq);
}

// RFC 3168 §6.1.4, §6.1.5: text is sent as ECT(0) once; what is sent again is not, for a mark on it
// would tell of a window that has passed.
std::uint8_t tos_of(const Connection& c, const Plan& plan) {
    if (!c.negotiated.ecn || !is_new_text(c, plan)) return c.settings.tos;
    return wire::with_ecn(c.settings.tos, wire::Ecn::capable_0);
}

// RFC 3168 §6.1: what this segment says of congestion. SYNs ask or agree; acknowledgments echo a
// mark; the first new text after the window fell says so.
wire::TcpFlags ecn_flags(const Connection& c, const Plan& plan) {
    wire::TcpFlags flags;
    if (!c.negotiated.ecn) return flags;
    if (plan.syn)
        return c.state == State::syn_sent ? wire::ece_flag | wire::cwr_flag : wire::ece_flag;
    if (c.rcv.echoes_mark) flags = flags | wire::ece_flag;
    if (c.snd.reduction_due && is_new_text(c, plan)) flags = flags | wire::cwr_flag;
    return flags;
}

// What goes into the window field, and the right edge that the peer knows from then on. It never
// moves left (SHLD-14).
std::uint16_t offer_window(Tables& t, Connection& c, const Plan& plan) {
    if (plan.syn) {
        const auto window = static_cast<std::uint16_t>(
            std::min<std::uint32_t>(free_space(c, t.env.limits), 0xffff));
        if (c.state == State::syn_received) c.rcv.advertised = c.rcv.nxt + window;
        return window;
    }
    const unsigned shift = c.negotiated.rcv_wscale;
    const std::uint32_t window = octets_between(c.rcv.nxt, right_edge(c, t.env.limits));
    const std::uint32_t units = std::min((window + (1U << shift) - 1) >> shift, 0xffffU);
    // A window that is no multiple of the unit is rounded up where there is room for that; else
    // down, while the edge that was offered holds (RFC 7323 §2.4): else many small segments would
    // carry it on without end.
    const std::uint32_t rounded_up = units << shift;
    if (rounded_up <= std::max(window, free_space(c, t.env.limits))) {
        c.rcv.advertised = c.rcv.nxt + rounded_up;
        return static_cast<std::uint16_t>(units);
    }
    c.rcv.advertised = c.rcv.nxt + window;
    return static_cast<std::uint16_t>(window >> shift);
}

bool has_blocks_to_tell(const Connection& c) {
    return c.negotiated.sack && (!c.rcv.beyond.empty() || c.rcv.sack.has_duplicate());
}

std::size_t most_blocks(const Negotiated& n) {  // RFC 2018 §3
    constexpr std::size_t beside_timestamps = 3;
    constexpr std::size_t alone = 4;
    return n.timestamps ? beside_timestamps : alone;
}

// Text that fills its segment leaves none: the path would not carry both (MUST-16).
bool leaves_room_for_blocks(const Connection& c, const Plan& plan) {
    constexpr std::size_t option_header = 4;  // with two NOPs
    constexpr std::size_t block = 8;
    return plan.length + option_header + most_blocks(c.negotiated) * block <= c.negotiated.mss;
}

std::optional<wire::TcpTimestamps> timestamps_of(Tables& t, const Connection& c, Instant now) {
    const Negotiated& n = c.negotiated;
    if (!n.timestamps) return std::nullopt;
    return wire::TcpTimestamps{.value = t.timestamp(n.timestamp_offset, now),
                               .echo = c.rcv.has_timestamp ? c.rcv.ts_recent : 0};
}

// RFC 5482 §3.2: with each SYN, and once after each change; where other options leave it room.
void tell_user_timeout(Tables& t, Connection& c, wire::TcpOptions& o) {
    if (!c.settings.tells_user_timeout || !o.sack.empty() || o.fast_open) return;
    o.user_timeout = user_timeout_option(c, t.env.profile);
    c.snd.timeout_due = false;
}

void add_options(Tables& t, Connection& c, const Plan& plan, wire::TcpOptions& o, Instant now) {
    const Negotiated& n = c.negotiated;
    o.timestamps = timestamps_of(t, c, now);
    if (plan.syn) {
        o.mss = n.own_mss;  // MUST-14, MAY-3
        o.sack_permitted = n.sack;
        if (n.scaling) o.window_scale = n.rcv_wscale;
        if (c.fast_open) o.fast_open = c.fast_open->option;
        tell_user_timeout(t, c, o);
        return;
    }
    if (has_blocks_to_tell(c) && leaves_room_for_blocks(c, plan))
        o.sack = c.rcv.sack.take(c.rcv.beyond, most_blocks(n));
    if (c.snd.timeout_due && plan.length + wire::UserTimeout::size <= n.mss)
        tell_user_timeout(t, c, o);
}

wire::TcpHeader header_for(Tables& t, Connection& c, const Plan& plan, Instant now) {
    wire::TcpHeader h;
    h.source_port = c.tuple.local.port;
    h.target_port = c.tuple.remote.port;
    h.seq = plan.seq;
    const bool first_syn = plan.syn && c.state == State::syn_sent;
    h.flags = first_syn ? wire::TcpFlags{} : wire::ack_flag;
    if (!first_syn) h.ack = c.rcv.nxt;
    if (plan.syn) h.flags = h.flags | wire::syn_flag;
    if (plan.fin) h.flags = h.flags | wire::fin_flag;
    if (plan.push) h.flags = h.flags | wire::psh_flag;
    h.flags = h.flags | ecn_flags(c, plan);
    if (c.snd.urgent_end && before(plan.seq, *c.snd.urgent_end)) {  // MUST-31
        h.flags = h.flags | wire::urg_flag;
        h.urgent_pointer = static_cast<std::uint16_t>(
            std::min(octets_between(plan.seq, *c.snd.urgent_end), 0xffffU));
    }
    add_options(t, c, plan, h.options, now);
    h.window = offer_window(t, c, plan);
    return h;
}

// Puts the header in front of the text, its checksum left to whoever meets a wire (MUST-2).
void finish(buf::Packet& packet, const wire::TcpHeader& header, const wire::FlowTuple& tuple) {
    const std::size_t size = header.size();
    const MutableBytes out = packet.prepend(size);
    header.emit(out);
    wire::Checksum pseudo;
    pseudo.add_pseudo_header(
        tuple.local.address, tuple.remote.address, wire::Protocol::tcp, packet.size());
    store_be16(out, checksum_at, pseudo.folded());
    packet.facts().checksum = buf::ChecksumState::partial;
    packet.facts().transport_at = 0;
}

void tell_sent(Tables& t, const buf::Packet& packet, const trace::SegmentSent& what) {
    if (t.env.sink == nullptr) return;
    trace::SegmentSent e = what;
    e.host = t.env.host;
    e.id = packet.facts().tag.id;
    e.tcp.gso_size = packet.facts().gso_size;
    t.env.sink->on(e);
}

trace::TcpSummary summary_of(const wire::TcpHeader& h,
                             const wire::FlowTuple& tuple,
                             std::uint32_t length,
                             unsigned shift) {
    return {.tuple = tuple,
            .seq = h.seq,
            .ack = h.ack,
            .flags = h.flags,
            .length = length,
            .raw_window = h.window,
            .window = std::uint32_t{h.window} << (h.flags.syn() ? 0 : shift),
            .urgent_pointer = h.urgent_pointer,
            .options = h.options};
}

void acknowledged_now(Connection& c) {
    c.rcv.why_ack = Why::none;
    c.rcv.last_ack_sent = c.rcv.nxt;
    c.timers.stop(Timer::delayed_ack);
}

void count_repetition(Tables& t, Connection& c, std::uint32_t segments, std::uint32_t length) {
    c.totals.repeated += segments;
    c.totals.bytes_repeated += length;
    t.env.counters.count(Counter::tcp_retrans_segs, segments);
    if (c.snd.recovery.fast) t.env.counters.count(Counter::tcp_ext_fast_retrans, segments);
}

// What changes because this segment has left.
void advance_sender(Tables& t, Connection& c, const Plan& plan, Instant now) {
    const std::uint32_t octets = plan.length + (plan.syn ? 1U : 0U) + (plan.fin ? 1U : 0U);
    if (octets == 0) return;
    Sender& s = c.snd;
    const wire::SeqNum end = plan.seq + octets;
    const std::uint32_t segments =
        std::max(1U, (plan.length + c.negotiated.mss - 1) / c.negotiated.mss);
    const bool again = before(plan.seq, s.max);
    if (s.una == s.max) s.oldest_sent = now;
    if (again) {
        count_repetition(t, c, segments, plan.length);
        s.timed.reset();
    } else if (plan.syn) {
        s.timed = now;
    }
    if (plan.syn && c.fast_open) syn_was_sent(*c.fast_open, plan.length);
    if (!plan.syn) on_sent(c, {plan.seq, end}, now);
    if (plan.why == Why::tail_loss_probe) {
        s.tail_probe_due = false;
        s.probe.on_sent(end, again ? TailProbe::Sent::repetition : TailProbe::Sent::new_text);
        c.timers.arm(Timer::retransmit, now + s.rtt.rto());
    }
    const bool repeats_first = plan.seq == s.una && again && !plan.syn && s.recovery.fast;
    if (repeats_first) {
        s.why_first = Why::none;
        c.timers.arm(Timer::retransmit, now + s.rtt.rto());
    }
    s.nxt = again ? later(s.nxt, end) : end;
    s.max = later(s.max, end);
    if (plan.asks_path) {
        const std::uint32_t options = c.negotiated.full_segment() - c.negotiated.mss;
        s.path->on_sent({plan.seq, end}, plan.length + options);
    }
    if (!again && !plan.syn && !plan.asks_path && plan.length % c.negotiated.mss != 0)
        s.small_end = later(s.small_end, end);
    if (plan.burst_end) s.burst_end = *plan.burst_end;
    if (!plan.syn) pace(c, octets, now);
    if (plan.length > 0) {
        c.totals.last_data_sent = now;
        c.totals.data_out += segments;
        c.totals.bytes_sent += plan.length;
    }
    if (!c.timers.armed(Timer::retransmit)) c.timers.arm(Timer::retransmit, now + s.rtt.rto());
    if (!again) arm_tail_probe(c, now);
    c.timers.stop(Timer::persist);
    if (s.flush_end && at_or_before(*s.flush_end, s.nxt)) s.flush_end.reset();
}

// Nothing to send: what is waited for, and the timer that goes with it.
void rest(Tables& t, Connection& c, const Held& held, Instant now) {
    c.limits.enter(held.limit, now);
    if (held.limit == Limit::congestion_window) c.snd.limited_end = c.snd.max;
    if (held.limit == Limit::application || held.limit == Limit::idle)
        c.snd.rate.on_application_limited(c.snd.board.in_flight());
    if (held.window_closed && !c.timers.armed(Timer::persist) &&
        !c.timers.armed(Timer::retransmit)) {  // SHLD-29
        c.timers.arm(Timer::persist, now + c.snd.rtt.rto());
    }
    if (held.by_user && !c.timers.armed(Timer::cork))
        c.timers.arm(Timer::cork, now + t.env.profile.cork_flush);
}

// The number of a segment that has no text. What was sent beyond a window that then shrank, the
// peer would not believe: then it is the window's edge. (Scaling may hide some octets of a window.)
wire::SeqNum bare_seq(const Connection& c) {
    const wire::SeqNum edge = c.snd.una + c.snd.wnd;
    if (!is_synchronized(c.state) || at_or_before(c.snd.max, edge)) return c.snd.max;
    return octets_between(edge, c.snd.max) >> c.negotiated.snd_wscale == 0 ? c.snd.max : edge;
}

// Segments without text: probes and acknowledgments.
std::optional<Plan> plan_bare(const Connection& c) {
    if (c.snd.probe_window || c.snd.probe_idle) {
        // RFC 9293 §3.8.4: a number that was acknowledged already makes the peer answer.
        const Why why = c.snd.probe_window ? Why::window_probe : Why::keep_alive;
        return Plan{
            .seq = c.snd.una - 1, .attempt = static_cast<std::uint16_t>(c.snd.probes), .why = why};
    }
    if (c.rcv.why_ack == Why::none) return std::nullopt;
    return Plan{.seq = bare_seq(c), .why = c.rcv.why_ack};
}

std::optional<Outgoing> build(Tables& t, Connection& c, Plan plan, Instant now) {
    auto packet = buf::Packet::make(t.env.pool);
    if (!packet) {
        retry_for_memory(t, c, now);
        return std::nullopt;
    }
    if (plan.length > 0) {
        const auto got = static_cast<std::uint32_t>(
            c.snd.queue.gather(c.snd.position_of(plan.text_seq()), plan.length, packet));
        if (got < plan.length) {  // its slices are used up: what is left comes next
            const std::uint32_t mss = c.negotiated.mss;
            const std::uint32_t whole = got > mss ? got / mss * mss : got;
            packet.truncate(whole);
            plan.length = whole;
            plan.fin = plan.push = plan.asks_path = false;
        }
        if (plan.length > c.negotiated.mss && !plan.asks_path)
            packet.facts().gso_size = c.negotiated.mss;
    }
    const wire::TcpHeader header = header_for(t, c, plan, now);
    const std::uint8_t tos = tos_of(c, plan);
    if (header.flags.cwr()) c.snd.reduction_due = false;
    finish(packet, header, c.tuple);
    packet.facts().at = now;
    packet.facts().tag = {.id = ++*t.env.next_packet_id,
                          .why = static_cast<std::uint16_t>(plan.why),
                          .attempt = plan.attempt};
    // Linux: the handshake's last segment answered with text begins a dialog, not a bulk transfer.
    const bool is_answer = c.rcv.why_ack == Why::handshake_ack && !before(plan.seq, c.snd.max);
    if (is_answer && plan.length > 0) c.rcv.quick_acks = 0;
    advance_sender(t, c, plan, now);
    acknowledged_now(c);
    ++c.totals.segments_out;
    t.count(Counter::tcp_out_segs);
    tell_sent(t,
              packet,
              {.at = now,
               .host = {},
               .id = 0,
               .why = plan.why,
               .attempt = plan.attempt,
               .state = c.state,
               .tcp = summary_of(header, c.tuple, plan.length, c.negotiated.rcv_wscale)});
    return Outgoing{.packet = std::move(packet),
                    .envelope = {.source = c.tuple.local.address,  // MUST-45
                                 .destination = c.tuple.remote.address,
                                 .protocol = wire::Protocol::tcp,
                                 .tos = tos,             // MUST-48
                                 .ttl = c.settings.ttl,  // MUST-49
                                 .dont_fragment = true}};
}

}  // namespace

std::optional<Outgoing> emit(Tables& t, Connection& c, Instant now) {
    const bool rested = c.snd.una == c.snd.max && now - c.totals.last_data_sent > c.snd.rtt.rto();
    if (rested) c.snd.congestion.on_idle();
    const Planned planned = plan_next(c);
    if (planned.plan) {
        // SACK blocks that have no room beside the text go ahead of it (RFC 2018 §4).
        const bool blocks_first = c.rcv.why_ack != Why::none && has_blocks_to_tell(c) &&
                                  !leaves_room_for_blocks(c, *planned.plan);
        const Plan bare{.seq = bare_seq(c), .why = c.rcv.why_ack};
        return build(t, c, blocks_first ? bare : *planned.plan, now);
    }
    rest(t, c, planned.held, now);
    const auto bare = plan_bare(c);
    if (!bare) return std::nullopt;
    auto out = build(t, c, *bare, now);
    if (out) c.snd.probe_window = c.snd.probe_idle = false;
    return out;
}

void retry_for_memory(Tables& t, Connection& c, Instant now) {
    constexpr Duration little_while = milliseconds{10};
    if (!c.timers.armed(Timer::memory)) c.timers.arm(Timer::memory, now + little_while);
    t.rearm(c);
}

std::optional<Outgoing> emit(Tables& t, const Reply& reply, Instant now) {
    auto packet = buf::Packet::make(t.env.pool);
    if (!packet) return std::nullopt;
    finish(packet, reply.header, reply.tuple);
    packet.facts().at = now;
    packet.facts().tag = {
        .id = ++*t.env.next_packet_id, .why = static_cast<std::uint16_t>(reply.why), .attempt = 0};
    t.count(Counter::tcp_out_segs);
    if (reply.header.flags.rst()) t.count(Counter::tcp_out_rsts);
    tell_sent(t,
              packet,
              {.at = now,
               .host = {},
               .id = 0,
               .why = reply.why,
               .attempt = 0,
               .state = reply.state,
               .tcp = summary_of(reply.header, reply.tuple, 0, 0)});
    return Outgoing{.packet = std::move(packet),
                    .envelope = {.source = reply.tuple.local.address,
                                 .destination = reply.tuple.remote.address,
                                 .protocol = wire::Protocol::tcp,
                                 .tos = reply.tos,
                                 .ttl = reply.ttl,
                                 .dont_fragment = true}};
}

void rotate(Tables& t, Connection& c, std::size_t octets) {
    constexpr std::uint32_t quantum = 65'536;  // one super-segment
    c.deficit += static_cast<std::uint32_t>(octets);
    if (c.deficit < quantum) return;
    c.deficit = 0;
    c.ready_hook.unlink();
    t.ready.push_back(c);
}

Reply reset_of(Tables& t, const Connection& c, Why why, Instant now) {
    Reply r{.tuple = c.tuple, .header = {}, .why = why};
    r.tos = c.settings.tos;
    r.ttl = c.settings.ttl;
    r.header.source_port = c.tuple.local.port;
    r.header.target_port = c.tuple.remote.port;
    r.header.seq = bare_seq(c);
    r.header.ack = c.rcv.nxt;
    r.header.flags = wire::rst_flag | wire::ack_flag;
    r.header.options.timestamps = timestamps_of(t, c, now);  // RFC 7323 §3.2: SHOULD
    return r;
}

}  // namespace handfast::tcp
