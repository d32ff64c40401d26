#include "core/wire/seq_num.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

namespace handfast::wire {
namespace {

constexpr SeqNum near_wrap{0xffff'fff0};

TEST(SeqNum, goes_on_at_zero_after_the_last_number__rfc9293_3_4) {
    EXPECT_EQ(near_wrap + 0x20, SeqNum{0x10});
    EXPECT_EQ(SeqNum{0x10} - 0x20U, near_wrap);
    EXPECT_EQ((near_wrap + 0x20) - near_wrap, 0x20);
    EXPECT_EQ(near_wrap - (near_wrap + 0x20), -0x20);
}

TEST(SeqNum, is_before_what_follows_it_across_the_wrap__rfc9293_3_4) {
    EXPECT_TRUE(before(near_wrap, near_wrap + 0x20));
    EXPECT_FALSE(before(near_wrap + 0x20, near_wrap));
    EXPECT_FALSE(before(near_wrap, near_wrap));
    EXPECT_TRUE(at_or_before(near_wrap, near_wrap));
    EXPECT_EQ(later(near_wrap, near_wrap + 0x20), near_wrap + 0x20);
    EXPECT_EQ(sooner(near_wrap, near_wrap + 0x20), near_wrap);
}

TEST(SeqRange, contains_its_octets_across_the_wrap) {
    const SeqRange range{near_wrap, near_wrap + 0x20};
    EXPECT_EQ(range.size(), 0x20U);
    EXPECT_TRUE(range.contains(near_wrap));
    EXPECT_TRUE(range.contains(SeqNum{0}));
    EXPECT_TRUE(range.contains(near_wrap + 0x1f));
    EXPECT_FALSE(range.contains(near_wrap + 0x20));
    EXPECT_FALSE(range.contains(near_wrap - 1));
    EXPECT_TRUE(range.contains(SeqRange{near_wrap + 1, near_wrap + 0x20}));
    EXPECT_FALSE(range.contains(SeqRange{near_wrap + 1, near_wrap + 0x21}));
    EXPECT_TRUE((SeqRange{near_wrap, near_wrap}).empty());
}

RC_GTEST_PROP(SeqNumProperty,
              order_is_that_of_distances_below_half_the_circle,
              (std::uint32_t start, std::uint32_t step)) {
    const std::uint32_t distance = step % 0x7fff'ffffU + 1;
    const SeqNum a{start};
    const SeqNum b = a + distance;
    RC_ASSERT(before(a, b));
    RC_ASSERT(!before(b, a));
    RC_ASSERT(octets_between(a, b) == distance);
    RC_ASSERT((b - distance) == a);
}

}  // namespace
}  // namespace handfast::wire
