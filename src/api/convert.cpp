#include "api/convert.hpp"

#include <algorithm>

#include "core/base/check.hpp"
#include "core/base/enum_array.hpp"

namespace handfast::api {

namespace {

static_assert(static_cast<int>(PacketKind::any) == static_cast<int>(weather::PacketKind::any));
static_assert(static_cast<int>(PacketKind::arp) == static_cast<int>(weather::PacketKind::arp));
static_assert(static_cast<int>(weather::PacketKind::count) ==
              static_cast<int>(PacketKind::arp) + 1);
static_assert(static_cast<int>(TcpState::time_wait) ==
              static_cast<int>(trace::TcpState::time_wait));
static_assert(static_cast<int>(trace::TcpState::count) ==
              static_cast<int>(TcpState::time_wait) + 1);

}  // namespace

wire::IpAddress to_core(const Address& address) {
    const auto& o = address.octets();
    if (address.is_v4()) return wire::IpAddress::v4(o[0], o[1], o[2], o[3]);
    std::array<std::byte, 16> octets{};
    std::ranges::transform(o, octets.begin(), [](std::uint8_t v) { return std::byte{v}; });
    return wire::IpAddress::v6(octets);
}

Address from_core(const wire::IpAddress& address) {
    std::array<std::uint8_t, 16> o{};
    std::ranges::transform(address.octets(), o.begin(), std::to_integer<std::uint8_t>);
    return address.is_v4() ? Address::v4(o[12], o[13], o[14], o[15]) : Address::v6(o);
}

wire::Endpoint to_core(const Endpoint& endpoint) {
    return {.address = to_core(endpoint.address), .port = wire::Port{endpoint.port}};
}

Endpoint from_core(const wire::Endpoint& endpoint) {
    return {from_core(endpoint.address), wire::number(endpoint.port)};
}

wire::Prefix to_core(const Prefix& prefix) {
    return {.address = to_core(prefix.address), .length = prefix.length};
}

Prefix from_core(const wire::Prefix& prefix) {
    return {from_core(prefix.address), prefix.length};
}

weather::Impairments to_core(const Weather& w) {
    weather::Impairments result{
        .delay = w.delay,
        .jitter = w.jitter,
        .loss = w.loss,
        .burst = {.rate = w.burst_loss, .mean_length = w.burst_length},
        .reorder = w.reorder,
        .reorder_by = w.reorder_by,
        .duplicate = w.duplicate,
        .corrupt = w.corrupt,
        .black_hole = w.black_hole,
        .rate = w.rate,
        .queue = w.queue,
        .drops = {},
        .cuts = {},
    };
    for (const NamedDrop& drop : w.drops)
        result.drops.push_back(
            {.kind = static_cast<weather::PacketKind>(drop.kind), .ordinal = drop.ordinal});
    for (const Cut& cut : w.cuts) result.cuts.push_back({.at = cut.at, .length = cut.length});
    return result;
}

tcp::Profile to_core(Profile profile) {
    return profile == Profile::rfc ? tcp::Profile::rfc() : tcp::Profile::linux();
}

tcp::CongestionControl to_core(Congestion congestion) {
    switch (congestion) {
        case Congestion::cubic:
            return tcp::CongestionControl::cubic;
        case Congestion::reno:
            return tcp::CongestionControl::reno;
        case Congestion::bbr:
            return tcp::CongestionControl::bbr;
    }
    HF_CHECK(false);
}

berkeley::Option to_core(TcpOption option) {
    using berkeley::Option;
    switch (option) {
        case TcpOption::no_delay:
            return Option::tcp_nodelay;
        case TcpOption::cork:
            return Option::tcp_cork;
        case TcpOption::quick_ack:
            return Option::tcp_quickack;
        case TcpOption::keep_alive:
            return Option::so_keepalive;
        case TcpOption::keep_idle_seconds:
            return Option::tcp_keepidle;
        case TcpOption::keep_interval_seconds:
            return Option::tcp_keepintvl;
        case TcpOption::keep_count:
            return Option::tcp_keepcnt;
        case TcpOption::user_timeout_milliseconds:
            return Option::tcp_user_timeout;
        case TcpOption::tell_user_timeout:
            return Option::tcp_tells_user_timeout;
        case TcpOption::soft_errors:
            return Option::tcp_soft_errors;
        case TcpOption::send_buffer:
            return Option::so_sndbuf;
        case TcpOption::receive_buffer:
            return Option::so_rcvbuf;
        case TcpOption::max_segment:
            return Option::tcp_maxseg;
        case TcpOption::type_of_service:
            return Option::ip_tos;
        case TcpOption::time_to_live:
            return Option::ip_ttl;
        case TcpOption::reuse_port:
            return Option::so_reuseport;
    }
    HF_CHECK(false);
}

berkeley::Option to_core(UdpOption option) {
    using berkeley::Option;
    switch (option) {
        case UdpOption::broadcast:
            return Option::so_broadcast;
        case UdpOption::receive_buffer:
            return Option::so_rcvbuf;
        case UdpOption::reuse_address:
            return Option::so_reuseaddr;
        case UdpOption::reuse_port:
            return Option::so_reuseport;
        case UdpOption::type_of_service:
            return Option::ip_tos;
        case UdpOption::time_to_live:
            return Option::ip_ttl;
    }
    HF_CHECK(false);
}

TcpInfo from_core(const trace::ConnectionSnapshot& s) {
    return {
        .state = static_cast<TcpState>(s.state),
        .mss = s.mss,
        .congestion_window = s.congestion_window,
        .send_window = s.snd_wnd,
        .receive_window = s.rcv_wnd,
        .in_flight = s.in_flight,
        .send_queued = s.send_queued,
        .receive_queued = s.receive_queued,
        .round_trip = s.srtt,
        .round_trip_variation = s.rtt_variation,
        .retransmission_timeout = s.rto,
        .octets_sent = s.bytes_sent,
        .octets_acknowledged = s.bytes_acked,
        .octets_received = s.bytes_received,
        .octets_retransmitted = s.bytes_retransmitted,
        .retransmissions = s.total_retransmissions,
    };
}

Datagram to_datagram(const berkeley::DatagramInfo& info) {
    return {.size = info.copied, .length = info.length, .source = from_core(info.source)};
}

stack::Config to_core(const HostPlan& plan) {
    stack::LinkConfig link;
    link.medium = plan.medium;
    link.mtu = plan.mtu;
    link.offload = plan.offload;
    for (const Prefix& prefix : plan.addresses) link.addresses.push_back(to_core(prefix));

    stack::Config config;
    config.name = plan.name;
    config.links.push_back(std::move(link));
    if (plan.gateway) {
        config.routes.push_back({.destination = {.address = {}, .length = 0},
                                 .gateway = to_core(*plan.gateway),
                                 .link = 0});
    }
    config.profile = to_core(plan.profile);
    config.profile.congestion = to_core(plan.congestion);
    config.msl = plan.msl;
    config.entropy = plan.entropy;
    config.loopback = to_core(plan.loopback_weather);
    return config;
}

}  // namespace handfast::api
