// Public values to and from the engine's.
#pragma once

#include "core/berkeley/calls.hpp"
#include "core/berkeley/options.hpp"
#include "core/stack/config.hpp"
#include "core/tcp/profile.hpp"
#include "core/trace/snapshot.hpp"
#include "core/weather/impairments.hpp"
#include "core/wire/address.hpp"
#include <handfast/address.hpp>
#include <handfast/host.hpp>
#include <handfast/tcp.hpp>
#include <handfast/udp.hpp>
#include <handfast/weather.hpp>

namespace handfast::api {

[[nodiscard]] wire::IpAddress to_core(const Address& address);
[[nodiscard]] Address from_core(const wire::IpAddress& address);
[[nodiscard]] wire::Endpoint to_core(const Endpoint& endpoint);
[[nodiscard]] Endpoint from_core(const wire::Endpoint& endpoint);
[[nodiscard]] wire::Prefix to_core(const Prefix& prefix);
[[nodiscard]] Prefix from_core(const wire::Prefix& prefix);

[[nodiscard]] weather::Impairments to_core(const Weather& weather);
[[nodiscard]] tcp::Profile to_core(Profile profile);
[[nodiscard]] tcp::CongestionControl to_core(Congestion congestion);
[[nodiscard]] berkeley::Option to_core(TcpOption option);
[[nodiscard]] berkeley::Option to_core(UdpOption option);
[[nodiscard]] TcpInfo from_core(const trace::ConnectionSnapshot& snapshot);

[[nodiscard]] Datagram to_datagram(const berkeley::DatagramInfo& info);

// What a host of these options is to the engine, but for its link, which the network knows.
struct HostPlan {
    std::string name;
    std::vector<Prefix> addresses;
    std::optional<Address> gateway;
    std::uint16_t mtu{1500};
    trace::Medium medium{trace::Medium::ethernet};
    bool offload{true};
    Profile profile{Profile::linux_like};
    Congestion congestion{Congestion::cubic};
    std::chrono::nanoseconds msl{};
    Weather loopback_weather;
    Entropy entropy{};
};
[[nodiscard]] stack::Config to_core(const HostPlan& plan);

}  // namespace handfast::api
