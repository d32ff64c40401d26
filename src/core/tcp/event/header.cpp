#include "core/tcp/event/header.hpp"

#include <algorithm>

#include "core/tcp/event/user_timeout.hpp"
#include "core/tcp/recv/window.hpp"
#include "core/wire/ecn.hpp"

namespace handfast::tcp {

using wire::octets_between;

namespace {

bool is_new_text(const Connection& c, const Plan& plan) {
    return plan.length > 0 && at_or_before(c.snd.max, plan.seq);
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

std::size_t most_blocks(const Negotiated& n) {  // RFC 2018 §3
    constexpr std::size_t beside_timestamps = 3;
    constexpr std::size_t alone = 4;
    return n.timestamps ? beside_timestamps : alone;
}

}  // namespace

std::uint8_t tos_of(const Connection& c, const Plan& plan) {
    if (!c.negotiated.ecn || !is_new_text(c, plan)) return c.settings.tos;
    return wire::with_ecn(c.settings.tos, wire::Ecn::capable_0);
}

bool has_blocks_to_tell(const Connection& c) {
    return c.negotiated.sack && (!c.rcv.beyond.empty() || c.rcv.sack.has_duplicate());
}

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

namespace {

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

}  // namespace

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

}  // namespace handfast::tcp
