// The hosts of the network, by name. A host is made when somebody joins it, and stays.
#pragma once

#include <expected>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apps/netd/link_words.hpp"
#include "core/control/message.hpp"
#include "core/network/network.hpp"
#include "core/tcp/profile.hpp"

namespace handfast::netd {

// What was wrong, in a sentence.
struct Refusal {
    berkeley::Errno error{};
    std::string text;
};
template <class T>
using Answer = std::expected<T, Refusal>;

struct HostRecord {
    trace::HostId id{};
    std::vector<wire::Prefix> addresses;
    LinkWords link;
    Duration msl{};
    tcp::CongestionControl congestion{};
};

class Hosts {
public:
    Hosts(Duration msl, std::optional<std::uint64_t> seed) : msl_{msl}, seed_{seed} {}

    // Runs without a name share this one, so that 127.0.0.1 works between them (DESIGN.md §4).
    static constexpr std::string_view unnamed = "local";

    [[nodiscard]] Answer<const HostRecord*> join(network::Network& network,
                                                 const control::Join& join,
                                                 Instant now);
    [[nodiscard]] Answer<void> set_link(network::Network& network,
                                        const control::SetLink& change,
                                        Instant now);
    // Whether packets to this address find a host, or may find one that answers ARP: a segment has
    // no way out of it (DESIGN.md §4).
    [[nodiscard]] bool may_reach(const wire::IpAddress& address) const;

    [[nodiscard]] const std::map<std::string, HostRecord, std::less<>>& all() const {
        return hosts_;
    }
    [[nodiscard]] const HostRecord* find(std::string_view name) const;
    [[nodiscard]] std::string_view name_of(trace::HostId id) const;
    // Empty: nobody has it.
    [[nodiscard]] std::string_view owner_of(const wire::IpAddress& address) const;

private:
    [[nodiscard]] Answer<const HostRecord*> make(network::Network& network,
                                                 const control::Join& join,
                                                 Instant now);
    [[nodiscard]] network::HostConfig config_of(std::string name, const HostRecord& host) const;
    [[nodiscard]] std::optional<wire::Prefix> free_address() const;

    Duration msl_;
    std::optional<std::uint64_t> seed_;  // nullopt: secrets are drawn at random
    std::map<std::string, HostRecord, std::less<>> hosts_;
};

}  // namespace handfast::netd
