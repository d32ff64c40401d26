// What a client remembers, and how a server makes what it need not remember: RFC 7413 §4.1.
#include <gtest/gtest.h>

#include "core/tcp/fast_open.hpp"
#include "fast_open_rig.hpp"

namespace handfast::tcp {
namespace {

using testing::cookie;
using Refusal = FastOpenCache::News::Refusal;

constexpr wire::IpAddress own = wire::IpAddress::v4(10, 0, 0, 1);

wire::IpAddress peer(std::uint8_t n) {
    return wire::IpAddress::v4(192, 0, 2, n);
}

TEST(FastOpenCache, keeps_the_last_cookie_and_mss_of_a_pair_of_addresses__rfc7413_4_1_3) {
    FastOpenCache cache{entropy_from_seed(1), 8};
    cache.remember(own, peer(1), {.mss = 1000, .cookie = cookie(1)});
    cache.remember(own, peer(1), {.mss = 1200, .cookie = cookie(2)});
    cache.remember(own, peer(1), {.mss = 0, .cookie = {}});
    EXPECT_EQ(cache.find(own, peer(1)).cookie, cookie(2));
    EXPECT_EQ(cache.find(own, peer(1)).mss, 1200);
    EXPECT_TRUE(cache.find(peer(2), peer(1)).cookie.is_request());
    EXPECT_TRUE(cache.find(own, peer(2)).cookie.is_request());
}

TEST(FastOpenCache, forgets_the_peer_that_was_not_met_for_longest__rfc7413_4_1_3) {
    FastOpenCache cache{entropy_from_seed(1), 2};
    cache.remember(own, peer(1), {.mss = 1000, .cookie = cookie(1)});
    cache.remember(own, peer(2), {.mss = 1000, .cookie = cookie(2)});
    cache.remember(own, peer(1), {.mss = 1000, .cookie = cookie(1)});
    cache.remember(own, peer(3), {.mss = 1000, .cookie = cookie(3)});
    EXPECT_EQ(cache.size(), 2U);
    EXPECT_EQ(cache.find(own, peer(1)).cookie, cookie(1));
    EXPECT_TRUE(cache.find(own, peer(2)).cookie.is_request());
    EXPECT_EQ(cache.find(own, peer(3)).cookie, cookie(3));
}

TEST(FastOpenCache, without_room_remembers_nothing) {
    FastOpenCache cache{entropy_from_seed(1), 0};
    cache.remember(own, peer(1), {.mss = 1000, .cookie = cookie(1)});
    EXPECT_EQ(cache.size(), 0U);
}

TEST(FastOpenCookie, is_made_of_both_addresses_and_a_key__rfc7413_4_1_2) {
    KeyedHash::Key key{};
    const auto first = fast_open_cookie(key, peer(1), own);
    EXPECT_EQ(first.length, 8);
    EXPECT_EQ(first, fast_open_cookie(key, peer(1), own));
    EXPECT_NE(first, fast_open_cookie(key, peer(2), own));
    EXPECT_NE(first, fast_open_cookie(key, own, peer(1)));
    key[0] = std::byte{1};
    EXPECT_NE(first, fast_open_cookie(key, peer(1), own));
}

TEST(FastOpenQueue, counts_those_that_were_reset_for_a_minute__rfc7413_5_1) {
    const Instant now{seconds{100}};
    FastOpenQueue queue;
    EXPECT_FALSE(queue.has_room(0, now));
    queue.add();
    EXPECT_TRUE(queue.has_room(2, now));
    queue.was_reset(now);
    EXPECT_FALSE(queue.has_room(2, now));
    queue.remove();
    EXPECT_TRUE(queue.has_room(2, now));
    EXPECT_FALSE(queue.has_room(1, now + seconds{59}));
    EXPECT_TRUE(queue.has_room(1, now + seconds{60}));
}

}  // namespace
}  // namespace handfast::tcp
