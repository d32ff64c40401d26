#include "core/wire/ethernet.hpp"

#include <gtest/gtest.h>

#include "core/wire/arp.hpp"
#include "core/wire/format.hpp"
#include "unit/wire/octets.hpp"

namespace handfast::wire {
namespace {

const Octets macs = hex("02 00 00 00 00 01 02 00 00 00 00 02");

TEST(EthernetView, refuses_fewer_than_14_octets) {
    EXPECT_EQ(EthernetView::parse(Octets(13)).error(), ParseError::truncated);
}

TEST(EthernetView, reads_ethernet_ii__rfc894) {
    const Octets octets = macs + hex("08 00 45 00");
    const auto view = EthernetView::parse(octets);
    ASSERT_TRUE(view);
    EXPECT_EQ(to_string(view->destination()), "02:00:00:00:00:01");
    EXPECT_EQ(to_string(view->source()), "02:00:00:00:00:02");
    EXPECT_EQ(view->type(), EtherType::ipv4);
    EXPECT_EQ(view->header_size(), 14U);
    EXPECT_EQ(view->payload_size(), 2U);
}

TEST(EthernetView, counts_payload_that_stands_elsewhere) {
    const Octets header = macs + hex("86 dd");
    const auto view = EthernetView::parse(header, 1514);
    ASSERT_TRUE(view);
    EXPECT_EQ(view->payload_size(), 1500U);
    EXPECT_TRUE(view->payload().empty());
}

TEST(EthernetView, reads_802_3_with_snap__rfc1122_2_3_3) {
    const Octets frame = macs + hex("00 0a aa aa 03 00 00 00 08 06 12 34") + hex("00 00 00 00");
    const auto view = EthernetView::parse(frame);
    ASSERT_TRUE(view);
    EXPECT_EQ(view->type(), EtherType::arp);
    EXPECT_EQ(view->header_size(), 22U);
    EXPECT_EQ(view->payload_size(), 2U);
    EXPECT_EQ(Octets(view->payload().begin(), view->payload().end()), hex("12 34"));
}

TEST(EthernetView, gives_other_802_3_frames_no_type) {
    // A spanning tree frame; a SNAP frame of another organization.
    for (const char* llc : {"42 42 03 00 00 00 00 00", "aa aa 03 00 00 0c 20 00"}) {
        const Octets octets = macs + hex("00 08") + hex(llc);
        const auto view = EthernetView::parse(octets);
        ASSERT_TRUE(view);
        EXPECT_EQ(view->type(), EtherType::none);
    }
}

TEST(EthernetView, refuses_an_802_3_length_past_the_end) {
    EXPECT_EQ(EthernetView::parse(macs + hex("00 05 aa aa 03")).error(), ParseError::truncated);
}

TEST(EthernetView, refuses_a_number_that_is_neither_length_nor_type) {
    Octets frame = macs + hex("05 dd");
    frame.resize(1600);
    EXPECT_EQ(EthernetView::parse(frame).error(), ParseError::malformed);
}

TEST(EthernetHeader, emits_ethernet_ii__rfc1122_2_3_3) {
    const EthernetHeader header{.destination = MacAddress::broadcast(),
                                .source = MacAddress::parse("02:00:00:00:00:02").value(),
                                .type = EtherType::arp};
    Octets out(EthernetHeader::size);
    header.emit(out);
    EXPECT_EQ(out, hex("ff ff ff ff ff ff 02 00 00 00 00 02 08 06"));
}

const Octets request = hex("0001 0800 06 04 0001") + hex("02 00 00 00 00 01 0a 00 00 01") +
                       hex("00 00 00 00 00 00 0a 00 00 02");

TEST(ArpView, reads_a_request__rfc826) {
    const Octets octets = request + Octets(18);  // with Ethernet's padding
    const auto view = ArpView::parse(octets);
    ASSERT_TRUE(view);
    EXPECT_EQ(view->operation(), ArpOperation::request);
    EXPECT_EQ(to_string(view->sender_mac()), "02:00:00:00:00:01");
    EXPECT_EQ(to_string(view->sender_ip()), "10.0.0.1");
    EXPECT_EQ(view->target_mac(), MacAddress{});
    EXPECT_EQ(to_string(view->target_ip()), "10.0.0.2");
}

TEST(ArpView, refuses_fewer_than_28_octets) {
    EXPECT_EQ(ArpView::parse(first(request, 27)).error(), ParseError::truncated);
}

TEST(ArpView, refuses_other_networks_and_protocols__rfc826) {
    Octets token_ring = request;
    token_ring[1] = std::byte{4};
    EXPECT_EQ(ArpView::parse(token_ring).error(), ParseError::bad_version);
    Octets ipv6 = request;
    store_be16(ipv6, 2, 0x86dd);
    EXPECT_EQ(ArpView::parse(ipv6).error(), ParseError::bad_version);
    Octets lengths = request;
    lengths[5] = std::byte{16};
    EXPECT_EQ(ArpView::parse(lengths).error(), ParseError::malformed);
}

TEST(ArpView, takes_the_hardware_type_of_ieee_802__rfc1042) {
    Octets ieee = request;
    ieee[1] = std::byte{6};
    EXPECT_TRUE(ArpView::parse(ieee));
}

TEST(ArpPacket, emits_a_request__rfc826) {
    const ArpPacket packet{.operation = ArpOperation::request,
                           .sender_mac = MacAddress::parse("02:00:00:00:00:01").value(),
                           .sender_ip = IpAddress::v4(10, 0, 0, 1),
                           .target_mac = {},
                           .target_ip = IpAddress::v4(10, 0, 0, 2)};
    Octets out(ArpPacket::size);
    packet.emit(out);
    EXPECT_EQ(out, request);
}

}  // namespace
}  // namespace handfast::wire
