#include "core/socket/stream.hpp"

#include <algorithm>

#include "core/socket/fast_open.hpp"
#include "core/socket/listening.hpp"
#include "core/socket/names.hpp"
#include "core/socket/ports.hpp"
#include "core/socket/readiness.hpp"

namespace handfast::socket {

using berkeley::Errno;
using berkeley::fail;
using berkeley::MessageFlags;
using berkeley::ShutdownHow;
using trace::TcpState;
using wire::Endpoint;
using wire::IpAddress;

namespace {

constexpr Errno no_error{};

std::optional<Errno> take_error(Room& room, Socket& s) {
    if (const Errno own = std::exchange(s.error, no_error); own != no_error) return own;
    return s.connection ? room.tcp().take_error(s.connection) : std::nullopt;
}

// Lets go of a connection that has ended (its TIME-WAIT stays) or resets it.
void drop_connection(Room& room, Socket& s, Instant now) {
    const tcp::Settings settings = room.tcp().settings(s.connection);
    const bool ended = has_ended(room, s);
    const tcp::ConnectionId connection = std::exchange(s.connection, {});
    if (ended)
        room.tcp().close(connection, now);
    else
        room.tcp().abort(connection, now);
    s.phase = Phase::idle;
    keep_for_next(room, s, settings, now);
}

// RFC 9293 §3.10.5: ABORT in these states sends a reset; Linux tells ECONNRESET afterwards.
bool needs_reset(TcpState state) {
    switch (state) {
        case TcpState::syn_sent:  // silent, but told all the same
        case TcpState::syn_received:
        case TcpState::established:
        case TcpState::close_wait:
        case TcpState::fin_wait_1:
        case TcpState::fin_wait_2:
            return true;
        default:
            return false;
    }
}

}  // namespace

void settle_ended(Room& room, Socket& s, Instant now) {
    s.error = take_error(room, s).value_or(no_error);
    s.shut_read = s.shut_write = true;
    drop_connection(room, s, now);
    if (!s.port_locked) release_port(room, s);
}

namespace stream {

Result<Start> find_way(const Room& room, const Socket& s, const Endpoint& remote) {
    auto to = destination(s, remote);
    if (!to) return fail(to.error());
    const IpAddress& bound = s.local.address;
    const bool may_send_from = !bound.is_unspecified() && room.shard.is_own(bound);
    // "This host" as a destination is the socket's own address, or the loopback.
    if (to->address.is_unspecified())
        to->address = may_send_from ? bound : IpAddress::v4(127, 0, 0, 1);
    const auto way =
        room.shard.way_to(to->address, may_send_from ? std::optional{bound} : std::nullopt);
    if (!way) return fail(way.error());
    if (way->broadcast || way->multicast) return fail(Errno::network_unreachable);
    return Start{*to, *way};
}

Result<tcp::ActiveOpen> prepare(Room& room, const Socket& s, const Start& start, Instant now) {
    Endpoint local{start.way.source, s.local.port};
    if (!s.holds_port) {
        const auto port = port_to(room, local.address, start.remote, now);
        if (!port) return fail(port.error());
        local.port = *port;
    }
    return tcp::ActiveOpen{.tuple = {.local = local, .remote = start.remote},
                           .link_mtu = start.way.mtu,
                           .max_super_segment = start.way.max_super_segment,
                           .owner = s.id.raw(),
                           .settings = stream_settings(room, s)};
}

void begin(Room& room, Socket& s, const tcp::ActiveOpen& active, tcp::ConnectionId connection) {
    s.connection = connection;
    s.local = active.tuple.local;
    s.peer = active.tuple.remote;
    s.phase = Phase::connection;
    s.progress = Progress::connecting;
    forget_wishes(room, s);
    note_connection(room, s);
    room.mark(s);
}

namespace {

Result<void> start_connecting(Room& room, Socket& s, const Endpoint& remote, Instant now) {
    const auto start = find_way(room, s, remote);
    if (!start) return fail(start.error());
    if (fast_open::is_wanted(room, s)) return fast_open::connect(room, s, *start, now);
    const auto active = prepare(room, s, *start, now);
    if (!active) return fail(active.error());
    const auto opened = room.tcp().open(*active, now);
    if (!opened) return fail(opened.error());
    begin(room, s, *active, *opened);
    return fail(Errno::operation_in_progress);
}

// connect() while an attempt is on its way, or after it: tells how it went, once.
Result<void> finish_connecting(Room& room, Socket& s, Instant now) {
    if (s.phase == Phase::connection && !has_ended(room, s)) {
        const TcpState state = room.tcp().state(s.connection);
        if (state == TcpState::syn_sent || state == TcpState::syn_received)
            return fail(Errno::connection_already_in_progress);
        s.progress = Progress::connected;
        return {};
    }
    // The error may have been told already, by SO_ERROR or a receive.
    const Errno error = take_error(room, s).value_or(Errno::connection_aborted);
    disconnect(room, s, now);
    s.error = no_error;
    return fail(error);
}

// Where Linux reads a receive that brought nothing otherwise than TCP does.
Result<std::size_t> nothing_taken(const Room& room,
                                  const Socket& s,
                                  Result<std::size_t> taken,
                                  MutableBytes into) {
    // Nothing was asked for: whether there is something is told all the same.
    if (taken && into.empty() && !readiness(room, s).any(berkeley::Ready::in_bit))
        return fail(Errno::resource_unavailable_try_again);
    // A connection that never was, and whose error has been told, reads as one at its end.
    if (!taken && taken.error() == Errno::not_connected) return 0;
    return taken;
}

// A send or receive on a socket without a live connection: the error first, told once.
Result<std::size_t> refuse(Socket& s, Errno otherwise) {
    const Errno own = std::exchange(s.error, no_error);
    return fail(own != no_error ? own : otherwise);
}

}  // namespace

Result<void> connect(Room& room, Socket& s, const Endpoint& remote, Instant now) {
    switch (s.progress) {
        case Progress::given_up:
            return fail(Errno::invalid_argument);
        case Progress::connected:
        case Progress::deferred:
            return fail(Errno::already_connected);
        case Progress::connecting:
            return finish_connecting(room, s, now);
        case Progress::unconnected:
            break;
    }
    if (s.phase != Phase::idle) return fail(Errno::already_connected);
    return start_connecting(room, s, remote, now);
}

void disconnect(Room& room, Socket& s, Instant now) {
    if (s.phase == Phase::listening) listening::stop(room, s, now);
    if (s.phase == Phase::connection) {
        if (needs_reset(room.tcp().state(s.connection)))
            s.error = Errno::connection_reset;
        else if (const auto error = room.tcp().take_error(s.connection))
            s.error = *error;
        drop_connection(room, s, now);
    }
    s.progress = Progress::unconnected;
    s.shut_read = s.shut_write = false;
    s.peer = {};
    restore_bound_name(room, s);
    room.mark(s);
}

// ---- Octets
// ---------------------------------------------------------------------------------------

Result<std::size_t> send(Room& room, Socket& s, Bytes octets, MessageFlags flags, Instant now) {
    if (!s.connection || s.shut_write || flags.fast_open) [[unlikely]] {
        const bool early = flags.fast_open || s.progress == Progress::deferred;
        if (early && !s.shut_write) return fast_open::send(room, s, octets, {{}, flags}, now);
        return refuse(s, Errno::broken_pipe);
    }
    return room.tcp().send(s.connection, octets, flags, now);
}

Result<std::size_t> send(
    Room& room, Socket& s, buf::Packet::Slices& octets, MessageFlags flags, Instant now) {
    if (s.progress == Progress::deferred && !octets.empty()) {
        const auto taken = fast_open::send(room, s, octets.front().bytes(), {{}, flags}, now);
        if (taken) octets.front().trim_front(*taken);
        return taken;
    }
    if (!s.connection || s.shut_write) return refuse(s, Errno::broken_pipe);
    while (!octets.empty() && octets.front().empty()) octets.erase(octets.begin());
    std::size_t fits = room.tcp().send_room(s.connection);
    // Without room TCP says what is wrong: one octet is enough to ask.
    if (fits == 0 && !octets.empty())
        return room.tcp().send(s.connection, octets.front().bytes().first(1), flags, now);
    buf::Packet::Slices part;
    while (!octets.empty() && fits > 0) {
        const std::size_t n = std::min(fits, octets.front().size());
        part.push_back(octets.front().take_front(n));
        if (octets.front().empty()) octets.erase(octets.begin());
        fits -= n;
    }
    return room.tcp().send(s.connection, part, flags, now);
}

Result<std::size_t> receive(
    Room& room, Socket& s, MutableBytes into, MessageFlags flags, Instant now) {
    if (!s.connection) [[unlikely]] {
        if (s.progress == Progress::deferred) return fail(Errno::resource_unavailable_try_again);
        if (flags.out_of_band && s.phase == Phase::idle) return fail(Errno::invalid_argument);
        if (s.shut_read && s.error == no_error) return 0;
        return refuse(s, Errno::not_connected);
    }
    const auto taken = room.tcp().receive(s.connection, into, flags, now);
    if (taken && *taken != 0) [[likely]]
        return taken;
    return nothing_taken(room, s, taken, into);
}

Result<std::size_t> receive(
    Room& room, Socket& s, std::size_t most, buf::Packet::Slices& into, Instant now) {
    if (!s.connection) return receive(room, s, MutableBytes{}, MessageFlags{}, now);
    const auto taken = room.tcp().receive(s.connection, most, into, now);
    if (taken) room.tcp().lend(s.connection, *taken);
    return taken;
}

std::size_t send_room(const Room& room, const Socket& s) {
    return s.connection && !s.shut_write ? room.tcp().send_room(s.connection) : 0;
}

// ---- Closing
// --------------------------------------------------------------------------------------

Result<void> shutdown(Room& room, Socket& s, ShutdownHow how, Instant now) {
    room.mark(s);
    if (s.phase == Phase::listening) {
        if (how != ShutdownHow::write) disconnect(room, s, now);
        return {};
    }
    if (s.phase == Phase::connection && !has_ended(room, s)) {
        if (room.tcp().state(s.connection) == TcpState::syn_sent) {
            disconnect(room, s, now);
            return {};
        }
        // An attempt that succeeded unasked counts as told.
        s.progress = Progress::connected;
        return room.tcp().shutdown(s.connection, how, now);
    }
    if (s.progress == Progress::deferred) {
        disconnect(room, s, now);
        return {};
    }
    if (s.progress == Progress::connecting) s.progress = Progress::given_up;
    s.shut_read = s.shut_read || how != ShutdownHow::write;
    s.shut_write = s.shut_write || how != ShutdownHow::read;
    return fail(Errno::not_connected);
}

void close(Room& room, Socket& s, Farewell farewell, Instant now) {
    if (s.phase == Phase::listening) listening::stop(room, s, now);
    if (s.phase == Phase::connection) {
        if (s.holds_port) note_connection(room, s);
        // SO_LINGER with no time asks for a reset (Linux, and RFC 9293 §3.10.5 for the rest).
        const bool reset =
            farewell == Farewell::reset || (s.linger.on && s.linger.time == seconds{0});
        if (reset && !has_ended(room, s))
            room.tcp().abort(s.connection, now);
        else
            room.tcp().close(s.connection, now);
    }
    release_port(room, s);
}

}  // namespace stream
}  // namespace handfast::socket
