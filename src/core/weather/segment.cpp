#include "core/weather/segment.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "core/weather/agenda.hpp"
#include "core/weather/lane.hpp"
#include "core/weather/mac_table.hpp"
#include "core/wire/ethernet.hpp"

namespace handfast::weather {
namespace {

constexpr std::size_t raw_ip_ports = 2;

[[nodiscard]] LaneConfig lane_config(const PortConfig& port,
                                     trace::Medium medium,
                                     trace::Direction direction) {
    return {.host = port.host,
            .direction = direction,
            .medium = medium,
            .mtu = port.mtu,
            .offload = port.offload,
            .impairments = direction == trace::Direction::up ? port.up : port.down};
}

// Lanes in the agenda: the port's index, and whether frames go down.
[[nodiscard]] constexpr std::uint32_t up_lane(PortId port) {
    return port.index * 2;
}
[[nodiscard]] constexpr std::uint32_t down_lane(PortId port) {
    return port.index * 2 + 1;
}
[[nodiscard]] constexpr bool is_down_lane(std::uint32_t lane) {
    return lane % 2 != 0;
}

}  // namespace

struct Port {
    struct Origin {
        trace::Medium medium{};
        std::uint64_t seed{0};
        Lane::Limits limits;
        Instant now;
    };

    Port(const PortConfig& c, const Origin& o)
        : config{c},
          up{lane_config(c, o.medium, trace::Direction::up), o.seed, o.limits, o.now},
          down{lane_config(c, o.medium, trace::Direction::down), o.seed, o.limits, o.now} {
        up.share_closings(down);
    }

    PortConfig config;
    Lane up;
    Lane down;
    bool listed{false};  // among those for which something may have arrived
};

struct Segment::Rooms {
    Rooms(trace::Medium m, std::uint64_t s, const Limits& l, Instant now)
        : medium{m}, seed{s}, limits{l}, clock{now}, ports{l.ports} {}

    [[nodiscard]] Port& port(PortId id) { return ports[id]; }
    [[nodiscard]] bool may_attach(const PortConfig& config, PortId self) const;
    void index_ports();
    void listen(Port& port);

    void advance(Instant now);
    void forward(PortId from, buf::Packet frame, Instant at);
    [[nodiscard]] PortId opposite(PortId from) const;
    void flood(PortId from, buf::Packet frame, Instant at);
    void deliver(PortId to, buf::Packet frame, Instant at);
    void watch_down(PortId id, Port& port);
    void lose(const Port& port, std::uint64_t id, trace::Drop reason, Instant at);

    trace::Medium medium;
    std::uint64_t seed;
    Limits limits;
    Instant clock;  // the latest `now`
    Slab<Port> ports;
    std::vector<PortId> attached;  // in order of their index
    std::vector<PortId> by_index;  // the same, with null handles for indices that are not used
    MacTable<PortId> macs;
    Agenda agenda;               // of lanes
    std::vector<PortId> listed;  // ports at which frames may have arrived
    trace::Sink* sink{nullptr};
    trace::Counters counters;
};

bool Segment::Rooms::may_attach(const PortConfig& config, PortId self) const {
    if (medium == trace::Medium::raw_ip) return true;
    if (config.mac.is_group()) return false;
    const PortId holder = macs.find(config.mac.octets);
    return !holder || holder == self;
}

void Segment::Rooms::index_ports() {
    attached.clear();
    std::ranges::copy_if(
        by_index, std::back_inserter(attached), [](PortId id) { return static_cast<bool>(id); });
    std::vector<MacTable<PortId>::Row> rows;
    rows.reserve(attached.size());
    for (const PortId id : attached) rows.push_back({.mac = port(id).config.mac, .value = id});
    macs.assign(rows);
}

void Segment::Rooms::listen(Port& p) {
    for (Lane* const lane : {&p.up, &p.down}) {
        lane->set_sink(sink);
        lane->set_counters(&counters);
    }
}

// Frames that have come to the end of a lane go on, in order of time.
void Segment::Rooms::advance(Instant now) {
    clock = std::max(clock, now);
    while (!agenda.empty() && agenda.first().at <= now) {
        const Agenda::Item due = agenda.first();
        const PortId id = by_index[due.who / 2];
        Port& p = port(id);
        if (is_down_lane(due.who)) {
            agenda.set(due.who, std::nullopt);
            watch_down(id, p);
            continue;
        }
        if (buf::Packet frame = p.up.pop(due.at)) forward(id, std::move(frame), due.at);
        agenda.set(due.who, p.up.next_deadline());
    }
}

void Segment::Rooms::forward(PortId from, buf::Packet frame, Instant at) {
    PortId to;
    if (medium == trace::Medium::raw_ip) {
        to = opposite(from);
    } else {
        if (!frame.pull(wire::EthernetView::header_min))
            return lose(port(from), frame.facts().tag.id, trace::Drop::frame_truncated, at);
        const bool group = (frame.head()[0] & std::byte{1}) != std::byte{0};
        frame.facts().link_broadcast = group;
        if (group) return flood(from, std::move(frame), at);
        to = macs.find(frame.head());
    }
    if (!to || to == from)
        return lose(port(from), frame.facts().tag.id, trace::Drop::no_such_neighbor, at);
    deliver(to, std::move(frame), at);
}

PortId Segment::Rooms::opposite(PortId from) const {
    for (const PortId id : attached) {
        if (id != from) return id;
    }
    return {};
}

void Segment::Rooms::flood(PortId from, buf::Packet frame, Instant at) {
    for (const PortId to : attached) {
        if (to == from) continue;
        buf::Packet copy = frame.share();
        if (copy) {
            deliver(to, std::move(copy), at);
        } else {
            lose(port(to), frame.facts().tag.id, trace::Drop::no_memory, at);
        }
    }
}

void Segment::Rooms::deliver(PortId to, buf::Packet frame, Instant at) {
    Port& p = port(to);
    p.down.push(std::move(frame), at);
    watch_down(to, p);
}

// Lists the port when its next frame has arrived, else waits for it.
void Segment::Rooms::watch_down(PortId id, Port& p) {
    if (!p.down.has_arrived(clock)) return agenda.set(down_lane(id), p.down.next_deadline());
    if (p.listed) return;  // the agenda hears of the port again when it was emptied
    agenda.set(down_lane(id), std::nullopt);
    p.listed = true;
    listed.push_back(id);
}

void Segment::Rooms::lose(const Port& p, std::uint64_t id, trace::Drop reason, Instant at) {
    counters.count(reason);
    if (sink == nullptr) return;
    sink->on(trace::PacketDropped{.at = at, .host = p.config.host, .id = id, .reason = reason});
}

// The pool is its packets' own; the segment takes none itself.
Segment::Segment(buf::Pool&, trace::Medium medium, std::uint64_t seed, Limits limits, Instant now)
    : rooms_{std::make_unique<Rooms>(medium, seed, limits, now)} {}

Segment::~Segment() = default;

PortId Segment::attach(const PortConfig& config, Instant now) {
    Rooms& r = *rooms_;
    const bool taken = r.medium == trace::Medium::raw_ip && r.attached.size() == raw_ip_ports;
    if (taken || !r.may_attach(config, {})) return {};
    const Lane::Limits lane{.frames = r.limits.frames, .octets = r.limits.octets};
    const PortId id = r.ports.emplace(
        config, Port::Origin{.medium = r.medium, .seed = r.seed, .limits = lane, .now = now});
    if (!id) return {};
    r.listen(r.port(id));
    if (id.index >= r.by_index.size()) r.by_index.resize(std::size_t{id.index} + 1);
    r.by_index[id.index] = id;
    r.index_ports();
    return id;
}

void Segment::detach(PortId port) {
    Rooms& r = *rooms_;
    Port& p = r.port(port);
    p.up.clear(trace::Drop::no_such_neighbor, r.clock);
    p.down.clear(trace::Drop::no_such_neighbor, r.clock);
    r.agenda.set(up_lane(port), std::nullopt);
    r.agenda.set(down_lane(port), std::nullopt);
    std::erase(r.listed, port);
    r.ports.erase(port);
    r.by_index[port.index] = {};
    r.index_ports();
}

void Segment::configure(PortId port, const PortConfig& config, Instant now) {
    Rooms& r = *rooms_;
    r.advance(now);
    HF_CHECK(r.may_attach(config, port));
    Port& p = r.port(port);
    p.config = config;
    p.up.configure(lane_config(config, r.medium, trace::Direction::up));
    p.down.configure(lane_config(config, r.medium, trace::Direction::down));
    r.index_ports();
}

const PortConfig& Segment::config(PortId port) const {
    return rooms_->port(port).config;
}

void Segment::send(PortId from, buf::PacketBurst& frames, Instant now) {
    Rooms& r = *rooms_;
    r.advance(now);
    Port& port = r.port(from);
    for (buf::Packet& frame : frames) {
        if (port.up.is_transparent()) {
            if (port.up.passes(frame, now)) r.forward(from, std::move(frame), now);
            continue;
        }
        port.up.push(std::move(frame), now);
        while (buf::Packet arrived = port.up.pop(now)) r.forward(from, std::move(arrived), now);
    }
    frames.clear();
    r.agenda.set(up_lane(from), port.up.next_deadline());
}

bool Segment::receive(PortId at, buf::PacketBurst& out, Instant now) {
    Rooms& r = *rooms_;
    r.advance(now);
    Port& port = r.port(at);
    const std::size_t before = out.size();
    while (out.size() < out.capacity()) {
        buf::Packet frame = port.down.pop(now);
        if (!frame) break;
        out.push_back(std::move(frame));
    }
    r.watch_down(at, port);
    return out.size() > before;
}

void Segment::arrivals(std::vector<PortId>& out, Instant now) {
    Rooms& r = *rooms_;
    r.advance(now);
    out.clear();
    if (r.listed.empty()) return;
    std::erase_if(r.listed, [&r, now](PortId id) {
        Port& port = r.port(id);
        port.listed = port.down.has_arrived(now);
        return !port.listed;
    });
    out = r.listed;
}

Deadline Segment::next_deadline() const {
    return rooms_->agenda.next();
}

void Segment::set_sink(trace::Sink* sink) {
    rooms_->sink = sink;
    for (const PortId id : rooms_->attached) rooms_->listen(rooms_->port(id));
}

const trace::Counters& Segment::counters() const {
    return rooms_->counters;
}

}  // namespace handfast::weather
