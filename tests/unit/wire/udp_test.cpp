#include "core/wire/udp.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "unit/wire/octets.hpp"

namespace handfast::wire {
namespace {

TEST(UdpView, refuses_fewer_than_8_octets) {
    EXPECT_EQ(UdpView::parse(Octets(7)).error(), ParseError::truncated);
}

TEST(UdpView, refuses_a_length_inside_the_header__rfc768) {
    EXPECT_EQ(UdpView::parse(hex("0035 c001 0007 0000")).error(), ParseError::malformed);
    EXPECT_EQ(UdpView::parse(hex("0035 c001 0000 0000")).error(), ParseError::malformed);
}

TEST(UdpView, refuses_a_length_beyond_what_ip_brought__rfc768) {
    EXPECT_EQ(UdpView::parse(hex("0035 c001 0009 0000")).error(), ParseError::truncated);
    EXPECT_EQ(UdpView::parse(hex("0035 c001 0009 0000"), 8).error(), ParseError::truncated);
    EXPECT_TRUE(UdpView::parse(hex("0035 c001 0009 0000"), 9));
}

TEST(UdpView, reads_every_field_and_cuts_what_is_beyond_the_length) {
    const Octets datagram = hex("0035 c001 000a abcd 68 69 00 00");
    const auto view = UdpView::parse(datagram);
    ASSERT_TRUE(view);
    EXPECT_EQ(view->source_port(), Port{53});
    EXPECT_EQ(view->target_port(), Port{0xc001});
    EXPECT_EQ(view->length(), 10U);
    EXPECT_EQ(view->checksum(), 0xabcd);
    EXPECT_TRUE(view->has_checksum());
    EXPECT_EQ(view->payload_size(), 2U);
    EXPECT_EQ(view->payload().size(), 2U);
}

TEST(UdpView, takes_a_zero_checksum_for_none__rfc768) {
    EXPECT_FALSE(UdpView::parse(hex("0035 c001 0008 0000"))->has_checksum());
}

TEST(UdpHeader, emits_what_the_view_reads) {
    Octets out(UdpHeader::size, std::byte{0xaa});
    UdpHeader{.source_port = Port{53}, .target_port = Port{0xc001}, .payload_size = 2}.emit(out);
    EXPECT_EQ(out, hex("0035 c001 000a 0000"));
}

TEST(UdpHeader, sends_a_computed_zero_as_ones__rfc768) {
    EXPECT_EQ(UdpHeader::checksum_field(Checksum{}.add(hex("ff ff"))), 0xffff);
    EXPECT_EQ(UdpHeader::checksum_field(Checksum{}.add(hex("ff fe"))), 0x0001);
}

RC_GTEST_PROP(UdpHeaderProperty,
              verifies_after_its_checksum_was_filled_in,
              (std::uint16_t source, std::uint16_t target, const std::vector<std::uint8_t>& data)) {
    Octets datagram(UdpHeader::size);
    for (const std::uint8_t octet : data) datagram.push_back(std::byte{octet});
    UdpHeader{.source_port = Port{source}, .target_port = Port{target}, .payload_size = data.size()}
        .emit(datagram);
    const auto from = IpAddress::v4(10, 0, 0, 1);
    const auto to = IpAddress::v4(10, 0, 0, 2);
    const auto sum = [&] {
        return Checksum{}.add_pseudo_header(from, to, Protocol::udp, datagram.size()).add(datagram);
    };
    store_be16(datagram, UdpHeader::checksum_at, UdpHeader::checksum_field(sum()));
    const auto view = UdpView::parse(datagram);
    RC_ASSERT(view.has_value());
    RC_ASSERT(view->has_checksum());
    RC_ASSERT(sum().verifies());
    RC_ASSERT(view->payload_size() == data.size());
}

}  // namespace
}  // namespace handfast::wire
