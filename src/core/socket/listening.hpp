// Streams that wait for others: listen() and accept().
#pragma once

#include "core/socket/room.hpp"

namespace handfast::socket::listening {

[[nodiscard]] Result<void> listen(Room& room, Socket& s, std::size_t backlog, Instant now);
[[nodiscard]] Result<SocketId> accept(Room& room, Socket& s, Instant now);
// Resets what waits to be accepted; the socket is idle again.
void stop(Room& room, Socket& s, Instant now);

}  // namespace handfast::socket::listening
