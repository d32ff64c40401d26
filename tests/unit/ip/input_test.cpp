// What IP takes from the wire, and what it does not.
#include "datagrams.hpp"

namespace handfast::ip {
namespace {

using testing::far_away;
using testing::here;
using testing::there;
using testing::to_all;
using trace::Counter;
using trace::Drop;
using wire::IpAddress;

class Input : public testing::IpTest {
protected:
    void expect_dropped(const wire::Ipv4Header& header, Drop reason) {
        const std::uint64_t before = drops(reason);
        EXPECT_FALSE(arrive(header));
        EXPECT_EQ(drops(reason), before + 1);
        ASSERT_FALSE(sink_.reasons.empty());
        EXPECT_EQ(sink_.reasons.back(), reason);
    }
};

TEST_F(Input, hands_the_transport_its_octets_and_what_the_header_said) {
    wire::Ipv4Header header = from_there();
    header.tos = 0x2a;
    header.ttl = 17;
    const auto arrived = arrive(header, 100);
    ASSERT_TRUE(arrived);
    EXPECT_EQ(arrived->packet.size(), 100U);
    EXPECT_EQ(arrived->envelope.source, there);
    EXPECT_EQ(arrived->envelope.destination, here);
    EXPECT_EQ(arrived->envelope.protocol, wire::Protocol::udp);
    EXPECT_EQ(arrived->envelope.tos, 0x2a);
    EXPECT_EQ(arrived->envelope.ttl, 17);
    EXPECT_TRUE(arrived->unicast);
    EXPECT_EQ(arrived->header.size(), 20U);
    EXPECT_EQ(count(Counter::ip_in_receives), 1U);
    EXPECT_EQ(count(Counter::ip_in_delivers), 1U);
}

TEST_F(Input, takes_a_datagram_for_us_whatever_its_ttl__rfc1122_ip4_16) {
    wire::Ipv4Header header = from_there();
    header.ttl = 0;
    EXPECT_TRUE(arrive(header));
}

TEST_F(Input, drops_another_version__rfc1122_ip4_4) {
    buf::Packet packet = datagram(from_there(), 8);
    packet.mutable_head()[0] = std::byte{0x55};
    EXPECT_FALSE(arrive(std::move(packet)));
    EXPECT_EQ(drops(Drop::ip_bad_version), 1U);
}

TEST_F(Input, drops_a_wrong_header_checksum__rfc1122_ip4_5) {
    buf::Packet packet = datagram(from_there(), 8);
    packet.mutable_head()[10] ^= std::byte{1};
    EXPECT_FALSE(arrive(std::move(packet)));
    EXPECT_EQ(drops(Drop::ip_bad_checksum), 1U);
}

TEST_F(Input, trusts_a_checksum_that_was_verified) {
    buf::Packet packet = datagram(from_there(), 8);
    packet.mutable_head()[10] ^= std::byte{1};
    packet.facts().checksum = buf::ChecksumState::verified;
    EXPECT_TRUE(arrive(std::move(packet)));
}

TEST_F(Input, drops_what_is_shorter_than_it_says__attack_a26) {
    buf::Packet packet = datagram(from_there(), 8);
    packet.truncate(27);
    EXPECT_FALSE(arrive(std::move(packet)));
    EXPECT_EQ(drops(Drop::ip_truncated), 1U);
}

TEST_F(Input, cuts_link_padding_off__attack_a26) {
    buf::Packet packet = datagram(from_there(), 8);
    ASSERT_TRUE(packet.append(pool_.copy(std::vector<std::byte>(18))));
    const auto arrived = arrive(std::move(packet));
    ASSERT_TRUE(arrived);
    EXPECT_EQ(arrived->packet.size(), 8U);
}

TEST_F(Input, drops_what_is_for_others__rfc1122_ip4_8) {
    wire::Ipv4Header header = from_there();
    header.destination = IpAddress::v4(10, 0, 0, 3);
    expect_dropped(header, Drop::ip_not_for_us);
    header.destination = IpAddress::v4(127, 0, 0, 1);
    expect_dropped(header, Drop::ip_not_for_us);
}

TEST_F(Input, drops_sources_that_nobody_has__rfc1122_ip4_9__attacks_a44_a48) {
    for (const IpAddress source : {IpAddress::v4(0, 0, 0, 0),
                                   IpAddress::v4(0, 1, 2, 3),
                                   IpAddress::v4(127, 0, 0, 1),
                                   IpAddress::v4(224, 0, 0, 5),
                                   IpAddress::v4(240, 0, 0, 1),
                                   IpAddress::v4(0xffff'ffff),
                                   to_all,
                                   here}) {
        wire::Ipv4Header header = from_there();
        header.source = source;
        expect_dropped(header, Drop::ip_martian_source);
    }
}

TEST_F(Input, the_loopback_brings_own_addresses_only) {
    wire::Ipv4Header header = from_there();
    header.source = header.destination = IpAddress::v4(127, 0, 0, 1);
    buf::Packet own = datagram(header, 8);
    own.facts().link = loopback_link;
    EXPECT_TRUE(arrive(std::move(own)));
    buf::Packet foreign = datagram(from_there(), 8);
    foreign.facts().link = loopback_link;
    EXPECT_FALSE(arrive(std::move(foreign)));
    EXPECT_EQ(drops(Drop::ip_martian_source), 1U);
}

TEST_F(Input, takes_broadcasts_of_every_form_and_says_so__rfc1122_ip4_38) {
    for (const IpAddress destination : {IpAddress::v4(0xffff'ffff), to_all}) {
        wire::Ipv4Header header = from_there();
        header.destination = destination;
        const auto arrived = arrive(header);
        ASSERT_TRUE(arrived);
        EXPECT_FALSE(arrived->unicast);
        EXPECT_TRUE(arrived->packet.facts().link_broadcast);
    }
}

TEST_F(Input, drops_a_link_broadcast_of_what_is_for_one__rfc1122_ip4_39) {
    buf::Packet packet = datagram(from_there(), 8);
    packet.facts().link_broadcast = true;
    EXPECT_FALSE(arrive(std::move(packet)));
    EXPECT_EQ(drops(Drop::ip_not_for_us), 1U);
}

TEST_F(Input, takes_multicast_of_joined_groups_and_of_all_hosts__rfc1112_ip4_40) {
    wire::Ipv4Header header = from_there();
    header.destination = IpAddress::v4(224, 0, 0, 1);
    EXPECT_TRUE(arrive(header));
    header.destination = IpAddress::v4(239, 1, 1, 1);
    expect_dropped(header, Drop::ip_not_for_us);
    ip_.join(0, header.destination);
    EXPECT_TRUE(arrive(header));
    ip_.leave(0, header.destination);
    expect_dropped(header, Drop::ip_not_for_us);
}

TEST_F(Input, skips_options_that_it_does_not_know__rfc1122_ip4_18) {
    constexpr std::array options{std::byte{0x44}, std::byte{4}, std::byte{5}, std::byte{0}};
    wire::Ipv4Header header = from_there(wire::Protocol::tcp);
    header.options = options;
    const auto arrived = arrive(header, 20);
    ASSERT_TRUE(arrived);
    EXPECT_EQ(arrived->packet.size(), 20U);
}

TEST_F(Input, drops_source_routes__rfc7126_4_3__attack_a27) {
    constexpr std::array options{std::byte{131}, std::byte{3}, std::byte{4}, std::byte{0}};
    wire::Ipv4Header header = from_there(wire::Protocol::tcp);
    header.options = options;
    expect_dropped(header, Drop::ip_malformed);
    EXPECT_FALSE(ip_.icmp().wants_to_transmit());
}

TEST_F(Input, answers_an_option_that_lies_with_a_parameter_problem__rfc1122_icmp4_12__attack_a27) {
    constexpr std::array options{std::byte{1}, std::byte{0x44}, std::byte{9}, std::byte{0}};
    wire::Ipv4Header header = from_there();
    header.options = options;
    expect_dropped(header, Drop::ip_malformed);
    const auto message = ip_.icmp().transmit();
    ASSERT_TRUE(message);
    const auto view = wire::IcmpView::parse(message->packet.head());
    ASSERT_TRUE(view);
    EXPECT_EQ(view->type(), wire::IcmpType::parameter_problem);
    EXPECT_EQ(view->pointer(), 21);
}

TEST_F(Input, holds_no_packet_after_all_of_that) {
    EXPECT_TRUE(arrive(from_there()));
    EXPECT_FALSE(arrive(wire::Ipv4Header{.source = far_away, .destination = far_away}));
    forget_frames();
    EXPECT_EQ(pool_.records_in_use(), 0U);
    EXPECT_EQ(pool_.blocks_in_use(), 0U);
}

}  // namespace
}  // namespace handfast::ip
