#include "observe/frame_summary.hpp"

#include "core/wire/ethernet.hpp"
#include "core/wire/ipv4.hpp"
#include "core/wire/ipv6.hpp"
#include "core/wire/tcp.hpp"
#include "core/wire/udp.hpp"

namespace handfast::observe {
namespace {

// An IP packet without its header. `payload` may hold less than `length` says: a recorder keeps
// only the beginning of a frame.
struct IpContents {
    wire::IpAddress source;
    wire::IpAddress destination;
    wire::Protocol protocol{wire::Protocol::none};
    bool fragment{false};
    std::size_t fragment_offset{0};
    std::size_t length{0};
    Bytes payload;
};

[[nodiscard]] std::optional<IpContents> contents_of_v4(Bytes packet) {
    const auto ip = wire::Ipv4View::parse(packet, wire::Ipv4View::datagram_max);
    if (!ip) return std::nullopt;
    return IpContents{.source = ip->source(),
                      .destination = ip->destination(),
                      .protocol = ip->protocol(),
                      .fragment = ip->is_fragment(),
                      .fragment_offset = ip->fragment_offset(),
                      .length = ip->payload_size(),
                      .payload = ip->payload()};
}

[[nodiscard]] std::optional<IpContents> contents_of_v6(Bytes packet) {
    const auto ip =
        wire::Ipv6View::parse(packet, wire::Ipv6View::header_size + wire::Ipv6View::payload_max);
    if (!ip) return std::nullopt;
    return IpContents{.source = ip->source(),
                      .destination = ip->destination(),
                      .protocol = ip->next_header(),
                      .length = ip->payload_size(),
                      .payload = ip->payload()};
}

[[nodiscard]] std::optional<FrameSummary> tcp_of(const IpContents& ip) {
    const auto tcp = wire::TcpView::parse(ip.payload);
    if (!tcp || tcp->header_size() > ip.length) return std::nullopt;
    const auto options = wire::TcpOptions::parse(tcp->options());
    if (!options) return std::nullopt;
    const wire::FlowTuple tuple{.local = {ip.source, tcp->source_port()},
                                .remote = {ip.destination, tcp->target_port()}};
    const auto length = static_cast<std::uint32_t>(ip.length - tcp->header_size());
    return FrameSummary{.source = tuple.local,
                        .destination = tuple.remote,
                        .content = trace::TcpSummary{.tuple = tuple,
                                                     .seq = tcp->seq(),
                                                     .ack = tcp->ack(),
                                                     .flags = tcp->flags(),
                                                     .length = length,
                                                     .raw_window = tcp->window(),
                                                     .window = tcp->window(),
                                                     .urgent_pointer = tcp->urgent_pointer(),
                                                     .options = *options},
                        .text = tcp->payload()};
}

[[nodiscard]] std::optional<FrameSummary> udp_of(const IpContents& ip) {
    const auto udp = wire::UdpView::parse(ip.payload, ip.length);
    if (!udp) return std::nullopt;
    return FrameSummary{.source = {ip.source, udp->source_port()},
                        .destination = {ip.destination, udp->target_port()},
                        .content = UdpSummary{.length = udp->payload_size()},
                        .text = udp->payload()};
}

[[nodiscard]] std::optional<QuotedFlow> quoted_in(const wire::IcmpView& icmp) {
    const auto quoted = icmp.quoted();
    if (!quoted) return std::nullopt;
    QuotedFlow flow{.protocol = quoted->ip().protocol(),
                    .tuple = {.local = {quoted->ip().source(), {}},
                              .remote = {quoted->ip().destination(), {}}}};
    if (flow.protocol == wire::Protocol::tcp || flow.protocol == wire::Protocol::udp) {
        flow.tuple.local.port = quoted->source_port();
        flow.tuple.remote.port = quoted->target_port();
    }
    return flow;
}

[[nodiscard]] std::optional<FrameSummary> icmp_of(const IpContents& ip) {
    const auto icmp = wire::IcmpView::parse(ip.payload);
    if (!icmp || ip.length < wire::IcmpView::header_size) return std::nullopt;
    return FrameSummary{.source = {ip.source, {}},
                        .destination = {ip.destination, {}},
                        .content = IcmpSummary{.type = icmp->type(),
                                               .code = icmp->code(),
                                               .identifier = icmp->identifier(),
                                               .sequence = icmp->sequence(),
                                               .next_hop_mtu = icmp->next_hop_mtu(),
                                               .length = ip.length - wire::IcmpView::header_size,
                                               .quoted = quoted_in(*icmp)},
                        .text = icmp->body()};
}

[[nodiscard]] std::optional<FrameSummary> transport_of(const IpContents& ip) {
    if (ip.fragment) return std::nullopt;
    switch (ip.protocol) {
        case wire::Protocol::tcp:
            return tcp_of(ip);
        case wire::Protocol::udp:
            return udp_of(ip);
        case wire::Protocol::icmp:
            return icmp_of(ip);
        default:
            return std::nullopt;
    }
}

[[nodiscard]] std::optional<FrameSummary> summarize_ip(Bytes packet) {
    if (packet.empty()) return std::nullopt;
    const bool is_v6 = load_u8(packet, 0) >> 4 == 6;
    const auto ip = is_v6 ? contents_of_v6(packet) : contents_of_v4(packet);
    if (!ip) return std::nullopt;
    if (auto transport = transport_of(*ip)) return transport;
    return FrameSummary{.source = {ip->source, {}},
                        .destination = {ip->destination, {}},
                        .content = OtherSummary{.protocol = ip->protocol,
                                                .fragment = ip->fragment,
                                                .fragment_offset = ip->fragment_offset,
                                                .length = ip->length},
                        .text = {}};
}

[[nodiscard]] std::optional<FrameSummary> summarize_arp(Bytes packet) {
    const auto arp = wire::ArpView::parse(packet);
    if (!arp) return std::nullopt;
    return FrameSummary{.source = {arp->sender_ip(), {}},
                        .destination = {arp->target_ip(), {}},
                        .content = ArpSummary{.operation = arp->operation(),
                                              .sender_mac = arp->sender_mac(),
                                              .sender = arp->sender_ip(),
                                              .target = arp->target_ip()},
                        .text = {}};
}

}  // namespace

std::optional<FrameSummary> summarize(Bytes frame, trace::Medium medium) {
    if (medium == trace::Medium::raw_ip) return summarize_ip(frame);
    const auto ethernet = wire::EthernetView::parse(frame);
    if (!ethernet) return std::nullopt;
    switch (ethernet->type()) {
        case wire::EtherType::ipv4:
        case wire::EtherType::ipv6:
            return summarize_ip(ethernet->payload());
        case wire::EtherType::arp:
            return summarize_arp(ethernet->payload());
        case wire::EtherType::none:
            break;
    }
    return std::nullopt;
}

}  // namespace handfast::observe
