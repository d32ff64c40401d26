// What a host is told once: its links, addresses, routes, profile and limits.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/base/rng.hpp"
#include "core/base/time.hpp"
#include "core/ip/limits.hpp"
#include "core/tcp/profile.hpp"
#include "core/trace/event.hpp"
#include "core/udp/udp.hpp"
#include "core/weather/impairments.hpp"
#include "core/wire/address.hpp"

namespace handfast::stack {

struct LinkConfig {
    std::string name{"eth0"};
    trace::Medium medium{trace::Medium::ethernet};
    wire::MacAddress mac{};
    std::uint16_t mtu{1500};
    bool offload{true};  // the link takes super-segments and partial checksums
    std::vector<wire::Prefix> addresses{};
    bool all_on_link{false};  // every address is a neighbor, whatever its prefix (DESIGN.md §4)
};

struct Route {
    wire::Prefix destination;                  // length 0: the default route
    std::optional<wire::IpAddress> gateway{};  // nullopt: on-link
    std::uint8_t link{0};                      // index into Config::links
};

struct Limits {
    ip::Limits ip;
    tcp::Limits tcp;
    udp::Limits udp;
    std::size_t sockets{1'100'000};
};

struct Config {
    std::string name{"host"};
    trace::HostId id{};
    std::vector<LinkConfig> links{};  // the loopback is there by itself
    std::vector<Route> routes{};      // beside those that the links' prefixes make
    tcp::Profile profile{};
    Limits limits{};
    Duration msl{seconds{120}};
    Entropy entropy{};
    weather::Impairments loopback{};  // weather of 127.0.0.0/8 and of the host's own addresses
    std::uint32_t loopback_mtu{65'536};
    std::pair<std::uint16_t, std::uint16_t> ephemeral_ports{32'768, 60'999};
};

}  // namespace handfast::stack
