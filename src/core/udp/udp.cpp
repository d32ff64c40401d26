#include "core/udp/udp.hpp"

#include <algorithm>
#include <utility>

#include "core/base/ring.hpp"
#include "core/udp/binding.hpp"
#include "core/udp/groups.hpp"
#include "core/wire/checksum.hpp"
#include "core/wire/udp.hpp"

namespace handfast::udp {

using berkeley::Errno;
using berkeley::fail;
using trace::Counter;
using trace::Drop;
using wire::UdpHeader;
using wire::UdpView;

namespace {

// What IPv4's length field leaves: 65,535 less the IP and UDP headers.
constexpr std::size_t payload_max = 65'507;
constexpr std::size_t ip_header = 20;

}  // namespace

struct Udp::Rooms {
    explicit Rooms(const Environment& e)
        : environment{e}, bindings{e.limits.bindings}, groups{e.entropy, bindings} {}

    [[nodiscard]] Binding& at(BindingId id) { return bindings[id]; }

    // Marks news for the owner of a binding and gives them, to be added to.
    [[nodiscard]] Notice& news(BindingId id, Binding& binding) {
        if (!std::exchange(binding.noticed, true)) noticed.push_back(id);
        return binding.notice;
    }

    [[nodiscard]] bool deliver(BindingId id, Datagram datagram);
    [[nodiscard]] std::optional<Drop> deliver_to_all(const std::vector<BindingId>& members,
                                                     const Datagram& datagram);
    [[nodiscard]] buf::Packet build(const Settings& settings,
                                    const wire::FlowTuple& flow,
                                    Bytes payload,
                                    Instant now) const;
    void room_came_back();

    Environment environment;
    Slab<Binding> bindings;
    Groups groups;
    Ring<Outgoing> outgoing;
    std::size_t outgoing_octets{0};
    std::vector<BindingId> noticed;
    std::vector<BindingId> waiting;  // for room in the send queue
};

Udp::Udp(const Environment& environment) : rooms_{std::make_unique<Rooms>(environment)} {
    HF_CHECK(environment.next_packet_id != nullptr);
}
Udp::~Udp() = default;

// ---- Bindings -----------------------------------------------------------------------------------

berkeley::Result<BindingId> Udp::bind(const wire::Endpoint& local,
                                      Owner owner,
                                      const Settings& settings) {
    const BindingId id = rooms_->bindings.emplace();
    if (!id) return fail(Errno::no_buffer_space);
    Binding& binding = rooms_->at(id);
    binding.local = local;
    binding.settings = settings;
    binding.notice.owner = owner;
    rooms_->groups.join(id);
    return id;
}

void Udp::close(BindingId id) {
    rooms_->groups.leave(id);
    rooms_->bindings.erase(id);
}

void Udp::connect(BindingId id,
                  const wire::Endpoint& local,
                  const std::optional<wire::Endpoint>& peer) {
    Binding& binding = rooms_->at(id);
    rooms_->groups.leave(id);
    binding.local = local;
    binding.peer = peer;
    rooms_->groups.join(id);
}

void Udp::change(BindingId id, const Settings& settings) {
    Binding& binding = rooms_->at(id);
    const bool regroup = settings.reuse_address != binding.settings.reuse_address ||
                         settings.reuse_port != binding.settings.reuse_port;
    if (regroup) rooms_->groups.leave(id);
    binding.settings = settings;
    if (regroup) rooms_->groups.join(id);
}

// ---- Sending ------------------------------------------------------------------------------------

buf::Packet Udp::Rooms::build(const Settings& settings,
                              const wire::FlowTuple& flow,
                              Bytes payload,
                              Instant now) const {
    buf::Packet packet = buf::Packet::make(environment.pool);
    if (!packet) return {};
    if (!payload.empty()) {
        buf::Slice copied = environment.pool.copy(payload);
        if (!copied || !packet.append(std::move(copied))) return {};
    }
    const MutableBytes header = packet.prepend(UdpHeader::size);
    UdpHeader{.source_port = flow.local.port,
              .target_port = flow.remote.port,
              .payload_size = payload.size()}
        .emit(header);
    buf::Packet::Facts& facts = packet.facts();
    facts.at = now;
    facts.tag = {.id = ++*environment.next_packet_id,
                 .why = static_cast<std::uint16_t>(trace::Why::udp_datagram)};
    if (settings.no_checksum) return packet;  // The field stays zero: none was made (UDP-10).
    wire::Checksum sum;
    sum.add_pseudo_header(flow.local.address,
                          flow.remote.address,
                          wire::Protocol::udp,
                          UdpHeader::size + payload.size());
    store_be16(header, UdpHeader::checksum_at, sum.folded());
    facts.checksum = buf::ChecksumState::partial;
    return packet;
}

berkeley::Result<std::size_t> Udp::send(BindingId id,
                                        const wire::Endpoint& from,
                                        const wire::Endpoint& to,
                                        Bytes payload,
                                        std::uint16_t link_mtu,
                                        Instant now) {
    Binding& binding = rooms_->at(id);
    const Settings& settings = binding.settings;
    if (const auto error = std::exchange(binding.error, std::nullopt)) return fail(*error);
    if (wire::number(to.port) == 0) return fail(Errno::invalid_argument);
    if (to.address.is_limited_broadcast() && !settings.broadcast)
        return fail(Errno::permission_denied);
    if (payload.size() > payload_max) return fail(Errno::message_size);
    if (settings.dont_fragment && ip_header + UdpHeader::size + payload.size() > link_mtu)
        return fail(Errno::message_size);
    if (rooms_->outgoing_octets >= rooms_->environment.limits.send_queue) {
        if (!std::exchange(binding.waits_for_room, true)) rooms_->waiting.push_back(id);
        return fail(Errno::resource_unavailable_try_again);
    }
    buf::Packet packet = rooms_->build(settings, {from, to}, payload, now);
    if (!packet) return fail(Errno::no_buffer_space);
    rooms_->outgoing_octets += packet.true_size();
    rooms_->outgoing.push_back(
        {.packet = std::move(packet),
         .envelope = {.source = from.address,
                      .destination = to.address,
                      .protocol = wire::Protocol::udp,
                      .tos = settings.tos,
                      .ttl = to.address.is_multicast() ? settings.multicast_ttl : settings.ttl,
                      .dont_fragment = settings.dont_fragment},
         .may_fragment = !settings.dont_fragment});
    return payload.size();
}

std::optional<Outgoing> Udp::transmit() {
    if (rooms_->outgoing.empty()) return std::nullopt;
    Outgoing next = rooms_->outgoing.pop_front();
    rooms_->outgoing_octets -= next.packet.true_size();
    rooms_->environment.counters.count(Counter::udp_out_datagrams);
    rooms_->room_came_back();
    return next;
}

// Tells those that were refused once half of the queue is free: not for every datagram that leaves.
void Udp::Rooms::room_came_back() {
    if (waiting.empty() || outgoing_octets > environment.limits.send_queue / 2) return;
    for (const BindingId id : waiting) {
        Binding* const binding = bindings.find(id);
        if (binding == nullptr) continue;
        binding->waits_for_room = false;
        news(id, *binding).writable = true;
    }
    waiting.clear();
}

bool Udp::wants_to_transmit() const {
    return !rooms_->outgoing.empty();
}

// ---- Receiving ----------------------------------------------------------------------------------

bool Udp::Rooms::deliver(BindingId id, Datagram datagram) {
    Binding& binding = at(id);
    const std::size_t charge = datagram.charge();
    const std::size_t bound = binding.settings.receive_buffer != 0
                                  ? binding.settings.receive_buffer
                                  : environment.limits.receive_buffer;
    // One datagram always fits, however small the buffer: else it could never be read.
    if (!binding.queue.empty() && binding.queued + charge > bound) {
        ++binding.drops;
        environment.counters.count(Counter::udp_rcvbuf_errors);
        environment.counters.count(Counter::udp_in_errors);
        return false;
    }
    binding.queued += charge;
    binding.queue.push_back(std::move(datagram));
    environment.counters.count(Counter::udp_in_datagrams);
    news(id, binding).readable = true;
    return true;
}

// Broadcast and multicast: every binding that matches has a copy, sharing the octets.
std::optional<Drop> Udp::Rooms::deliver_to_all(const std::vector<BindingId>& members,
                                               const Datagram& datagram) {
    std::optional<Drop> outcome = Drop::udp_no_port;
    for (const BindingId id : members) {
        if (!at(id).takes(datagram.source, datagram.destination)) continue;
        buf::Packet copy = datagram.packet.share();
        const bool taken = copy && deliver(id,
                                           {.packet = std::move(copy),
                                            .source = datagram.source,
                                            .destination = datagram.destination,
                                            .ttl = datagram.ttl,
                                            .tos = datagram.tos});
        if (taken) outcome = std::nullopt;
        if (!taken && outcome) outcome = Drop::udp_queue_full;
    }
    if (outcome == Drop::udp_no_port) environment.counters.count(Counter::udp_no_ports);
    return outcome;
}

std::optional<Drop> Udp::datagram_arrives(buf::Packet& packet,
                                          const wire::Envelope& envelope,
                                          Instant now) {
    trace::Counters& counters = rooms_->environment.counters;
    const auto damaged = [&counters](Drop reason) {
        counters.count(Counter::udp_in_errors);
        return reason;
    };
    if (!packet.pull(std::min(packet.size(), UdpHeader::size))) return damaged(Drop::udp_truncated);
    const auto view = UdpView::parse(packet.head(), packet.size());
    if (!view) {
        const bool short_of = view.error() == wire::ParseError::truncated;
        return damaged(short_of ? Drop::udp_truncated : Drop::udp_malformed);
    }
    if (envelope.source.is_multicast() || envelope.source.is_limited_broadcast())
        return damaged(Drop::udp_bad_source);

    const wire::FlowTuple flow{.local = {envelope.destination, view->target_port()},
                               .remote = {envelope.source, view->source_port()}};
    const bool to_many = envelope.destination.is_multicast() || packet.facts().link_broadcast;
    const std::vector<BindingId>* const members =
        to_many ? rooms_->groups.of_port(flow.local.port) : nullptr;
    const BindingId id = to_many ? BindingId{} : rooms_->groups.find(flow);
    if (members == nullptr && !id) {
        counters.count(Counter::udp_no_ports);
        return Drop::udp_no_port;
    }

    packet.truncate(view->length());
    packet.trim_front(UdpHeader::size);
    packet.facts().at = now;
    Datagram datagram{.packet = std::move(packet),
                      .source = flow.remote,
                      .destination = flow.local.address,
                      .ttl = envelope.ttl,
                      .tos = envelope.tos};
    if (members != nullptr) return rooms_->deliver_to_all(*members, datagram);
    if (!rooms_->deliver(id, std::move(datagram))) return Drop::udp_queue_full;
    return std::nullopt;
}

std::optional<Drop> Udp::icmp_arrives(const wire::FlowTuple& tuple, Errno error) {
    const std::vector<BindingId>* const connected = rooms_->groups.connected(tuple);
    if (connected != nullptr) {
        for (const BindingId id : *connected) {
            Binding& binding = rooms_->at(id);
            binding.error = error;
            rooms_->news(id, binding).failed = true;
        }
        return std::nullopt;
    }
    // An unconnected socket may have sent it, but would not know which of its datagrams is meant.
    if (rooms_->groups.find(tuple)) return std::nullopt;
    return Drop::icmp_no_flow;
}

namespace {

[[nodiscard]] berkeley::DatagramInfo info_of(const Datagram& datagram, std::size_t copied) {
    return {.copied = copied,
            .length = datagram.packet.size(),
            .source = datagram.source,
            .destination = datagram.destination,
            .arrived = datagram.packet.facts().at,
            .ttl = datagram.ttl,
            .tos = datagram.tos};
}

// Why nothing can be read now: the error, told once, or that nothing is there.
[[nodiscard]] std::optional<Errno> obstacle(Binding& binding) {
    if (const auto error = std::exchange(binding.error, std::nullopt)) return error;
    if (binding.queue.empty()) return Errno::resource_unavailable_try_again;
    return std::nullopt;
}

[[nodiscard]] Datagram take_first(Binding& binding) {
    Datagram first = binding.queue.pop_front();
    binding.queued -= first.charge();
    return first;
}

}  // namespace

berkeley::Result<berkeley::DatagramInfo> Udp::receive(BindingId id,
                                                      MutableBytes into,
                                                      berkeley::MessageFlags flags) {
    Binding& binding = rooms_->at(id);
    if (const auto error = obstacle(binding)) return fail(*error);
    const Datagram& first = binding.queue.front();
    const std::size_t n = std::min(into.size(), first.packet.size());
    first.packet.copy_out(0, into.first(n));
    const berkeley::DatagramInfo info = info_of(first, n);
    if (!flags.peek) (void)take_first(binding);
    return info;
}

berkeley::Result<berkeley::DatagramInfo> Udp::receive(BindingId id, buf::Packet::Slices& into) {
    Binding& binding = rooms_->at(id);
    if (const auto error = obstacle(binding)) return fail(*error);
    Datagram& waiting = binding.queue.front();
    binding.queued -= waiting.charge();
    const bool settled = waiting.packet.settle();
    binding.queued += waiting.charge();
    if (!settled) return fail(Errno::no_buffer_space);
    Datagram first = take_first(binding);
    const berkeley::DatagramInfo info = info_of(first, first.packet.size());
    into = first.packet.take_slices();
    return info;
}

// ---- Questions ----------------------------------------------------------------------------------

berkeley::Ready Udp::ready(BindingId id) const {
    const Binding& binding = rooms_->at(id);
    berkeley::Ready ready;
    if (!binding.queue.empty()) ready = ready | berkeley::Ready{berkeley::Ready::in_bit};
    if (binding.error) ready = ready | berkeley::Ready{berkeley::Ready::err_bit};
    if (rooms_->outgoing_octets < rooms_->environment.limits.send_queue)
        ready = ready | berkeley::Ready{berkeley::Ready::out_bit};
    return ready;
}

std::size_t Udp::first_length(BindingId id) const {
    const Binding& binding = rooms_->at(id);
    return binding.queue.empty() ? 0 : binding.queue.front().packet.size();
}

std::optional<Errno> Udp::take_error(BindingId id) {
    return std::exchange(rooms_->at(id).error, std::nullopt);
}

const Settings& Udp::settings(BindingId id) const {
    return rooms_->at(id).settings;
}

std::uint64_t Udp::drops(BindingId id) const {
    return rooms_->at(id).drops;
}

Udp::PortUse Udp::port_use(const wire::Endpoint& local) const {
    return rooms_->groups.use(local);
}

void Udp::take_notices(std::vector<Notice>& out) {
    out.clear();
    for (const BindingId id : rooms_->noticed) {
        Binding* const binding = rooms_->bindings.find(id);
        if (binding == nullptr) continue;
        binding->noticed = false;
        out.push_back(std::exchange(binding->notice, Notice{.owner = binding->notice.owner}));
    }
    rooms_->noticed.clear();
}

void Udp::set_sink(trace::Sink* sink) {
    rooms_->environment.sink = sink;
}

std::size_t Udp::size() const {
    return rooms_->bindings.size();
}

}  // namespace handfast::udp
