// What can be told of a socket's connection: the snapshot that observers read, and TCP_INFO made of
// it.
#pragma once

#include "core/berkeley/tcp_info.hpp"
#include "core/socket/room.hpp"

namespace handfast::socket {

// Of any stream: one without connection is CLOSED or LISTEN with its name.
[[nodiscard]] trace::ConnectionSnapshot snapshot(const Room& room, const Socket& s, Instant now);

// What the path carries, as far as is known: the link's, or what ICMP or probes have found.
[[nodiscard]] std::uint16_t path_mtu(const trace::ConnectionSnapshot& c, std::uint16_t link_mtu);

[[nodiscard]] berkeley::linux_abi::TcpInfo tcp_info(const Room& room, const Socket& s, Instant now);

}  // namespace handfast::socket
