#include "core/network/network.hpp"

#include <algorithm>
#include <utility>

#include "core/stack/check_config.hpp"
#include "core/weather/agenda.hpp"

namespace handfast::network {

using berkeley::Errno;
using berkeley::fail;
using trace::HostId;
using weather::PortId;

namespace {

constexpr std::size_t most_ids = std::size_t{1} << 16;
constexpr std::size_t raw_ip_ports = 2;
constexpr std::uint8_t attachment = 0;  // the index of a host's one link

// One turn does no more than so much at one instant, so that hosts that answer each other for ever
// (or an endless supply of work) leave room for the caller; what is left is due at once.
constexpr std::size_t rounds_per_turn = 256;
constexpr std::size_t bursts_per_visit = 16;

[[nodiscard]] constexpr std::uint16_t number(HostId id) {
    return static_cast<std::uint16_t>(id);
}

// Locally administered (IEEE 802 §8.2.2), "HF", and the host's number.
[[nodiscard]] constexpr wire::MacAddress mac_of(HostId id) {
    const std::uint16_t n = number(id);
    return {{std::byte{0x02},
             std::byte{0x48},
             std::byte{0x46},
             std::byte{0x00},
             static_cast<std::byte>(n >> 8),
             static_cast<std::byte>(n & 0xff)}};
}

struct Host {
    Host(const stack::Config& config,
         PortId attached,
         buf::Pool& pool,
         std::uint64_t& next_packet_id,
         Instant now)
        : id{config.id}, port{attached}, shard{config, pool, next_packet_id, now}, sockets{shard} {}

    HostId id;
    PortId port;
    stack::Shard shard;
    socket::Sockets sockets;
    bool due{false};      // for advance()
    bool stirred{false};  // in Rooms::stirred: the next round looks at it
    bool heard{false};    // in Rooms::heard: its sockets may be ready for something
};

}  // namespace

struct Network::Rooms {
    Rooms(const Config& c, Instant now)
        : config{c}, pool{c.pool}, segment{pool, c.medium, c.seed, c.segment, now}, clock{now} {}

    [[nodiscard]] Host* find(HostId id) {
        return number(id) < hosts.size() ? hosts[number(id)].get() : nullptr;
    }
    [[nodiscard]] Host& host(HostId id) {
        Host* const found = find(id);
        HF_CHECK(found != nullptr);
        return *found;
    }
    [[nodiscard]] HostId free_id();
    [[nodiscard]] bool has_address(const std::vector<wire::Prefix>& addresses) const;
    [[nodiscard]] berkeley::Result<PortId> attach(const weather::PortConfig& port, Instant now);
    void own(PortId port, Host* host);

    void stir(Host& host);
    void wake_due(Instant now);
    void deliver(Instant now);
    void deliver_to(Host& host, Instant now);
    void visit(Host& host, Instant now);
    void hear(Host& host);

    Config config;
    buf::Pool pool;
    weather::Segment segment;
    std::uint64_t next_packet_id{1};
    std::uint16_t next_id{0};
    std::size_t attached{0};  // hosts and wires
    std::size_t host_count{0};
    std::vector<std::unique_ptr<Host>> hosts;  // by id
    std::vector<Host*> owners;                 // of ports, by index; nullptr: a wire
    weather::Agenda agenda;                    // of shards, by id
    std::vector<Host*> stirred;
    std::vector<Host*> round;  // those of `stirred` whose turn it is
    std::vector<Host*> heard;
    std::vector<PortId> ports;  // with arrivals
    std::vector<socket::ReadySocket> ready;
    trace::Sink* sink{nullptr};
    Instant clock;
    bool frames_came{false};  // by a wire, since the last turn
};

// Ids are not used again before all others were, so that a trace is not ambiguous.
HostId Network::Rooms::free_id() {
    while (find(HostId{next_id}) != nullptr) ++next_id;
    return HostId{next_id++};
}

bool Network::Rooms::has_address(const std::vector<wire::Prefix>& addresses) const {
    return std::ranges::any_of(hosts, [&](const std::unique_ptr<Host>& host) {
        return host && std::ranges::any_of(addresses, [&](const wire::Prefix& p) {
                   return host->shard.is_own(p.address) && !p.address.is_loopback();
               });
    });
}

berkeley::Result<PortId> Network::Rooms::attach(const weather::PortConfig& port, Instant now) {
    const bool raw_ip = config.medium == trace::Medium::raw_ip;
    if (attached == (raw_ip ? raw_ip_ports : config.segment.ports))
        return fail(Errno::no_space_on_device);
    const PortId id = segment.attach(port, now);
    if (!id) return fail(Errno::address_in_use);
    ++attached;
    return id;
}

void Network::Rooms::own(PortId port, Host* host) {
    if (port.index >= owners.size()) owners.resize(std::size_t{port.index} + 1);
    owners[port.index] = host;
}

void Network::Rooms::stir(Host& host) {
    hear(host);
    if (std::exchange(host.stirred, true)) return;
    stirred.push_back(&host);
}

void Network::Rooms::hear(Host& host) {
    if (std::exchange(host.heard, true)) return;
    heard.push_back(&host);
}

void Network::Rooms::wake_due(Instant now) {
    while (!agenda.empty() && agenda.first().at <= now) {
        const std::uint32_t who = agenda.first().who;
        agenda.set(who, std::nullopt);
        hosts[who]->due = true;
        stir(*hosts[who]);
    }
}

void Network::Rooms::deliver(Instant now) {
    segment.arrivals(ports, now);
    if (ports.empty()) return;
    round.clear();
    for (const PortId port : ports) {
        if (Host* const host = owners[port.index]) round.push_back(host);
    }
    std::ranges::sort(round, {}, &Host::id);
    for (Host* const host : round) deliver_to(*host, now);
}

void Network::Rooms::deliver_to(Host& host, Instant now) {
    buf::PacketBurst burst;
    bool more = true;
    while (more && segment.receive(host.port, burst, now)) {
        more = burst.size() == burst.capacity();
        for (buf::Packet& packet : burst) packet.facts().link = attachment;
        host.shard.receive({burst.data(), burst.size()}, now);
        burst.clear();
    }
    stir(host);
}

// Fires what is due and sends what is ready. A deadline that was made since the agenda heard of the
// shard, and is due already, has its turn in the next round.
void Network::Rooms::visit(Host& host, Instant now) {
    if (std::exchange(host.due, false)) host.shard.advance(now);
    // Many visits follow a read or an acknowledgment, and there is nothing to send.
    if (!host.shard.wants_to_transmit())
        return agenda.set(number(host.id), host.shard.next_deadline());
    buf::PacketBurst burst;
    for (std::size_t i = 0; i < bursts_per_visit; ++i) {
        const bool more = host.shard.transmit(burst, now) == burst.capacity();
        if (!burst.empty()) segment.send(host.port, burst, now);
        if (!more) return agenda.set(number(host.id), host.shard.next_deadline());
    }
    agenda.set(number(host.id), host.shard.next_deadline());
    stir(host);
}

Network::Network(const Config& config, Instant now)
    : rooms_{std::make_unique<Rooms>(config, now)} {}

Network::~Network() = default;

berkeley::Result<HostId> Network::add_host(const HostConfig& config, Instant now) {
    Rooms& r = *rooms_;
    if (config.stack.links.size() != 1) return fail(Errno::invalid_argument);
    if (r.host_count == std::min(r.config.max_hosts, most_ids))
        return fail(Errno::no_space_on_device);
    stack::Config host_config = config.stack;
    stack::LinkConfig& link = host_config.links.front();
    if (r.has_address(link.addresses)) return fail(Errno::address_in_use);
    host_config.id = r.free_id();
    link.medium = r.config.medium;
    link.mac = mac_of(host_config.id);
    if (stack::fault_of(host_config)) return fail(Errno::invalid_argument);

    const auto port = r.attach({.mac = link.mac,
                                .host = host_config.id,
                                .mtu = link.mtu,
                                .offload = link.offload,
                                .up = config.up,
                                .down = config.down},
                               now);
    if (!port) return fail(port.error());
    const std::size_t at = number(host_config.id);
    if (at >= r.hosts.size()) r.hosts.resize(at + 1);
    r.hosts[at] = std::make_unique<Host>(host_config, *port, r.pool, r.next_packet_id, now);
    ++r.host_count;
    Host& host = *r.hosts[at];
    r.own(*port, &host);
    host.shard.set_sink(r.sink);
    r.stir(host);
    return host_config.id;
}

void Network::remove_host(HostId host) {
    Rooms& r = *rooms_;
    Host& leaving = r.host(host);
    r.segment.detach(leaving.port);
    r.own(leaving.port, nullptr);
    r.agenda.set(number(host), std::nullopt);
    std::erase(r.stirred, &leaving);
    std::erase(r.heard, &leaving);
    r.hosts[number(host)].reset();
    --r.host_count;
    --r.attached;
}

bool Network::has_host(HostId host) const {
    return rooms_->find(host) != nullptr;
}

std::vector<HostId> Network::hosts() const {
    std::vector<HostId> all;
    for (const auto& host : rooms_->hosts) {
        if (host) all.push_back(host->id);
    }
    return all;
}

socket::Sockets& Network::sockets(HostId host) {
    return rooms_->host(host).sockets;
}

stack::Shard& Network::shard(HostId host) {
    return rooms_->host(host).shard;
}

void Network::set_weather(HostId host,
                          const weather::Impairments& up,
                          const weather::Impairments& down,
                          Instant now) {
    Rooms& r = *rooms_;
    const PortId port = r.host(host).port;
    weather::PortConfig config = r.segment.config(port);
    config.up = up;
    config.down = down;
    r.segment.configure(port, config, now);
}

berkeley::Result<PortId> Network::add_wire(const weather::PortConfig& config, Instant now) {
    const auto port = rooms_->attach(config, now);
    if (port) rooms_->own(*port, nullptr);
    return port;
}

void Network::remove_wire(PortId wire) {
    rooms_->segment.detach(wire);
    --rooms_->attached;
}

void Network::wire_receive(PortId wire, buf::PacketBurst& frames, Instant now) {
    for (buf::Packet& frame : frames) {
        buf::Tag& tag = frame.facts().tag;
        if (tag.id != 0) continue;
        tag.id = ++rooms_->next_packet_id;
        tag.why = static_cast<std::uint16_t>(trace::Why::foreign);
    }
    rooms_->segment.send(wire, frames, now);
    rooms_->frames_came = true;
}

bool Network::wire_transmit(PortId wire, buf::PacketBurst& out, Instant now) {
    return rooms_->segment.receive(wire, out, now);
}

void Network::touch(HostId host) {
    rooms_->stir(rooms_->host(host));
}

void Network::turn(Instant now) {
    Rooms& r = *rooms_;
    r.clock = std::max(r.clock, now);
    now = r.clock;
    r.frames_came = false;
    for (std::size_t i = 0; i < rounds_per_turn; ++i) {
        r.wake_due(now);
        r.deliver(now);
        if (r.stirred.empty()) return;
        std::swap(r.round, r.stirred);
        r.stirred.clear();
        std::ranges::sort(r.round, {}, &Host::id);
        for (Host* const host : r.round) {
            host->stirred = false;
            r.visit(*host, now);
        }
    }
}

Deadline Network::next_deadline() const {
    const Rooms& r = *rooms_;
    if (r.frames_came || !r.stirred.empty()) return r.clock;
    return earlier(r.agenda.next(), r.segment.next_deadline());
}

void Network::take_ready(std::vector<ReadyEvent>& out) {
    Rooms& r = *rooms_;
    out.clear();
    std::ranges::sort(r.heard, {}, &Host::id);
    for (Host* const host : r.heard) {
        host->heard = false;
        host->sockets.take_ready(r.ready);
        for (const socket::ReadySocket& socket : r.ready)
            out.push_back({.host = host->id, .socket = socket});
    }
    r.heard.clear();
}

void Network::set_sink(trace::Sink* sink) {
    Rooms& r = *rooms_;
    r.sink = sink;
    r.segment.set_sink(sink);
    for (const auto& host : r.hosts) {
        if (host) host->shard.set_sink(sink);
    }
}

buf::Pool& Network::pool() {
    return rooms_->pool;
}

weather::Segment& Network::segment() {
    return rooms_->segment;
}

}  // namespace handfast::network
