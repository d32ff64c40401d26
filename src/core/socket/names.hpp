// Names of sockets: bind(), getsockname(), getpeername(), and what an address of one family means
// to a socket of another (RFC 3493 §3.7: IPv4-mapped addresses).
//
// The engine speaks IPv4; an IPv6 socket is dual-stack by its mapped addresses. Real IPv6 has no
// route and no address of ours: ENETUNREACH, EADDRNOTAVAIL.
#pragma once

#include "core/socket/room.hpp"

namespace handfast::socket {

[[nodiscard]] Result<void> bind(Room& room, Socket& s, const wire::Endpoint& given, Instant now);

// Where connect() or a send goes to, as the engine names it.
[[nodiscard]] Result<wire::Endpoint> destination(const Socket& s, const wire::Endpoint& given);
// How a socket's program is told an endpoint of the engine.
[[nodiscard]] wire::Endpoint told(const Socket& s, const wire::Endpoint& inside);

[[nodiscard]] wire::Endpoint local_name(const Socket& s);
[[nodiscard]] Result<wire::Endpoint> peer_name(const Room& room, const Socket& s);

// Forgets the local address and port unless bind() chose them: what disconnecting leaves.
void restore_bound_name(Room& room, Socket& s);

}  // namespace handfast::socket
