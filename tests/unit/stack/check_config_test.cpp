// What a host cannot be made of.
#include "core/stack/check_config.hpp"

#include "wire_rig.hpp"

namespace handfast::stack {
namespace {

using wire::IpAddress;

[[nodiscard]] bool is_good(const Config& config) {
    return !fault_of(config);
}

TEST(CheckConfig, a_plain_host_is_good) {
    EXPECT_TRUE(is_good(testing::host(1)));
    EXPECT_TRUE(is_good(Config{})) << "a host with nothing but its loopback";
}

TEST(CheckConfig, addresses_must_be_those_of_a_host__rfc1122_3_2_1_3) {
    for (const wire::Prefix own : {wire::Prefix{IpAddress::v4(0), 24},
                                   wire::Prefix{IpAddress::v4(127, 0, 0, 2), 8},
                                   wire::Prefix{IpAddress::v4(224, 0, 0, 2), 8},
                                   wire::Prefix{IpAddress::v4(10, 0, 0, 255), 24},
                                   wire::Prefix{IpAddress::v4(0xffff'ffff), 32},
                                   wire::Prefix{IpAddress::v4(10, 0, 0, 1), 33},
                                   wire::Prefix{IpAddress::any(wire::Family::ipv6), 64}}) {
        Config config = testing::host(1);
        config.links[0].addresses = {own};
        EXPECT_FALSE(is_good(config));
    }
}

TEST(CheckConfig, an_address_belongs_to_one_link) {
    Config config = testing::host(1);
    config.links.push_back(config.links[0]);
    EXPECT_FALSE(is_good(config));
}

TEST(CheckConfig, an_ethernet_link_has_a_mac_address_of_its_own) {
    Config config = testing::host(1);
    config.links[0].mac = {};
    EXPECT_FALSE(is_good(config));
    config.links[0].mac = wire::MacAddress::broadcast();
    EXPECT_FALSE(is_good(config));
    config.links[0].medium = trace::Medium::raw_ip;
    EXPECT_TRUE(is_good(config));
}

TEST(CheckConfig, a_gateway_is_a_neighbor_on_a_link_that_is_there__rfc1122_ip4_28) {
    Config config = testing::host(1);
    const wire::Prefix everywhere{IpAddress::v4(0), 0};
    config.routes = {{.destination = everywhere, .gateway = testing::address(254), .link = 0}};
    EXPECT_TRUE(is_good(config));
    config.routes[0].link = 1;
    EXPECT_FALSE(is_good(config));
    config.routes[0].link = 0;
    config.routes[0].gateway = IpAddress::v4(192, 0, 2, 1);
    EXPECT_FALSE(is_good(config));
    config.links[0].all_on_link = true;
    EXPECT_TRUE(is_good(config));
}

TEST(CheckConfig, sizes_and_ranges_leave_room_to_work) {
    const auto spoiled = [](auto change) {
        Config config = testing::host(1);
        change(config);
        return !is_good(config);
    };
    EXPECT_TRUE(spoiled([](Config& c) { c.links[0].mtu = 67; }));
    EXPECT_TRUE(spoiled([](Config& c) { c.loopback_mtu = 67; }));
    EXPECT_TRUE(spoiled([](Config& c) { c.ephemeral_ports = {0, 10}; }));
    EXPECT_TRUE(spoiled([](Config& c) { c.ephemeral_ports = {11, 10}; }));
    EXPECT_TRUE(spoiled([](Config& c) { c.msl = Duration{0}; }));
    EXPECT_TRUE(spoiled([](Config& c) { c.limits.ip.neighbors = 0; }));
    EXPECT_TRUE(spoiled([](Config& c) { c.limits.ip.icmp_interval = Duration{0}; }));
    EXPECT_TRUE(spoiled([](Config& c) { c.links.resize(255, c.links[0]); }));
}

}  // namespace
}  // namespace handfast::stack
