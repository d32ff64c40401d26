#include "core/base/slab.hpp"

#include <gtest/gtest.h>
#include <memory>
#include <vector>

namespace handfast {
namespace {

using Count = std::shared_ptr<int>;  // its use count tells what lives

TEST(Slab, finds_what_it_holds_by_its_handle) {
    Slab<int> slab{10};
    const auto one = slab.emplace(1);
    const auto two = slab.emplace(2);
    ASSERT_TRUE(one && two);
    EXPECT_EQ(*slab.find(one), 1);
    EXPECT_EQ(slab[two], 2);
    EXPECT_EQ(slab.size(), 2U);
}

TEST(Slab, finds_nothing_by_a_null_handle) {
    Slab<int> slab{10};
    EXPECT_EQ(slab.find({}), nullptr);
    EXPECT_TRUE(slab.emplace(1));
    EXPECT_EQ(slab.find({}), nullptr);
    EXPECT_EQ(slab.find({.index = 5, .generation = 1}), nullptr);
}

TEST(Slab, finds_nothing_by_the_handle_of_what_is_gone_even_when_the_slot_serves_again) {
    Slab<int> slab{1};
    const auto old = slab.emplace(1);
    slab.erase(old);
    EXPECT_EQ(slab.find(old), nullptr);
    const auto fresh = slab.emplace(2);
    EXPECT_EQ(fresh.index, old.index);
    EXPECT_EQ(slab.find(old), nullptr);
    EXPECT_EQ(*slab.find(fresh), 2);
}

TEST(Slab, gives_a_null_handle_when_it_is_full) {
    Slab<int> slab{2};
    const auto one = slab.emplace(1);
    EXPECT_TRUE(slab.emplace(2));
    EXPECT_TRUE(slab.full());
    EXPECT_FALSE(slab.emplace(3));
    slab.erase(one);
    EXPECT_TRUE(slab.emplace(3));
}

TEST(Slab, keeps_objects_where_they_are_while_it_grows) {
    Slab<int> slab{1000};
    const int* const first = slab.find(slab.emplace(7));
    for (int i = 1; i < 1000; ++i) EXPECT_TRUE(slab.emplace(i));
    EXPECT_EQ(*first, 7);
    EXPECT_FALSE(slab.emplace(0));
}

TEST(Slab, destroys_what_is_erased_and_what_is_left) {
    const auto count = std::make_shared<int>(0);
    {
        Slab<Count> slab{100};
        std::vector<Handle<Count>> handles;
        for (int i = 0; i < 70; ++i) handles.push_back(slab.emplace(count));
        EXPECT_EQ(count.use_count(), 71);
        for (int i = 0; i < 30; ++i) slab.erase(handles[static_cast<std::size_t>(2 * i)]);
        EXPECT_EQ(count.use_count(), 41);
    }
    EXPECT_EQ(count.use_count(), 1);
}

TEST(Slab, lets_a_walk_erase_what_it_visits) {
    Slab<int> slab{10};
    for (int i = 0; i < 10; ++i) EXPECT_TRUE(slab.emplace(i));
    slab.for_each([&](Handle<int> h, int i) {
        if (i % 2 == 0) slab.erase(h);
    });
    std::vector<int> left;
    slab.for_each([&](Handle<int>, int i) { left.push_back(i); });
    EXPECT_EQ(left, (std::vector{1, 3, 5, 7, 9}));
}

TEST(Handle, survives_its_way_as_a_number) {
    Slab<int> slab{10};
    EXPECT_TRUE(slab.emplace(1));
    const auto handle = slab.emplace(2);
    EXPECT_EQ(Handle<int>::from_raw(handle.raw()), handle);
    EXPECT_NE(handle.raw(), 0U);
}

TEST(SlabDeathTest, refuses_a_stale_handle_where_a_good_one_is_due) {
    Slab<int> slab{1};
    const auto handle = slab.emplace(1);
    slab.erase(handle);
    EXPECT_DEATH(slab.erase(handle), "");
    EXPECT_DEATH((void)slab[handle], "");
}

}  // namespace
}  // namespace handfast
