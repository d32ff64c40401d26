#include "core/socket/names.hpp"

#include <algorithm>
#include <array>

#include "core/socket/options.hpp"
#include "core/socket/ports.hpp"
#include "core/socket/stream.hpp"

namespace handfast::socket {

using berkeley::Errno;
using berkeley::fail;
using berkeley::Option;
using wire::Endpoint;
using wire::Family;
using wire::IpAddress;

namespace {

bool is_mapped(const IpAddress& a) {  // ::ffff:a.b.c.d
    constexpr std::array<std::byte, 2> ones{std::byte{0xff}, std::byte{0xff}};
    const auto& octets = a.octets();
    return !a.is_v4() && std::all_of(octets.begin(), octets.begin() + 10, [](std::byte b) {
        return b == std::byte{0};
    }) && std::equal(ones.begin(), ones.end(), octets.begin() + 10);
}

IpAddress unmapped(const IpAddress& a) {
    return IpAddress::v4(load_be32(a.octets(), 12));
}

// May bind() take it? Linux lets any address pass that is ours, a group's or a broadcast.
bool can_be_bound(const Room& room, const Socket& s, const IpAddress& a) {
    return a.is_unspecified() || room.shard.is_own(a) || room.shard.is_broadcast(a) ||
           a.is_limited_broadcast() || a.is_multicast() ||
           value_of(room, s, Option::ip_freebind) != 0 ||
           value_of(room, s, Option::ip_transparent) != 0;
}

bool has_name(const Room& room, const Socket& s) {
    if (has_ended(room, s)) return s.holds_port && s.port_locked;
    return s.holds_port || s.phase != Phase::idle;
}

// The address that an IPv6 socket is to bind, as the engine names it.
Result<IpAddress> bindable_v6(const Room& room, const Socket& s, const IpAddress& given) {
    // A sockaddr_in is too short for an IPv6 socket: that is what Linux looks at first.
    if (given.is_v4()) return fail(Errno::invalid_argument);
    if (given.is_unspecified()) return IpAddress{};
    if (given.is_multicast() && s.is_stream()) return fail(Errno::invalid_argument);
    if (!is_mapped(given)) return fail(Errno::address_not_available);
    if (s.only_v6) return fail(Errno::invalid_argument);
    const IpAddress inside = unmapped(given);
    if (!can_be_bound(room, s, inside)) return fail(Errno::address_not_available);
    return inside;
}

// The checks of both families; their order is Linux's.
Result<IpAddress> bindable(const Room& room, const Socket& s, const IpAddress& given) {
    if (s.family == Family::ipv6) {
        if (!given.is_v4() && has_name(room, s)) return fail(Errno::invalid_argument);
        return bindable_v6(room, s, given);
    }
    if (!given.is_v4()) return fail(Errno::address_family_not_supported);
    if (!can_be_bound(room, s, given)) return fail(Errno::address_not_available);
    if (has_name(room, s)) return fail(Errno::invalid_argument);
    return given;
}

}  // namespace

Result<void> bind(Room& room, Socket& s, const Endpoint& given, Instant now) {
    const auto address = bindable(room, s, given.address);
    if (!address) return fail(address.error());
    if (s.phase == Phase::connection) settle_ended(room, s, now);
    const bool mapped = s.family == Family::ipv6 && is_mapped(given.address);
    const bool wants_port =
        number(given.port) != 0 || value_of(room, s, Option::ip_bind_address_no_port) == 0;
    const Endpoint before = s.local;
    s.local = {*address, given.port};
    s.mapped = mapped;
    if (wants_port) {
        if (const auto claimed = claim_port(room, s, now); !claimed) {
            s.local = before;
            s.mapped = false;
            return fail(claimed.error());
        }
    }
    s.address_locked = !address->is_unspecified();
    s.port_locked = number(given.port) != 0;
    return {};
}

Result<Endpoint> destination(const Socket& s, const Endpoint& given) {
    if (s.family == Family::ipv4) {
        if (!given.address.is_v4()) return fail(Errno::address_family_not_supported);
        return given;
    }
    if (given.address.is_v4()) {  // as sockaddr_in: too short a name for streams
        if (s.is_stream()) return fail(Errno::invalid_argument);
        if (s.only_v6) return fail(Errno::address_family_not_supported);
        return given;
    }
    if (is_mapped(given.address) && !s.only_v6)
        return Endpoint{unmapped(given.address), given.port};
    // The wildcard means this host: for one bound to an IPv4 address, by IPv4.
    const bool by_v4 = s.mapped || !s.local.address.is_unspecified();
    if (given.address.is_unspecified() && by_v4) return Endpoint{IpAddress{}, given.port};
    return fail(Errno::network_unreachable);
}

Endpoint told(const Socket& s, const Endpoint& inside) {
    if (s.family == Family::ipv4 || !inside.address.is_v4()) return inside;
    return {IpAddress::v6(inside.address.octets()), inside.port};
}

Endpoint local_name(const Socket& s) {
    if (s.family == Family::ipv6 && s.local.address.is_unspecified() && !s.mapped)
        return {IpAddress::any(Family::ipv6), s.local.port};
    return told(s, s.local);
}

Result<Endpoint> peer_name(const Room& room, const Socket& s) {
    if (s.is_stream()) {
        if (s.phase != Phase::connection || has_ended(room, s) ||
            room.tcp().state(s.connection) == trace::TcpState::syn_sent)
            return fail(Errno::not_connected);
        return told(s, s.peer);
    }
    if (!s.connected || number(s.peer.port) == 0) return fail(Errno::not_connected);
    return told(s, s.peer);
}

void restore_bound_name(Room& room, Socket& s) {
    if (!s.address_locked) {
        s.local.address = IpAddress{};
        s.mapped = false;
    }
    if (!s.port_locked) release_port(room, s);
}

}  // namespace handfast::socket
