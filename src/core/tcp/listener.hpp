// A listener: its half-open connections (the SYN queue) and its established ones that wait to be
// accepted, both bounded. A full queue drops, it does not reset: the peer will try again.
#pragma once

#include <boost/intrusive/list.hpp>
#include <cstddef>
#include <vector>

#include "core/tcp/tcb.hpp"

namespace handfast::tcp {

struct Listener {
    using Queue = boost::intrusive::list<
        Connection,
        boost::intrusive::member_hook<Connection, Connection::ListHook, &Connection::queue_hook>,
        boost::intrusive::constant_time_size<false>>;

    Listener(const PassiveOpen& open, std::size_t limit)
        : local{open.local},
          settings{open.settings},
          owner{open.owner},
          backlog{std::min(open.backlog, limit)},
          reuse_port{open.reuse_port} {}

    // Linux lets one more in than the backlog says.
    [[nodiscard]] bool accept_queue_full() const { return waiting > backlog; }

    ListenerId id;
    wire::Endpoint local;
    Settings settings;
    Owner owner;
    std::size_t backlog;
    bool reuse_port;
    Queue half_open;
    std::size_t half_open_count{0};
    Queue established;
    std::size_t waiting{0};
    FastOpenListening fast_open;
    FastOpenQueue early;  // of those in `established`, and accepted ones, without a handshake yet
    bool noticed{false};
};

}  // namespace handfast::tcp
