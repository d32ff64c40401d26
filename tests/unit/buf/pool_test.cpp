#include "core/buf/pool.hpp"

#include <gtest/gtest.h>
#include <vector>

namespace handfast::buf {
namespace {

[[nodiscard]] std::vector<std::byte> octets(std::size_t size, unsigned first = 0) {
    std::vector<std::byte> all(size);
    for (std::size_t i = 0; i < size; ++i) all[i] = static_cast<std::byte>(first + i);
    return all;
}
[[nodiscard]] std::vector<std::byte> copy_of(Bytes b) {
    return {b.begin(), b.end()};
}

TEST(Pool, gives_the_smallest_block_that_has_the_room) {
    Pool pool;
    EXPECT_EQ(pool.allocate(0).block_capacity(), Pool::block_sizes[0]);
    EXPECT_EQ(pool.allocate(224).block_capacity(), 224U);
    EXPECT_EQ(pool.allocate(225).block_capacity(), 2016U);
    EXPECT_EQ(pool.allocate(Pool::largest_block).block_capacity(), Pool::largest_block);
}

TEST(Pool, counts_what_is_in_use_and_takes_it_back) {
    Pool pool;
    {
        const Slice a = pool.allocate(100);
        const Slice b = a.share();
        EXPECT_EQ(pool.blocks_in_use(), 1U);
        EXPECT_EQ(pool.bytes_in_use(), sizeof(Block) + 224);
    }
    EXPECT_EQ(pool.blocks_in_use(), 0U);
    EXPECT_EQ(pool.bytes_in_use(), 0U);
}

TEST(Pool, uses_a_free_block_again) {
    Pool pool;
    const std::byte* first = nullptr;
    {
        Slice a = pool.allocate(100);
        first = a.tail().data();
    }
    EXPECT_EQ(pool.allocate(100).tail().data(), first);
}

TEST(Pool, refuses_beyond_its_cap_and_counts_that) {
    Pool pool{{.max_bytes = 3 * (sizeof(Block) + 224), .keep_bytes = 0}};
    std::vector<Slice> held;
    for (int i = 0; i < 3; ++i) held.push_back(pool.allocate(1));
    EXPECT_TRUE(held.back());
    EXPECT_FALSE(pool.allocate(1));
    EXPECT_FALSE(pool.copy(octets(10)));
    EXPECT_EQ(pool.refusals(), 2U);
    held.pop_back();
    EXPECT_TRUE(pool.allocate(1));
}

TEST(Pool, is_under_pressure_when_less_than_an_eighth_is_left) {
    Pool pool{{.max_bytes = 8 * (sizeof(Block) + 224), .keep_bytes = 0}};
    std::vector<Slice> held;
    for (int i = 0; i < 7; ++i) held.push_back(pool.allocate(1));
    EXPECT_FALSE(pool.under_pressure());
    held.push_back(pool.allocate(1));
    EXPECT_TRUE(pool.under_pressure());
}

TEST(Slice, shares_octets_until_the_last_holder_is_gone) {
    Pool pool;
    Slice part;
    {
        const Slice whole = pool.copy(octets(100));
        part = whole.share(10, 5);
        EXPECT_FALSE(whole.is_unique());
    }
    EXPECT_TRUE(part.is_unique());
    EXPECT_EQ(copy_of(part.bytes()), octets(5, 10));
}

TEST(Slice, appends_into_its_blocks_free_tail) {
    Pool pool;
    Slice s = pool.allocate(100);
    EXPECT_EQ(s.append(octets(100)), 100U);
    EXPECT_EQ(s.append(octets(200, 100)), 124U);  // to the block's 224
    EXPECT_EQ(s.tail_room(), 0U);
    EXPECT_EQ(copy_of(s.bytes()), octets(224));
}

TEST(Slice, never_writes_what_another_holder_wrote) {
    Pool pool;
    Slice a = pool.allocate(100);
    a.append(octets(10));
    Slice b = a.share();
    EXPECT_EQ(b.append(octets(5, 50)), 5U);  // the tail is b's now
    EXPECT_EQ(a.tail_room(), 0U);
    EXPECT_EQ(a.append(octets(5, 90)), 0U);
    EXPECT_EQ(copy_of(a.bytes()), octets(10));
    EXPECT_EQ(copy_of(b.bytes().subspan(10)), octets(5, 50));
}

TEST(Slice, does_not_append_after_its_end_was_cut_off) {
    Pool pool;
    Slice s = pool.copy(octets(10));
    s.trim_back(1);
    EXPECT_EQ(s.tail_room(), 0U);
}

TEST(Slice, joins_only_what_follows_in_the_same_block) {
    Pool pool;
    Slice whole = pool.copy(octets(30));
    Slice first = whole.share(0, 10);
    Slice second = whole.share(10, 10);
    Slice third = whole.share(20, 10);
    EXPECT_FALSE(first.join(third));
    EXPECT_TRUE(first.is_followed_by(second));
    EXPECT_TRUE(first.join(second));
    EXPECT_FALSE(second);
    EXPECT_TRUE(first.join(third));
    EXPECT_EQ(copy_of(first.bytes()), octets(30));
    Slice other = pool.copy(octets(1));
    EXPECT_FALSE(first.join(other));
}

TEST(Slice, takes_its_front_as_a_slice_of_its_own) {
    Pool pool;
    Slice s = pool.copy(octets(10));
    const Slice front = s.take_front(4);
    EXPECT_EQ(copy_of(front.bytes()), octets(4));
    EXPECT_EQ(copy_of(s.bytes()), octets(6, 4));
    const Slice rest = s.take_front(6);
    EXPECT_FALSE(s);
    EXPECT_EQ(rest.size(), 6U);
}

}  // namespace
}  // namespace handfast::buf
