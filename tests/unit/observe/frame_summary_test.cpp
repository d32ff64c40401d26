#include "observe/frame_summary.hpp"

#include <gtest/gtest.h>
#include <string_view>
#include <vector>

#include "unit/observe/stage.hpp"

namespace handfast::observe {
namespace {

using namespace test;

constexpr wire::FlowTuple flow{.local = client_end, .remote = server_end};

TEST(FrameSummary, tells_whose_datagram_it_is_and_what_it_says) {
    const auto octets = udp_octets(flow, "hello");
    const auto found = summarize(octets, trace::Medium::raw_ip);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->source, client_end);
    EXPECT_EQ(found->destination, server_end);
    EXPECT_EQ(std::get<UdpSummary>(found->content).length, 5U);
    EXPECT_EQ(found->text.size(), 5U);
}

TEST(FrameSummary, reads_the_beginning_of_a_frame_as_the_whole) {
    const auto octets = udp_octets(flow, std::string(1000, 'x'));
    const auto found = summarize(Bytes{octets}.first(64), trace::Medium::raw_ip);
    ASSERT_TRUE(found);
    EXPECT_EQ(std::get<UdpSummary>(found->content).length, 1000U);
    EXPECT_EQ(found->text.size(), 64U - 28U);
}

TEST(FrameSummary, tells_the_flow_that_an_icmp_error_is_about) {
    const auto octets = port_unreachable(udp_octets(flow, "hello"));
    const auto found = summarize(octets, trace::Medium::raw_ip);
    ASSERT_TRUE(found);
    const auto& icmp = std::get<IcmpSummary>(found->content);
    ASSERT_TRUE(icmp.quoted);
    EXPECT_EQ(icmp.quoted->protocol, wire::Protocol::udp);
    EXPECT_EQ(icmp.quoted->tuple, flow);
}

TEST(FrameSummary, names_a_malformed_transport_by_its_protocol_only) {
    auto octets = udp_octets(flow, "hello");
    store_be16(octets, 24, 3);  // a UDP length shorter than its header
    const auto found = summarize(octets, trace::Medium::raw_ip);
    ASSERT_TRUE(found);
    EXPECT_EQ(std::get<OtherSummary>(found->content).protocol, wire::Protocol::udp);
}

TEST(FrameSummary, knows_nothing_of_what_is_no_ip) {
    EXPECT_FALSE(summarize({}, trace::Medium::raw_ip));
    EXPECT_FALSE(summarize(std::vector<std::byte>(60), trace::Medium::ethernet));
}

}  // namespace
}  // namespace handfast::observe
