#include "core/wire/icmp.hpp"

#include <gtest/gtest.h>

#include "core/wire/format.hpp"
#include "unit/wire/octets.hpp"

namespace handfast::wire {
namespace {

// The beginning of a TCP segment of 1,500 octets with DF: what a router quotes of it.
const Octets quoted = hex("45 00 05 dc 12 34 40 00 3f 06 00 00 0a 00 00 01 0a 00 00 02") +
                      hex("c0 01 1f 90 ff ff ff fe");

Octets emitted(const IcmpHeader& header) {
    Octets out(IcmpHeader::size, std::byte{0xaa});
    header.emit(out);
    return out;
}

TEST(IcmpView, refuses_fewer_than_8_octets) {
    EXPECT_EQ(IcmpView::parse(Octets(7)).error(), ParseError::truncated);
}

TEST(IcmpView, reads_an_echo__rfc792) {
    const Octets octets = hex("08 00 f7 ff 12 34 00 07 61 62");
    const auto view = IcmpView::parse(octets);
    ASSERT_TRUE(view);
    EXPECT_EQ(view->type(), IcmpType::echo);
    EXPECT_EQ(view->code(), 0);
    EXPECT_EQ(view->checksum(), 0xf7ff);
    EXPECT_EQ(view->identifier(), 0x1234);
    EXPECT_EQ(view->sequence(), 7);
    EXPECT_EQ(view->body().size(), 2U);
    EXPECT_FALSE(view->quoted());
}

TEST(IcmpView, reads_fragmentation_needed_with_its_mtu__rfc1191_4) {
    const Octets octets = hex("03 04 0000 0000 05 78") + quoted;
    const auto view = IcmpView::parse(octets);
    ASSERT_TRUE(view);
    EXPECT_EQ(view->type(), IcmpType::destination_unreachable);
    EXPECT_EQ(view->unreachable_code(), UnreachableCode::fragmentation_needed);
    EXPECT_EQ(view->next_hop_mtu(), 1400);
    const auto about = view->quoted();
    ASSERT_TRUE(about);
    EXPECT_EQ(about->ip().protocol(), Protocol::tcp);
    EXPECT_EQ(about->ip().total_length(), 1500U);
    EXPECT_EQ(to_string(about->ip().destination()), "10.0.0.2");
    EXPECT_EQ(about->source_port(), Port{0xc001});
    EXPECT_EQ(about->target_port(), Port{8080});
    EXPECT_EQ(about->tcp_seq(), SeqNum{0xffff'fffe});
}

TEST(IcmpView, reads_the_pointer_of_a_parameter_problem__rfc792) {
    const Octets octets = hex("0c 00 0000 14 00 00 00") + quoted;
    const auto view = IcmpView::parse(octets);
    EXPECT_EQ(view->type(), IcmpType::parameter_problem);
    EXPECT_EQ(view->pointer(), 20);
}

TEST(IcmpView, reads_the_gateway_of_a_redirect__rfc792) {
    const Octets octets = hex("05 01 0000 0a 00 00 fe") + quoted;
    const auto view = IcmpView::parse(octets);
    EXPECT_EQ(view->type(), IcmpType::redirect);
    EXPECT_EQ(to_string(view->gateway()), "10.0.0.254");
    EXPECT_TRUE(view->quoted());
}

TEST(QuotedDatagram, needs_eight_octets_behind_the_ip_header__rfc1122_3_2_2) {
    EXPECT_EQ(QuotedDatagram::parse(first(quoted, 27)).error(), ParseError::truncated);
    EXPECT_TRUE(QuotedDatagram::parse(quoted));
}

TEST(QuotedDatagram, refuses_a_later_fragment__rfc1122_3_2_2) {
    Octets fragment = quoted;
    fragment[7] = std::byte{1};
    EXPECT_EQ(QuotedDatagram::parse(fragment).error(), ParseError::malformed);
}

TEST(QuotedDatagram, refuses_what_is_not_ipv4) {
    Octets six = quoted;
    six[0] = std::byte{0x60};
    EXPECT_EQ(QuotedDatagram::parse(six).error(), ParseError::bad_version);
}

TEST(QuotedDatagram, does_not_count_what_lies_beyond_its_total_length) {
    Octets tiny = quoted;
    store_be16(tiny, 2, 27);
    EXPECT_EQ(QuotedDatagram::parse(tiny).error(), ParseError::truncated);
}

TEST(IcmpHeader, emits_each_message__rfc792) {
    EXPECT_EQ(emitted(IcmpHeader::echo({.identifier = 0x1234, .sequence = 7})),
              hex("08 00 0000 1234 0007"));
    EXPECT_EQ(emitted(IcmpHeader::echo_reply({.identifier = 0x1234, .sequence = 7})),
              hex("00 00 0000 1234 0007"));
    EXPECT_EQ(emitted(IcmpHeader::unreachable(UnreachableCode::port)), hex("03 03 0000 00000000"));
    EXPECT_EQ(emitted(IcmpHeader::fragmentation_needed(1400)), hex("03 04 0000 0000 0578"));
    EXPECT_EQ(emitted(IcmpHeader::time_exceeded(TimeExceededCode::in_reassembly)),
              hex("0b 01 0000 00000000"));
    EXPECT_EQ(emitted(IcmpHeader::parameter_problem(20)), hex("0c 00 0000 14000000"));
}

}  // namespace
}  // namespace handfast::wire
