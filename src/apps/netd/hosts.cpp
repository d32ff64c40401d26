#include "apps/netd/hosts.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <random>

#include "api/convert.hpp"
#include "core/socket/congestion.hpp"
#include "core/weather/parse.hpp"
#include "core/wire/format.hpp"

namespace handfast::netd {

using berkeley::Errno;

namespace {

// Where addresses are taken from that nobody chose.
constexpr wire::Prefix own_range{.address = wire::IpAddress::v4(10, 98, 0, 0), .length = 16};
constexpr std::size_t longest_name = 63;

std::unexpected<Refusal> refuse(Errno error, std::string text) {
    return std::unexpected{Refusal{.error = error, .text = std::move(text)}};
}

bool is_name(std::string_view name) {
    const auto fits = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '-' || c == '.' || c == '_';
    };
    return !name.empty() && name.size() <= longest_name && std::ranges::all_of(name, fits);
}

// ::ffff:a.b.c.d as the IPv4 address that it is (RFC 4291 §2.5.5.2).
wire::IpAddress unmapped(const wire::IpAddress& address) {
    const auto v4 = wire::IpAddress::v4(load_be32(address.octets(), 12));
    return v4.octets() == address.octets() ? v4 : address;
}

Entropy draw_entropy() {
    std::random_device device;
    Entropy entropy;
    std::ranges::generate(entropy, [&] { return static_cast<std::byte>(device()); });
    return entropy;
}

}  // namespace

network::HostConfig Hosts::config_of(std::string name, const HostRecord& host) const {
    api::HostPlan plan{
        .name = std::move(name),
        .addresses = {},
        .gateway = {},
        .mtu = host.link.mtu,
        .msl = host.msl,
        .loopback_weather = {},
        .entropy = seed_ ? entropy_from_seed(mix64(*seed_) + hosts_.size()) : draw_entropy()};
    std::ranges::transform(host.addresses,
                           std::back_inserter(plan.addresses),
                           [](const wire::Prefix& prefix) { return api::from_core(prefix); });
    network::HostConfig config{
        .stack = api::to_core(plan), .up = host.link.up, .down = host.link.down};
    config.stack.loopback = host.link.loopback;
    config.stack.profile.congestion = host.congestion;
    config.stack.links.front().all_on_link = true;
    return config;
}

namespace {

// nullopt: it does not say.
Answer<std::optional<tcp::CongestionControl>> congestion_of(const control::Join& join) {
    if (join.congestion.empty()) return std::nullopt;
    const auto control = socket::find_congestion_control(join.congestion);
    if (!control)
        return refuse(Errno::invalid_argument,
                      fmt::format("\"{}\" is no congestion control: use cubic, reno or bbr",
                                  join.congestion));
    return control;
}

}  // namespace

Answer<const HostRecord*> Hosts::join(network::Network& network,
                                      const control::Join& join,
                                      Instant now) {
    const auto known = hosts_.find(join.host.empty() ? unnamed : std::string_view{join.host});
    if (known == hosts_.end()) return make(network, join, now);
    for (const wire::Prefix& wanted : join.addresses) {
        if (std::ranges::find(known->second.addresses, wanted) == known->second.addresses.end())
            return refuse(Errno::invalid_argument,
                          fmt::format("host {} has {} since it was made, and not {}: leave --ip "
                                      "out, or choose another --host",
                                      known->first,
                                      wire::to_string(known->second.addresses.front()),
                                      wire::to_string(wanted)));
    }
    if (join.msl && *join.msl != known->second.msl)
        return refuse(
            Errno::invalid_argument,
            fmt::format("host {} has its MSL of {} since it was made: leave --msl out, or "
                        "choose another --host",
                        known->first,
                        weather::duration_text(known->second.msl)));
    const auto congestion = congestion_of(join);
    if (!congestion) return std::unexpected{congestion.error()};
    if (*congestion && **congestion != known->second.congestion)
        return refuse(
            Errno::invalid_argument,
            fmt::format("host {} has its congestion control of {} since it was made: leave "
                        "--congestion out, or choose another --host",
                        known->first,
                        socket::to_string(known->second.congestion)));
    if (!join.options.empty()) {
        const auto done = set_link(network, {.host = known->first, .options = join.options}, now);
        if (!done) return std::unexpected{done.error()};
    }
    return &known->second;
}

Answer<const HostRecord*> Hosts::make(network::Network& network,
                                      const control::Join& join,
                                      Instant now) {
    const std::string name{join.host.empty() ? unnamed : std::string_view{join.host}};
    if (!is_name(name))
        return refuse(
            Errno::invalid_argument,
            fmt::format("\"{}\" is no name for a host: use letters, digits, - . _", name));
    const auto link = changed({}, join.options);
    if (!link) return refuse(Errno::invalid_argument, link.error());
    const auto congestion = congestion_of(join);
    if (!congestion) return std::unexpected{congestion.error()};
    HostRecord record{.id = {},
                      .addresses = join.addresses,
                      .link = *link,
                      .msl = join.msl.value_or(msl_),
                      .congestion = congestion->value_or(tcp::CongestionControl::cubic)};
    if (record.addresses.empty()) {
        const auto address = free_address();
        if (!address) return refuse(Errno::no_space_on_device, "the network is full");
        record.addresses.push_back(*address);
    }
    for (const wire::Prefix& address : record.addresses) {
        if (const std::string_view owner = owner_of(address.address); !owner.empty())
            return refuse(Errno::address_in_use,
                          fmt::format("host {} has {}: choose another --ip",
                                      owner,
                                      wire::to_string(address.address)));
    }
    const auto id = network.add_host(config_of(name, record), now);
    if (!id)
        return refuse(id.error(),
                      fmt::format("no host can have these addresses, {} and so on",
                                  wire::to_string(record.addresses.front())));
    record.id = *id;
    return &hosts_.emplace(name, std::move(record)).first->second;
}

Answer<void> Hosts::set_link(network::Network& network,
                             const control::SetLink& change,
                             Instant now) {
    const auto known = hosts_.find(change.host);
    if (known == hosts_.end())
        return refuse(Errno::invalid_argument, fmt::format("there is no host {}", change.host));
    HostRecord& host = known->second;
    auto link = changed(host.link, change.options);
    if (!link) return refuse(Errno::invalid_argument, link.error());
    if (link->mtu != host.link.mtu)
        return refuse(
            Errno::invalid_argument,
            fmt::format("host {} has its MTU of {} since it was made", change.host, host.link.mtu));
    host.link = *std::move(link);
    network.set_weather(host.id, host.link.up, host.link.down, now);
    network.shard(host.id).set_loopback_weather(host.link.loopback, now);
    return {};
}

bool Hosts::may_reach(const wire::IpAddress& address) const {
    const wire::IpAddress to = unmapped(address);
    // Of IPv6 the engine tells by itself.
    if (!to.is_v4() || to.is_unspecified() || to.is_loopback() || to.is_multicast() ||
        to.is_limited_broadcast())
        return true;
    return std::ranges::any_of(hosts_, [&](const auto& entry) {
        return std::ranges::any_of(entry.second.addresses,
                                   [&](const wire::Prefix& prefix) { return prefix.contains(to); });
    });
}

const HostRecord* Hosts::find(std::string_view name) const {
    const auto known = hosts_.find(name);
    return known != hosts_.end() ? &known->second : nullptr;
}

std::string_view Hosts::name_of(trace::HostId id) const {
    for (const auto& [name, host] : hosts_) {
        if (host.id == id) return name;
    }
    return {};
}

std::string_view Hosts::owner_of(const wire::IpAddress& address) const {
    for (const auto& [name, host] : hosts_) {
        if (std::ranges::find(host.addresses, address, &wire::Prefix::address) !=
            host.addresses.end())
            return name;
    }
    return {};
}

// Neither the network's own address nor its broadcast.
std::optional<wire::Prefix> Hosts::free_address() const {
    constexpr std::uint32_t most = 0xfffe;
    for (std::uint32_t n = 1; n <= most; ++n) {
        const auto address = wire::IpAddress::v4(own_range.address.v4_value() + n);
        if (owner_of(address).empty())
            return wire::Prefix{.address = address, .length = own_range.length};
    }
    return std::nullopt;
}

}  // namespace handfast::netd
