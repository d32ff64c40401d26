// The small ones: octets, instants, arrays by enum, checks.
#include <array>
#include <gtest/gtest.h>

#include "core/base/bytes.hpp"
#include "core/base/check.hpp"
#include "core/base/enum_array.hpp"
#include "core/base/time.hpp"

namespace handfast {
namespace {

TEST(Bytes, are_read_and_written_most_significant_first) {
    std::array<std::byte, 8> octets{};
    store_be32(octets, 1, 0x0102'f3f4);
    store_be16(octets, 5, 0xfefd);
    store_u8(octets, 7, 0x80);
    EXPECT_EQ(octets[1], std::byte{0x01});
    EXPECT_EQ(octets[4], std::byte{0xf4});
    EXPECT_EQ(load_be32(octets, 1), 0x0102'f3f4U);
    EXPECT_EQ(load_be16(octets, 5), 0xfefdU);
    EXPECT_EQ(load_u8(octets, 7), 0x80U);
    EXPECT_EQ(load_u8(octets, 0), 0U);
}

TEST(Time, an_unset_deadline_is_later_than_any) {
    const Instant soon{milliseconds{1}};
    const Instant late{seconds{1}};
    EXPECT_EQ(earlier(soon, late), soon);
    EXPECT_EQ(earlier(late, soon), soon);
    EXPECT_EQ(earlier(std::nullopt, late), late);
    EXPECT_EQ(earlier(late, std::nullopt), late);
    EXPECT_EQ(earlier(std::nullopt, std::nullopt), std::nullopt);
}

TEST(Deadline, is_none_until_it_is_set_and_after_it_was_reset) {
    Deadline deadline;
    EXPECT_FALSE(deadline.has_value());
    EXPECT_EQ(deadline, std::nullopt);
    deadline = Instant{seconds{3}};
    ASSERT_TRUE(deadline);
    EXPECT_EQ(*deadline, Instant{seconds{3}});
    EXPECT_EQ(deadline.value_or(Instant{}), Instant{seconds{3}});
    deadline.reset();
    EXPECT_FALSE(deadline);
    EXPECT_EQ(deadline.value_or(Instant{seconds{1}}), Instant{seconds{1}});
}

TEST(Deadline, of_the_end_of_time_is_none) {
    EXPECT_EQ(Deadline{Instant::max()}, std::nullopt);
    EXPECT_NE(Deadline{Instant::min()}, std::nullopt);
    EXPECT_LT(Deadline{Instant{seconds{1}}}, Deadline{});
}

TEST(Time, counts_whole_milliseconds) {
    EXPECT_EQ(to_ms(Instant{microseconds{2999}}), 2U);
    EXPECT_EQ(to_ms(Instant{}), 0U);
}

enum class Color : unsigned char { red, green, blue, count };

TEST(EnumArray, holds_one_value_for_each_enumerator) {
    EnumArray<Color, int> values;
    EXPECT_EQ(values.size(), 3U);
    values[Color::green] = 5;
    int sum = 0;
    for (const int v : values) sum += v;
    EXPECT_EQ(sum, 5);
    EXPECT_EQ(values[Color::red], 0);
}

TEST(CheckDeathTest, aborts_when_it_does_not_hold) {
    HF_CHECK(true);
    EXPECT_DEATH(HF_CHECK(false), "");
}

}  // namespace
}  // namespace handfast
