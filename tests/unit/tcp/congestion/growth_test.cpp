// What lets a window grow, and what does not: RFC 5681 §3.1, RFC 3042 §2.
#include <gtest/gtest.h>

#include "core/tcp/congestion/new_reno.hpp"

namespace handfast::tcp {
namespace {

constexpr std::uint32_t mss = 1000;

TEST(NewReno, does_not_grow_by_what_is_only_sacked__rfc3042_2) {
    NewReno c{{.mss = mss, .segments = 10}};
    c.on_ack({.now = {},
              .newly_acked_bytes = mss,
              .in_order = false,
              .in_flight_bytes = 10 * mss,
              .window_limited = true});
    EXPECT_EQ(c.window_bytes(), 10 * mss);
}

}  // namespace
}  // namespace handfast::tcp
