#include "core/tcp/event/open.hpp"

#include <algorithm>

#include "core/tcp/event/fast_open.hpp"
#include "core/tcp/event/user_timeout.hpp"
#include "core/tcp/recv/window.hpp"
#include "core/tcp/send/recovery.hpp"

namespace handfast::tcp {

using berkeley::Errno;
using berkeley::fail;
using trace::Counter;
using trace::Drop;

namespace {

constexpr std::uint16_t tcp_header = 20;
constexpr std::uint8_t window_scale_max = 14;  // RFC 7323 §2.3

std::uint16_t ip_header(wire::Family f) {
    return f == wire::Family::ipv4 ? 20 : 40;
}

// MUST-15: what to assume of a peer that says nothing.
std::uint16_t default_mss(wire::Family f) {
    return f == wire::Family::ipv4 ? 536 : 1220;
}

std::uint16_t own_mss(const Connection& c) {  // MUST-67
    const auto headers =
        static_cast<std::uint16_t>(tcp_header + ip_header(c.tuple.local.address.family()));
    std::uint32_t mss = c.negotiated.link_mtu - std::min(c.negotiated.link_mtu, headers);
    if (c.settings.max_segment != 0) mss = std::min(mss, c.settings.max_segment);
    return static_cast<std::uint16_t>(mss);
}

// The smallest shift with which the largest buffer that this connection may get fits 16 bits.
std::uint8_t window_scale(const Tables& t, const Connection& c) {
    const std::uint32_t most =
        std::max(t.env.limits.receive_buffer_max, receive_buffer(c, t.env.limits));
    std::uint8_t shift = 0;
    while (shift < window_scale_max && (most >> shift) > 0xffff) ++shift;
    return shift;
}

void prepare(Tables& t, Connection& c, const PathFacts& path, Instant now) {
    const Profile& p = t.env.profile;
    c.negotiated.link_mtu = path.link_mtu;
    c.negotiated.max_super_segment = path.max_super_segment;
    c.negotiated.own_mss = own_mss(c);
    c.negotiated.peer_mss = default_mss(c.tuple.local.address.family());
    c.negotiated.timestamps = p.timestamps && c.settings.timestamps;
    c.negotiated.sack = p.sack;
    c.negotiated.ecn = p.ecn == EcnUse::ask || (c.passive && p.ecn == EcnUse::answer);
    c.negotiated.scaling = p.window_scaling;
    c.negotiated.rcv_wscale = p.window_scaling ? window_scale(t, c) : std::uint8_t{0};
    c.negotiated.timestamp_offset =
        static_cast<std::uint32_t>(t.timestamp_offsets(FlowKey{c.tuple}.bytes()));
    c.rcv.quick_acks = p.quick_acks;
    c.snd.timeout_due = true;
    c.totals.last_heard = c.totals.last_data_sent = now;
    c.totals.last_data_received = c.totals.last_ack_received = now;
}

void start_sending(Connection& c, wire::SeqNum iss, Instant now) {
    c.snd.iss = c.snd.una = c.snd.nxt = c.snd.max = iss;
    c.snd.recovery.recover = c.snd.reduced_end = iss;
    c.snd.small_end = c.snd.burst_end = c.snd.push_end = iss;
    c.snd.oldest_sent = now;
}

Connection* receive_syn(
    Tables& t, Listener& listener, const Segment& syn, const PathFacts& path, Instant now) {
    Connection* const c = t.make(syn.tuple, listener.settings);
    if (c == nullptr) return nullptr;
    c->passive = true;
    c->listener = listener.id;
    prepare(t, *c, path, now);
    c->rcv.irs = syn.seq;
    c->rcv.nxt = c->rcv.advertised = c->rcv.last_ack_sent = syn.seq + 1;
    listener.half_open.push_back(*c);
    ++listener.half_open_count;
    negotiate(t, *c, syn, now);
    return c;
}

std::optional<Drop> refuse_syn(Tables& t, Listener& listener) {
    if (listener.accept_queue_full()) {
        t.count(Counter::tcp_ext_listen_overflows);
        t.count(Counter::tcp_ext_listen_drops);
        return Drop::tcp_accept_queue_full;
    }
    if (listener.half_open_count >= t.env.limits.syn_queue) {
        t.count(Counter::tcp_ext_listen_drops);
        return Drop::tcp_syn_queue_full;
    }
    return std::nullopt;
}

}  // namespace

// RFC 6191: the slot of a TIME-WAIT record may be taken when timestamps keep old segments out.
bool may_reuse(const Tables& t, const TimeWait& old, Instant now) {
    return old.timestamps && t.env.profile.timestamps &&
           now - old.entered >= t.env.profile.time_wait_reuse;
}

berkeley::Result<ConnectionId> open_active(Tables& t, const ActiveOpen& active, Instant now) {
    const auto& remote = active.tuple.remote.address;
    // MUST-46: a connection has one peer.
    if (remote.is_multicast() || remote.is_limited_broadcast() || remote.is_unspecified())
        return fail(Errno::network_unreachable);
    if (t.flows.find(active.tuple) != nullptr) return fail(Errno::address_not_available);
    wire::SeqNum iss = t.isn.isn(active.tuple, now);
    if (TimeWait* const old = t.time_waits.find(active.tuple)) {
        if (!may_reuse(t, *old, now)) return fail(Errno::address_not_available);
        iss = wire::later(iss, old->snd_nxt + 65'537);
        t.count(Counter::tcp_ext_tw_recycled);
        t.end_time_wait(*old, now);
    }
    Connection* const c = t.make(active.tuple, active.settings);
    if (c == nullptr) return fail(Errno::no_buffer_space);
    c->owner = active.owner;
    c->notice.owner = active.owner;
    prepare(
        t, *c, {.link_mtu = active.link_mtu, .max_super_segment = active.max_super_segment}, now);
    start_sending(*c, iss, now);
    t.count(Counter::tcp_active_opens);
    t.enter(*c, State::syn_sent, now);
    t.want_transmit(*c);
    return c->id;
}

berkeley::Result<ListenerId> open_passive(Tables& t, const PassiveOpen& passive) {
    const auto id = t.listeners.emplace(passive, t.env.limits.accept_queue);
    if (!id) return fail(Errno::no_buffer_space);
    t.listeners[id].id = id;
    const auto at = std::ranges::upper_bound(
        t.listening, passive.local, {}, [](const auto& entry) { return entry.first; });
    t.listening.insert(at, {passive.local, id});  // connections go on: MUST-41, MUST-42
    return id;
}

namespace {

// Sequence numbers of ours begin no sooner than at `least`, when there is one.
std::optional<Drop> answer_syn(Tables& t,
                               Listener& listener,
                               Segment& syn,
                               const PathFacts& path,
                               std::optional<wire::SeqNum> least,
                               Instant now) {
    const EarlyVerdict early = judge_early(t, listener, syn, now);
    Connection* const c = receive_syn(t, listener, syn, path, now);
    if (c == nullptr) return Drop::tcp_connection_table_full;
    const wire::SeqNum iss = t.isn.isn(c->tuple, now);
    start_sending(*c, least ? wire::later(iss, *least) : iss, now);
    t.count(Counter::tcp_passive_opens);
    t.enter(*c, State::syn_received, now);
    if (early.answer) {
        c->fast_open = std::make_unique<FastOpen>();
        c->fast_open->option = early.answer;
    }
    if (early.takes_text) accept_early(t, *c, listener, syn);
    t.want_transmit(*c);
    return std::nullopt;
}

}  // namespace

std::optional<Drop> open_from_syn(
    Tables& t, Listener& listener, Segment& syn, const PathFacts& path, Instant now) {
    if (const auto refused = refuse_syn(t, listener)) return refused;
    return answer_syn(t, listener, syn, path, std::nullopt, now);
}

std::optional<Drop> reopen_from_syn(Tables& t,
                                    Listener& listener,
                                    Segment& syn,
                                    const TimeWait& old,
                                    const PathFacts& path,
                                    Instant now) {
    if (const auto refused = refuse_syn(t, listener)) return refused;
    const wire::SeqNum beyond = old.snd_nxt + 65'537;
    t.end_time_wait(*t.time_waits.find(old.tuple), now);
    return answer_syn(t, listener, syn, path, beyond, now);
}

namespace {

// RFC 3168 §6.1.1: a SYN asks with both flags, a SYN/ACK agrees with one. Both there come from a
// peer that gives back whatever flags it gets.
bool agrees_to_ecn(const Segment& syn) {
    return syn.flags.ece() && syn.flags.cwr() != syn.flags.ack();
}

}  // namespace

void negotiate(Tables& t, Connection& c, const Segment& syn, Instant now) {
    Negotiated& n = c.negotiated;
    const wire::TcpOptions& offered = syn.options;
    if (offered.mss) n.peer_mss = *offered.mss;
    n.timestamps = n.timestamps && offered.timestamps.has_value();
    n.sack = n.sack && offered.sack_permitted;
    n.ecn = n.ecn && agrees_to_ecn(syn);
    heed_user_timeout(c, syn);
    n.scaling = n.scaling && offered.window_scale.has_value();
    if (n.scaling) {
        n.snd_wscale = std::min(*offered.window_scale, window_scale_max);
    } else {
        n.snd_wscale = n.rcv_wscale = 0;
    }
    if (n.timestamps) {
        c.rcv.has_timestamp = true;
        c.rcv.ts_recent = offered.timestamps->value;
        c.rcv.ts_recent_at = now;
    }
    settle_mss(t, c, n.own_mss);
}

void shrink_link(Connection& c, std::uint16_t mtu) {
    c.negotiated.link_mtu = std::min(c.negotiated.link_mtu, mtu);
    c.negotiated.own_mss = own_mss(c);
}

void settle_mss(Tables& t, Connection& c, std::uint16_t path_mss) {
    // MUST-16: the smaller of what the peer takes and what the path carries, options taken off. The
    // floor keeps a peer from making us send absurdly small segments (attack A19).
    Negotiated& n = c.negotiated;
    std::uint32_t mss = std::min(n.peer_mss, path_mss);
    mss = std::max<std::uint32_t>(mss, t.env.limits.min_send_mss);
    if (n.timestamps) mss -= Negotiated::timestamps_size;
    n.mss = static_cast<std::uint16_t>(mss);
    if (!is_synchronized(c.state))
        choose_congestion_control(c, t.env.profile.initial_window_segments);
}

}  // namespace handfast::tcp
