#include "core/weather/fate.hpp"

#include <algorithm>

#include "core/base/rng.hpp"
#include "core/offload/layout.hpp"
#include "core/wire/ipv4.hpp"
#include "core/wire/ipv6.hpp"
#include "core/wire/tcp.hpp"

namespace handfast::weather {
namespace {

using offload::Layout;

// Ports from Linux's ephemeral range do not name a flow: the next run gets others.
constexpr std::uint16_t ephemeral_first = 32'768;
constexpr std::uint16_t ephemeral_last = 60'999;

[[nodiscard]] constexpr std::uint16_t lasting(wire::Port port) {
    const std::uint16_t n = number(port);
    return n >= ephemeral_first && n <= ephemeral_last ? std::uint16_t{0} : n;
}

[[nodiscard]] std::uint64_t mix_octets(std::uint64_t key, Bytes octets) {
    for (std::size_t i = 0; i + 4 <= octets.size(); i += 4) key = mix64(key ^ load_be32(octets, i));
    return key;
}

struct Addresses {
    wire::IpAddress source;
    wire::IpAddress destination;
};

[[nodiscard]] Addresses addresses_of(const buf::Packet& frame, const Layout& layout) {
    const Bytes ip = frame.head().subspan(layout.network_at);
    if (layout.network == Layout::Network::ipv4) {
        const auto view = wire::Ipv4View::parse(ip, wire::Ipv4View::datagram_max);
        return {.source = view->source(), .destination = view->destination()};
    }
    const auto view = wire::Ipv6View::parse(ip, frame.size());
    return {.source = view->source(), .destination = view->destination()};
}

[[nodiscard]] SegmentFacts segment_of(const buf::Packet& frame, const Layout& layout) {
    const auto view = wire::TcpView::parse(frame.head().subspan(layout.transport_at));
    const Addresses addresses = addresses_of(frame, layout);
    return {.tuple = {.local = {.address = addresses.source, .port = view->source_port()},
                      .remote = {.address = addresses.destination, .port = view->target_port()}},
            .seq = view->seq(),
            .ack = view->ack(),
            .flags = view->flags(),
            .length = layout.payload_size()};
}

[[nodiscard]] PacketKind kind_of(const SegmentFacts& segment, Closings& closings) {
    if (segment.flags.rst()) return PacketKind::rst;
    if (segment.flags.syn()) return segment.flags.ack() ? PacketKind::syn_ack : PacketKind::syn;
    if (segment.flags.fin()) return PacketKind::fin;
    if (segment.length > 0) return PacketKind::data;
    if (!segment.flags.ack()) return PacketKind::any;
    return closings.is_last_ack(segment) ? PacketKind::last_ack : PacketKind::ack;
}

[[nodiscard]] PacketKind kind_of(const Layout& layout) {
    if (layout.network == Layout::Network::arp) return PacketKind::arp;
    if (!layout.is_ip()) return PacketKind::any;
    if (layout.protocol == wire::Protocol::udp) return PacketKind::udp;
    const bool icmp =
        layout.protocol == wire::Protocol::icmp || layout.protocol == wire::Protocol::icmpv6;
    return icmp ? PacketKind::icmp : PacketKind::any;
}

// Addresses and protocol; a frame that is not IP belongs to the flow of its kind.
[[nodiscard]] std::uint64_t network_key(const buf::Packet& frame, const Layout& layout) {
    if (!layout.is_ip()) return mix64(static_cast<std::uint64_t>(layout.network));
    const bool ipv4 = layout.network == Layout::Network::ipv4;
    const std::size_t at = layout.network_at + (ipv4 ? std::size_t{12} : std::size_t{8});
    const std::size_t size = ipv4 ? 8 : 32;
    return mix_octets(mix64(static_cast<std::uint64_t>(layout.protocol)),
                      frame.head().subspan(at, size));
}

[[nodiscard]] std::uint64_t flow_key(const buf::Packet& frame, const Layout& layout) {
    const std::uint64_t key = network_key(frame, layout);
    if (!layout.is_tcp() && !layout.is_udp()) return key;
    const Bytes ports = frame.head().subspan(layout.transport_at, 4);
    const std::uint64_t source = lasting(wire::Port{load_be16(ports, 0)});
    const std::uint64_t target = lasting(wire::Port{load_be16(ports, 2)});
    return mix64(key ^ ((source << 16) | target));
}

// What chance decides of a packet; each draw has a key of its own, so that changing one impairment
// leaves the others' fates as they were.
enum class Chance : std::uint64_t { loss, burst, duplicate, corrupt, damage, reorder, jitter };

class Draw {
public:
    explicit Draw(std::uint64_t key) : key_{key} {}

    [[nodiscard]] std::uint64_t bits(Chance what) const {
        return mix64(key_ ^ mix64(static_cast<std::uint64_t>(what)));
    }
    // Uniform in [0, 1).
    [[nodiscard]] double unit(Chance what) const {
        return static_cast<double>(bits(what) >> 11) * 0x1.0p-53;
    }
    [[nodiscard]] bool with(double probability, Chance what) const {
        return probability > 0 && unit(what) < probability;
    }

private:
    std::uint64_t key_;
};

// One step of Gilbert's chain: true in the bad state. It leaves that state with 1 / mean length,
// and enters it so often that the share of bad packets is the rate; the first packet is in either
// state as the long run has it.
[[nodiscard]] bool burst_goes_on(bool was_bad,
                                 bool first,
                                 const BurstLoss& burst,
                                 const Draw& draw) {
    if (burst.rate <= 0) return false;
    if (burst.rate >= 1) return true;
    const double leave = 1.0 / std::max(burst.mean_length, 1.0);
    const double enter = leave * burst.rate / (1.0 - burst.rate);
    const double u = draw.unit(Chance::burst);
    if (first) return u < burst.rate;
    return was_bad ? u >= leave : u < enter;
}

}  // namespace

Subject classify(const buf::Packet& frame, trace::Medium medium, Closings& closings) {
    const auto layout = offload::layout_of(frame, medium);
    if (!layout) return {};
    const std::uint64_t flow = flow_key(frame, *layout);
    if (!layout->is_tcp()) return {.flow = flow, .kind = kind_of(*layout)};
    const SegmentFacts segment = segment_of(frame, *layout);
    closings.note(segment);
    return {.flow = flow, .kind = kind_of(segment, closings)};
}

void note_closing(const buf::Packet& frame, trace::Medium medium, Closings& closings) {
    const auto layout = offload::layout_of(frame, medium);
    if (layout && layout->is_tcp()) closings.note(segment_of(frame, *layout));
}

Fates::Fates(const Key& key, std::size_t max_flows)
    : key_{mix64(mix64(key.seed) ^ (static_cast<std::uint64_t>(key.host) << 1) ^
                 static_cast<std::uint64_t>(key.direction))},
      flows_{max_flows} {}

Fate Fates::judge(const Subject& subject, const Impairments& weather) {
    Flow& flow = flows_[subject.flow];
    const std::uint32_t ordinal = ++flow.ordinals[subject.kind];
    const std::uint32_t of_any =
        subject.kind == PacketKind::any ? ordinal : ++flow.ordinals[PacketKind::any];
    const Draw draw{mix64(mix64(key_ ^ subject.flow) ^
                          ((static_cast<std::uint64_t>(subject.kind) << 32) | ordinal))};

    bool& in_burst = flow.in_burst[subject.kind];
    in_burst = burst_goes_on(in_burst, ordinal == 1, weather.burst, draw);

    Fate fate;
    for (const NamedDrop& drop : weather.drops) {
        const std::uint32_t n = drop.kind == PacketKind::any ? of_any : ordinal;
        const bool named = drop.kind == PacketKind::any || drop.kind == subject.kind;
        if (named && n == drop.ordinal) fate.lost = trace::Drop::weather_named;
    }
    if (weather.jitter > Duration::zero()) fate.jitter = draw.unit(Chance::jitter) * 2 - 1;
    // Chance spares ARP: what is tried out is IP and above, and a connect must not fail because the
    // link's own three questions were unlucky. ARP has no checksum either: the frame's would save
    // it.
    if (subject.kind == PacketKind::arp) return fate;

    if (!fate.lost && draw.with(weather.loss, Chance::loss)) fate.lost = trace::Drop::weather_loss;
    if (!fate.lost && in_burst) fate.lost = trace::Drop::weather_burst_loss;
    fate.duplicate = draw.with(weather.duplicate, Chance::duplicate);
    fate.corrupt = draw.with(weather.corrupt, Chance::corrupt);
    fate.reorder = draw.with(weather.reorder, Chance::reorder);
    if (fate.corrupt) fate.damage = draw.bits(Chance::damage);
    return fate;
}

}  // namespace handfast::weather
