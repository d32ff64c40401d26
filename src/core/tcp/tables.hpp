// What TCP of one host holds: connections, listeners, TIME-WAIT records, the wheel, what is to be
// sent and who is to be told. The verbs in event/ work on it.
#pragma once

#include <boost/intrusive/list.hpp>
#include <cstddef>
#include <vector>

#include "core/base/ring.hpp"
#include "core/base/timer_wheel.hpp"
#include "core/tcp/flow_table.hpp"
#include "core/tcp/isn.hpp"
#include "core/tcp/listener.hpp"
#include "core/tcp/port_counts.hpp"
#include "core/tcp/reply.hpp"
#include "core/tcp/tcb.hpp"
#include "core/tcp/time_wait.hpp"

namespace handfast::tcp {

struct Tables {
    explicit Tables(const Environment& environment);
    Tables(const Tables&) = delete;
    Tables& operator=(const Tables&) = delete;
    Tables(Tables&&) = delete;
    Tables& operator=(Tables&&) = delete;
    ~Tables();

    // ---- Connections
    // ------------------------------------------------------------------------------ nullptr: the
    // table is full.
    [[nodiscard]] Connection* make(const wire::FlowTuple& tuple, const Settings& settings);
    // Moves along an edge of Figure 5: told, counted, and checked.
    void enter(Connection& c, State to, Instant now);
    // Ends it: out of the tables and the wheel; the owner is told. Its memory goes when it has no
    // owner (any more).
    void end(Connection& c, std::optional<berkeley::Errno> error, Instant now);
    // Puts a TIME-WAIT record in its place.
    void retire(Connection& c, Instant now);
    void end_time_wait(TimeWait& record, Instant now);
    // The owner gave it up and it has ended: its memory goes back at the next sweep(), when no
    // event holds it any more.
    void forget(Connection& c);
    void sweep();
    [[nodiscard]] bool become_orphan(Connection& c);  // false: too many
    void leave_listener(Connection& c);
    void leave_fast_open_queue(Connection& c);

    // ---- What is to happen
    // ------------------------------------------------------------------------
    void want_transmit(Connection& c) {
        if (!c.ready_hook.is_linked()) ready.push_back(c);
    }
    void want_ack(Connection& c, trace::Why why) {
        if (c.rcv.why_ack == trace::Why::none) c.rcv.why_ack = why;
        want_transmit(c);
    }
    void rearm(Connection& c) {
        if (const Deadline next = c.timers.next()) {
            if (c.timer.deadline() != next) wheel.set(c.timer, *next);
        } else {
            wheel.cancel(c.timer);
        }
    }
    void notify(Connection& c) {
        if (c.owner != 0 && !c.notice_hook.is_linked()) noticed.push_back(c);
    }
    void notify_readable(Connection& c) {
        c.notice.readable = true;
        notify(c);
    }
    void notify_writable(Connection& c) {
        c.notice.writable = true;
        notify(c);
    }
    void notify(Listener& l);
    void reply(const Reply& r);  // a full ring drops the oldest

    // ---- Telling
    // ------------------------------------------------------------------------------------
    void count(trace::Counter c) { env.counters.count(c); }
    void tell_received(const Segment& s,
                       const Connection& c,
                       std::optional<trace::Drop> drop,
                       Instant now);
    // The same for a segment that no connection took.
    void tell_received(const Segment& s, State state, std::optional<trace::Drop> drop, Instant now);
    void tell_timer(const Connection& c,
                    trace::TimerKind timer,
                    std::uint32_t attempt,
                    Instant now);
    void tell_window(const Connection& c, Instant now);

    [[nodiscard]] std::uint32_t timestamp(std::uint32_t offset, Instant now) const {
        return static_cast<std::uint32_t>(to_ms(now)) + offset;
    }
    [[nodiscard]] Listener* find_listener(const wire::FlowTuple& tuple);

    using ReadyList = boost::intrusive::list<
        Connection,
        boost::intrusive::member_hook<Connection, Connection::ListHook, &Connection::ready_hook>,
        boost::intrusive::constant_time_size<false>>;
    using NoticeList = boost::intrusive::list<
        Connection,
        boost::intrusive::member_hook<Connection, Connection::ListHook, &Connection::notice_hook>,
        boost::intrusive::constant_time_size<false>>;
    using FlowConnections = FlowTable<
        Connection,
        boost::intrusive::member_hook<Connection, Connection::TableHook, &Connection::table_hook>>;

    Environment env;
    Slab<Connection> connections;
    Slab<Listener> listeners;
    TimeWaits time_waits;
    FlowConnections flows;
    std::vector<std::pair<wire::Endpoint, ListenerId>> listening;  // sorted by endpoint
    PortCounts ports;
    TimerWheel wheel;
    IsnSource isn;
    KeyedHash timestamp_offsets;
    KeyedHash listener_choice;
    FastOpenKeys fast_open_keys;
    FastOpenCache fast_open_cache;
    ReadyList ready;
    NoticeList noticed;
    std::vector<ListenerId> noticed_listeners;
    Ring<Reply> replies;
    std::vector<ConnectionId> dead;
    std::size_t orphans{0};
};

}  // namespace handfast::tcp
