#include "core/tcp/event/emit.hpp"

#include <algorithm>

#include "core/tcp/event/departure.hpp"
#include "core/tcp/event/header.hpp"
#include "core/tcp/send/plan.hpp"
#include "core/wire/checksum.hpp"

namespace handfast::tcp {

using trace::Counter;
using trace::Limit;
using trace::Why;
using wire::octets_between;

namespace {

constexpr std::size_t checksum_at = 16;

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

// What a sink is told beside the header.
struct Told {
    Why why{};
    std::uint16_t attempt{0};
    State state{};
    std::uint32_t length{0};
    unsigned window_shift{0};
};

void tell_sent(Tables& t,
               const buf::Packet& packet,
               const wire::TcpHeader& h,
               const wire::FlowTuple& tuple,
               const Told& told) {
    if (t.env.sink == nullptr) return;
    const unsigned shift = h.flags.syn() ? 0 : told.window_shift;
    const buf::Packet::Facts& facts = packet.facts();
    t.env.sink->on(trace::SegmentSent{.at = facts.at,
                                      .host = t.env.host,
                                      .id = facts.tag.id,
                                      .why = told.why,
                                      .attempt = told.attempt,
                                      .state = told.state,
                                      .tcp = {.tuple = tuple,
                                              .seq = h.seq,
                                              .ack = h.ack,
                                              .flags = h.flags,
                                              .length = told.length,
                                              .gso_size = facts.gso_size,
                                              .raw_window = h.window,
                                              .window = std::uint32_t{h.window} << shift,
                                              .urgent_pointer = h.urgent_pointer,
                                              .options = h.options}});
}

void acknowledged_now(Connection& c) {
    c.rcv.why_ack = Why::none;
    c.rcv.pushed = false;
    c.rcv.last_ack_sent = c.rcv.nxt;
    c.timers.stop(Timer::delayed_ack);
}

void note_limit(Connection& c, Limit limit, Instant now) {
    c.limits.enter(limit, now);
    if (limit == Limit::application || limit == Limit::idle)
        c.snd.rate.on_application_limited(c.snd.board.in_flight());
}

// Nothing to send: what is waited for, and the timer that goes with it.
void rest(Tables& t, Connection& c, const Held& held, Instant now) {
    note_limit(c, held.limit, now);
    if (held.limit == Limit::congestion_window) c.snd.limited_end = c.snd.max;
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

// The text is in the packet: it gets its headers, and leaves.
Outgoing seal(Tables& t, Connection& c, buf::Packet packet, const Plan& plan, Instant now) {
    if (plan.length > c.negotiated.mss && !plan.asks_path)
        packet.facts().gso_size = c.negotiated.mss;
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
    departs(t, c, plan, now);
    acknowledged_now(c);
    ++c.totals.segments_out;
    t.count(Counter::tcp_out_segs);
    tell_sent(t,
              packet,
              header,
              c.tuple,
              {.why = plan.why,
               .attempt = plan.attempt,
               .state = c.state,
               .length = plan.length,
               .window_shift = c.negotiated.rcv_wscale});
    return Outgoing{.packet = std::move(packet),
                    .envelope = {.source = c.tuple.local.address,  // MUST-45
                                 .destination = c.tuple.remote.address,
                                 .protocol = wire::Protocol::tcp,
                                 .tos = tos,             // MUST-48
                                 .ttl = c.settings.ttl,  // MUST-49
                                 .dont_fragment = true}};
}

// The packet has room for so many octets' slices: what is left comes next.
Plan cut(const Plan& plan, std::uint32_t octets, std::uint32_t mss) {
    Plan shorter = plan;
    shorter.length = octets > mss ? octets / mss * mss : octets;
    shorter.fin = shorter.push = shorter.asks_path = false;
    return shorter;
}

std::optional<Outgoing> build(Tables& t, Connection& c, const Plan& plan, Instant now) {
    auto packet = buf::Packet::make(t.env.pool);
    if (!packet) {
        retry_for_memory(t, c, now);
        return std::nullopt;
    }
    if (plan.length == 0) return seal(t, c, std::move(packet), plan, now);
    const std::size_t got =
        c.snd.queue.gather(c.snd.position_of(plan.text_seq()), plan.length, packet);
    if (got == plan.length) return seal(t, c, std::move(packet), plan, now);
    const Plan shorter = cut(plan, static_cast<std::uint32_t>(got), c.negotiated.mss);
    packet.truncate(shorter.length);
    return seal(t, c, std::move(packet), shorter, now);
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
        if (!blocks_first) return build(t, c, *planned.plan, now);
        const Plan bare{.seq = bare_seq(c), .why = c.rcv.why_ack};
        return build(t, c, bare, now);
    }
    rest(t, c, planned.held, now);
    const auto bare = plan_bare(c);
    if (!bare) return std::nullopt;
    auto out = build(t, c, *bare, now);
    if (out) c.snd.probe_window = c.snd.probe_idle = false;
    return out;
}

bool comes_to_rest(Connection& c, Instant now) {
    const auto limit = has_nothing_to_send(c);
    if (limit) note_limit(c, *limit, now);
    return limit.has_value();
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
    tell_sent(t, packet, reply.header, reply.tuple, {.why = reply.why, .state = reply.state});
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
