#include "core/socket/ports.hpp"

#include <optional>

namespace handfast::socket {

using berkeley::Errno;
using berkeley::fail;
using wire::Endpoint;
using wire::Port;

namespace {

// Which families' packets a bound name may attract.
struct Scope {
    bool v4{false};
    bool v6{false};
};

Scope scope_of(const Socket& s) {
    if (s.family == wire::Family::ipv4 || s.mapped || !s.local.address.is_unspecified())
        return {.v4 = true};
    return {.v4 = !s.only_v6, .v6 = true};
}

bool overlap(const Socket& a, const Socket& b) {
    const Scope x = scope_of(a);
    const Scope y = scope_of(b);
    if (!(x.v4 && y.v4) && !(x.v6 && y.v6)) return false;
    return a.local.address == b.local.address || a.local.address.is_unspecified() ||
           b.local.address.is_unspecified();
}

// Linux's inet_bind_conflict(): both must consent, and a listener shares only by SO_REUSEPORT.
bool may_share(const Socket& comes, const Socket& is_there) {
    const bool by_address =
        comes.reuse_address && is_there.reuse_address && is_there.phase != Phase::listening;
    return by_address || (comes.reuse_port && is_there.reuse_port);
}

PortTable& table(Room& room, const Socket& s) {
    return s.is_stream() ? room.stream_ports : room.datagram_ports;
}
const PortTable& table(const Room& room, const Socket& s) {
    return s.is_stream() ? room.stream_ports : room.datagram_ports;
}

// Calls f(other) for each socket that bound this port itself, but not for s.
template <class F>
void for_each_at_port(const Room& room, const Socket& s, F&& f) {
    const PortBucket* const bucket = table(room, s).find(s.local.port);
    if (bucket == nullptr) return;
    for (SocketId id = bucket->first; id;) {
        const Socket* const other = room.sockets.find(id);
        HF_CHECK(other != nullptr);
        if (other != &s) f(*other);
        id = other->next_at_port;
    }
}

bool conflicts_with_bound(const Room& room, const Socket& s) {
    bool found = false;
    for_each_at_port(room, s, [&](const Socket& other) {
        found = found || (overlap(s, other) && !may_share(s, other));
    });
    return found;
}

// Connections and TIME-WAITs at s.local that no bound socket stands for.
std::size_t leftovers(const Room& room, const Socket& s) {
    if (!scope_of(s).v4) return 0;
    const auto use = room.tcp().port_use(s.local);
    std::size_t listed = 0;
    const auto count = [&](const Socket& other) {
        if (other.phase == Phase::connection && !has_ended(room, other) && overlap(s, other))
            ++listed;
    };
    for_each_at_port(room, s, count);
    const std::size_t all = use.connections + use.time_waits;
    return all > listed ? all - listed : 0;
}

bool conflicts_with_leftovers(const Room& room, const Socket& s) {
    if (leftovers(room, s) == 0) return false;
    const PortBucket* const bucket = room.stream_ports.find(s.local.port);
    const bool consent =
        bucket != nullptr && ((s.reuse_address && bucket->leftovers_reuse_address) ||
                              (s.reuse_port && bucket->leftovers_reuse_port));
    return !consent;
}

bool datagram_conflict(const Room& room, const Socket& s) {
    if (conflicts_with_bound(room, s)) return true;
    if (!scope_of(s).v4) return false;
    const auto use = room.udp().port_use(s.local);
    return use.bindings > 0 && !(s.reuse_address && use.all_reuse_address) &&
           !(s.reuse_port && use.all_reuse_port);
}

void enlist(Room& room, Socket& s) {
    // Sockets of UDP that have an IPv4 side only are in UDP's own table.
    s.listed = s.is_stream() || scope_of(s).v6;
    if (!s.listed) return;
    PortBucket& bucket = table(room, s).at(s.local.port);
    const bool all_consent = bucket.leftovers_reuse_address && bucket.leftovers_reuse_port;
    if (s.is_stream() && !all_consent && leftovers(room, s) == 0)
        bucket.leftovers_reuse_address = bucket.leftovers_reuse_port = true;
    s.next_at_port = bucket.first;
    bucket.first = s.id;
}

void delist(Room& room, Socket& s) {
    if (!std::exchange(s.listed, false)) return;
    SocketId* at = &table(room, s).at(s.local.port).first;
    while (*at != s.id) {
        HF_CHECK(*at);
        at = &room.sockets[*at].next_at_port;
    }
    *at = std::exchange(s.next_at_port, {});
}

// ---- Choosing
// -------------------------------------------------------------------------------------

// Random picks before the whole range is walked: with half of it taken, a walk is needed once in
// four thousand million times.
constexpr int random_picks = 32;

// The first port that `fits`, from the shard's random choices and then from the whole range.
template <class Pick, class Fits>
std::optional<Port> choose(const Room& room, Pick&& pick, Fits&& fits) {
    std::optional<Port> last;
    for (int i = 0; i < random_picks; ++i) {
        const auto candidate = pick();
        if (!candidate) return std::nullopt;
        if (fits(*candidate)) return *candidate;
        last = *candidate;
    }
    const auto [low, high] = room.shard.config().ephemeral_ports;
    const std::uint32_t count = std::uint32_t{high} - low + 1;
    for (std::uint32_t i = 1; i <= count; ++i) {
        const std::uint32_t offset = (wire::number(*last) - std::uint32_t{low} + i) % count;
        const Port candidate{static_cast<std::uint16_t>(low + offset)};
        if (fits(candidate)) return candidate;
    }
    return std::nullopt;
}

Result<void> choose_stream_port(Room& room, Socket& s, Instant now) {
    const auto pick = [&] {
        return room.shard.ephemeral_tcp_port(s.local.address, Endpoint{}, now);
    };
    // A port that nobody shares, whatever the options: Linux shares only when none is left.
    const auto is_free = [&](Port port) {
        s.local.port = port;
        const PortBucket* const bucket = room.stream_ports.find(port);
        return (bucket == nullptr || !bucket->first) && leftovers(room, s) == 0;
    };
    if (choose(room, pick, is_free)) return {};
    s.local.port = Port{};
    return fail(Errno::address_in_use);
}

Result<void> choose_datagram_port(Room& room, Socket& s) {
    const auto port = room.shard.ephemeral_udp_port(s.local.address);
    if (!port) return fail(Errno::address_in_use);
    s.local.port = *port;
    return {};
}

Result<void> make_binding(Room& room, Socket& s) {
    udp::Settings settings = datagram_settings(room, s);
    settings.reuse_address = s.reuse_address;
    settings.reuse_port = s.reuse_port;
    if (scope_of(s).v4) {
        const auto binding = room.udp().bind(s.local, s.id.raw(), settings);
        if (!binding) return fail(binding.error());
        s.binding = *binding;
        forget_wishes(room, s);
    }
    s.phase = Phase::binding;
    return {};
}

}  // namespace

bool has_conflict(const Room& room, const Socket& s) {
    return conflicts_with_bound(room, s) || conflicts_with_leftovers(room, s);
}

Result<void> claim_port(Room& room, Socket& s, Instant now) {
    if (wire::number(s.local.port) == 0) {
        const auto chosen =
            s.is_stream() ? choose_stream_port(room, s, now) : choose_datagram_port(room, s);
        if (!chosen) return chosen;
    } else if (s.is_stream() ? has_conflict(room, s) : datagram_conflict(room, s)) {
        return fail(Errno::address_in_use);
    }
    if (!s.is_stream()) {
        if (const auto made = make_binding(room, s); !made) return made;
    }
    enlist(room, s);
    s.holds_port = true;
    return {};
}

void release_port(Room& room, Socket& s) {
    if (!s.holds_port) return;
    delist(room, s);
    s.holds_port = false;
}

Result<Port> port_to(Room& room,
                     const wire::IpAddress& local,
                     const Endpoint& remote,
                     Instant now) {
    const auto pick = [&] { return room.shard.ephemeral_tcp_port(local, remote, now); };
    const auto fits = [&](Port port) {
        const PortBucket* const bucket = room.stream_ports.find(port);
        return (bucket == nullptr || !bucket->first) &&
               !room.tcp().in_use({.local = {local, port}, .remote = remote}, now);
    };
    const auto port = choose(room, pick, fits);
    if (!port) return fail(Errno::address_not_available);
    return *port;
}

void note_connection(Room& room, const Socket& s) {
    PortBucket* const bucket = room.stream_ports.find(s.local.port);
    if (bucket == nullptr) return;
    bucket->leftovers_reuse_address = bucket->leftovers_reuse_address && s.reuse_address;
    bucket->leftovers_reuse_port = bucket->leftovers_reuse_port && s.reuse_port;
}

}  // namespace handfast::socket
