#include "core/wire/format.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

namespace handfast::wire {
namespace {

std::string rewritten(std::string_view text) {
    return to_string(IpAddress::parse(text).value());
}

TEST(Format, writes_a_dotted_quad) {
    EXPECT_EQ(to_string(IpAddress::v4(192, 168, 21, 253)), "192.168.21.253");
    EXPECT_EQ(to_string(IpAddress{}), "0.0.0.0");
}

TEST(Format, leaves_leading_zeros_out__rfc5952_4_1) {
    EXPECT_EQ(rewritten("2001:0db8:0001:0001:0001:0001:0001:0001"), "2001:db8:1:1:1:1:1:1");
}

TEST(Format, shortens_as_much_as_possible__rfc5952_4_2_1) {
    EXPECT_EQ(rewritten("2001:db8:0:0:0:0:2:1"), "2001:db8::2:1");
    EXPECT_EQ(rewritten("0:0:0:0:0:0:0:0"), "::");
    EXPECT_EQ(rewritten("0:0:0:0:0:0:0:1"), "::1");
    EXPECT_EQ(rewritten("1:0:0:0:0:0:0:0"), "1::");
}

TEST(Format, does_not_shorten_a_single_group__rfc5952_4_2_2) {
    EXPECT_EQ(rewritten("2001:db8::1:1:1:1:1"), "2001:db8:0:1:1:1:1:1");
    EXPECT_EQ(rewritten("0:1:1:1:1:1:1:0"), "0:1:1:1:1:1:1:0");
}

TEST(Format, shortens_the_longest_run_and_the_first_of_equal_ones__rfc5952_4_2_3) {
    EXPECT_EQ(rewritten("2001:0:0:1:0:0:0:1"), "2001:0:0:1::1");
    EXPECT_EQ(rewritten("2001:db8:0:0:1:0:0:1"), "2001:db8::1:0:0:1");
    EXPECT_EQ(rewritten("0:0:1:1:1:1:0:0"), "::1:1:1:1:0:0");
}

TEST(Format, writes_lower_case__rfc5952_4_3) {
    EXPECT_EQ(rewritten("2001:DB8::ABCD:EF"), "2001:db8::abcd:ef");
}

TEST(Format, shows_the_ipv4_address_of_a_mapped_one__rfc5952_5) {
    EXPECT_EQ(rewritten("::ffff:c000:201"), "::ffff:192.0.2.1");
    EXPECT_EQ(rewritten("::ffff:0:0"), "::ffff:0.0.0.0");
    EXPECT_EQ(rewritten("::1.2.3.4"), "::102:304");
    EXPECT_EQ(rewritten("::fffe:1.2.3.4"), "::fffe:102:304");
}

TEST(Format, writes_a_prefix) {
    EXPECT_EQ(to_string(Prefix::parse("10.0.0.0/8").value()), "10.0.0.0/8");
    EXPECT_EQ(to_string(Prefix::parse("::/0").value()), "::/0");
}

TEST(Format, writes_a_mac) {
    EXPECT_EQ(to_string(MacAddress::parse("02:00:5E:10:AB:0f").value()), "02:00:5e:10:ab:0f");
}

TEST(Format, puts_ipv6_in_brackets_before_a_port__rfc5952_6) {
    EXPECT_EQ(to_string(Endpoint{IpAddress::parse("::1").value(), Port{80}}), "[::1]:80");
    EXPECT_EQ(to_string(Endpoint{IpAddress::v4(1, 2, 3, 4), Port{65535}}), "1.2.3.4:65535");
}

RC_GTEST_PROP(FormatProperty, ipv4_is_read_back, (std::uint32_t value, std::uint16_t port)) {
    const Endpoint endpoint{IpAddress::v4(value), Port{port}};
    RC_ASSERT(IpAddress::parse(to_string(endpoint.address)) == endpoint.address);
    RC_ASSERT(Endpoint::parse(to_string(endpoint)) == endpoint);
}

// Groups of mostly zeros and ones, so that runs are many.
RC_GTEST_PROP(FormatProperty, ipv6_is_read_back, (std::uint16_t port)) {
    std::array<std::byte, 16> octets{};
    for (std::size_t i = 0; i < octets.size(); i += 2) {
        const auto group =
            *rc::gen::weightedOneOf<std::uint16_t>({{4, rc::gen::just<std::uint16_t>(0)},
                                                    {1, rc::gen::just<std::uint16_t>(0xffff)},
                                                    {2, rc::gen::arbitrary<std::uint16_t>()}});
        octets[i] = static_cast<std::byte>(group >> 8);
        octets[i + 1] = static_cast<std::byte>(group & 0xff);
    }
    const Endpoint endpoint{IpAddress::v6(octets), Port{port}};
    RC_ASSERT(IpAddress::parse(to_string(endpoint.address)) == endpoint.address);
    RC_ASSERT(Endpoint::parse(to_string(endpoint)) == endpoint);
    const Prefix prefix{endpoint.address, static_cast<std::uint8_t>(port % 129)};
    RC_ASSERT(Prefix::parse(to_string(prefix)) == prefix);
}

RC_GTEST_PROP(FormatProperty, mac_is_read_back, ()) {
    MacAddress mac;
    for (auto& octet : mac.octets) octet = std::byte{*rc::gen::arbitrary<std::uint8_t>()};
    RC_ASSERT(MacAddress::parse(to_string(mac)) == mac);
}

}  // namespace
}  // namespace handfast::wire
