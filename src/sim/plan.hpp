// A world before it begins, as a plain value: hosts, the weather of their links, and what their
// programs do. One seed gives one plan; swarm.hpp runs it, shrink.hpp cuts it down.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/network/network.hpp"
#include "sim/workload.hpp"

namespace handfast::sim {

struct HostPlan {
    std::uint32_t name{0};  // of its address and entropy: stays when other hosts go
    bool strict{false};     // Profile::rfc(), else Profile::linux()
    bool offload{true};
    bool timestamps{true};
    bool sack{true};
    bool window_scaling{true};
    tcp::EcnUse ecn{tcp::EcnUse::answer};
    tcp::CongestionControl congestion{tcp::CongestionControl::cubic};
    std::uint16_t mtu{1500};
    std::uint32_t send_buffer{0};  // of sockets that do not say; 0: the engine's
    std::uint32_t receive_buffer{0};
    weather::Impairments up{};
    weather::Impairments down{};
    weather::Impairments loopback{};
    friend bool operator==(const HostPlan&, const HostPlan&) = default;
};

struct Plan {
    std::uint64_t seed{0};
    std::size_t pool_octets{std::size_t{64} << 20};
    std::vector<HostPlan> hosts{};
    std::vector<Conversation> conversations{};
    friend bool operator==(const Plan&, const Plan&) = default;
};

// What may go wrong with a conversation, and is no mistake of the engine's.
struct Peril {
    bool lossy{false};   // packets get lost: a neighbor may not be found
    bool harsh{false};   // so many, or for so long, that connections are given up
    bool scarce{false};  // memory may not suffice
    bool breaks{false};  // one side ends before the other
    // An error of the weather's or the other side's doing may come at any time.
    [[nodiscard]] bool any_end() const { return harsh || scarce || breaks; }
};

[[nodiscard]] Plan draw_plan(std::uint64_t seed);
[[nodiscard]] Peril peril_of(const Plan& plan, const Conversation& conversation);
// The host of this name; it must be there.
[[nodiscard]] const HostPlan& host_of(const Plan& plan, std::uint32_t name);

[[nodiscard]] wire::Prefix address_of(const HostPlan& host);
[[nodiscard]] network::HostConfig config_of(const HostPlan& host, std::uint64_t seed);
// For people, a line for each host and conversation.
[[nodiscard]] std::string to_string(const Plan& plan);

}  // namespace handfast::sim
