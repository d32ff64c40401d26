// A queue in a ring: order, growth, and nothing left behind.
#include "core/base/ring.hpp"

#include <gtest/gtest.h>
#include <memory>

namespace handfast {
namespace {

TEST(Ring, gives_first_what_came_first_through_growth_and_wrapping) {
    Ring<int> ring;
    int in = 0;
    int out = 0;
    for (int round = 1; round <= 50; ++round) {
        for (int i = 0; i < round; ++i) ring.push_back(in++);
        for (int i = 0; i < round / 2; ++i) ASSERT_EQ(ring.pop_front(), out++);
    }
    EXPECT_EQ(ring.size(), static_cast<std::size_t>(in - out));
    EXPECT_EQ(ring.front(), out);
    EXPECT_EQ(ring.back(), in - 1);
    EXPECT_EQ(ring[1], out + 1);
    while (!ring.empty()) ASSERT_EQ(ring.pop_front(), out++);
    EXPECT_EQ(out, in);
}

TEST(Ring, keeps_nothing_of_what_it_gave_away) {
    Ring<std::shared_ptr<int>> ring;
    const auto counted = std::make_shared<int>(1);
    ring.push_back(counted);
    EXPECT_EQ(counted.use_count(), 2);
    {
        const auto given = ring.pop_front();
    }
    EXPECT_EQ(counted.use_count(), 1);
    ring.push_back(counted);
    ring.clear();
    EXPECT_TRUE(ring.empty());
    EXPECT_EQ(counted.use_count(), 1);
}

TEST(Ring, holds_what_can_only_be_moved) {
    Ring<std::unique_ptr<int>> ring;
    for (int i = 0; i < 9; ++i) ring.push_back(std::make_unique<int>(i));
    for (int i = 0; i < 9; ++i) EXPECT_EQ(*ring.pop_front(), i);
}

}  // namespace
}  // namespace handfast
