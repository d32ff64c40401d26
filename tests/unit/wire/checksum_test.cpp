#include "core/wire/checksum.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "unit/wire/octets.hpp"

namespace handfast::wire {
namespace {

// RFC 1071 §4.1, octet by octet.
std::uint16_t naive_sum(Bytes octets) {
    std::uint32_t sum = 0;
    for (std::size_t i = 0; i < octets.size(); ++i) {
        const auto octet = std::to_integer<std::uint32_t>(octets[i]);
        sum += i % 2 == 0 ? octet << 8 : octet;
        sum = (sum & 0xffffU) + (sum >> 16);
    }
    return static_cast<std::uint16_t>(sum);
}

Octets octets_of(const std::vector<std::uint8_t>& numbers) {
    Octets octets;
    for (const std::uint8_t n : numbers) octets.push_back(std::byte{n});
    return octets;
}

TEST(Checksum, sums_the_example__rfc1071_3) {
    EXPECT_EQ(Checksum{}.add(hex("00 01 f2 03 f4 f5 f6 f7")).folded(), 0xddf2);
}

TEST(Checksum, of_nothing_is_zero) {
    EXPECT_EQ(Checksum{}.folded(), 0);
    EXPECT_EQ(Checksum{}.add({}).finish(), 0xffff);
}

TEST(Checksum, takes_an_odd_last_octet_as_the_high_half_of_a_word__rfc1071_1) {
    EXPECT_EQ(Checksum{}.add(hex("12")).folded(), 0x1200);
    EXPECT_EQ(Checksum{}.add(hex("00 01 02")).folded(), 0x0201);
}

TEST(Checksum, goes_on_in_the_middle_of_a_word_after_an_odd_piece__rfc1071_2) {
    Checksum sum;
    sum.add(hex("00 01 f2")).add(hex("03")).add({}).add(hex("f4 f5 f6")).add(hex("f7"));
    EXPECT_EQ(sum.folded(), 0xddf2);
}

TEST(Checksum, never_folds_ones_to_zero) {
    const Octets ones(70'000, std::byte{0xff});
    EXPECT_EQ(Checksum{}.add(ones).folded(), 0xffff);
    EXPECT_TRUE(Checksum{}.add(ones).verifies());
}

TEST(Checksum, verifies_a_real_ipv4_header) {
    const Octets header = hex("45 00 00 73 00 00 40 00 40 11 b8 61 c0 a8 00 01 c0 a8 00 c7");
    EXPECT_TRUE(Checksum{}.add(header).verifies());
    Octets zeroed = header;
    zeroed[10] = zeroed[11] = std::byte{0};
    EXPECT_EQ(Checksum{}.add(zeroed).finish(), 0xb861);
}

TEST(Checksum, covers_the_ipv4_pseudo_header__rfc9293_3_1) {
    const auto source = IpAddress::v4(192, 168, 21, 253);
    const auto destination = IpAddress::v4(10, 0, 0, 1);
    const Octets written = hex("c0 a8 15 fd 0a 00 00 01 00 06 05 dc");
    Checksum sum;
    sum.add_pseudo_header(source, destination, Protocol::tcp, 1500);
    EXPECT_EQ(sum.folded(), naive_sum(written));
}

TEST(Checksum, covers_the_ipv6_pseudo_header__rfc8200_8_1) {
    const auto source = IpAddress::parse("2001:db8::1234:5678").value();
    const auto destination = IpAddress::parse("fe80::1").value();
    const Octets written =
        hex("20010db8000000000000000012345678 fe800000000000000000000000000001") +
        hex("00 01 86 a0 00 00 00 11");
    Checksum sum;
    sum.add_pseudo_header(source, destination, Protocol::udp, 100'000);
    EXPECT_EQ(sum.folded(), naive_sum(written));
}

TEST(Checksum, takes_the_pseudo_header_in_the_middle_of_a_word) {
    const auto address = IpAddress::v4(1, 2, 3, 4);
    Checksum before;
    before.add_pseudo_header(address, address, Protocol::udp, 9).add(hex("ab"));
    Checksum after;
    after.add(hex("ab")).add_pseudo_header(address, address, Protocol::udp, 9);
    EXPECT_EQ(before.folded(), naive_sum(hex("01020304 01020304 0011 0009 ab")));
    EXPECT_EQ(after.folded(), naive_sum(hex("ab 01020304 01020304 0011 0009")));
}

TEST(Checksum, agrees_with_the_naive_sum_at_every_length_and_alignment) {
    Octets octets;
    for (unsigned i = 0; i < 400; ++i) octets.push_back(static_cast<std::byte>(i * 151 + 7));
    for (std::size_t at = 0; at < 17; ++at) {
        for (std::size_t n = 0; at + n <= octets.size(); ++n) {
            const Bytes piece = Bytes{octets}.subspan(at, n);
            ASSERT_EQ(Checksum{}.add(piece).folded(), naive_sum(piece)) << at << " " << n;
        }
    }
}

RC_GTEST_PROP(ChecksumProperty,
              does_not_depend_on_how_octets_are_split,
              (const std::vector<std::uint8_t>& numbers, std::uint8_t repeats)) {
    Octets octets;
    for (int i = 0; i <= repeats % 64; ++i) octets = octets + octets_of(numbers);
    Checksum sum;
    Bytes left{octets};
    while (!left.empty()) {
        const auto n = *rc::gen::inRange<std::size_t>(0, std::min<std::size_t>(left.size(), 300));
        sum.add(left.first(n + 1));
        left = left.subspan(n + 1);
    }
    RC_ASSERT(sum.folded() == naive_sum(octets));
}

RC_GTEST_PROP(ChecksumProperty,
              verifies_with_its_own_field_and_with_no_other,
              (const std::vector<std::uint8_t>& numbers, std::uint16_t wrong)) {
    Octets octets = octets_of(numbers) + hex("01");
    if (octets.size() % 2 != 0) octets.push_back(std::byte{0});
    Octets field(2);
    store_be16(field, 0, Checksum{}.add(octets).finish());
    RC_ASSERT(Checksum{}.add(octets).add(field).verifies());
    // 0 and 0xffff are the same number in this arithmetic.
    RC_PRE(wrong % 0xffffU != load_be16(field, 0) % 0xffffU);
    store_be16(field, 0, wrong);
    RC_ASSERT(!Checksum{}.add(octets).add(field).verifies());
}

}  // namespace
}  // namespace handfast::wire
