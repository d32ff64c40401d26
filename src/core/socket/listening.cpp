#include "core/socket/listening.hpp"

#include "core/socket/fast_open.hpp"
#include "core/socket/ports.hpp"

namespace handfast::socket::listening {

using berkeley::Errno;
using berkeley::fail;

namespace {

// What a connection takes over from the socket that accepted it: all but the priority, as Linux has
// it.
void inherit(Room& room, Socket& child, const Socket& from) {
    child.family = from.family;
    child.phase = Phase::connection;
    child.progress = Progress::connected;
    child.only_v6 = from.only_v6;
    child.reuse_address = from.reuse_address;
    child.reuse_port = from.reuse_port;
    child.pingpong = from.pingpong;
    child.linger = from.linger;
    if (!from.extras) return;
    child.extras = room.extras.emplace(room.extras[from.extras]);
    if (child.extras) room.extras[child.extras].values[berkeley::Option::so_priority] = 0;
}

}  // namespace

Result<void> listen(Room& room, Socket& s, std::size_t backlog, Instant now) {
    if (!s.is_stream()) return fail(Errno::operation_not_supported);
    if (s.phase == Phase::listening) {
        if (s.listener) room.tcp().set_backlog(s.listener, backlog);
        return {};
    }
    if (s.progress != Progress::unconnected || s.phase != Phase::idle)
        return fail(Errno::invalid_argument);
    if (!s.holds_port) {
        s.local.port = wire::Port{};
        if (const auto claimed = claim_port(room, s, now); !claimed) return claimed;
    }
    // Others may have bound the port with SO_REUSEADDR; the first to listen has it.
    if (has_conflict(room, s)) return fail(Errno::address_in_use);
    if (!s.only_v6) {  // else no packet of ours will ever find it
        const auto listener = room.tcp().open({.local = s.local,
                                               .backlog = backlog,
                                               .reuse_port = s.reuse_port,
                                               .owner = s.id.raw(),
                                               .settings = stream_settings(room, s)},
                                              now);
        if (!listener) return fail(listener.error());
        s.listener = *listener;
        fast_open::listen(room, s, backlog);
        forget_wishes(room, s);
    }
    s.phase = Phase::listening;
    room.mark(s);
    return {};
}

Result<SocketId> accept(Room& room, Socket& s, Instant now) {
    if (!s.is_stream()) return fail(Errno::operation_not_supported);
    if (s.phase != Phase::listening) return fail(Errno::invalid_argument);
    if (!s.listener || room.tcp().acceptable(s.listener) == 0)
        return fail(Errno::resource_unavailable_try_again);
    const SocketId id = room.sockets.emplace();
    if (!id) return fail(Errno::too_many_files_open_in_system);
    const auto connection = room.tcp().accept(s.listener, id.raw());
    if (!connection) {
        room.sockets.erase(id);
        return fail(Errno::resource_unavailable_try_again);
    }
    Socket& child = room.sockets[id];
    child.id = id;
    child.connection = *connection;
    inherit(room, child, s);
    const auto tuple = room.tcp().snapshot(*connection, now).tuple;
    child.local = tuple.local;
    child.peer = tuple.remote;
    note_connection(room, child);
    room.mark(child);
    return id;
}

void stop(Room& room, Socket& s, Instant now) {
    if (s.listener) {
        const tcp::Settings settings = room.tcp().settings(s.listener);
        room.tcp().close(std::exchange(s.listener, {}), now);
        keep_for_next(room, s, settings, now);
    }
    s.phase = Phase::idle;
}

}  // namespace handfast::socket::listening
