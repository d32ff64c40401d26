#include "core/tcp/tables.hpp"

#include <algorithm>
#include <array>
#include <bit>

namespace handfast::tcp {

namespace {

constexpr std::size_t max_replies = 1024;
constexpr std::uint64_t timestamp_use = 0x5453'4f46;  // "TSOF"
constexpr std::uint64_t listener_use = 0x4c53'544e;   // "LSTN"
constexpr std::uint64_t fast_open_use = 0x5446'4f4b;  // "TFOK"

FastOpenKeys first_keys(const Entropy& secret) {
    const KeyedHash hash = KeyedHash::derive(secret, fast_open_use);
    const std::array<std::byte, 2> halves{std::byte{0}, std::byte{1}};
    const std::array<std::uint64_t, 2> words{hash(Bytes{halves}.first(1)), hash(Bytes{halves})};
    return {.primary = std::bit_cast<KeyedHash::Key>(words), .backup = {}};
}

}  // namespace

Tables::Tables(const Environment& environment)
    : env{environment},
      connections{env.limits.connections},
      listeners{env.limits.listeners},
      time_waits{env.limits.time_waits, env.entropy},
      flows{env.entropy},
      isn{env.entropy},
      timestamp_offsets{KeyedHash::derive(env.entropy, timestamp_use)},
      listener_choice{KeyedHash::derive(env.entropy, listener_use)},
      fast_open_keys{first_keys(env.entropy)},
      fast_open_cache{env.entropy, env.limits.fast_open_cookies} {}

Tables::~Tables() {
    connections.for_each([this](ConnectionId, Connection& c) {
        if (c.in_table) flows.erase(c);
        c.in_table = false;
    });
}

Connection* Tables::make(const wire::FlowTuple& tuple, const Settings& settings) {
    const auto id = connections.emplace(tuple, settings, env.profile);
    if (!id) {
        env.counters.count(trace::Drop::tcp_connection_table_full);
        return nullptr;
    }
    Connection& c = connections[id];
    c.id = id;
    flows.insert(c);
    c.in_table = true;
    ports.add(tuple.local.port);
    return &c;
}

void Tables::enter(Connection& c, State to, Instant now) {
    HF_CHECK(is_legal_edge(c.state, to));
    const State from = std::exchange(c.state, to);
    if (env.sink != nullptr)
        env.sink->on(trace::StateEdge{
            .at = now, .host = env.host, .tuple = c.tuple, .from = from, .to = to});
    if (to == State::syn_sent || to == State::syn_received)
        c.limits.enter(trace::Limit::handshake, now);
    if (to == State::closed && (from == State::syn_sent || from == State::syn_received))
        count(trace::Counter::tcp_attempt_fails);
}

void Tables::leave_listener(Connection& c) {
    Listener* const l = listeners.find(c.listener);
    c.listener = {};
    if (l == nullptr || !c.queue_hook.is_linked()) return;
    c.queue_hook.unlink();
    if (is_half_open(c)) {
        --l->half_open_count;
    } else {
        --l->waiting;
    }
}

void Tables::leave_fast_open_queue(Connection& c) {
    if (!c.fast_open) return;
    if (Listener* const l = listeners.find(std::exchange(c.fast_open->pending_at, {})))
        l->early.remove();
}

void Tables::end(Connection& c, std::optional<berkeley::Errno> error, Instant now) {
    // One that was established and not yet accepted stays in its queue: who accepts it is told.
    const bool to_be_accepted = c.queue_hook.is_linked() && !is_half_open(c);
    if (!to_be_accepted) leave_listener(c);
    if (c.in_table) {
        flows.erase(c);
        ports.remove(c.tuple.local.port);
        c.in_table = false;
    }
    leave_fast_open_queue(c);
    wheel.cancel(c.timer);
    c.timers.stop_all();
    if (c.ready_hook.is_linked()) c.ready_hook.unlink();
    if (std::exchange(c.is_orphan, false)) --orphans;
    if (c.state != State::closed && c.state != State::time_wait) enter(c, State::closed, now);
    c.limits.enter(trace::Limit::idle, now);
    c.snd.queue.clear();
    c.rcv.beyond.clear();
    if (error) c.error = error;
    if (to_be_accepted) return;
    if (c.owner == 0) {
        forget(c);
        return;
    }
    c.notice.closed = c.notice.readable = c.notice.writable = true;
    notify(c);
}

void Tables::retire(Connection& c, Instant now) {
    enter(c, State::time_wait, now);
    count(trace::Counter::tcp_ext_tw);
    const TimeWait record{.tuple = c.tuple,
                          .snd_nxt = c.snd.max,
                          .rcv_nxt = c.rcv.nxt,
                          .ts_recent = c.rcv.ts_recent,
                          .timestamp_offset = c.negotiated.timestamp_offset,
                          .window = static_cast<std::uint16_t>(
                              std::min(c.rcv.window() >> c.negotiated.rcv_wscale, 0xffffU)),
                          .tos = c.settings.tos,
                          .ttl = c.settings.ttl,
                          .timestamps = c.negotiated.timestamps,
                          .entered = now,
                          .ends = now + 2 * env.msl};
    const wire::Port port = c.tuple.local.port;
    end(c, std::nullopt, now);
    if (time_waits.full()) end_time_wait(*time_waits.first(), now);
    time_waits.add(record);
    ports.add(port);
}

void Tables::end_time_wait(TimeWait& record, Instant now) {
    ports.remove(record.tuple.local.port);
    if (env.sink != nullptr)
        env.sink->on(trace::StateEdge{.at = now,
                                      .host = env.host,
                                      .tuple = record.tuple,
                                      .from = State::time_wait,
                                      .to = State::closed});
    time_waits.erase(record);
}

void Tables::forget(Connection& c) {
    if (std::exchange(c.forgotten, true)) return;
    dead.push_back(c.id);
}

void Tables::sweep() {
    for (const auto id : dead) connections.erase(id);
    dead.clear();
}

bool Tables::become_orphan(Connection& c) {
    c.owner = 0;
    c.notice = {};
    if (c.notice_hook.is_linked()) c.notice_hook.unlink();
    if (orphans >= env.limits.orphans) return false;
    c.is_orphan = true;
    ++orphans;
    return true;
}

void Tables::notify(Listener& l) {
    if (std::exchange(l.noticed, true)) return;
    noticed_listeners.push_back(l.id);
}

void Tables::reply(const Reply& r) {
    if (replies.size() == max_replies) {
        (void)replies.pop_front();
        env.counters.count(trace::Drop::transmit_queue_full);
    }
    replies.push_back(r);
}

void Tables::tell_received(const Segment& s,
                           const Connection& c,
                           std::optional<trace::Drop> drop,
                           Instant now) {
    env.sink->on(
        trace::SegmentReceived{.at = now,
                               .host = env.host,
                               .id = s.id,
                               .drop = drop,
                               .state = c.state,
                               .tcp = s.summary(s.window_octets(c.negotiated.snd_wscale))});
}

void Tables::tell_received(const Segment& s,
                           State state,
                           std::optional<trace::Drop> drop,
                           Instant now) {
    if (drop) env.counters.count(*drop);
    if (env.sink == nullptr) return;
    env.sink->on(trace::SegmentReceived{.at = now,
                                        .host = env.host,
                                        .id = s.id,
                                        .drop = drop,
                                        .state = state,
                                        .tcp = s.summary(s.window)});
}

void Tables::tell_timer(const Connection& c,
                        trace::TimerKind timer,
                        std::uint32_t attempt,
                        Instant now) {
    if (env.sink == nullptr) return;
    env.sink->on(trace::TimerFired{.at = now,
                                   .host = env.host,
                                   .tuple = c.tuple,
                                   .timer = timer,
                                   .attempt = static_cast<std::uint16_t>(attempt)});
}

void Tables::tell_window(const Connection& c, Instant now) {
    if (env.sink == nullptr) return;
    env.sink->on(
        trace::WindowChange{.at = now,
                            .host = env.host,
                            .tuple = c.tuple,
                            .congestion_window = c.snd.congestion.window_bytes(),
                            .slow_start_threshold = c.snd.congestion.slow_start_threshold(),
                            .send_window = c.snd.wnd,
                            .in_flight = c.snd.in_flight()});
}

// The listener of exactly this address goes before that of every address; of several that share the
// port (SO_REUSEPORT) a keyed hash of the flow chooses, so that one flow always meets the same.
Listener* Tables::find_listener(const wire::FlowTuple& tuple) {
    const auto of = [&](const wire::Endpoint& local) -> Listener* {
        const auto first = std::ranges::lower_bound(
            listening, local, {}, [](const auto& entry) { return entry.first; });
        auto last = first;
        while (last != listening.end() && last->first == local) ++last;
        const auto n = static_cast<std::size_t>(last - first);
        if (n == 0) return nullptr;
        const std::size_t choice = n == 1 ? 0 : listener_choice(FlowKey{tuple}.bytes()) % n;
        return listeners.find((first + static_cast<std::ptrdiff_t>(choice))->second);
    };
    if (Listener* const exact = of(tuple.local)) return exact;
    return of({wire::IpAddress::any(tuple.local.address.family()), tuple.local.port});
}

}  // namespace handfast::tcp
