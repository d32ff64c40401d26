#include "core/wire/address.hpp"

#include <gtest/gtest.h>

#include "unit/wire/octets.hpp"

namespace handfast::wire {
namespace {

std::optional<IpAddress> ip(std::string_view text) {
    return IpAddress::parse(text);
}

IpAddress v6(std::string_view octets) {
    std::array<std::byte, 16> out{};
    const Octets in = hex(octets);
    std::copy(in.begin(), in.end(), out.begin());
    return IpAddress::v6(out);
}

TEST(IpAddress, reads_a_dotted_quad) {
    EXPECT_EQ(ip("192.168.21.253"), IpAddress::v4(192, 168, 21, 253));
    EXPECT_EQ(ip("0.0.0.0"), IpAddress::v4(0));
    EXPECT_EQ(ip("255.255.255.255"), IpAddress::v4(0xffff'ffff));
}

TEST(IpAddress, refuses_what_is_no_dotted_quad) {
    for (const auto* text :
         {"",         "1",         "1.2.3",      "1.2.3.4.5", "1.2.3.",     ".1.2.3",
          "1..2.3",   "256.1.1.1", "1.2.3.256",  "01.2.3.4",  "1.2.3.00",   "1.2.3.4 ",
          " 1.2.3.4", "1.2.3.-4",  "1.2.3.+4",   "0x1.2.3.4", "1.2.3.4a",   "a.b.c.d",
          "1,2,3,4",  "16909060",  "1.2.3.4/24", "1.2.3.4:5", "1.2.3.4444", "4294967297.0.0.1"}) {
        EXPECT_EQ(ip(text), std::nullopt) << text;
    }
}

TEST(IpAddress, reads_the_forms_of_ipv6__rfc4291_2_2) {
    EXPECT_EQ(ip("ABCD:EF01:2345:6789:abcd:ef01:2345:6789"),
              v6("abcdef0123456789abcdef0123456789"));
    EXPECT_EQ(ip("2001:DB8:0:0:8:800:200C:417A"), v6("20010db80000000000080800200c417a"));
    EXPECT_EQ(ip("2001:db8::8:800:200c:417a"), v6("20010db80000000000080800200c417a"));
    EXPECT_EQ(ip("ff01::101"), v6("ff010000000000000000000000000101"));
    EXPECT_EQ(ip("::1"), v6("00000000000000000000000000000001"));
    EXPECT_EQ(ip("::"), v6("00000000000000000000000000000000"));
    EXPECT_EQ(ip("1::"), v6("00010000000000000000000000000000"));
    EXPECT_EQ(ip("::2:3:4:5:6:7:8"), v6("00000002000300040005000600070008"));
    EXPECT_EQ(ip("1:2:3:4:5:6:7::"), v6("00010002000300040005000600070000"));
    EXPECT_EQ(ip("1:2:3::5:6:7:8"), v6("00010002000300000005000600070008"));
}

TEST(IpAddress, reads_ipv4_in_the_last_octets_of_ipv6__rfc4291_2_2) {
    EXPECT_EQ(ip("::13.1.68.3"), v6("0000000000000000000000000d014403"));
    EXPECT_EQ(ip("::FFFF:129.144.52.38"), v6("00000000000000000000ffff81903426"));
    EXPECT_EQ(ip("1:2:3:4:5:6:7.8.9.10"), v6("000100020003000400050006 0708090a"));
    EXPECT_EQ(ip("64:ff9b::192.0.2.33"), v6("0064ff9b0000000000000000c0000221"));
}

TEST(IpAddress, takes_a_mapped_address_for_ipv6) {
    EXPECT_NE(ip("::ffff:1.2.3.4"), IpAddress::v4(1, 2, 3, 4));
    EXPECT_EQ(ip("::ffff:1.2.3.4")->octets(), IpAddress::v4(1, 2, 3, 4).octets());
}

TEST(IpAddress, refuses_what_is_no_ipv6) {
    for (const auto* text : {":",
                             ":::",
                             "1:",
                             ":1",
                             "1:2:3:4:5:6:7",
                             "1:2:3:4:5:6:7:",
                             ":2:3:4:5:6:7:8",
                             "1:2:3:4:5:6:7:8:",
                             "1:2:3:4:5:6:7:8:9",
                             "1:2:3:4:5:6:7:8::",
                             "::1:2:3:4:5:6:7:8",
                             "1::2::3",
                             "1:::2",
                             "12345::",
                             "g::",
                             "::1 ",
                             " ::1",
                             "::1%eth0",
                             "[::1]",
                             "::1.2.3",
                             "::1.2.3.4.5",
                             "::1.2.3.4:5",
                             "1.2.3.4::",
                             "1:2:3:4:5:6:7:1.2.3.4",
                             "1:2:3:4:5:1.2.3.4",
                             "::256.1.1.1",
                             "::01.1.1.1",
                             "::a.1.1.1",
                             "-1::",
                             "::/0"}) {
        EXPECT_EQ(ip(text), std::nullopt) << text;
    }
}

TEST(IpAddress, knows_its_kind) {
    EXPECT_TRUE(ip("127.255.0.1")->is_loopback());
    EXPECT_TRUE(ip("::1")->is_loopback());
    EXPECT_FALSE(ip("128.0.0.1")->is_loopback());
    EXPECT_TRUE(ip("239.1.1.1")->is_multicast());
    EXPECT_TRUE(ip("ff02::1")->is_multicast());
    EXPECT_TRUE(ip("255.255.255.255")->is_limited_broadcast());
    EXPECT_FALSE(ip("255.255.255.255")->is_reserved());
    EXPECT_TRUE(ip("240.0.0.1")->is_reserved());
    EXPECT_TRUE(ip("0.0.0.0")->is_unspecified());
    EXPECT_TRUE(ip("::")->is_unspecified());
    EXPECT_FALSE(ip("::ffff:0.0.0.0")->is_unspecified());
}

TEST(Prefix, reads_an_address_with_a_length) {
    EXPECT_EQ(Prefix::parse("192.168.21.253/24"), (Prefix{*ip("192.168.21.253"), 24}));
    EXPECT_EQ(Prefix::parse("0.0.0.0/0"), (Prefix{*ip("0.0.0.0"), 0}));
    EXPECT_EQ(Prefix::parse("2001:db8::/32"), (Prefix{*ip("2001:db8::"), 32}));
}

TEST(Prefix, without_a_length_is_the_whole_address) {
    EXPECT_EQ(Prefix::parse("10.0.0.1"), (Prefix{*ip("10.0.0.1"), 32}));
    EXPECT_EQ(Prefix::parse("::1"), (Prefix{*ip("::1"), 128}));
}

TEST(Prefix, refuses_what_is_no_prefix) {
    for (const auto* text : {"",
                             "/",
                             "10.0.0.0/",
                             "10.0.0.0/33",
                             "10.0.0.0/08",
                             "10.0.0.0/-1",
                             "10.0.0.0/8/8",
                             "10.0.0.0/8 ",
                             "::/129",
                             "/8",
                             "10/8",
                             "10.0.0.0/4294967304"}) {
        EXPECT_EQ(Prefix::parse(text), std::nullopt) << text;
    }
}

TEST(Prefix, contains_what_shares_its_leading_bits) {
    const auto prefix = Prefix::parse("192.168.21.253/22").value();
    EXPECT_TRUE(prefix.contains(*ip("192.168.20.0")));
    EXPECT_TRUE(prefix.contains(*ip("192.168.23.255")));
    EXPECT_FALSE(prefix.contains(*ip("192.168.24.0")));
    EXPECT_FALSE(prefix.contains(*ip("::ffff:192.168.20.0")));
    EXPECT_TRUE(Prefix::parse("0.0.0.0/0")->contains(*ip("255.1.2.3")));
    EXPECT_TRUE(Prefix::parse("10.0.0.1")->contains(*ip("10.0.0.1")));
    EXPECT_FALSE(Prefix::parse("10.0.0.1")->contains(*ip("10.0.0.0")));
    EXPECT_TRUE(Prefix::parse("fe80::/10")->contains(*ip("febf::1")));
    EXPECT_FALSE(Prefix::parse("fe80::/10")->contains(*ip("fec0::1")));
    EXPECT_FALSE(Prefix::parse("::/0")->contains(*ip("1.2.3.4")));
}

TEST(Prefix, has_a_directed_broadcast_address_when_shorter_than_31__rfc3021) {
    EXPECT_EQ(Prefix::parse("192.168.21.253/24")->broadcast(), ip("192.168.21.255"));
    EXPECT_EQ(Prefix::parse("10.1.2.3/30")->broadcast(), ip("10.1.2.3"));
    EXPECT_EQ(Prefix::parse("0.0.0.0/0")->broadcast(), ip("255.255.255.255"));
    EXPECT_EQ(Prefix::parse("10.1.2.3/31")->broadcast(), std::nullopt);
    EXPECT_EQ(Prefix::parse("10.1.2.3/32")->broadcast(), std::nullopt);
    EXPECT_EQ(Prefix::parse("2001:db8::/64")->broadcast(), std::nullopt);
}

TEST(MacAddress, reads_six_pairs_of_digits) {
    const MacAddress mac{{std::byte{0x02},
                          std::byte{0x00},
                          std::byte{0x5e},
                          std::byte{0x10},
                          std::byte{0xAB},
                          std::byte{0xff}}};
    EXPECT_EQ(MacAddress::parse("02:00:5e:10:aB:fF"), mac);
    EXPECT_EQ(MacAddress::parse("ff:ff:ff:ff:ff:ff"), MacAddress::broadcast());
}

TEST(MacAddress, refuses_anything_else) {
    for (const auto* text : {"",
                             "02:00:5e:10:ab",
                             "02:00:5e:10:ab:f",
                             "2:00:5e:10:ab:ff",
                             "02:00:5e:10:ab:ff:",
                             "02-00-5e-10-ab-ff",
                             "02:00:5e:10:ab:fg",
                             "02:00:5e:10:ab: f",
                             "2:0:5e:010:ab:ff",
                             "02:00:5e:10:abcd:",
                             "02:00:5e:1:0ab:ff",
                             "02005e10abff00112"}) {
        EXPECT_EQ(MacAddress::parse(text), std::nullopt) << text;
    }
}

TEST(Endpoint, reads_address_and_port) {
    EXPECT_EQ(Endpoint::parse("127.0.0.1:8080"), (Endpoint{*ip("127.0.0.1"), Port{8080}}));
    EXPECT_EQ(Endpoint::parse("[::1]:80"), (Endpoint{*ip("::1"), Port{80}}));
    EXPECT_EQ(Endpoint::parse("0.0.0.0:0"), (Endpoint{*ip("0.0.0.0"), Port{0}}));
}

TEST(Endpoint, refuses_ipv6_without_brackets_and_ipv4_with) {
    for (const auto* text : {"",
                             ":",
                             "1.2.3.4",
                             "1.2.3.4:",
                             "1.2.3.4:65536",
                             "1.2.3.4:080",
                             "::1:80",
                             "[::1]",
                             "[::1]:",
                             "[::1:80",
                             "::1]:80",
                             "[1.2.3.4]:80",
                             "[]:80",
                             "[:80",
                             "1.2.3.4:+80",
                             "[[::1]]:80"}) {
        EXPECT_EQ(Endpoint::parse(text), std::nullopt) << text;
    }
}

}  // namespace
}  // namespace handfast::wire
