// What an initial sequence number depends on: RFC 6528 §3.
#include "core/tcp/isn.hpp"

#include <gtest/gtest.h>

namespace handfast::tcp {
namespace {

using wire::Endpoint;
using wire::FlowTuple;
using wire::IpAddress;
using wire::Port;

constexpr Instant now{seconds{1000}};
constexpr FlowTuple flow{{IpAddress::v4(10, 0, 0, 1), Port{1000}},
                         {IpAddress::v4(10, 0, 0, 2), Port{80}}};

TEST(Isn, depends_on_each_part_of_the_flow_and_on_the_secret__rfc9293_shld_1__rfc6528_3) {
    const IsnSource source{entropy_from_seed(1)};
    EXPECT_EQ(source.isn(flow, now), source.isn(flow, now));
    FlowTuple local_address = flow;
    local_address.local.address = IpAddress::v4(10, 0, 0, 9);
    FlowTuple local_port = flow;
    local_port.local.port = Port{1001};
    FlowTuple remote_address = flow;
    remote_address.remote.address = IpAddress::v4(10, 0, 0, 9);
    FlowTuple remote_port = flow;
    remote_port.remote.port = Port{81};
    const FlowTuple turned_round{flow.remote, flow.local};
    for (const FlowTuple& other :
         {local_address, local_port, remote_address, remote_port, turned_round})
        EXPECT_NE(source.isn(other, now), source.isn(flow, now));
    EXPECT_NE(IsnSource{entropy_from_seed(2)}.isn(flow, now), source.isn(flow, now));
}

TEST(Isn, of_ipv6_depends_on_every_octet_of_an_address__rfc9293_shld_1) {
    const IsnSource source{entropy_from_seed(1)};
    FlowTuple plain = flow;
    std::array<std::byte, 16> octets{std::byte{0x20}, std::byte{1}};
    plain.remote.address = IpAddress::v6(octets);
    for (std::byte& octet : octets) {
        octet ^= std::byte{1};
        FlowTuple other = plain;
        other.remote.address = IpAddress::v6(octets);
        EXPECT_NE(source.isn(other, now), source.isn(plain, now));
        octet ^= std::byte{1};
    }
}

TEST(Isn, is_a_clock_of_4_us_beside_the_hash__rfc9293_shld_1__must_8) {
    const IsnSource source{entropy_from_seed(1)};
    EXPECT_EQ(source.isn(flow, now + microseconds{4}) - source.isn(flow, now), 1);
    EXPECT_EQ(source.isn(flow, now + seconds{1}) - source.isn(flow, now), 250'000);
}

}  // namespace
}  // namespace handfast::tcp
