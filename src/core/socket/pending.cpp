#include "core/socket/pending.hpp"

namespace handfast::socket {

using berkeley::Errno;
using berkeley::fail;

namespace {

// Octets of the send queue, counted by `part`; Linux counts none before the handshake's end.
Result<int> of_send_queue(const Room& room,
                          const Socket& s,
                          std::uint32_t trace::ConnectionSnapshot::* part) {
    if (s.phase == Phase::listening) return fail(Errno::invalid_argument);
    if (s.phase != Phase::connection || has_ended(room, s)) return 0;
    return static_cast<int>(room.tcp().snapshot(s.connection, Instant{}).*part);
}

}  // namespace

Result<int> pending_in(const Room& room, const Socket& s) {
    if (!s.is_stream()) return s.binding ? static_cast<int>(room.udp().first_length(s.binding)) : 0;
    if (s.phase == Phase::listening) return fail(Errno::invalid_argument);
    if (s.phase != Phase::connection) return 0;
    const tcp::Tcp& tcp = room.tcp();
    // Text counts up to the urgent mark, unless the urgent octet is read in line.
    if (tcp.at_urgent_mark(s.connection) && !tcp.settings(s.connection).oob_inline) return 0;
    return static_cast<int>(tcp.receive_available(s.connection));
}

Result<int> pending_out(const Room& room, const Socket& s) {
    if (!s.is_stream()) return 0;  // a datagram is the link's as soon as it is sent
    return of_send_queue(room, s, &trace::ConnectionSnapshot::send_queued);
}

Result<int> pending_unsent(const Room& room, const Socket& s) {
    if (!s.is_stream()) return fail(Errno::inappropriate_io_control_operation);
    return of_send_queue(room, s, &trace::ConnectionSnapshot::send_unsent);
}

Result<bool> at_mark(const Room& room, const Socket& s) {
    if (!s.is_stream()) return fail(Errno::inappropriate_io_control_operation);
    return s.phase == Phase::connection && room.tcp().at_urgent_mark(s.connection);
}

}  // namespace handfast::socket
