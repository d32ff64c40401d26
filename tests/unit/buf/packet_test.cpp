#include "core/buf/packet.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <vector>

namespace handfast::buf {
namespace {

using Octets = std::vector<std::byte>;

[[nodiscard]] Octets octets(std::size_t size, unsigned first = 0) {
    Octets all(size);
    for (std::size_t i = 0; i < size; ++i) all[i] = static_cast<std::byte>(first + i);
    return all;
}
[[nodiscard]] Octets all_of(const Packet& p) {
    Octets all(p.size());
    p.copy_out(0, all);
    return all;
}
void prepend(Packet& p, Bytes header) {
    std::ranges::copy(header, p.prepend(header.size()).begin());
}

TEST(Packet, puts_headers_in_front_of_headers_and_of_payload) {
    Pool pool;
    Packet p = Packet::make(pool);
    ASSERT_TRUE(p.append(pool.copy(octets(100, 28))));
    prepend(p, octets(20, 8));
    prepend(p, octets(8, 0));
    EXPECT_EQ(all_of(p), octets(128));
    EXPECT_EQ(p.head_size(), 28U);
    EXPECT_EQ(p.payload_size(), 100U);
}

TEST(Packet, finds_room_in_front_again_after_it_came_up_and_goes_down) {
    Pool pool;
    Packet p = Packet::of(pool, pool.copy(octets(100)));
    ASSERT_TRUE(p.pull(60));
    p.trim_front(54);
    prepend(p, octets(54));
    EXPECT_EQ(all_of(p), octets(100));
}

TEST(Packet, pulls_across_slices_and_refuses_more_than_there_is) {
    Pool pool;
    Packet p = Packet::make(pool);
    for (unsigned i = 0; i < 10; ++i) ASSERT_TRUE(p.append(pool.copy(octets(5, i * 5))));
    EXPECT_TRUE(p.pull(23));
    EXPECT_EQ(p.head_size(), 23U);
    EXPECT_EQ(p.slices().size(), 6U);
    EXPECT_FALSE(p.pull(51));
    EXPECT_EQ(all_of(p), octets(50));
}

TEST(Packet, does_not_pull_more_than_its_head_holds) {
    Pool pool;
    Packet p = Packet::of(pool, pool.copy(octets(500)));
    EXPECT_TRUE(p.pull(Packet::head_capacity));
    EXPECT_FALSE(p.pull(Packet::head_capacity + 1));
}

TEST(Packet, refuses_one_slice_too_many_and_stays_as_it_was) {
    Pool pool;
    Packet p = Packet::make(pool);
    for (std::size_t i = 0; i < Packet::max_slices; ++i)
        ASSERT_TRUE(p.append(pool.copy(octets(1))));
    EXPECT_FALSE(p.append(pool.copy(octets(1))));
    EXPECT_EQ(p.payload_size(), Packet::max_slices);
}

TEST(Packet, joins_slices_that_follow_each_other_in_a_block) {
    Pool pool;
    const Slice block = pool.copy(octets(100));
    Packet p = Packet::make(pool);
    for (std::size_t at = 0; at < 100; ++at) ASSERT_TRUE(p.append(block.share(at, 1)));
    EXPECT_EQ(p.slices().size(), 1U);
    EXPECT_EQ(all_of(p), octets(100));
}

TEST(Packet, settles_payload_that_stands_in_the_head_behind_headers) {
    Pool pool;
    Packet p = Packet::of(pool, pool.copy(octets(100)));
    ASSERT_TRUE(p.pull(60));
    ASSERT_TRUE(p.settle_behind(54));
    EXPECT_EQ(p.head_size(), 54U);
    EXPECT_EQ(p.payload_size(), 46U);
    EXPECT_EQ(all_of(p), octets(100));
    ASSERT_TRUE(p.settle());
    EXPECT_EQ(p.head_size(), 0U);
    EXPECT_EQ(all_of(p), octets(100));
}

TEST(Packet, shares_slices_but_not_its_head) {
    Pool pool;
    Packet p = Packet::make(pool);
    ASSERT_TRUE(p.append(pool.copy(octets(10, 4))));
    prepend(p, octets(4));
    Packet q = p.share();
    q.mutable_head()[0] = std::byte{99};
    EXPECT_EQ(all_of(p), octets(14));
    EXPECT_EQ(pool.blocks_in_use(), 1U);
}

TEST(Packet, is_cloned_into_blocks_of_its_own) {
    Pool pool;
    const Packet p = Packet::of(pool, pool.copy(octets(10)));
    Packet q = p.clone();
    q.octet(9) = std::byte{99};
    EXPECT_EQ(all_of(p), octets(10));
    EXPECT_EQ(q.octet(9), std::byte{99});
}

TEST(Packet, keeps_its_facts_in_copies) {
    Pool pool;
    Packet p = Packet::make(pool);
    p.facts().tag.id = 5;
    p.facts().gso_size = 1448;
    p.facts().checksum = ChecksumState::partial;
    for (const Packet& q : {p.share(), p.clone()}) {
        EXPECT_EQ(q.facts().tag.id, 5U);
        EXPECT_EQ(q.facts().gso_size, 1448U);
        EXPECT_EQ(q.facts().checksum, ChecksumState::partial);
    }
}

TEST(Packet, is_null_when_the_pool_is_exhausted) {
    Pool pool{{.max_bytes = 1000, .keep_bytes = 0}};
    const Packet p = Packet::make(pool);
    EXPECT_TRUE(p);
    EXPECT_FALSE(Packet::make(pool));
    EXPECT_FALSE(p.share());
    EXPECT_FALSE(p.clone());
}

// A packet against a vector of octets and the number of those in the head.
struct Model {
    Pool pool;
    Packet packet{Packet::make(pool)};
    Octets all{};
    unsigned next{0};

    [[nodiscard]] Octets fresh(std::size_t n) {
        Octets o = octets(n, next);
        next += static_cast<unsigned>(n);
        return o;
    }
    void append() {
        const Octets o = fresh(*rc::gen::inRange<std::size_t>(0, 300));
        if (packet.append(pool.copy(o))) all.insert(all.end(), o.begin(), o.end());
    }
    void prepend_some() {
        const std::size_t room = Packet::head_capacity - packet.head_size();
        const Octets o =
            fresh(*rc::gen::inRange<std::size_t>(0, std::min<std::size_t>(room, 60) + 1));
        prepend(packet, o);
        all.insert(all.begin(), o.begin(), o.end());
    }
    void pull() {
        const auto n = *rc::gen::inRange<std::size_t>(0, 250);
        const bool possible =
            n <= all.size() && (n <= Packet::head_capacity || n <= packet.head_size());
        RC_ASSERT(packet.pull(n) == possible);
        if (possible) RC_ASSERT(packet.head_size() >= n);
    }
    void trim_front() {
        const auto n = *rc::gen::inRange<std::size_t>(0, all.size() + 1);
        packet.trim_front(n);
        all.erase(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(n));
    }
    void truncate() {
        const auto n = *rc::gen::inRange<std::size_t>(0, all.size() + 20);
        packet.truncate(n);
        all.resize(std::min(n, all.size()));
    }
    void settle() {
        const auto n = *rc::gen::inRange<std::size_t>(0, packet.head_size() + 1);
        if (packet.settle_behind(n)) RC_ASSERT(packet.head_size() == n);
    }
    void replace_by_copy() {
        packet = *rc::gen::arbitrary<bool>() ? packet.share() : packet.clone();
    }
    void move_slices() {  // out and in again
        auto slices = packet.take_slices();
        RC_ASSERT(packet.payload_size() == 0U);
        for (Slice& s : slices) RC_ASSERT(packet.append(std::move(s)));
    }
    void check() const {
        RC_ASSERT(packet.size() == all.size());
        RC_ASSERT(all_of(packet) == all);
        std::size_t payload = 0;
        for (const Slice& s : packet.slices()) {
            RC_ASSERT(!s.empty());
            payload += s.size();
        }
        RC_ASSERT(payload == packet.payload_size());
        RC_ASSERT(pool.records_in_use() == 1U);
        RC_ASSERT(pool.blocks_in_use() <= packet.slices().size());
    }
};

RC_GTEST_PROP(Packet, is_a_string_of_octets, ()) {
    Model m;
    for (int i = 0; i < 60; ++i) {
        switch (*rc::gen::inRange(0, 9)) {
            case 0:
                m.pull();
                break;
            case 1:
                m.trim_front();
                break;
            case 2:
                m.truncate();
                break;
            case 3:
                m.settle();
                break;
            case 4:
                m.replace_by_copy();
                break;
            case 5:
                m.move_slices();
                break;
            case 6:
                m.prepend_some();
                break;
            default:
                m.append();
                break;
        }
        m.check();
    }
    m.packet = Packet{};
    RC_ASSERT(m.pool.bytes_in_use() == 0U);
}

RC_GTEST_PROP(Packet, copies_out_any_part, ()) {
    Pool pool;
    Packet p = Packet::make(pool);
    const Octets all = octets(150);
    for (std::size_t at = 20; at < 150; at += 13)
        RC_ASSERT(p.append(pool.copy(Bytes{all}.subspan(at, std::min<std::size_t>(13, 150 - at)))));
    prepend(p, Bytes{all}.first(20));
    const auto from = *rc::gen::inRange<std::size_t>(0, 151);
    Octets part(*rc::gen::inRange<std::size_t>(0, 151 - from));
    p.copy_out(from, part);
    RC_ASSERT(std::ranges::equal(part, Bytes{all}.subspan(from, part.size())));
}

}  // namespace
}  // namespace handfast::buf
