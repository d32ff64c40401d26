#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <vector>

#include "core/berkeley/linux_abi.hpp"
#include "core/trace/snapshot.hpp"
#include "packetdrill/calls.hpp"
#include "packetdrill/waiting.hpp"

namespace handfast::packetdrill {

namespace linux_abi = berkeley::linux_abi;
using berkeley::SocketType;
using trace::TcpState;

namespace {

Result<SocketType> type_of(int type, int protocol) {
    constexpr int most_protocols = 256;
    if (protocol < 0 || protocol >= most_protocols) return fail(Errno::invalid_argument);
    const bool any = protocol == IPPROTO_IP;
    switch (type) {
        case SOCK_STREAM:
            if (any || protocol == IPPROTO_TCP) return SocketType::stream;
            break;
        case SOCK_DGRAM:
            if (any || protocol == IPPROTO_UDP) return SocketType::datagram;
            break;
        default:
            return fail(static_cast<Errno>(ESOCKTNOSUPPORT));
    }
    return fail(Errno::protocol_not_supported);
}

// IPv6 sockets speak IPv4 by its mapped addresses; the engine has no packets of IPv6 yet.
Result<wire::Family> family_of(int domain, Families families) {
    if (domain == AF_INET) return wire::Family::ipv4;
    if (domain == AF_INET6 && families != Families::v6) return wire::Family::ipv6;
    return fail(Errno::address_family_not_supported);
}

Bytes octets_of(const sockaddr* address, socklen_t length) {
    return std::as_bytes(std::span{reinterpret_cast<const char*>(address), length});
}

Result<Bytes> given_address(const sockaddr* address, socklen_t length) {
    constexpr socklen_t longest = sizeof(sockaddr_storage);
    if (length > longest) return fail(Errno::invalid_argument);
    if (address == nullptr && length > 0) return fail(Errno::bad_address);
    return octets_of(address, length);
}

linux_abi::SocketKind kind_of(const SocketEnd& end) {
    return {.family = end.family, .type = end.type};
}

// As getpeername(2) tells it: cut to the room there is, with the length it would have had.
void tell_address(const wire::Endpoint& endpoint, AddressRoom room) {
    if (room.address == nullptr || room.length == nullptr) return;
    const auto size = linux_abi::emit_address(
        endpoint,
        std::as_writable_bytes(std::span{reinterpret_cast<char*>(room.address), *room.length}));
    *room.length = static_cast<socklen_t>(size);
}

wire::Endpoint told(const SocketEnd& end, const wire::Endpoint& remote) {
    if (end.family == wire::Family::ipv4) return remote;
    return {wire::IpAddress::v6(remote.address.octets()), remote.port};
}

// Does text or the FIN of this connection still wait for the peer's acknowledgment?
bool is_closing(Adaptor& a, const wire::FlowTuple& tuple) {
    std::vector<trace::ConnectionSnapshot> all;
    a.stage().world().shard().tcp().snapshots(all, a.now());
    return std::ranges::any_of(all, [&](const trace::ConnectionSnapshot& c) {
        const bool waits = c.state == TcpState::fin_wait_1 || c.state == TcpState::closing ||
                           c.state == TcpState::last_ack;
        return waits && c.tuple == tuple;
    });
}

// SO_LINGER: close() waits for the peer to have everything.
Outcome close_stream(Adaptor& a, const SocketEnd& end) {
    const auto linger = a.sockets().get_linger(end.id);
    const auto before = a.sockets().info(end.id, a.now());
    const auto closed = a.sockets().close(end.id, a.now());
    if (!closed) return fail(closed.error());
    if (!linger || !linger->on || linger->time == seconds{0} || !before) return 0;
    const Attempt attempt = [&a, tuple = before->tuple]() -> std::optional<Outcome> {
        if (is_closing(a, tuple)) return std::nullopt;
        return 0;
    };
    return a.stage().wait(attempt,
                          {.until = a.now() + linger->time, .then = [] { return Outcome{0}; }});
}

}  // namespace

Outcome open_socket(Adaptor& a, int domain, int type, int protocol) {
    const auto family = family_of(domain, a.flags().families);
    if (!family) return fail(family.error());
    constexpr int type_flags = SOCK_NONBLOCK | SOCK_CLOEXEC;
    const auto kind = type_of(type & ~type_flags, protocol);
    if (!kind) return fail(kind.error());
    const Settings settings = a.stand_up();
    const auto id = a.sockets().open(*family, *kind);
    if (!id) return fail(id.error());
    apply_defaults(a.sockets(), *id, settings, a.now());
    return a.descriptors().add({.object = SocketEnd{.id = *id, .family = *family, .type = *kind},
                                .nonblocking = (type & SOCK_NONBLOCK) != 0});
}

Outcome bind(Adaptor& a, int fd, const sockaddr* address, socklen_t length) {
    const auto end = a.descriptors().socket(fd);
    if (!end) return fail(end.error());
    const auto given = given_address(address, length);
    if (!given) return fail(given.error());
    const auto local = linux_abi::bind_address(*given, kind_of(**end));
    if (!local) return fail(local.error());
    // An address in the form that IPv6 sockets have it names the same host.
    if (const auto& octets = local->address.octets(); !local->address.is_v4()) {
        const auto mapped = wire::IpAddress::v4(load_be32(octets, 12));
        if (mapped.octets() == octets) a.stage().world().adopt(mapped);
    } else {
        a.stage().world().adopt(local->address);
    }
    const auto bound = a.sockets().bind((*end)->id, *local, a.now());
    if (!bound) return fail(bound.error());
    return 0;
}

Outcome listen(Adaptor& a, int fd, int backlog) {
    const auto end = a.descriptors().socket(fd);
    if (!end) return fail(end.error());
    a.heed_settings();
    const auto done =
        a.sockets().listen((*end)->id, static_cast<std::size_t>(std::max(backlog, 0)), a.now());
    if (!done) return fail(done.error());
    return 0;
}

Outcome accept(Adaptor& a, int fd, AddressRoom from) {
    const auto end = a.descriptors().socket(fd);
    if (!end) return fail(end.error());
    if (from.address != nullptr && from.length == nullptr) return fail(Errno::bad_address);
    const SocketEnd listener = **end;
    const Attempt attempt = [&a, listener, from]() -> std::optional<Outcome> {
        const auto id = a.sockets().accept(listener.id, a.now());
        if (!id) return unless_again(fail(id.error()));
        // Also of one that has ended meanwhile, which has no peer any more.
        const auto peer = a.sockets().peer_name(*id);
        const auto info = a.sockets().info(*id, a.now());
        if (peer || info) tell_address(peer ? *peer : told(listener, info->tuple.remote), from);
        return a.descriptors().add(
            {.object = SocketEnd{.id = *id, .family = listener.family, .type = listener.type}});
    };
    if (!may_wait(a, fd, 0)) return attempt().value_or(again());
    return a.stage().wait(attempt,
                          {.until = socket_deadline(a, listener.id, Direction::in), .then = again});
}

Outcome connect(Adaptor& a, int fd, const sockaddr* address, socklen_t length) {
    const auto end = a.descriptors().socket(fd);
    if (!end) return fail(end.error());
    const auto given = given_address(address, length);
    if (!given) return fail(given.error());
    const auto to = linux_abi::connect_address(*given, kind_of(**end));
    if (!to) return fail(to.error());
    const socket::SocketId id = (*end)->id;
    if (!*to) {
        const auto done = a.sockets().disconnect(id, a.now());
        return done ? Outcome{0} : fail(done.error());
    }
    const auto once = [&a, id, remote = **to]() -> Outcome {
        const auto done = a.sockets().connect(id, remote, a.now());
        return done ? Outcome{0} : fail(done.error());
    };
    if (!may_wait(a, fd, 0)) return once();
    const Attempt attempt = [&once]() -> std::optional<Outcome> {
        const Outcome outcome = once();
        const bool waits = !outcome && (outcome.error() == Errno::operation_in_progress ||
                                        outcome.error() == Errno::connection_already_in_progress);
        return waits ? std::nullopt : std::optional{outcome};
    };
    return a.stage().wait(attempt,
                          {.until = socket_deadline(a, id, Direction::out),
                           .then = []() -> Outcome { return fail(Errno::operation_in_progress); }});
}

Outcome shutdown(Adaptor& a, int fd, int how) {
    const auto end = a.descriptors().socket(fd);
    if (!end) return fail(end.error());
    const auto which = linux_abi::shutdown_how(how);
    if (!which) return fail(Errno::invalid_argument);
    const auto done = a.sockets().shutdown((*end)->id, *which, a.now());
    if (!done) return fail(done.error());
    return 0;
}

Outcome close(Adaptor& a, int fd) {
    const Descriptor* const descriptor = a.descriptors().find(fd);
    if (descriptor == nullptr) {
        if (::close(fd) != 0) return fail(Errno::bad_file_descriptor);
        return 0;
    }
    const auto* const end = std::get_if<SocketEnd>(&descriptor->object);
    const auto closing = end == nullptr ? std::nullopt : std::optional{*end};
    a.descriptors().remove(fd);
    return closing ? close_stream(a, *closing) : Outcome{0};
}

}  // namespace handfast::packetdrill
