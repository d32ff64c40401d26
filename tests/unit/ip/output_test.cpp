// What IP puts in front of a transport's packet, and where it sends it.
#include "datagrams.hpp"

namespace handfast::ip {
namespace {

using testing::far_away;
using testing::gateway;
using testing::here;
using testing::mac;
using testing::octets_of;
using testing::spare_gateway;
using testing::start;
using testing::there;
using testing::to_all;
using trace::Counter;
using trace::Drop;
using wire::IpAddress;

class Output : public testing::IpTest {
protected:
    void SetUp() override { forget_frames(); }

    void know(const IpAddress& neighbor, std::uint8_t last_octet) {
        arp(request_from(neighbor, last_octet));
        forget_frames();
    }
    static std::optional<wire::Ipv4View> ip_of(const buf::Packet& frame) {
        const auto view = wire::Ipv4View::parse(frame.head().subspan(wire::EthernetHeader::size),
                                                frame.size() - wire::EthernetHeader::size);
        return view ? std::optional{*view} : std::nullopt;
    }
};

TEST_F(Output, puts_both_headers_in_front__rfc894_link_5) {
    know(there, 2);
    wire::Envelope envelope = envelope_to(there);
    envelope.tos = 0x10;
    envelope.ttl = 9;
    ASSERT_EQ(send(envelope, 100), Wrapped::frame);
    const auto ethernet = wire::EthernetView::parse(sent_.head());
    ASSERT_TRUE(ethernet);
    EXPECT_EQ(ethernet->destination(), mac(2));
    EXPECT_EQ(ethernet->source(), mac(1));
    EXPECT_EQ(ethernet->type(), wire::EtherType::ipv4);
    const auto view = ip_of(sent_);
    ASSERT_TRUE(view);
    EXPECT_TRUE(view->checksum_verifies());
    EXPECT_EQ(view->source(), here);
    EXPECT_EQ(view->destination(), there);
    EXPECT_EQ(view->tos(), 0x10);
    EXPECT_EQ(view->ttl(), 9);
    EXPECT_EQ(view->payload_size(), 100U);
    EXPECT_EQ(sent_.facts().transport_at, 34);
    EXPECT_EQ(sent_.facts().link, 0);
    EXPECT_EQ(count(Counter::ip_out_requests), 1U);
}

TEST_F(Output, never_sends_a_ttl_of_zero__rfc1122_ip4_15) {
    know(there, 2);
    wire::Envelope envelope = envelope_to(there);
    envelope.ttl = 0;
    ASSERT_EQ(send(envelope, 1), Wrapped::frame);
    EXPECT_EQ(ip_of(sent_)->ttl(), 1);
}

TEST_F(Output, what_is_not_on_the_link_goes_to_the_gateway__rfc1122_ip4_21) {
    know(gateway, 0xfe);
    ASSERT_EQ(send(envelope_to(far_away), 10), Wrapped::frame);
    EXPECT_EQ(wire::EthernetView::parse(sent_.head())->destination(), mac(0xfe));
    EXPECT_EQ(ip_of(sent_)->destination(), far_away);
}

TEST_F(Output, turns_to_another_gateway_when_one_does_not_answer__rfc1122_ip4_25_ip4_27) {
    know(spare_gateway, 0xfd);
    ASSERT_EQ(send(envelope_to(far_away), 10), Wrapped::kept);
    for (int s = 1; s <= 3; ++s) ip_.advance(start + seconds{s});
    ASSERT_TRUE(ip_.take_unreachable(start + seconds{3}));
    ASSERT_EQ(send(envelope_to(far_away), 10, start + seconds{3}), Wrapped::frame);
    EXPECT_EQ(wire::EthernetView::parse(sent_.head())->destination(), mac(0xfd));
}

TEST_F(Output, own_addresses_go_by_the_loopback) {
    EXPECT_EQ(send(envelope_to(here), 10), Wrapped::loopback);
    EXPECT_EQ(sent_.facts().link, loopback_link);
    wire::Envelope local = envelope_to(IpAddress::v4(127, 1, 2, 3));
    local.source = IpAddress::v4(127, 0, 0, 1);
    EXPECT_EQ(send(local, 10), Wrapped::loopback);
}

TEST_F(Output, no_loopback_address_leaves_the_host__rfc1122_3_2_1_3_g) {
    know(there, 2);
    wire::Envelope envelope = envelope_to(there);
    envelope.source = IpAddress::v4(127, 0, 0, 1);
    EXPECT_EQ(send(envelope, 10), Wrapped::dropped);
    EXPECT_EQ(drops(Drop::ip_bad_source), 1U);
}

TEST_F(Output, sends_only_from_own_addresses__rfc1122_ip4_7) {
    know(there, 2);
    wire::Envelope envelope = envelope_to(there);
    envelope.source = IpAddress::v4(10, 0, 0, 77);
    EXPECT_EQ(send(envelope, 10), Wrapped::dropped);
    EXPECT_EQ(drops(Drop::ip_bad_source), 1U);
}

TEST_F(Output, says_when_there_is_no_route_and_leaves_the_packet_to_be_looked_at) {
    EXPECT_EQ(send(envelope_to(IpAddress::v4(250, 0, 0, 1)), 10), Wrapped::no_route);
    EXPECT_EQ(sent_.size(), 10U);
    EXPECT_EQ(drops(Drop::ip_no_route), 1U);
}

TEST_F(Output, broadcasts_go_to_all_and_to_this_host_too__rfc1122_ip4_38) {
    for (const IpAddress destination : {to_all, IpAddress::v4(0xffff'ffff)}) {
        ASSERT_EQ(send(envelope_to(destination), 10), Wrapped::frame);
        EXPECT_EQ(wire::EthernetView::parse(sent_.head())->destination(),
                  wire::MacAddress::broadcast());
        const buf::Packet copy = next_frame();
        ASSERT_TRUE(copy);
        EXPECT_EQ(copy.facts().link, loopback_link);
        EXPECT_EQ(copy.size(), 30U);
    }
}

TEST_F(Output, a_group_has_its_own_mac_address__rfc1112_6_4) {
    const IpAddress group = IpAddress::v4(239, 129, 2, 3);
    ASSERT_EQ(send(envelope_to(group), 10), Wrapped::frame);
    const wire::MacAddress expected = *wire::MacAddress::parse("01:00:5e:01:02:03");
    EXPECT_EQ(wire::EthernetView::parse(sent_.head())->destination(), expected);
    EXPECT_FALSE(next_frame());
    ip_.join(0, group);
    ASSERT_EQ(send(envelope_to(group), 10), Wrapped::frame);
    EXPECT_TRUE(next_frame());
}

TEST_F(Output, cuts_what_is_longer_than_the_mtu_into_fragments__rfc791_ip4_34) {
    know(there, 2);
    ASSERT_EQ(send(envelope_to(there), 4000), Wrapped::kept);
    std::vector<std::byte> payload;
    std::optional<std::uint16_t> id;
    std::size_t fragments = 0;
    while (const buf::Packet frame = next_frame()) {
        const auto view = ip_of(frame);
        ASSERT_TRUE(view);
        EXPECT_TRUE(view->checksum_verifies());
        EXPECT_LE(frame.size(), 1514U);
        EXPECT_EQ(view->fragment_offset(), payload.size());
        EXPECT_EQ(view->identification(), id.value_or(view->identification()));
        id = view->identification();
        const auto all = octets_of(frame);
        payload.insert(payload.end(), all.begin() + 34, all.end());
        EXPECT_EQ(view->more_fragments(), payload.size() < 4000);
        ++fragments;
    }
    EXPECT_EQ(fragments, 3U);
    EXPECT_EQ(payload, std::vector<std::byte>(4000, std::byte{0x77}));
    EXPECT_EQ(count(Counter::ip_frag_creates), 3U);
}

TEST_F(Output, completes_a_partial_checksum_before_it_cuts) {
    know(there, 2);
    const std::vector<std::byte> payload(3000, std::byte{0x11});
    sent_ = buf::Packet::make(pool_);
    ASSERT_TRUE(sent_.append(pool_.copy(payload)));
    const MutableBytes header = sent_.prepend(8);
    store_be32(header, 0, 0x1234'5678);
    store_be16(header, 4, 3008);
    wire::Checksum pseudo;
    pseudo.add_pseudo_header(here, there, wire::Protocol::udp, 3008);
    store_be16(header, 6, pseudo.folded());
    sent_.facts().checksum = buf::ChecksumState::partial;
    ASSERT_EQ(ip_.wrap(sent_, envelope_to(there), start), Wrapped::kept);
    std::vector<std::byte> whole;
    while (const buf::Packet frame = next_frame()) {
        EXPECT_EQ(frame.facts().checksum, buf::ChecksumState::unknown);
        const auto all = octets_of(frame);
        whole.insert(whole.end(), all.begin() + 34, all.end());
    }
    wire::Checksum sum;
    sum.add_pseudo_header(here, there, wire::Protocol::udp, 3008);
    EXPECT_TRUE(sum.add(whole).verifies());
}

TEST_F(Output, drops_what_is_too_big_and_must_not_be_cut) {
    know(there, 2);
    wire::Envelope envelope = envelope_to(there);
    envelope.dont_fragment = true;
    EXPECT_EQ(send(envelope, 1481), Wrapped::dropped);
    EXPECT_EQ(drops(Drop::ip_too_big), 1U);
    EXPECT_EQ(send(envelope, 1480), Wrapped::frame);
}

TEST_F(Output, a_super_segment_is_not_cut) {
    know(there, 2);
    sent_ = buf::Packet::make(pool_);
    ASSERT_TRUE(sent_.append(pool_.copy(std::vector<std::byte>(10'000))));
    sent_.facts().gso_size = 1448;
    wire::Envelope envelope = envelope_to(there);
    envelope.dont_fragment = true;
    EXPECT_EQ(ip_.wrap(sent_, envelope, start), Wrapped::frame);
}

TEST_F(Output, an_atomic_datagram_has_no_identification__rfc6864_4__attack_a08) {
    know(there, 2);
    wire::Envelope envelope = envelope_to(there);
    envelope.dont_fragment = true;
    for (int i = 0; i < 3; ++i) {
        ASSERT_EQ(send(envelope, 10), Wrapped::frame);
        EXPECT_EQ(ip_of(sent_)->identification(), 0);
    }
}

TEST_F(Output, a_removed_address_is_no_source_and_no_destination_any_more) {
    ip_.remove_address(0, here);
    EXPECT_EQ(send(envelope_to(there), 10), Wrapped::no_route);
    EXPECT_FALSE(arrive(from_there()));
    ip_.add_address(0, {IpAddress::v4(10, 0, 0, 5), 24}, start);
    const buf::Packet announcement = next_frame();
    ASSERT_TRUE(announcement);
    const auto view = wire::ArpView::parse(announcement.head().subspan(14));
    ASSERT_TRUE(view);
    EXPECT_EQ(view->sender_ip(), IpAddress::v4(10, 0, 0, 5));
    EXPECT_EQ(ip_.way_to(there, start).source, IpAddress::v4(10, 0, 0, 5));
}

}  // namespace
}  // namespace handfast::ip
