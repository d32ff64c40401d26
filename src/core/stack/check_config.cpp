#include "core/stack/check_config.hpp"

#include <algorithm>

#include "core/ip/links.hpp"

namespace handfast::stack {
namespace {

using Fault = std::optional<std::string_view>;

constexpr std::uint32_t mtu_min = 68;  // RFC 791 §3.2: every link carries that much unfragmented

[[nodiscard]] bool is_host_address(const wire::IpAddress& a) {
    return !a.is_unspecified() && !a.is_loopback() && !a.is_multicast() &&
           !a.is_limited_broadcast() && !a.is_reserved();
}

[[nodiscard]] Fault fault_of_address(const wire::Prefix& own) {
    if (!own.address.is_v4()) return "an address is not IPv4: IPv6 is not there yet";
    if (own.length > 32) return "a prefix is longer than 32 bits";
    if (!is_host_address(own.address)) return "an address is none that a host may have";
    if (own.broadcast() == own.address) return "an address is the broadcast address of its prefix";
    return std::nullopt;
}

[[nodiscard]] Fault fault_of_link(const LinkConfig& link) {
    if (link.mtu < mtu_min) return "a link's MTU is below 68 octets";
    const bool ethernet = link.medium == trace::Medium::ethernet;
    if (ethernet && (link.mac == wire::MacAddress{} || link.mac.is_group()))
        return "an Ethernet link has no MAC address of its own";
    for (const wire::Prefix& own : link.addresses) {
        if (const Fault fault = fault_of_address(own)) return fault;
    }
    return std::nullopt;
}

[[nodiscard]] Fault fault_of_route(const Config& config, const Route& route) {
    if (route.link >= config.links.size()) return "a route leaves by a link that is not there";
    if (!route.gateway) return std::nullopt;
    const LinkConfig& link = config.links[route.link];
    const bool reachable =
        link.all_on_link || std::ranges::any_of(link.addresses, [&](const wire::Prefix& own) {
            return own.contains(*route.gateway) && own.address != *route.gateway;
        });
    if (!reachable) return "a route's gateway is no neighbor on its link";
    return std::nullopt;
}

[[nodiscard]] bool has_twin_addresses(const Config& config) {
    std::vector<wire::IpAddress> all;
    for (const LinkConfig& link : config.links) {
        for (const wire::Prefix& own : link.addresses) all.push_back(own.address);
    }
    std::ranges::sort(all);
    return std::ranges::adjacent_find(all) != all.end();
}

[[nodiscard]] Fault fault_of_limits(const Limits& limits) {
    const ip::Limits& ip = limits.ip;
    if (ip.neighbors == 0 || ip.parked_per_neighbor == 0 || ip.arp_attempts == 0 ||
        ip.arp_interval <= Duration{0} || ip.out_queue == 0)
        return "a limit of the neighbor table is zero";
    if (ip.reassembly_time <= Duration{0} || ip.icmp_interval <= Duration{0})
        return "an interval of IP is zero";
    return std::nullopt;
}

}  // namespace

std::optional<std::string_view> fault_of(const Config& config) {
    if (config.links.size() >= ip::loopback_link) return "there are more than 254 links";
    for (const LinkConfig& link : config.links) {
        if (const Fault fault = fault_of_link(link)) return fault;
    }
    if (has_twin_addresses(config)) return "an address is given twice";
    for (const Route& route : config.routes) {
        if (const Fault fault = fault_of_route(config, route)) return fault;
    }
    if (config.loopback_mtu < mtu_min) return "the loopback's MTU is below 68 octets";
    if (config.ephemeral_ports.first == 0 ||
        config.ephemeral_ports.first > config.ephemeral_ports.second)
        return "the range of ephemeral ports is empty or begins with 0";
    if (config.msl <= Duration{0}) return "the maximum segment lifetime is zero";
    return fault_of_limits(config.limits);
}

}  // namespace handfast::stack
