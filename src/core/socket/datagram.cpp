#include "core/socket/datagram.hpp"

#include "core/socket/names.hpp"
#include "core/socket/ports.hpp"

namespace handfast::socket::datagram {

using berkeley::DatagramInfo;
using berkeley::Errno;
using berkeley::fail;
using berkeley::MessageFlags;
using wire::Endpoint;
using wire::IpAddress;

namespace {

constexpr std::size_t length_field_max = 0xffff;

// A port, before anything else: Linux gives one even to a call that fails afterwards.
Result<void> bind_if_not(Room& room, Socket& s, Instant now) {
    if (s.holds_port) return {};
    s.local.port = wire::Port{};
    if (!claim_port(room, s, now)) return fail(Errno::resource_unavailable_try_again);
    return {};
}

// The address that datagrams leave from: the bound one, unless it is a group's or a broadcast.
std::optional<IpAddress> bound_source(const Room& room, const Socket& s) {
    const IpAddress& bound = s.local.address;
    if (bound.is_unspecified() || !room.shard.is_own(bound)) return std::nullopt;
    return bound;
}

Result<stack::Way> find_way(const Room& room, const Socket& s, IpAddress& to) {
    const auto from = bound_source(room, s);
    // "This host" as a destination is the socket's own address, or the loopback.
    if (to.is_unspecified()) to = from.value_or(IpAddress::v4(127, 0, 0, 1));
    const auto way = room.shard.way_to(to, from);
    if (!way) return fail(way.error());
    if (way->broadcast && !datagram_settings(room, s).broadcast)
        return fail(Errno::permission_denied);
    return way;
}

Result<std::size_t> transmit(Room& room, Socket& s, Bytes octets, Endpoint to, Instant now) {
    const auto way = find_way(room, s, to.address);
    if (!way) return fail(way.error());
    const Endpoint from{way->source, s.local.port};
    if (s.shut_write) {
        const auto error = room.udp().take_error(s.binding);
        return fail(error.value_or(Errno::broken_pipe));
    }
    return room.udp().send(s.binding, from, to, octets, way->mtu, now);
}

// A piece of a datagram (MSG_MORE), or the whole of one.
Result<std::size_t> send_piece(
    Room& room, Socket& s, Bytes octets, const Endpoint& to, MessageFlags flags, Instant now) {
    const Extras* const kept = extras(room, s);
    const bool begun = kept != nullptr && kept->unfinished;
    if (!begun && !flags.more) return transmit(room, s, octets, to, now);
    const auto own = own_extras(room, s);
    if (!own) return fail(own.error());
    std::optional<Unfinished>& unfinished = (*own)->unfinished;
    if (!begun) unfinished.emplace(Unfinished{.to = to, .octets = {}});
    unfinished->octets.insert(unfinished->octets.end(), octets.begin(), octets.end());
    if (unfinished->octets.size() > payload_max) {
        unfinished.reset();
        return fail(Errno::message_size);
    }
    if (flags.more) return octets.size();
    const Unfinished whole = *std::exchange(unfinished, std::nullopt);
    if (const auto sent = transmit(room, s, whole.octets, whole.to, now); !sent) return sent;
    return octets.size();
}

Result<void> check(Bytes octets, MessageFlags flags) {
    if (octets.size() > length_field_max) return fail(Errno::message_size);
    if (flags.out_of_band) return fail(Errno::operation_not_supported);
    return {};
}

// Gives the binding up; what was set on it serves the next.
void unbind(Room& room, Socket& s) {
    release_port(room, s);
    s.local.port = wire::Port{};
    s.phase = Phase::idle;
    if (!s.binding) return;
    const udp::Settings settings = room.udp().settings(s.binding);
    if (const auto error = room.udp().take_error(s.binding)) s.error = *error;
    room.udp().close(std::exchange(s.binding, {}));
    if (settings == udp::Settings{}) return;
    // At the limit of memory the settings are lost, not the socket.
    [[maybe_unused]] const auto kept = change(room, s, settings);
}

}  // namespace

Result<void> connect(Room& room, Socket& s, const Endpoint& remote, Instant now) {
    if (const auto bound = bind_if_not(room, s, now); !bound) return bound;
    auto to = destination(s, remote);
    if (!to) return fail(to.error());
    const auto way = find_way(room, s, to->address);
    if (!way) return fail(way.error());
    if (s.local.address.is_unspecified()) s.local.address = way->source;
    s.peer = *to;
    s.connected = true;
    if (s.binding) room.udp().connect(s.binding, s.local, s.peer);
    return {};
}

void disconnect(Room& room, Socket& s, Instant) {
    s.connected = false;
    s.peer = {};
    if (!s.address_locked) s.local.address = IpAddress{};
    if (!s.port_locked)
        unbind(room, s);
    else if (s.binding)
        room.udp().connect(s.binding, s.local, std::nullopt);
    room.mark(s);
}

Result<std::size_t> send(Room& room, Socket& s, Bytes octets, MessageFlags flags, Instant now) {
    if (const auto bound = bind_if_not(room, s, now); !bound) return fail(bound.error());
    if (const auto fits = check(octets, flags); !fits) return fail(fits.error());
    if (!s.connected) return fail(Errno::destination_address_required);
    return send_piece(room, s, octets, s.peer, flags, now);
}

Result<std::size_t> send_to(
    Room& room, Socket& s, Bytes octets, const Endpoint& to, MessageFlags flags, Instant now) {
    if (const auto bound = bind_if_not(room, s, now); !bound) return fail(bound.error());
    if (const auto fits = check(octets, flags); !fits) return fail(fits.error());
    if (wire::number(to.port) == 0) return fail(Errno::invalid_argument);
    const auto inside = destination(s, to);
    if (!inside) return fail(inside.error());
    return send_piece(room, s, octets, *inside, flags, now);
}

Result<DatagramInfo> receive(Room& room, Socket& s, MutableBytes into, MessageFlags flags) {
    if (const Errno own = std::exchange(s.error, Errno{}); own != Errno{}) return fail(own);
    if (!s.binding) return fail(Errno::resource_unavailable_try_again);
    auto info = room.udp().receive(s.binding, into, flags);
    if (!info) return fail(info.error());
    info->source = told(s, info->source);
    return info;
}

Result<void> shutdown(Room& room, Socket& s, berkeley::ShutdownHow how) {
    // Without a peer it is an error, and works nevertheless: Linux wakes those that poll.
    s.shut_read = s.shut_read || how != berkeley::ShutdownHow::write;
    s.shut_write = s.shut_write || how != berkeley::ShutdownHow::read;
    room.mark(s);
    if (!s.connected) return fail(Errno::not_connected);
    return {};
}

void close(Room& room, Socket& s) {
    release_port(room, s);
    if (s.binding) room.udp().close(s.binding);
}

}  // namespace handfast::socket::datagram
