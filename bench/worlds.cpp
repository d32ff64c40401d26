#include "worlds.hpp"

#include "api/access.hpp"
#include "api/convert.hpp"
#include "core/network/network.hpp"

namespace handfast::bench {

namespace {

constexpr std::uint16_t port = 7;

// No public verb takes the offload of a link in memory away, for no program has a reason to: so the
// host goes in by the engine's door.
[[nodiscard]] Host add_host(Network& network, std::vector<Prefix> addresses, Frames frames) {
    const api::HostPlan plan{.name = "host",
                             .addresses = std::move(addresses),
                             .gateway = {},
                             .offload = frames == Frames::super_segments,
                             .msl = std::chrono::seconds{120},
                             .loopback_weather = {},
                             .entropy = entropy_from_seed(network.hosts().size())};
    NetworkAccess::engine(network).call([&](network::Network& n, Instant now) {
        HF_CHECK(n.add_host({.stack = api::to_core(plan), .up = {}, .down = {}}, now).has_value());
    });
    return network.hosts().back();
}

[[nodiscard]] std::vector<Prefix> server_addresses() {
    std::vector<Prefix> all;
    for (std::uint32_t i = 0; i < OurWorld::addresses; ++i)
        all.emplace_back(OurWorld::server_address(i), std::uint8_t{24});
    return all;
}

}  // namespace

Address OurWorld::server_address(std::uint32_t nth) {
    return Address::v4(10, 0, 0, static_cast<std::uint8_t>(1 + nth % addresses));
}

OurWorld::OurWorld(Frames frames)
    : network_{NetworkOptions{.max_memory = std::size_t{1} << 30}},
      server_{add_host(network_, server_addresses(), frames)},
      client_{add_host(network_, {"10.0.0.100/24"}, frames)},
      listener_{server_.listen(port)} {}

Pair<OurStream> OurWorld::connected() {
    OurStream client = client_.connect({server_address(0), port});
    OurStream server = listener_.accept();
    client.set_option(TcpOption::no_delay, 1);
    server.set_option(TcpOption::no_delay, 1);
    return {.client = std::move(client), .server = std::move(server)};
}

Pair<KernelStream> KernelWorld::connected() {
    KernelStream client = kernel_connect({.port = listener_.port()});
    return {.client = std::move(client), .server = listener_.accept()};
}

}  // namespace handfast::bench
