// Ports: who may have which (Linux's rules for SO_REUSEADDR and SO_REUSEPORT), and the choice of
// one when nobody said (RFC 6056, by the shard).
#pragma once

#include "core/socket/room.hpp"

namespace handfast::socket {

// Makes s.local.port the socket's own, or a free port when it is 0. For datagrams this makes the
// binding. EADDRINUSE.
[[nodiscard]] Result<void> claim_port(Room& room, Socket& s, Instant now);
void release_port(Room& room, Socket& s);

// Would this stream socket, at s.local, stand in another's way? Itself does not count.
[[nodiscard]] bool has_conflict(const Room& room, const Socket& s);

// A port for an active open from s.local.address to `remote`. EADDRNOTAVAIL.
[[nodiscard]] Result<wire::Port> port_to(Room& room,
                                         const wire::IpAddress& local,
                                         const wire::Endpoint& remote,
                                         Instant now);

// A connection of this socket lives at its local port from now on (accepted or connected), or goes
// on there without it: whoever binds the port later is judged by the socket's options too.
void note_connection(Room& room, const Socket& s);

}  // namespace handfast::socket
