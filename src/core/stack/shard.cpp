#include "core/stack/shard.hpp"

#include <utility>

#include "core/stack/check_config.hpp"
#include "core/stack/rooms.hpp"

namespace handfast::stack {

using berkeley::Errno;
using berkeley::fail;

namespace {

// How often one transmit() lets the loopback answer itself before it gives the caller a turn.
constexpr std::size_t loopback_rounds = 64;

[[nodiscard]] std::vector<ip::Link> links_of(const Config& config) {
    std::vector<ip::Link> links;
    links.reserve(config.links.size());
    for (const LinkConfig& link : config.links) {
        links.push_back({.medium = link.medium,
                         .mac = link.mac,
                         .mtu = link.mtu,
                         .all_on_link = link.all_on_link,
                         .addresses = link.addresses});
    }
    return links;
}

[[nodiscard]] std::vector<ip::Route> routes_of(const Config& config) {
    std::vector<ip::Route> routes;
    routes.reserve(config.routes.size());
    for (const Route& route : config.routes)
        routes.push_back({route.destination, route.gateway, route.link});
    return routes;
}

}  // namespace

Shard::Rooms::Rooms(Config given, buf::Pool& blocks, std::uint64_t& next_packet_id, Instant now)
    : config{std::move(given)},
      pool{blocks},
      ledger{.counters = counters, .host = config.id, .next_packet_id = next_packet_id},
      ip{{.pool = pool,
          .ledger = ledger,
          .entropy = config.entropy,
          .limits = config.limits.ip,
          .loopback_mtu = Loopback::mtu_of(config)},
         links_of(config),
         routes_of(config),
         now},
      tcp{{.pool = pool,
           .counters = counters,
           .host = config.id,
           .entropy = config.entropy,
           .profile = config.profile,
           .limits = config.limits.tcp,
           .msl = config.msl,
           .next_packet_id = &next_packet_id}},
      udp{{.pool = pool,
           .counters = counters,
           .host = config.id,
           .entropy = config.entropy,
           .limits = config.limits.udp,
           .next_packet_id = &next_packet_id}},
      loopback{config, counters, now},
      ports{config.entropy, config.ephemeral_ports},
      links{config, loopback},
      news{ip, tcp, udp, ledger},
      ingress{{.links = links, .ip = ip, .tcp = tcp, .udp = udp, .news = news, .ledger = ledger}},
      egress{
          {.links = links, .ip = ip, .tcp = tcp, .udp = udp, .news = news, .loopback = loopback}},
      latest{now} {
    HF_CHECK(!fault_of(config));
}

bool Shard::Rooms::loops_now() const {
    return loopback.has_arrived(latest);
}

void Shard::Rooms::take_looped(Instant now) {
    while (buf::Packet packet = loopback.pop(now)) ingress.datagram(std::move(packet), now);
}

void Shard::Rooms::take_unreachable(Instant now) {
    while (ip.has_unreachable()) news.no_neighbor(*ip.take_unreachable(now), now);
}

Shard::Shard(const Config& config, buf::Pool& pool, std::uint64_t& next_packet_id, Instant now)
    : rooms_{std::make_unique<Rooms>(config, pool, next_packet_id, now)} {}
Shard::~Shard() = default;

// ---- The engine's verbs -------------------------------------------------------------------------

void Shard::receive(std::span<buf::Packet> burst, Instant now) {
    rooms_->ingress.frames(burst, rooms_->at(now));
}

void Shard::advance(Instant now) {
    Rooms& r = *rooms_;
    // In order of time: an acknowledgment that the loopback brings before a timer is due stops it.
    for (Deadline next = next_deadline(); next && *next <= now; next = next_deadline()) {
        const Instant due = r.at(*next);
        const Deadline looped = r.loopback.next_deadline();
        if (looped && *looped <= *next) r.take_looped(due);
        r.ip.advance(due);
        r.take_unreachable(due);
        r.tcp.advance(due);
    }
    (void)r.at(now);
}

std::size_t Shard::transmit(buf::PacketBurst& out, Instant now) {
    Rooms& r = *rooms_;
    const Instant at = r.at(now);
    const std::size_t before = out.size();
    for (std::size_t round = 0; round < loopback_rounds; ++round) {
        r.egress.pull(out, at);
        r.take_unreachable(at);  // what gave way to others for want of room
        if (!r.loops_now()) break;
        r.take_looped(at);
    }
    return out.size() - before;
}

Deadline Shard::next_deadline() const {
    const Rooms& r = *rooms_;
    return earlier(earlier(r.ip.next_deadline(), r.tcp.next_deadline()),
                   r.loopback.next_deadline());
}

bool Shard::wants_to_transmit() const {
    return rooms_->egress.wants_to_transmit() || rooms_->loops_now();
}

// ---- Ways and ports -----------------------------------------------------------------------------

berkeley::Result<Way> Shard::way_to(const wire::IpAddress& destination,
                                    const std::optional<wire::IpAddress>& from) const {
    const Rooms& r = *rooms_;
    const ip::Hop hop = r.ip.way_to(destination, r.latest);
    if (from && !is_own(*from)) return fail(Errno::address_not_available);
    if (hop.kind == ip::Hop::Kind::none) return fail(Errno::network_unreachable);
    // As Linux has it: the loopback's addresses lead nowhere else.
    if (from && from->is_loopback() && hop.kind != ip::Hop::Kind::own)
        return fail(Errno::invalid_argument);
    const tcp::PathFacts path = r.links.path(hop.link);
    return Way{.source = from.value_or(hop.source),
               .mtu = path.link_mtu,
               .max_super_segment = path.max_super_segment,
               .broadcast = hop.kind == ip::Hop::Kind::broadcast,
               .multicast = hop.kind == ip::Hop::Kind::multicast};
}

bool Shard::is_own(const wire::IpAddress& address) const {
    return rooms_->ip.links().is_own(address);
}

bool Shard::is_broadcast(const wire::IpAddress& address) const {
    return rooms_->ip.links().is_broadcast(address);
}

berkeley::Result<wire::Port> Shard::ephemeral_tcp_port(const wire::IpAddress& local,
                                                       const wire::Endpoint& remote,
                                                       Instant now) {
    const tcp::Tcp& tcp = rooms_->tcp;
    const bool to_anybody = number(remote.port) == 0;
    const auto is_free = [&](wire::Port port) {
        const wire::Endpoint own{local, port};
        if (!to_anybody) return !tcp.in_use({own, remote}, now);
        const tcp::Tcp::PortUse use = tcp.port_use(own);
        return use.connections == 0 && use.time_waits == 0;
    };
    const auto port = rooms_->ports.for_flow(local, remote, is_free);
    if (!port) return fail(Errno::address_not_available);
    return *port;
}

berkeley::Result<wire::Port> Shard::ephemeral_udp_port(const wire::IpAddress& local) {
    const auto port = rooms_->ports.any([&](wire::Port candidate) {
        return rooms_->udp.port_use({local, candidate}).bindings == 0;
    });
    if (!port) return fail(Errno::address_not_available);
    return *port;
}

// ---- Echo ---------------------------------------------------------------------------------------

berkeley::Result<void> Shard::send_echo(const wire::IpAddress& to,
                                        std::uint16_t identifier,
                                        std::uint16_t sequence,
                                        std::size_t length,
                                        std::uint8_t ttl,
                                        Instant now) {
    const Instant at = rooms_->at(now);
    const auto way = way_to(to, std::nullopt);
    if (!way) return fail(way.error());
    return rooms_->ip.icmp().send_echo({.source = way->source,
                                        .destination = to,
                                        .identifier = identifier,
                                        .sequence = sequence,
                                        .length = length,
                                        .ttl = ttl},
                                       at);
}

void Shard::take_echo_replies(std::vector<EchoReply>& out) {
    out.clear();
    rooms_->ip.icmp().take_echo_answers(rooms_->echo_answers);
    for (const ip::EchoAnswer& a : rooms_->echo_answers) {
        out.push_back({.from = a.from,
                       .identifier = a.identifier,
                       .sequence = a.sequence,
                       .length = a.length,
                       .ttl = a.ttl,
                       .at = a.at,
                       .error = a.error});
    }
}

// ---- Changes ------------------------------------------------------------------------------------

void Shard::add_address(std::uint8_t link, const wire::Prefix& address) {
    remove_address(link, address.address);
    rooms_->config.links[link].addresses.push_back(address);
    rooms_->ip.add_address(link, address, rooms_->latest);
}

void Shard::remove_address(std::uint8_t link, const wire::IpAddress& address) {
    HF_CHECK(link < rooms_->config.links.size());
    std::erase_if(rooms_->config.links[link].addresses,
                  [&](const wire::Prefix& own) { return own.address == address; });
    rooms_->ip.remove_address(link, address);
}

void Shard::join_group(std::uint8_t link, const wire::IpAddress& group) {
    HF_CHECK(link < rooms_->config.links.size() && group.is_multicast());
    rooms_->ip.join(link, group);
}

void Shard::leave_group(std::uint8_t link, const wire::IpAddress& group) {
    rooms_->ip.leave(link, group);
}

void Shard::set_loopback_weather(const weather::Impairments& impairments, Instant now) {
    (void)rooms_->at(now);
    rooms_->config.loopback = impairments;
    rooms_->loopback.configure(impairments);
}

void Shard::set_sink(trace::Sink* sink) {
    rooms_->ledger.sink = sink;
    rooms_->tcp.set_sink(sink);
    rooms_->udp.set_sink(sink);
    rooms_->loopback.set_sink(sink);
}

tcp::Tcp& Shard::tcp() {
    return rooms_->tcp;
}
const tcp::Tcp& Shard::tcp() const {
    return rooms_->tcp;
}
udp::Udp& Shard::udp() {
    return rooms_->udp;
}
const udp::Udp& Shard::udp() const {
    return rooms_->udp;
}
const Config& Shard::config() const {
    return rooms_->config;
}
buf::Pool& Shard::pool() const {
    return rooms_->pool;
}
trace::Counters& Shard::counters() {
    return rooms_->counters;
}
const trace::Counters& Shard::counters() const {
    return rooms_->counters;
}

}  // namespace handfast::stack
