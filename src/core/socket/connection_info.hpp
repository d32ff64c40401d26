// What can be told of a socket's connection: the snapshot that observers read, and TCP_INFO made of
// it.
#pragma once

#include "core/berkeley/tcp_info.hpp"
#include "core/socket/room.hpp"

namespace handfast::socket {

// Of any stream: one without connection is CLOSED or LISTEN with its name.
[[nodiscard]] trace::ConnectionSnapshot snapshot(const Room& room, const Socket& s, Instant now);

[[nodiscard]] berkeley::linux_abi::TcpInfo tcp_info(const Room& room, const Socket& s, Instant now);

}  // namespace handfast::socket
