#include "core/buf/slice_queue.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <vector>

namespace handfast::buf {
namespace {

using Octets = std::vector<std::byte>;

[[nodiscard]] Octets octets(std::size_t size, unsigned first = 0) {
    Octets all(size);
    for (std::size_t i = 0; i < size; ++i)
        all[i] = static_cast<std::byte>((first + i) * 2'654'435'761U >> 13);
    return all;
}
[[nodiscard]] Octets contents(const SliceQueue& q) {
    Octets all(q.size());
    EXPECT_EQ(q.copy_out(q.begin_position(), all), all.size());
    return all;
}

TEST(SliceQueue, holds_a_million_small_writes_in_less_than_two_mebibytes) {
    Pool pool;
    SliceQueue q;
    constexpr std::size_t writes = 1'000'000;
    for (std::size_t i = 0; i < writes; ++i) ASSERT_EQ(q.write(octets(1), pool), 1U);
    EXPECT_LT(pool.bytes_in_use() + q.true_size() - q.size(), std::size_t{2} << 20);
}

TEST(SliceQueue, gathers_without_copying) {
    Pool pool;
    SliceQueue q;
    q.write(octets(50'000), pool);
    const std::size_t blocks = pool.blocks_in_use();
    Packet p = Packet::make(pool);
    EXPECT_EQ(q.gather(100, 20'000, p), 20'000U);
    EXPECT_EQ(pool.blocks_in_use(), blocks);
    Octets got(20'000);
    p.copy_out(0, got);
    const Octets all = octets(50'000);
    EXPECT_TRUE(std::ranges::equal(got, Bytes{all}.subspan(100, 20'000)));
}

TEST(SliceQueue, does_not_change_what_a_packet_shares_when_more_is_written) {
    Pool pool;
    SliceQueue q;
    q.write(octets(10), pool);
    Packet p = Packet::make(pool);
    ASSERT_EQ(q.gather(0, 10, p), 10U);
    q.write(octets(10, 10), pool);
    Octets got(10);
    p.copy_out(0, got);
    EXPECT_EQ(got, octets(10));
    EXPECT_EQ(contents(q), octets(20));
}

TEST(SliceQueue, copies_a_slice_that_would_pin_a_much_larger_block) {
    Pool pool;
    SliceQueue q;
    {
        const Slice large = pool.copy(octets(60'000));
        q.push(large.share(0, 10), pool);
        q.push(large.share(20'000, 40), pool);
    }
    EXPECT_EQ(pool.blocks_in_use(), 1U);
    EXPECT_LT(pool.bytes_in_use(), 1000U);
    EXPECT_EQ(q.size(), 50U);
}

TEST(SliceQueue, loses_little_room_when_copied_and_kept_slices_alternate) {
    Pool pool;
    SliceQueue queue;
    constexpr std::size_t length = 100;
    Slice large = pool.allocate(Pool::largest_block);
    (void)large.append(std::vector<std::byte>(length));
    const std::size_t before = pool.bytes_in_use();
    for (int i = 0; i < 5'000; ++i) {
        queue.push(large.share(), pool);  // is copied
        Slice whole = pool.allocate(600);
        (void)whole.append(std::vector<std::byte>(600));
        queue.push(std::move(whole), pool);  // is kept
    }
    EXPECT_LT(pool.bytes_in_use() - before, 4 * queue.size());
}

TEST(SliceQueue, keeps_a_slice_that_is_worth_its_block) {
    Pool pool;
    SliceQueue q;
    Slice s = pool.copy(octets(1448));
    const std::byte* const at = s.bytes().data();
    q.push(std::move(s), pool);
    Packet::Slices out;
    EXPECT_EQ(q.take_front(2000, out), 1448U);
    EXPECT_EQ(out[0].bytes().data(), at);
}

TEST(SliceQueue, writes_less_when_the_pool_refuses) {
    Pool pool{{.max_bytes = 1000, .keep_bytes = 0}};
    SliceQueue q;
    const std::size_t n = q.write(octets(5000), pool);
    EXPECT_LT(n, 5000U);
    EXPECT_EQ(contents(q), octets(n));
}

TEST(SliceQueue, that_is_empty_holds_no_block_and_little_else) {
    Pool pool;
    SliceQueue q;
    for (int i = 0; i < 1000; ++i) q.push(pool.copy(octets(200)), pool);
    q.drop_before(q.end_position());
    EXPECT_EQ(pool.bytes_in_use(), 0U);
    EXPECT_LE(q.true_size(), 200U);
    EXPECT_EQ(q.begin_position(), 200'000U);
}

// Against a vector of octets and the position of its first.
struct Model {
    Pool pool;
    SliceQueue queue{};
    Octets all{};
    std::uint64_t begin{0};
    unsigned next{0};

    [[nodiscard]] Octets fresh(std::size_t n) {
        Octets o = octets(n, next);
        next += static_cast<unsigned>(n);
        all.insert(all.end(), o.begin(), o.end());
        return o;
    }
    void write() {
        const Octets o = fresh(*rc::gen::inRange<std::size_t>(0, 3000));
        RC_ASSERT(queue.write(o, pool) == o.size());
    }
    void push() {
        const Octets o = fresh(*rc::gen::inRange<std::size_t>(0, 3000));
        Slice whole = pool.allocate(*rc::gen::inRange<std::size_t>(o.size(), 20'000));
        whole.append(o);
        const auto cut = *rc::gen::inRange<std::size_t>(0, o.size() + 1);
        queue.push(whole.take_front(cut), pool);
        if (cut < o.size()) queue.push(std::move(whole), pool);
    }
    void drop() {
        const auto n = *rc::gen::inRange<std::size_t>(0, all.size() + 1);
        queue.drop_before(begin + n);
        all.erase(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(n));
        begin += n;
    }
    void take() {
        Packet::Slices out;
        const auto most = *rc::gen::inRange<std::size_t>(0, 5000);
        const std::size_t n = queue.take_front(most, out);
        RC_ASSERT(n <= most);
        RC_ASSERT(n == std::min(most, all.size()) || out.size() == out.capacity());
        Octets got;
        for (const Slice& s : out) got.insert(got.end(), s.bytes().begin(), s.bytes().end());
        RC_ASSERT(std::ranges::equal(got, Bytes{all}.first(n)));
        all.erase(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(n));
        begin += n;
    }
    void gather() {
        const auto at = *rc::gen::inRange<std::size_t>(0, all.size() + 1);
        const auto length = *rc::gen::inRange<std::size_t>(0, all.size() - at + 1);
        Packet p = Packet::make(pool);
        const std::size_t n = queue.gather(begin + at, length, p);
        RC_ASSERT(n == length || p.slices().size() == Packet::max_slices);
        Octets got(n);
        p.copy_out(0, got);
        RC_ASSERT(std::ranges::equal(got, Bytes{all}.subspan(at, n)));
    }
    void copy() {
        const auto at = *rc::gen::inRange<std::size_t>(0, all.size() + 10);
        Octets got(*rc::gen::inRange<std::size_t>(0, 4000));
        const std::size_t n = queue.copy_out(begin + at, got);
        RC_ASSERT(n == (at >= all.size() ? 0 : std::min(got.size(), all.size() - at)));
        RC_ASSERT(std::ranges::equal(Bytes{got}.first(n),
                                     Bytes{all}.subspan(std::min(at, all.size()), n)));
    }
    void check() const {
        RC_ASSERT(queue.size() == all.size());
        RC_ASSERT(queue.empty() == all.empty());
        RC_ASSERT(queue.begin_position() == begin);
        RC_ASSERT(queue.end_position() == begin + all.size());
    }
};

RC_GTEST_PROP(SliceQueue, is_a_queue_of_octets, ()) {
    Model m;
    for (int i = 0; i < 80; ++i) {
        switch (*rc::gen::inRange(0, 8)) {
            case 0:
                m.drop();
                break;
            case 1:
                m.take();
                break;
            case 2:
                m.gather();
                break;
            case 3:
                m.copy();
                break;
            case 4:
                m.push();
                break;
            default:
                m.write();
                break;
        }
        m.check();
    }
    RC_ASSERT(contents(m.queue) == m.all);
    m.queue.clear();
    RC_ASSERT(m.pool.bytes_in_use() == 0U);
    RC_ASSERT(m.queue.end_position() == m.begin + m.all.size());
}

}  // namespace
}  // namespace handfast::buf
