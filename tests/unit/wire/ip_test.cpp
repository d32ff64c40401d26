#include <algorithm>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "core/wire/format.hpp"
#include "core/wire/ipv4.hpp"
#include "core/wire/ipv6.hpp"
#include "unit/wire/octets.hpp"

namespace handfast::wire {
namespace {

const Octets header4 = hex("45 00 00 73 00 00 40 00 40 11 b8 61 c0 a8 00 01 c0 a8 00 c7");
const Octets datagram4 = header4 + Octets(0x73 - 20);

Octets changed(Octets octets, std::size_t at, unsigned value) {
    octets[at] = static_cast<std::byte>(value);
    return octets;
}

TEST(Ipv4View, reads_every_field__rfc791_3_1) {
    const auto view = Ipv4View::parse(datagram4);
    ASSERT_TRUE(view);
    EXPECT_EQ(view->header_size(), 20U);
    EXPECT_EQ(view->total_length(), 0x73U);
    EXPECT_EQ(view->payload_size(), 0x73U - 20U);
    EXPECT_EQ(view->payload().size(), view->payload_size());
    EXPECT_EQ(view->tos(), 0);
    EXPECT_EQ(view->identification(), 0);
    EXPECT_TRUE(view->dont_fragment());
    EXPECT_FALSE(view->is_fragment());
    EXPECT_EQ(view->ttl(), 64);
    EXPECT_EQ(view->protocol(), Protocol::udp);
    EXPECT_EQ(to_string(view->source()), "192.168.0.1");
    EXPECT_EQ(to_string(view->destination()), "192.168.0.199");
    EXPECT_TRUE(view->options().empty());
    EXPECT_TRUE(view->checksum_verifies());
}

TEST(Ipv4View, refuses_another_version__rfc1122_3_2_1_1) {
    EXPECT_EQ(Ipv4View::parse(changed(datagram4, 0, 0x65)).error(), ParseError::bad_version);
}

TEST(Ipv4View, refuses_a_header_length_below_five_words__rfc791_3_1) {
    EXPECT_EQ(Ipv4View::parse(changed(datagram4, 0, 0x44)).error(), ParseError::malformed);
}

TEST(Ipv4View, refuses_a_header_past_the_end) {
    EXPECT_EQ(Ipv4View::parse(changed(header4, 0, 0x46), 0x73).error(), ParseError::truncated);
    EXPECT_EQ(Ipv4View::parse(first(header4, 19), 0x73).error(), ParseError::truncated);
}

TEST(Ipv4View, refuses_a_total_length_inside_the_header) {
    EXPECT_EQ(Ipv4View::parse(changed(datagram4, 3, 19)).error(), ParseError::malformed);
}

TEST(Ipv4View, refuses_a_total_length_beyond_what_is_there) {
    EXPECT_EQ(Ipv4View::parse(first(datagram4, 0x72)).error(), ParseError::truncated);
    EXPECT_EQ(Ipv4View::parse(header4, 0x72).error(), ParseError::truncated);
    EXPECT_TRUE(Ipv4View::parse(header4, 0x73));
}

TEST(Ipv4View, cuts_link_padding_off) {
    const Octets octets = datagram4 + Octets(7);
    const auto view = Ipv4View::parse(octets);
    ASSERT_TRUE(view);
    EXPECT_EQ(view->payload().size(), 0x73U - 20U);
}

TEST(Ipv4View, notices_a_wrong_header_checksum__rfc1122_3_2_1_2) {
    const Octets wrong = changed(datagram4, 8, 63);
    EXPECT_FALSE(Ipv4View::parse(wrong)->checksum_verifies());
}

TEST(Ipv4View, reads_fragments__rfc791_3_2) {
    const Octets middle = changed(changed(datagram4, 6, 0x20), 7, 0xb9);
    const auto view = Ipv4View::parse(middle);
    EXPECT_TRUE(view->more_fragments());
    EXPECT_FALSE(view->dont_fragment());
    EXPECT_EQ(view->fragment_offset(), 0xb9U * 8);
    EXPECT_TRUE(view->is_fragment());
    const Octets last = changed(changed(datagram4, 6, 0x1f), 7, 0xff);
    EXPECT_FALSE(Ipv4View::parse(last)->more_fragments());
    EXPECT_EQ(Ipv4View::parse(last)->fragment_offset(), 0x1fffU * 8);
    EXPECT_TRUE(Ipv4View::parse(last)->is_fragment());
}

TEST(Ipv4Header, emits_with_its_checksum) {
    const Ipv4Header header{.source = IpAddress::v4(192, 168, 0, 1),
                            .destination = IpAddress::v4(192, 168, 0, 199),
                            .protocol = Protocol::udp,
                            .dont_fragment = true,
                            .payload_size = 0x73 - 20,
                            .options = {}};
    Octets out(header.size(), std::byte{0xaa});
    header.emit(out);
    EXPECT_EQ(out, header4);
}

TEST(Ipv4Header, pads_options_to_whole_words) {
    const Octets router_alert = hex("94 04 00 00 01");
    const Ipv4Header header{.source = IpAddress::v4(1, 2, 3, 4),
                            .destination = IpAddress::v4(4, 3, 2, 1),
                            .options = router_alert};
    ASSERT_EQ(header.size(), 28U);
    Octets out(28, std::byte{0xaa});
    header.emit(out);
    const auto view = Ipv4View::parse(out);
    ASSERT_TRUE(view);
    EXPECT_EQ(Octets(view->options().begin(), view->options().end()),
              hex("94 04 00 00 01 00 00 00"));
    EXPECT_TRUE(view->checksum_verifies());
}

RC_GTEST_PROP(Ipv4HeaderProperty,
              is_read_back_as_it_was_written,
              (std::uint32_t source, std::uint32_t destination)) {
    const auto options =
        *rc::gen::resize(40, rc::gen::container<Octets>(rc::gen::map<std::uint8_t>([](auto v) {
                             return std::byte{v};
                         })));
    const Ipv4Header header{
        .source = IpAddress::v4(source),
        .destination = IpAddress::v4(destination),
        .protocol = Protocol{*rc::gen::arbitrary<std::uint8_t>()},
        .tos = *rc::gen::arbitrary<std::uint8_t>(),
        .ttl = *rc::gen::arbitrary<std::uint8_t>(),
        .dont_fragment = *rc::gen::arbitrary<bool>(),
        .more_fragments = *rc::gen::arbitrary<bool>(),
        .identification = *rc::gen::arbitrary<std::uint16_t>(),
        .fragment_offset = *rc::gen::inRange<std::size_t>(0, 0x2000) * 8,
        .payload_size = *rc::gen::inRange<std::size_t>(0, Ipv4View::datagram_max - 60 + 1),
        .options = Bytes{options}.first(std::min<std::size_t>(options.size(), 40))};
    Octets out(header.size());
    header.emit(out);
    const auto view = Ipv4View::parse(out, out.size() + header.payload_size + source % 64);
    RC_ASSERT(view.has_value());
    RC_ASSERT(view->checksum_verifies());
    RC_ASSERT(view->source() == header.source);
    RC_ASSERT(view->destination() == header.destination);
    RC_ASSERT(view->protocol() == header.protocol);
    RC_ASSERT(view->tos() == header.tos);
    RC_ASSERT(view->ttl() == header.ttl);
    RC_ASSERT(view->dont_fragment() == header.dont_fragment);
    RC_ASSERT(view->more_fragments() == header.more_fragments);
    RC_ASSERT(view->identification() == header.identification);
    RC_ASSERT(view->fragment_offset() == header.fragment_offset);
    RC_ASSERT(view->header_size() == out.size());
    RC_ASSERT(view->payload_size() == header.payload_size);
    RC_ASSERT(std::ranges::equal(view->options().first(header.options.size()), header.options));
}

const Octets header6 = hex("6 ab 12345 0010 06 40") + hex("20010db8000000000000000000000001") +
                       hex("fe800000000000000000000000000002");

TEST(Ipv6View, reads_every_field__rfc8200_3) {
    const Octets octets = header6 + Octets(20);
    const auto view = Ipv6View::parse(octets);
    ASSERT_TRUE(view);
    EXPECT_EQ(view->traffic_class(), 0xab);
    EXPECT_EQ(view->flow_label(), 0x12345U);
    EXPECT_EQ(view->payload_size(), 16U);
    EXPECT_EQ(view->payload().size(), 16U);  // without the padding
    EXPECT_EQ(view->next_header(), Protocol::tcp);
    EXPECT_EQ(view->hop_limit(), 64);
    EXPECT_EQ(to_string(view->source()), "2001:db8::1");
    EXPECT_EQ(to_string(view->destination()), "fe80::2");
}

TEST(Ipv6View, refuses_what_is_too_short_or_another_version__rfc8200_3) {
    EXPECT_EQ(Ipv6View::parse(first(header6, 39), 56).error(), ParseError::truncated);
    EXPECT_EQ(Ipv6View::parse(header6, 55).error(), ParseError::truncated);
    EXPECT_TRUE(Ipv6View::parse(header6, 56));
    EXPECT_EQ(Ipv6View::parse(changed(header6, 0, 0x45), 56).error(), ParseError::bad_version);
}

TEST(Ipv6Header, emits_what_the_view_reads) {
    const Ipv6Header header{.source = IpAddress::parse("2001:db8::1").value(),
                            .destination = IpAddress::parse("fe80::2").value(),
                            .next_header = Protocol::tcp,
                            .traffic_class = 0xab,
                            .hop_limit = 64,
                            .flow_label = 0x12345,
                            .payload_size = 16};
    Octets out(Ipv6Header::size);
    header.emit(out);
    EXPECT_EQ(out, header6);
}

}  // namespace
}  // namespace handfast::wire
