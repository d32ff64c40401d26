#include "core/base/rng.hpp"

#include <array>
#include <gtest/gtest.h>
#include <set>

namespace handfast {
namespace {

TEST(Rng, repeats_itself_from_the_same_seed) {
    Rng a{42};
    Rng b{42};
    Rng c{43};
    const auto first = a.next();
    EXPECT_EQ(first, b.next());
    EXPECT_NE(first, c.next());
}

TEST(Rng, stays_below_the_bound_and_reaches_all_of_it) {
    Rng rng{7};
    std::array<int, 6> seen{};
    for (int i = 0; i < 6000; ++i) ++seen.at(rng.below(6));
    for (const int n : seen) EXPECT_NEAR(n, 1000, 150);
    EXPECT_EQ(rng.below(1), 0U);
}

TEST(Rng, has_chances_from_never_to_always) {
    Rng rng{7};
    int hits = 0;
    for (int i = 0; i < 10'000; ++i) {
        EXPECT_FALSE(rng.chance(0.0));
        EXPECT_TRUE(rng.chance(1.0));
        if (rng.chance(0.02)) ++hits;
    }
    EXPECT_NEAR(hits, 200, 60);
}

// The example of the SipHash paper, appendix A: key 00..0f, message 00..0e.
TEST(KeyedHash, is_siphash_2_4) {
    KeyedHash::Key key{};
    for (std::size_t i = 0; i < key.size(); ++i) key[i] = static_cast<std::byte>(i);
    std::array<std::byte, 15> message{};
    for (std::size_t i = 0; i < message.size(); ++i) message[i] = static_cast<std::byte>(i);
    EXPECT_EQ(KeyedHash{key}(message), 0xa129'ca61'49be'45e5U);
}

TEST(KeyedHash, has_another_key_for_every_use_and_secret) {
    const std::array<std::byte, 3> data{};
    std::set<std::uint64_t> hashes;
    for (const std::uint64_t seed : {1U, 2U}) {
        for (const std::uint64_t use : {0U, 1U, 2U})
            hashes.insert(KeyedHash::derive(entropy_from_seed(seed), use)(data));
    }
    EXPECT_EQ(hashes.size(), 6U);
    EXPECT_EQ(KeyedHash::derive(entropy_from_seed(1), 2)(data),
              KeyedHash::derive(entropy_from_seed(1), 2)(data));
}

}  // namespace
}  // namespace handfast
