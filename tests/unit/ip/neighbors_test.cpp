// ARP: who is asked, who is believed, what waits.
#include "datagrams.hpp"

namespace handfast::ip {
namespace {

using testing::here;
using testing::mac;
using testing::start;
using testing::there;
using trace::Drop;
using wire::ArpOperation;
using wire::ArpPacket;
using wire::ArpView;
using wire::EthernetView;
using wire::IpAddress;
using wire::MacAddress;

class NeighborsTest : public testing::IpTest {
protected:
    void SetUp() override { forget_frames(); }

    // The next frame, which must be ARP.
    std::optional<ArpView> next_arp() {
        arp_frame_ = next_frame();
        if (!arp_frame_) return std::nullopt;
        EXPECT_EQ(EthernetView::parse(arp_frame_.head())->type(), wire::EtherType::arp);
        const auto view = ArpView::parse(arp_frame_.head().subspan(14));
        return view ? std::optional{*view} : std::nullopt;
    }
    MacAddress mac_of_sent() { return EthernetView::parse(sent_.head())->destination(); }

    buf::Packet arp_frame_;
};

TEST_F(NeighborsTest, asks_once_and_sends_what_waited_in_order__rfc1122_link_4) {
    EXPECT_EQ(send(envelope_to(there), 10), Wrapped::kept);
    EXPECT_EQ(send(envelope_to(there), 20), Wrapped::kept);
    const auto request = next_arp();
    ASSERT_TRUE(request);
    EXPECT_EQ(request->operation(), ArpOperation::request);
    EXPECT_EQ(request->sender_ip(), here);
    EXPECT_EQ(request->sender_mac(), mac(1));
    EXPECT_EQ(request->target_ip(), there);
    EXPECT_EQ(EthernetView::parse(arp_frame_.head())->destination(), MacAddress::broadcast());
    EXPECT_FALSE(next_frame());
    arp(reply_from(there, 2));
    for (const std::size_t size : {44U, 54U}) {
        const buf::Packet frame = next_frame();
        ASSERT_TRUE(frame);
        EXPECT_EQ(frame.size(), size);
        EXPECT_EQ(EthernetView::parse(frame.head())->destination(), mac(2));
    }
    EXPECT_EQ(send(envelope_to(there), 10), Wrapped::frame);
    EXPECT_EQ(ip_.neighbors().parked_octets(), 0U);
}

TEST_F(NeighborsTest, asks_at_most_once_a_second_and_gives_up__rfc1122_link_2) {
    ASSERT_EQ(send(envelope_to(there), 10), Wrapped::kept);
    ASSERT_TRUE(next_arp());
    for (int tenths = 1; tenths < 30; ++tenths) {
        const Instant now = start + milliseconds{100 * tenths};
        (void)send(envelope_to(there), 10, now);
        ip_.advance(now);
        EXPECT_EQ(next_arp().has_value(), tenths % 10 == 0) << tenths;
        EXPECT_FALSE(next_frame());
    }
    EXPECT_EQ(ip_.next_deadline(), start + seconds{3});
    EXPECT_FALSE(ip_.take_unreachable(start + milliseconds{2999}));
    ip_.advance(start + seconds{3});
    std::size_t unreachable = 0;
    while (ip_.take_unreachable(start + seconds{3})) ++unreachable;
    EXPECT_EQ(unreachable, 30U);
    EXPECT_EQ(drops(Drop::arp_unresolved), 30U);
    EXPECT_FALSE(ip_.next_deadline());
    EXPECT_EQ(ip_.neighbors().size(), 0U);
}

TEST_F(NeighborsTest, the_oldest_packet_gives_way_when_too_many_wait__rfc1122_link_4) {
    for (std::size_t i = 0; i < limits_.parked_per_neighbor + 5; ++i)
        ASSERT_EQ(send(envelope_to(there), 100 + i), Wrapped::kept);
    EXPECT_EQ(drops(Drop::neighbor_queue_full), 5U);
    forget_frames();
    arp(reply_from(there, 2));
    const buf::Packet first = next_frame();
    ASSERT_TRUE(first);
    EXPECT_EQ(first.size(), 34U + 105);
}

TEST_F(NeighborsTest, answers_a_request_for_us_and_learns_who_asked__rfc826_link_9) {
    arp(request_from(there, 2));
    const auto reply = next_arp();
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->operation(), ArpOperation::reply);
    EXPECT_EQ(reply->sender_ip(), here);
    EXPECT_EQ(reply->target_ip(), there);
    EXPECT_EQ(reply->target_mac(), mac(2));
    EXPECT_EQ(EthernetView::parse(arp_frame_.head())->destination(), mac(2));
    EXPECT_EQ(send(envelope_to(there), 10), Wrapped::frame);
}

TEST_F(NeighborsTest, learns_nothing_new_from_what_is_not_for_us__rfc826_link_9__attack_a34) {
    ArpPacket other = request_from(there, 2);
    other.target_ip = IpAddress::v4(10, 0, 0, 77);
    arp(other);
    EXPECT_FALSE(next_frame());
    EXPECT_EQ(ip_.neighbors().size(), 0U);
    arp(reply_from(there, 2));  // nobody asked
    EXPECT_EQ(ip_.neighbors().size(), 0U);
}

TEST_F(NeighborsTest, merges_what_it_knows_whatever_the_packet_is_for__rfc826_link_9) {
    arp(request_from(there, 2));
    forget_frames();
    ArpPacket moved = request_from(there, 9);
    moved.target_ip = there;  // a gratuitous announcement
    arp(moved, start + seconds{2});
    ASSERT_EQ(send(envelope_to(there), 10, start + seconds{2}), Wrapped::frame);
    EXPECT_EQ(mac_of_sent(), mac(9));
}

TEST_F(NeighborsTest, a_fresh_answer_is_not_overwritten_by_who_was_not_asked__attack_a34) {
    ASSERT_EQ(send(envelope_to(there), 10), Wrapped::kept);
    forget_frames();
    arp(reply_from(there, 2));
    arp(reply_from(there, 6), start + milliseconds{10});
    forget_frames();
    ASSERT_EQ(send(envelope_to(there), 10), Wrapped::frame);
    EXPECT_EQ(mac_of_sent(), mac(2));
}

TEST_F(NeighborsTest, nobody_takes_an_address_of_ours__attack_a34) {
    arp(request_from(here, 6));
    EXPECT_FALSE(next_frame());
    EXPECT_EQ(drops(Drop::ip_martian_source), 1U);
    EXPECT_EQ(ip_.neighbors().size(), 0U);
}

TEST_F(NeighborsTest, believes_no_sender_that_cannot_be_a_neighbor__attack_a34) {
    for (const IpAddress sender : {IpAddress::v4(127, 0, 0, 1),
                                   IpAddress::v4(224, 0, 0, 1),
                                   IpAddress::v4(0xffff'ffff),
                                   IpAddress::v4(10, 0, 0, 255),
                                   IpAddress::v4(192, 0, 2, 1)})
        arp(request_from(sender, 6));
    ArpPacket group = request_from(there, 6);
    group.sender_mac.octets[0] = std::byte{3};
    arp(group);
    EXPECT_EQ(ip_.neighbors().size(), 0U);
    EXPECT_FALSE(next_frame());
    EXPECT_EQ(sink_.reasons.size(), 6U);
}

TEST_F(NeighborsTest, answers_a_probe_without_learning_from_it__rfc5227_2_1) {
    arp(request_from(IpAddress::v4(0), 6));
    ASSERT_TRUE(next_arp());
    EXPECT_EQ(ip_.neighbors().size(), 0U);
}

TEST_F(NeighborsTest, asks_again_for_an_old_address_that_is_in_use__rfc1122_link_1) {
    arp(request_from(there, 2));
    forget_frames();
    const Instant old = start + limits_.neighbor_lifetime;
    ASSERT_EQ(send(envelope_to(there), 10, old), Wrapped::frame);
    ASSERT_TRUE(next_arp());
    EXPECT_EQ(EthernetView::parse(arp_frame_.head())->destination(), mac(2)) << "a unicast poll";
    ASSERT_EQ(send(envelope_to(there), 10, old), Wrapped::frame) << "still used meanwhile";
    EXPECT_FALSE(next_frame());
    arp(reply_from(there, 2), old + milliseconds{1});
    EXPECT_FALSE(ip_.next_deadline());
    ASSERT_EQ(send(envelope_to(there), 10, old + seconds{30}), Wrapped::frame);
    EXPECT_FALSE(next_frame());
}

TEST_F(NeighborsTest, forgets_an_old_address_that_does_not_answer__rfc1122_link_1) {
    arp(request_from(there, 2));
    const Instant old = start + limits_.neighbor_lifetime;
    ASSERT_EQ(send(envelope_to(there), 10, old), Wrapped::frame);
    for (int s = 1; s <= 3; ++s) ip_.advance(old + seconds{s});
    EXPECT_EQ(ip_.neighbors().size(), 0U);
    EXPECT_EQ(send(envelope_to(there), 10, old + seconds{3}), Wrapped::kept);
}

TEST_F(NeighborsTest, the_table_is_bounded_and_confirmed_neighbors_stay__attack_a34) {
    ASSERT_EQ(send(envelope_to(there), 10), Wrapped::kept);
    arp(reply_from(there, 2));
    for (std::uint32_t i = 0; i < 2 * limits_.neighbors; ++i) {
        forget_frames();
        ip_.add_address(0, {here, 8}, start);  // wide enough for so many neighbors
        arp(request_from(IpAddress::v4(0x0a01'0000 + i), 6));
    }
    EXPECT_EQ(ip_.neighbors().size(), limits_.neighbors);
    EXPECT_EQ(send(envelope_to(there), 10), Wrapped::frame);
    EXPECT_EQ(mac_of_sent(), mac(2));
}

TEST_F(NeighborsTest, says_who_it_is_when_it_starts__rfc5227_2_3) {
    Ip other{{.pool = pool_, .ledger = ledger_, .limits = limits_},
             {testing::ethernet_link()},
             {},
             start};
    ASSERT_FALSE(other.frames().empty());
    const buf::Packet frame = other.frames().pop().packet;
    const auto view = ArpView::parse(frame.head().subspan(14));
    ASSERT_TRUE(view);
    EXPECT_EQ(view->sender_ip(), here);
    EXPECT_EQ(view->target_ip(), here);
    EXPECT_TRUE(other.frames().empty());
}

TEST_F(NeighborsTest, malformed_arp_is_a_drop) {
    buf::Packet packet = buf::Packet::make(pool_);
    request_from(there, 2).emit(packet.prepend(ArpPacket::size));
    packet.truncate(27);
    ip_.arp_arrives(packet, start);
    EXPECT_EQ(drops(Drop::arp_malformed), 1U);
}

}  // namespace
}  // namespace handfast::ip
