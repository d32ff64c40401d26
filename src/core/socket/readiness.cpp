#include "core/socket/readiness.hpp"

namespace handfast::socket {

using berkeley::Ready;

namespace {

Ready bits(unsigned mask) {
    return {static_cast<std::uint16_t>(mask)};
}

// What the socket's own record adds: shutdown() before there was a connection, or on datagrams, and
// an error that outlived its connection.
Ready of_record(const Socket& s) {
    Ready ready;
    if (s.error != berkeley::Errno{}) ready = ready | bits(Ready::err_bit);
    if (s.shut_read) ready = ready | bits(Ready::in_bit | Ready::rdhup_bit);
    if (s.shut_read && s.shut_write) ready = ready | bits(Ready::hup_bit);
    return ready;
}

Ready of_stream(const Room& room, const Socket& s) {
    switch (s.phase) {
        case Phase::connection:
            return room.tcp().ready(s.connection);
        case Phase::listening: {
            const bool waits = s.listener && room.tcp().acceptable(s.listener) > 0;
            return waits ? bits(Ready::in_bit) : Ready{};
        }
        default:
            if (s.progress == Progress::deferred) return bits(Ready::out_bit);
            return bits(Ready::out_bit | Ready::hup_bit);
    }
}

}  // namespace

Ready readiness(const Room& room, const Socket& s) {
    if (s.phase == Phase::listening) return of_stream(room, s);
    if (s.is_stream()) return of_stream(room, s) | of_record(s);
    return (s.binding ? room.udp().ready(s.binding) : bits(Ready::out_bit)) | of_record(s);
}

void take_ready(Room& room, std::vector<ReadySocket>& out) {
    const auto hear = [&room](std::uint64_t owner) {
        if (Socket* const s = room.sockets.find(SocketId::from_raw(owner))) room.mark(*s);
    };
    room.tcp().take_notices(room.tcp_notices);
    for (const tcp::Notice& notice : room.tcp_notices) hear(notice.owner);
    room.udp().take_notices(room.udp_notices);
    for (const udp::Notice& notice : room.udp_notices) hear(notice.owner);

    out.clear();
    for (const SocketId id : room.marked) {
        Socket* const s = room.sockets.find(id);
        if (s == nullptr) continue;  // closed meanwhile
        s->ready_marked = false;
        out.push_back({id, readiness(room, *s)});
    }
    room.marked.clear();
}

}  // namespace handfast::socket
