#include "core/offload/layout.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "core/wire/arp.hpp"
#include "core/wire/icmp.hpp"
#include "core/wire/udp.hpp"
#include "unit/offload/frames.hpp"

namespace handfast::offload {
namespace {

using testing::as_received;
using testing::Octets;
using testing::octets_of;
using testing::Sender;

TEST(Layout, pulls_all_headers_of_a_received_segment_and_nothing_of_its_text) {
    buf::Pool pool;
    Sender sender;
    sender.tcp.options.timestamps = wire::TcpTimestamps{.value = 1, .echo = 2};
    const Octets octets = octets_of(sender.packet(pool, testing::text(100)));
    buf::Packet frame = as_received(pool, octets);
    ASSERT_TRUE(pull_headers(frame, trace::Medium::ethernet));
    EXPECT_EQ(frame.head_size(), 14U + 20 + 32);
    EXPECT_EQ(frame.facts().transport_at, 34U);
    EXPECT_EQ(octets_of(frame), octets);
}

TEST(Layout, of_a_raw_ip_segment_begins_with_ip) {
    buf::Pool pool;
    Sender sender;
    sender.medium = trace::Medium::raw_ip;
    const auto layout = layout_of(sender.packet(pool, testing::text(100)), trace::Medium::raw_ip);
    ASSERT_TRUE(layout);
    EXPECT_EQ(layout->network_at, 0U);
    EXPECT_EQ(layout->transport_at, 20U);
    EXPECT_EQ(layout->payload_at, 40U);
    EXPECT_EQ(layout->payload_size(), 100U);
    EXPECT_TRUE(layout->is_tcp());
}

TEST(Layout, knows_ipv6__rfc8200_3) {
    buf::Pool pool;
    Sender sender;
    sender.v6 = true;
    const auto layout = layout_of(sender.packet(pool, testing::text(9)), trace::Medium::ethernet);
    ASSERT_TRUE(layout);
    EXPECT_EQ(layout->network, Layout::Network::ipv6);
    EXPECT_EQ(layout->transport_at, 54U);
    EXPECT_EQ(layout->payload_size(), 9U);
}

TEST(Layout, does_not_count_link_padding_as_payload__rfc894) {
    buf::Pool pool;
    Octets octets = octets_of(Sender{}.packet(pool, testing::text(1)));
    octets.resize(60);
    buf::Packet frame = as_received(pool, octets);
    ASSERT_TRUE(pull_headers(frame, trace::Medium::ethernet));
    EXPECT_EQ(layout_of(frame, trace::Medium::ethernet)->payload_size(), 1U);
}

TEST(Layout, looks_for_no_transport_header_in_a_fragment__rfc791_3_2) {
    buf::Pool pool;
    Octets octets = octets_of(Sender{}.packet(pool, testing::text(100)));
    octets[14 + 7] = std::byte{5};
    buf::Packet frame = as_received(pool, octets);
    ASSERT_TRUE(pull_headers(frame, trace::Medium::ethernet));
    const auto layout = layout_of(frame, trace::Medium::ethernet);
    EXPECT_TRUE(layout->fragment);
    EXPECT_FALSE(layout->is_tcp());
    EXPECT_EQ(frame.head_size(), 34U);
}

TEST(Layout, pulls_an_arp_packet) {
    buf::Pool pool;
    Octets octets(60);
    octets[12] = std::byte{0x08};
    octets[13] = std::byte{0x06};
    buf::Packet frame = as_received(pool, octets);
    ASSERT_TRUE(pull_headers(frame, trace::Medium::ethernet));
    EXPECT_EQ(frame.head_size(), 14 + wire::ArpView::packet_size);
    EXPECT_EQ(layout_of(frame, trace::Medium::ethernet)->network, Layout::Network::arp);
}

TEST(Layout, pulls_what_an_icmp_error_quotes__rfc1122_3_2_2) {
    buf::Pool pool;
    Sender quoted;
    quoted.medium = trace::Medium::raw_ip;
    Octets quotation = octets_of(quoted.packet(pool, testing::text(50)));
    quotation.resize(28);
    Octets octets(20 + 8);
    const wire::Ipv4Header ip{.source = quoted.destination(),
                              .destination = quoted.source(),
                              .protocol = wire::Protocol::icmp,
                              .payload_size = 8 + quotation.size(),
                              .options = {}};
    ip.emit(octets);
    wire::IcmpHeader::unreachable(wire::UnreachableCode::port)
        .emit(MutableBytes{octets}.subspan(20));
    octets.insert(octets.end(), quotation.begin(), quotation.end());
    buf::Packet packet = as_received(pool, octets);
    ASSERT_TRUE(pull_headers(packet, trace::Medium::raw_ip));
    const auto view = wire::IcmpView::parse(packet.head().subspan(20));
    ASSERT_TRUE(view);
    EXPECT_TRUE(view->quoted());
}

TEST(Layout, says_no_to_a_tcp_header_that_ends_behind_the_datagram__rfc9293_3_1) {
    buf::Pool pool;
    Octets octets = octets_of(Sender{}.packet(pool, {}));
    octets.resize(100);                 // link padding that it could be mistaken for
    octets[34 + 12] = std::byte{0xf0};  // says 60 octets
    buf::Packet frame = as_received(pool, octets);
    EXPECT_FALSE(pull_headers(frame, trace::Medium::ethernet));
}

RC_GTEST_PROP(Layout, survives_any_octets_and_keeps_them_all, ()) {
    buf::Pool pool;
    Octets octets = octets_of(Sender{}.packet(pool, testing::text(40)));
    octets.resize(*rc::gen::inRange<std::size_t>(0, octets.size() + 20));
    const int changes = *rc::gen::inRange(0, 6);
    for (int i = 0; i < changes && !octets.empty(); ++i) {
        const auto at = *rc::gen::inRange<std::size_t>(0, std::min<std::size_t>(octets.size(), 60));
        octets[at] = static_cast<std::byte>(*rc::gen::inRange(0, 256));
    }
    const auto medium = *rc::gen::element(trace::Medium::ethernet, trace::Medium::raw_ip);
    buf::Packet frame = as_received(pool, octets);
    const bool pulled = pull_headers(frame, medium);
    RC_ASSERT(octets_of(frame) == octets);
    const auto layout = layout_of(frame, medium);
    RC_ASSERT(!pulled || layout.has_value());
    if (!layout) return;
    RC_ASSERT(layout->network_at <= layout->transport_at);
    RC_ASSERT(layout->transport_at <= layout->payload_at);
    RC_ASSERT(layout->payload_at <= layout->end);
    RC_ASSERT(layout->end <= octets.size());
    RC_ASSERT(layout->payload_at <= frame.head_size() || layout->network == Layout::Network::other);
}

}  // namespace
}  // namespace handfast::offload
