// Whole shards: frames in, frames out, and what happens between.
#include "core/stack/shard.hpp"

#include "wire_rig.hpp"

namespace handfast::stack {
namespace {

using berkeley::Errno;
using testing::address;
using testing::octets;
using testing::start;
using testing::WireTest;
using trace::Counter;
using trace::Drop;
using wire::Endpoint;
using wire::IpAddress;
using wire::Port;

class ShardTest : public WireTest {
protected:
    auto send(Shard& shard,
              udp::BindingId id,
              std::uint8_t from,
              const Endpoint& to,
              std::string_view text) {
        const auto way = shard.way_to(to.address, std::nullopt);
        EXPECT_TRUE(way);
        return shard.udp().send(id, {address(from), Port{1000}}, to, octets(text), way->mtu, now_);
    }
};

TEST_F(ShardTest, a_datagram_crosses_after_arp_and_the_answer_comes_back__rfc826_rfc768) {
    const auto client = bind_udp(a_, 1, 1000);
    const auto server = bind_udp(b_, 0, 53);
    ASSERT_TRUE(send(a_, client, 1, {address(2), Port{53}}, "question"));
    run_for(milliseconds{1});
    EXPECT_EQ(read_udp(b_, server), "question");
    ASSERT_TRUE(b_.udp().send(
        server, {address(2), Port{53}}, {address(1), Port{1000}}, octets("answer"), 1500, now_));
    run_for(milliseconds{1});
    EXPECT_EQ(read_udp(a_, client), "answer");
    EXPECT_EQ(frames_, 6U) << "two announcements, request, reply, two datagrams";
    EXPECT_TRUE(heard_a_.drops.empty());
    EXPECT_TRUE(heard_b_.drops.empty());
}

TEST_F(ShardTest, frames_leave_with_computed_checksums_when_the_link_offloads_nothing) {
    const auto client = bind_udp(a_, 1, 1000);
    bind_udp(b_, 0, 53);
    tap_ = [](buf::Packet& frame) {
        EXPECT_NE(frame.facts().checksum, buf::ChecksumState::partial);
        frame.facts().checksum = buf::ChecksumState::unknown;
        return true;
    };
    ASSERT_TRUE(send(a_, client, 1, {address(2), Port{53}}, "x"));
    run_for(milliseconds{1});
    EXPECT_EQ(count(b_, Counter::udp_in_datagrams), 1U);
}

TEST_F(ShardTest, a_damaged_datagram_is_dropped_by_its_checksum__udp_9) {
    const auto client = bind_udp(a_, 1, 1000);
    bind_udp(b_, 0, 53);
    tap_ = [](buf::Packet& frame) {
        frame = frame.clone();
        if (frame.size() > 46) frame.octet(frame.size() - 1) ^= std::byte{0x40};
        return true;
    };
    ASSERT_TRUE(send(a_, client, 1, {address(2), Port{53}}, "some octets"));
    run_for(milliseconds{1});
    EXPECT_EQ(drops(b_, Drop::udp_bad_checksum), 1U);
    EXPECT_EQ(count(b_, Counter::udp_in_errors), 1U);
    EXPECT_EQ(heard_b_.drops, std::vector{Drop::udp_bad_checksum});
}

TEST_F(ShardTest, a_datagram_without_checksum_is_taken__udp_2) {
    const auto client = bind_udp(a_, 1, 1000, {.no_checksum = true});
    const auto server = bind_udp(b_, 0, 53);
    ASSERT_TRUE(send(a_, client, 1, {address(2), Port{53}}, "bare"));
    run_for(milliseconds{1});
    EXPECT_EQ(read_udp(b_, server), "bare");
}

TEST_F(ShardTest, nobody_at_the_port_refuses_the_connected_socket__udp_4_udp_7) {
    const auto client = bind_udp(a_, 1, 1000);
    a_.udp().connect(client, {address(1), Port{1000}}, Endpoint{address(2), Port{9}});
    ASSERT_TRUE(send(a_, client, 1, {address(2), Port{9}}, "anybody?"));
    run_for(milliseconds{1});
    EXPECT_EQ(a_.udp().take_error(client), Errno::connection_refused);
    EXPECT_EQ(count(b_, Counter::icmp_out_dest_unreachs), 1U);
    EXPECT_EQ(count(a_, Counter::icmp_in_dest_unreachs), 1U);
}

TEST_F(ShardTest, a_neighbor_that_does_not_answer_is_unreachable_after_three_requests) {
    const auto client = bind_udp(a_, 1, 1000);
    a_.udp().connect(client, {address(1), Port{1000}}, Endpoint{address(77), Port{9}});
    ASSERT_TRUE(send(a_, client, 1, {address(77), Port{9}}, "anybody?"));
    run_for(milliseconds{2999});
    EXPECT_EQ(a_.udp().take_error(client), std::nullopt);
    run_for(milliseconds{2});
    EXPECT_EQ(a_.udp().take_error(client), Errno::host_unreachable);
    EXPECT_EQ(drops(a_, Drop::arp_unresolved), 1U);
}

TEST_F(ShardTest, the_sender_of_fragments_for_nobody_is_told_too) {
    const auto client = bind_udp(a_, 1, 1000);
    a_.udp().connect(client, {address(1), Port{1000}}, Endpoint{address(77), Port{9}});
    ASSERT_TRUE(send(a_, client, 1, {address(77), Port{9}}, std::string(4000, 'x')));
    run_for(seconds{4});
    EXPECT_EQ(a_.udp().take_error(client), Errno::host_unreachable);
    EXPECT_EQ(drops(a_, Drop::arp_unresolved), 3U);
}

TEST_F(ShardTest, a_group_is_heard_by_who_joined_it_as_often_as_it_is_not_left__rfc1112) {
    const IpAddress group = IpAddress::v4(239, 1, 2, 3);
    const auto sender = bind_udp(a_, 1, 1000);
    const auto member = bind_udp(b_, 0, 5000);
    b_.join_group(0, group);
    b_.join_group(0, group);
    ASSERT_TRUE(send(a_, sender, 1, {group, Port{5000}}, "joined twice"));
    run_for(milliseconds{1});
    EXPECT_EQ(read_udp(b_, member), "joined twice");
    b_.leave_group(0, group);
    ASSERT_TRUE(send(a_, sender, 1, {group, Port{5000}}, "left once"));
    run_for(milliseconds{1});
    EXPECT_EQ(read_udp(b_, member), "left once");
    b_.leave_group(0, group);
    ASSERT_TRUE(send(a_, sender, 1, {group, Port{5000}}, "left twice"));
    run_for(milliseconds{1});
    EXPECT_EQ(read_udp(b_, member), "EAGAIN");
}

TEST_F(ShardTest, the_largest_datagram_crosses_in_fragments__rfc791) {
    const auto client = bind_udp(a_, 1, 1000);
    const auto server = bind_udp(b_, 0, 53);
    std::string large(65'507, ' ');
    for (std::size_t i = 0; i < large.size(); ++i) large[i] = static_cast<char>('a' + i % 23);
    ASSERT_TRUE(send(a_, client, 1, {address(2), Port{53}}, large));
    run_for(milliseconds{1});
    EXPECT_EQ(read_udp(b_, server), large);
    EXPECT_EQ(count(a_, Counter::ip_frag_creates), 45U);
    EXPECT_EQ(count(b_, Counter::ip_reasm_oks), 1U);
}

TEST_F(ShardTest, a_lost_fragment_loses_the_datagram_and_its_sender_is_told__rfc1122_ip4_31) {
    const auto client = bind_udp(a_, 1, 1000);
    const auto server = bind_udp(b_, 0, 53);
    a_.udp().connect(client, {address(1), Port{1000}}, Endpoint{address(2), Port{53}});
    std::size_t ip_frames = 0;
    tap_ = [&](buf::Packet& frame) { return frame.size() < 500 || ++ip_frames != 2; };
    ASSERT_TRUE(send(a_, client, 1, {address(2), Port{53}}, std::string(4000, 'x')));
    run_for(seconds{59});
    EXPECT_EQ(drops(b_, Drop::ip_fragment_timeout), 0U);
    run_for(seconds{2});
    EXPECT_EQ(read_udp(b_, server), "EAGAIN");
    EXPECT_EQ(drops(b_, Drop::ip_fragment_timeout), 2U);
    EXPECT_EQ(count(a_, Counter::icmp_in_time_excds), 1U);
    EXPECT_EQ(a_.udp().take_error(client), Errno::host_unreachable);
}

TEST_F(ShardTest, an_echo_comes_back_with_its_octets__rfc1122_icmp4_13_icmp4_14) {
    ASSERT_TRUE(a_.send_echo(address(2), 7, 1, 56, 64, now_));
    ASSERT_TRUE(a_.send_echo(address(2), 7, 2, 5000, 64, now_));
    run_for(milliseconds{1});
    std::vector<EchoReply> replies;
    a_.take_echo_replies(replies);
    ASSERT_EQ(replies.size(), 2U);
    EXPECT_EQ(replies[0].from, address(2));
    EXPECT_EQ(replies[0].identifier, 7);
    EXPECT_EQ(replies[0].sequence, 1);
    EXPECT_EQ(replies[0].length, 56U);
    EXPECT_EQ(replies[0].ttl, 64);
    EXPECT_EQ(replies[0].error, std::nullopt);
    EXPECT_EQ(replies[1].length, 5000U);
    EXPECT_EQ(count(b_, Counter::icmp_out_echo_reps), 2U);
}

TEST_F(ShardTest, an_echo_to_nobody_ends_with_an_error) {
    ASSERT_TRUE(a_.send_echo(address(66), 7, 1, 56, 64, now_));
    run_for(seconds{4});
    std::vector<EchoReply> replies;
    a_.take_echo_replies(replies);
    ASSERT_EQ(replies.size(), 1U);
    EXPECT_EQ(replies[0].error, Errno::host_unreachable);
}

TEST_F(ShardTest, pings_itself_over_the_loopback) {
    ASSERT_TRUE(a_.send_echo(IpAddress::v4(127, 0, 0, 1), 7, 1, 56, 64, now_));
    ASSERT_TRUE(a_.send_echo(address(1), 7, 2, 56, 64, now_));
    const std::size_t before = frames_;
    run_for(Duration{0});
    std::vector<EchoReply> replies;
    a_.take_echo_replies(replies);
    ASSERT_EQ(replies.size(), 2U);
    EXPECT_EQ(frames_ - before, 2U) << "announcements only";
    EXPECT_GT(heard_a_.frames, 0U) << "the loopback is a link too, and seen";
}

TEST_F(ShardTest, the_loopback_has_weather_of_its_own) {
    weather::Impairments slow;
    slow.delay = milliseconds{20};
    a_.set_loopback_weather(slow, now_);
    ASSERT_TRUE(a_.send_echo(IpAddress::v4(127, 0, 0, 1), 7, 1, 56, 64, now_));
    run_for(milliseconds{39});
    std::vector<EchoReply> replies;
    a_.take_echo_replies(replies);
    EXPECT_TRUE(replies.empty());
    run_for(milliseconds{1});
    a_.take_echo_replies(replies);
    ASSERT_EQ(replies.size(), 1U);
    EXPECT_EQ(replies[0].at, start + milliseconds{40});
}

TEST_F(ShardTest, a_broadcast_reaches_the_neighbor_and_this_host_itself) {
    const auto sender = bind_udp(a_, 1, 1000, {.broadcast = true});
    const auto own = bind_udp(a_, 0, 5000);
    const auto other = bind_udp(b_, 0, 5000);
    ASSERT_TRUE(send(a_, sender, 1, {IpAddress::v4(10, 0, 0, 255), Port{5000}}, "all"));
    run_for(milliseconds{1});
    EXPECT_EQ(read_udp(a_, own), "all");
    EXPECT_EQ(read_udp(b_, other), "all");
}

TEST_F(ShardTest, nobody_is_told_that_a_broadcast_found_no_port__rfc1122_icmp4_4) {
    const auto sender = bind_udp(a_, 1, 1000, {.broadcast = true});
    ASSERT_TRUE(send(a_, sender, 1, {IpAddress::v4(10, 0, 0, 255), Port{5000}}, "all"));
    run_for(milliseconds{1});
    EXPECT_EQ(drops(b_, Drop::udp_no_port), 1U);
    EXPECT_EQ(count(b_, Counter::icmp_out_msgs), 0U);
}

TEST_F(ShardTest, ways_tell_source_and_size) {
    const auto near = a_.way_to(address(2), std::nullopt);
    ASSERT_TRUE(near);
    EXPECT_EQ(near->source, address(1));
    EXPECT_EQ(near->mtu, 1500);
    EXPECT_EQ(near->max_super_segment, 0U) << "this link offloads nothing";
    const auto self = a_.way_to(IpAddress::v4(127, 0, 0, 1), std::nullopt);
    ASSERT_TRUE(self);
    EXPECT_EQ(self->source, IpAddress::v4(127, 0, 0, 1));
    EXPECT_EQ(self->mtu, 65'535);
    EXPECT_TRUE(a_.way_to(address(255), std::nullopt)->broadcast);
    EXPECT_EQ(a_.way_to(IpAddress::v4(192, 0, 2, 1), std::nullopt).error(),
              Errno::network_unreachable);
    EXPECT_EQ(a_.way_to(address(2), address(9)).error(), Errno::address_not_available);
    EXPECT_EQ(a_.way_to(address(2), IpAddress::v4(127, 0, 0, 1)).error(), Errno::invalid_argument);
    EXPECT_TRUE(a_.is_own(address(1)));
    EXPECT_TRUE(a_.is_own(IpAddress::v4(127, 9, 9, 9)));
    EXPECT_FALSE(a_.is_own(address(2)));
    EXPECT_TRUE(a_.is_broadcast(address(255)));
}

TEST_F(ShardTest, an_unknown_protocol_is_refused_by_name__rfc1122_icmp4_6) {
    run_for(milliseconds{1});
    buf::Packet frame = buf::Packet::make(pool_);
    wire::Ipv4Header{.source = address(2),
                     .destination = address(1),
                     .protocol = wire::Protocol{99},
                     .payload_size = 0,
                     .options = {}}
        .emit(frame.prepend(20));
    wire::EthernetHeader{
        .destination = testing::mac(1), .source = testing::mac(2), .type = wire::EtherType::ipv4}
        .emit(frame.prepend(14));
    a_.receive({&frame, 1}, now_);
    EXPECT_EQ(drops(a_, Drop::ip_unknown_protocol), 1U);
    EXPECT_EQ(count(a_, Counter::icmp_out_dest_unreachs), 1U);
}

TEST_F(ShardTest, frames_for_others_and_of_other_kinds_are_named_drops) {
    const auto give = [&](const wire::MacAddress& to, wire::EtherType type) {
        buf::Packet frame = buf::Packet::make(pool_);
        ASSERT_TRUE(frame.append(pool_.copy(octets("0123456789012345678901234567890123456789"))));
        wire::EthernetHeader{.destination = to, .source = testing::mac(2), .type = type}.emit(
            frame.prepend(14));
        a_.receive({&frame, 1}, now_);
    };
    give(testing::mac(9), wire::EtherType::ipv4);
    give(testing::mac(1), wire::EtherType::ipv6);
    give(testing::mac(1), wire::EtherType{0x88cc});
    buf::Packet stump = buf::Packet::of(pool_, pool_.copy(octets("short")));
    a_.receive({&stump, 1}, now_);
    EXPECT_EQ(heard_a_.drops,
              (std::vector{Drop::frame_not_for_us,
                           Drop::unknown_ethertype,
                           Drop::unknown_ethertype,
                           Drop::frame_truncated}));
}

TEST_F(ShardTest,
       errors_are_limited_and_the_limit_does_not_count_for_others__icmp4_18__attack_a09) {
    const auto client = bind_udp(a_, 1, 1000);
    ASSERT_TRUE(a_.send_echo(address(2), 7, 1, 56, 64, now_));  // ARP is done by then
    run_for(milliseconds{1});
    for (int i = 0; i < 300; ++i) ASSERT_TRUE(send(a_, client, 1, {address(2), Port{9}}, "x"));
    run_for(milliseconds{1});
    const std::uint64_t sent = count(b_, Counter::icmp_out_dest_unreachs);
    EXPECT_GT(sent, 25U);
    EXPECT_LT(sent, 100U);
    EXPECT_EQ(count(b_, Counter::icmp_out_rate_limited), 300 - sent);
}

TEST_F(ShardTest, ephemeral_udp_ports_lie_in_the_range_and_are_free__rfc6056) {
    for (int i = 0; i < 100; ++i) {
        const auto port = a_.ephemeral_udp_port(address(1));
        ASSERT_TRUE(port);
        EXPECT_GE(number(*port), a_.config().ephemeral_ports.first);
        EXPECT_LE(number(*port), a_.config().ephemeral_ports.second);
        ASSERT_TRUE(a_.udp().bind({address(1), *port}, 1, {}));
        EXPECT_EQ(a_.udp().port_use({address(1), *port}).bindings, 1U);
    }
}

TEST_F(ShardTest, addresses_come_and_go) {
    a_.add_address(0, {address(11), 24});
    EXPECT_TRUE(a_.is_own(address(11)));
    EXPECT_EQ(a_.config().links[0].addresses.size(), 2U);
    ASSERT_TRUE(b_.send_echo(address(11), 1, 1, 8, 64, now_));
    run_for(milliseconds{1});
    std::vector<EchoReply> replies;
    b_.take_echo_replies(replies);
    ASSERT_EQ(replies.size(), 1U);
    EXPECT_EQ(replies[0].from, address(11));
    a_.remove_address(0, address(11));
    EXPECT_FALSE(a_.is_own(address(11)));
}

}  // namespace
}  // namespace handfast::stack
