#include "core/tcp/tcp.hpp"

#include <algorithm>
#include <utility>

#include "core/tcp/event/arrives.hpp"
#include "core/tcp/event/emit.hpp"
#include "core/tcp/event/fast_open.hpp"
#include "core/tcp/event/icmp.hpp"
#include "core/tcp/event/open.hpp"
#include "core/tcp/event/timeouts.hpp"
#include "core/tcp/event/user_calls.hpp"
#include "core/tcp/recv/urgent.hpp"
#include "core/tcp/recv/window.hpp"
#include "core/tcp/segment.hpp"
#include "core/tcp/send/buffer.hpp"
#include "core/tcp/tables.hpp"

namespace handfast::tcp {

using berkeley::Errno;
using berkeley::fail;
using trace::Drop;

struct Tcp::Rooms : Tables {
    using Tables::Tables;

    [[nodiscard]] Connection& at(ConnectionId id) { return connections[id]; }
    // After a call on a connection: its timers into the wheel, what has ended out of memory.
    void settle(Connection& c) {
        if (c.in_table) rearm(c);
        sweep();
    }
};

Tcp::Tcp(const Environment& environment) : rooms_{std::make_unique<Rooms>(environment)} {}
Tcp::~Tcp() = default;

berkeley::Result<ConnectionId> Tcp::open(const ActiveOpen& active, Instant now) {
    return open_active(*rooms_, active, now);
}

berkeley::Result<EarlyOpen> Tcp::open(const ActiveOpen& active,
                                      const EarlyText& early,
                                      Instant now) {
    const auto id = open_active(*rooms_, active, now);
    if (!id) return fail(id.error());
    return EarlyOpen{.connection = *id, .taken = begin_early(*rooms_, rooms_->at(*id), early, now)};
}

bool Tcp::may_open_early(const wire::IpAddress& own,
                         const wire::IpAddress& peer,
                         const EarlyText& early,
                         Instant now) const {
    return may_carry_text(*rooms_, {.own = own, .peer = peer}, early, now);
}

void Tcp::set_fast_open(ListenerId listener, const FastOpenListening& how) {
    rooms_->listeners[listener].fast_open = how;
}

void Tcp::set_fast_open_keys(const FastOpenKeys& keys) {
    rooms_->fast_open_keys = keys;
}

const FastOpenKeys& Tcp::fast_open_keys() const {
    return rooms_->fast_open_keys;
}

berkeley::Result<ListenerId> Tcp::open(const PassiveOpen& passive, Instant) {
    return open_passive(*rooms_, passive);
}

void Tcp::set_backlog(ListenerId listener, std::size_t backlog) {
    rooms_->listeners[listener].backlog = std::min(backlog, rooms_->env.limits.accept_queue);
}

std::optional<ConnectionId> Tcp::accept(ListenerId listener, Owner owner) {
    Listener& l = rooms_->listeners[listener];
    if (l.established.empty()) return std::nullopt;
    Connection& c = l.established.front();
    l.established.pop_front();
    --l.waiting;
    c.listener = {};
    c.owner = owner;
    c.notice = {};
    c.notice.owner = owner;
    return c.id;
}

std::size_t Tcp::acceptable(ListenerId listener) const {
    return rooms_->listeners[listener].waiting;
}

void Tcp::close(ListenerId listener, Instant now) {
    Listener& l = rooms_->listeners[listener];
    while (!l.established.empty())
        handfast::tcp::abort(*rooms_, l.established.front(), trace::Why::rst_abort, now);
    while (!l.half_open.empty())
        handfast::tcp::abort(*rooms_, l.half_open.front(), trace::Why::rst_abort, now);
    std::erase_if(rooms_->listening, [&](const auto& entry) { return entry.second == listener; });
    std::erase(rooms_->noticed_listeners, listener);
    rooms_->listeners.erase(listener);
    rooms_->sweep();
}

Tcp::Buffers Tcp::buffers(ConnectionId id) const {
    const Connection& c = rooms_->at(id);
    const Limits& limits = rooms_->env.limits;
    return {.send = send_buffer(c, limits), .receive = receive_buffer(c, limits)};
}

std::size_t Tcp::send_room(ConnectionId id) const {
    const Connection& c = rooms_->at(id);
    const bool open = (may_send_text(c.state) || is_early(c)) && !c.snd.fin_queued && !c.error;
    return open ? handfast::tcp::send_room(c, rooms_->env.limits) : 0;
}

berkeley::Result<std::size_t> Tcp::send(ConnectionId id,
                                        Bytes text,
                                        berkeley::MessageFlags flags,
                                        Instant now) {
    return handfast::tcp::send(*rooms_, rooms_->at(id), text, flags, now);
}

berkeley::Result<std::size_t> Tcp::send(ConnectionId id,
                                        buf::Packet::Slices& text,
                                        berkeley::MessageFlags flags,
                                        Instant) {
    return handfast::tcp::send(*rooms_, rooms_->at(id), text, flags);
}

berkeley::Result<std::size_t> Tcp::receive(ConnectionId id,
                                           MutableBytes into,
                                           berkeley::MessageFlags flags,
                                           Instant) {
    return handfast::tcp::receive(*rooms_, rooms_->at(id), into, flags);
}

berkeley::Result<std::size_t> Tcp::receive(ConnectionId id,
                                           std::size_t most,
                                           buf::Packet::Slices& into,
                                           Instant) {
    return handfast::tcp::receive(*rooms_, rooms_->at(id), most, into);
}

void Tcp::lend(ConnectionId id, std::size_t octets) {
    rooms_->at(id).rcv.lent += static_cast<std::uint32_t>(octets);
}

void Tcp::give_back(ConnectionId id, std::size_t octets, Instant) {
    Connection& c = rooms_->at(id);
    c.rcv.lent -= std::min(c.rcv.lent, static_cast<std::uint32_t>(octets));
    if (c.in_table) after_read(*rooms_, c);
}

std::size_t Tcp::receive_available(ConnectionId id) const {
    const Connection& c = rooms_->at(id);
    return readable_octets(c);
}

bool Tcp::at_urgent_mark(ConnectionId id) const {
    return handfast::tcp::at_urgent_mark(rooms_->at(id));
}

berkeley::Result<void> Tcp::shutdown(ConnectionId id, berkeley::ShutdownHow how, Instant now) {
    return handfast::tcp::shutdown(*rooms_, rooms_->at(id), how, now);
}

void Tcp::close(ConnectionId id, Instant now) {
    Connection& c = rooms_->at(id);
    handfast::tcp::close(*rooms_, c, now);
    rooms_->settle(c);
}

void Tcp::abort(ConnectionId id, Instant now) {
    Connection& c = rooms_->at(id);
    handfast::tcp::abort(*rooms_, c, trace::Why::rst_abort, now);
    rooms_->settle(c);
}

trace::ConnectionSnapshot Tcp::snapshot(ConnectionId id, Instant now) const {
    return handfast::tcp::snapshot(rooms_->at(id), now);
}

trace::TcpState Tcp::state(ConnectionId id) const {
    return rooms_->at(id).state;
}

berkeley::Ready Tcp::ready(ConnectionId id) const {
    return readiness(rooms_->at(id), rooms_->env.limits);
}

std::optional<Errno> Tcp::take_error(ConnectionId id) {
    Connection& c = rooms_->at(id);
    if (c.error) return std::exchange(c.error, std::nullopt);
    const auto soft = std::exchange(c.soft_error, std::nullopt);
    return c.settings.soft_errors ? soft : std::nullopt;  // SHLD-20
}

const Settings& Tcp::settings(ConnectionId id) const {
    return rooms_->at(id).settings;
}

void Tcp::change(ConnectionId id, const Settings& settings, Instant now) {
    Connection& c = rooms_->at(id);
    handfast::tcp::change(*rooms_, c, settings, now);
    rooms_->settle(c);
}

const Settings& Tcp::settings(ListenerId id) const {
    return rooms_->listeners[id].settings;
}

void Tcp::change(ListenerId id, const Settings& settings) {
    rooms_->listeners[id].settings = settings;
}

void Tcp::change(const Profile& profile) {
    rooms_->env.profile = profile;
}

const Profile& Tcp::profile() const {
    return rooms_->env.profile;
}

bool Tcp::exists(ConnectionId id) const {
    return rooms_->connections.find(id) != nullptr;
}

bool Tcp::in_use(const wire::FlowTuple& tuple, Instant now) const {
    if (rooms_->flows.find(tuple) != nullptr) return true;
    const TimeWait* const old = rooms_->time_waits.find(tuple);
    return old != nullptr && !may_reuse(*rooms_, *old, now);
}

Tcp::PortUse Tcp::port_use(const wire::Endpoint& local) const {
    PortUse use;
    if (rooms_->ports.at(local.port) == 0) return use;  // bind() is rare: then all are looked at
    const bool any = local.address.is_unspecified();
    const auto meets = [&](const wire::Endpoint& e) {
        return e.port == local.port && (any || e.address == local.address);
    };
    rooms_->connections.for_each([&](ConnectionId, const Connection& c) {
        if (c.in_table && meets(c.tuple.local)) ++use.connections;
    });
    rooms_->time_waits.for_each([&](const TimeWait& w) {
        if (!meets(w.tuple.local)) return;
        ++use.time_waits;
        use.last_time_wait_ends = std::max(use.last_time_wait_ends.value_or(w.ends), w.ends);
    });
    return use;
}

void Tcp::snapshots(std::vector<trace::ConnectionSnapshot>& out, Instant now) const {
    rooms_->connections.for_each([&](ConnectionId, const Connection& c) {
        if (c.in_table) out.push_back(handfast::tcp::snapshot(c, now));
    });
    rooms_->time_waits.for_each([&](const TimeWait& w) {
        trace::ConnectionSnapshot s;
        s.tuple = w.tuple;
        s.state = State::time_wait;
        s.snd_una = s.snd_nxt = w.snd_nxt;
        s.rcv_nxt = w.rcv_nxt;
        s.timestamps = w.timestamps;
        // Of the FIN that began the 2 MSL.
        s.since_last_ack_received = now + 2 * rooms_->env.msl - w.ends;
        out.push_back(s);
    });
}

std::size_t Tcp::connections() const {
    return rooms_->connections.size();
}
std::size_t Tcp::time_waits() const {
    return rooms_->time_waits.size();
}

std::size_t Tcp::memory() const {
    return rooms_->connections.size() * sizeof(Connection) +
           rooms_->time_waits.size() * sizeof(TimeWait) + rooms_->flows.memory();
}

void Tcp::segment_arrives(buf::Packet packet,
                          const wire::Envelope& envelope,
                          const PathFacts& path,
                          Instant now) {
    auto segment = parse_segment(packet, envelope);
    if (!segment) {
        rooms_->count(trace::Counter::tcp_in_errs);
        rooms_->env.counters.count(segment.error());
        if (rooms_->env.sink != nullptr)
            rooms_->env.sink->on(trace::PacketDropped{.at = now,
                                                      .host = rooms_->env.host,
                                                      .id = packet.facts().tag.id,
                                                      .reason = segment.error()});
        return;
    }
    handfast::tcp::segment_arrives(*rooms_, *segment, path, now);
    rooms_->sweep();
}

std::optional<Drop> Tcp::icmp_arrives(const IcmpNews& news, Instant now) {
    const auto drop = handfast::tcp::icmp_arrives(*rooms_, news, now);
    rooms_->sweep();
    return drop;
}

void Tcp::unreachable(const wire::Envelope&,
                      const wire::FlowTuple& tuple,
                      Errno error,
                      Instant now) {
    Connection* const c = rooms_->flows.find(tuple);
    if (c == nullptr) return;
    if (c->state == State::syn_sent) {
        rooms_->end(*c, error, now);
    } else {
        c->soft_error = error;
    }
    rooms_->sweep();
}

void Tcp::advance(Instant now) {
    while (TimeWait* const w = rooms_->time_waits.first()) {
        if (w->ends > now) break;
        rooms_->end_time_wait(*w, now);
    }
    rooms_->wheel.advance(now, [&](TimerWheel::Entry& entry) {
        // Only connections arm timers here.
        // NOLINTNEXTLINE(cppcoreguidelines-pro-type-static-cast-downcast)
        on_timer(*rooms_, static_cast<ConnectionTimer&>(entry).connection, now);
    });
    rooms_->sweep();
}

Deadline Tcp::next_deadline() const {
    const TimeWait* const w = rooms_->time_waits.first();
    return earlier(rooms_->wheel.next(), w == nullptr ? Deadline{} : Deadline{w->ends});
}

std::optional<Outgoing> Tcp::transmit(Instant now) {
    while (!rooms_->replies.empty()) {
        if (auto out = emit(*rooms_, rooms_->replies.pop_front(), now)) return out;
    }
    while (!rooms_->ready.empty()) {
        Connection& c = rooms_->ready.front();
        auto out = emit(*rooms_, c, now);
        rooms_->rearm(c);
        if (out && !comes_to_rest(c, now)) {
            rotate(*rooms_, c, out->packet.size());
            return out;
        }
        c.ready_hook.unlink();
        c.deficit = 0;
        if (out) return out;
    }
    return std::nullopt;
}

bool Tcp::wants_to_transmit() const {
    return !rooms_->replies.empty() || !rooms_->ready.empty();
}

void Tcp::take_notices(std::vector<Notice>& out) {
    out.clear();
    while (!rooms_->noticed.empty()) {
        Connection& c = rooms_->noticed.front();
        rooms_->noticed.pop_front();
        out.push_back(c.notice);
        c.notice = {};
        c.notice.owner = c.owner;
    }
    for (const auto id : rooms_->noticed_listeners) {
        Listener& l = rooms_->listeners[id];
        l.noticed = false;
        out.push_back({.owner = l.owner, .readable = true});
    }
    rooms_->noticed_listeners.clear();
}

void Tcp::set_sink(trace::Sink* sink) {
    rooms_->env.sink = sink;
}

}  // namespace handfast::tcp
