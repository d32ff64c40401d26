// What all verbs share: the shard, the table of sockets, and the list of those whose readiness may
// have changed.
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "core/base/slab.hpp"
#include "core/socket/extras.hpp"
#include "core/socket/port_table.hpp"
#include "core/socket/socket.hpp"
#include "core/stack/shard.hpp"

namespace handfast::socket {

struct Room {
    explicit Room(stack::Shard& of)
        : shard{of},
          sockets{of.config().limits.sockets},
          wishes{of.config().limits.sockets},
          extras{of.config().limits.sockets} {}

    // Says that the readiness of a socket may have changed.
    void mark(Socket& s) {
        if (!std::exchange(s.ready_marked, true)) marked.push_back(s.id);
    }

    [[nodiscard]] tcp::Tcp& tcp() const { return shard.tcp(); }
    [[nodiscard]] udp::Udp& udp() const { return shard.udp(); }

    stack::Shard& shard;
    Slab<Socket> sockets;
    Slab<Wishes> wishes;
    Slab<Extras> extras;
    PortTable stream_ports;
    PortTable datagram_ports;  // only IPv6-only sockets: UDP knows the others
    std::vector<SocketId> marked;
    std::vector<tcp::Notice> tcp_notices;
    std::vector<udp::Notice> udp_notices;
};

// The settings of a stream, wherever they are: with its connection, its listener, or waiting.
[[nodiscard]] tcp::Settings stream_settings(const Room& room, const Socket& s);
// ENOBUFS when they cannot be kept.
[[nodiscard]] Result<void> change(Room& room,
                                  Socket& s,
                                  const tcp::Settings& settings,
                                  Instant now);
// What was set on a connection or listener that is gone serves the socket's next one.
void keep_for_next(Room& room, Socket& s, const tcp::Settings& settings, Instant now);
[[nodiscard]] udp::Settings datagram_settings(const Room& room, const Socket& s);
[[nodiscard]] Result<void> change(Room& room, Socket& s, const udp::Settings& settings);

// Options that are remembered, and time-outs. Reading makes nothing; ENOBUFS when none can be made.
[[nodiscard]] const Extras* extras(const Room& room, const Socket& s);
[[nodiscard]] Result<Extras*> own_extras(Room& room, Socket& s);

// Gives back what a socket's record refers to.
void forget_wishes(Room& room, Socket& s);
void forget_extras(Room& room, Socket& s);

// A stream whose connection has ended: Linux's TCP_CLOSE. TIME-WAIT is no longer the socket's.
[[nodiscard]] bool has_ended(const Room& room, const Socket& s);

}  // namespace handfast::socket
