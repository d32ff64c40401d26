// Readiness of sockets as poll(2) tells it on Linux: tcp_poll(), inet_csk_listen_poll(),
// udp_poll().
#pragma once

#include <vector>

#include "core/socket/room.hpp"

namespace handfast::socket {

[[nodiscard]] berkeley::Ready readiness(const Room& room, const Socket& s);

// Hears what TCP and UDP have to tell, and lists the sockets that are marked.
void take_ready(Room& room, std::vector<ReadySocket>& out);

}  // namespace handfast::socket
