// NewReno as a value, against RFC 5681 §3.1.
#include "core/tcp/congestion/new_reno.hpp"

#include <gtest/gtest.h>

namespace handfast::tcp {
namespace {

constexpr std::uint32_t mss = 1000;

NewReno of(std::uint32_t segments) {
    return NewReno{{.mss = mss, .segments = segments}};
}
AckSample acked(std::uint32_t octets) {
    return {.now = {}, .newly_acked_bytes = octets, .window_limited = true};
}
LossSample loss(std::uint32_t in_flight) {
    return {.now = {}, .in_flight_bytes = in_flight};
}

TEST(NewReno, grows_in_slow_start_by_what_is_acknowledged__rfc3465_2_1) {
    NewReno r = of(10);
    r.on_ack(acked(1500));
    EXPECT_EQ(r.window_bytes(), 11'500U);
}

TEST(NewReno, does_not_grow_when_it_was_not_used__rfc7661) {
    NewReno r = of(10);
    r.on_ack({.now = {}, .newly_acked_bytes = 1000, .window_limited = false});
    EXPECT_EQ(r.window_bytes(), 10 * mss);
}

TEST(NewReno, halves_what_was_in_flight__rfc5681_eq4) {
    NewReno r = of(10);
    r.on_loss(loss(8 * mss));
    EXPECT_EQ(r.window_bytes(), 4 * mss);
    EXPECT_EQ(r.slow_start_threshold(), 4 * mss);
}

TEST(NewReno, never_falls_below_two_segments__rfc5681_eq4) {
    NewReno r = of(10);
    r.on_loss(loss(3 * mss));
    EXPECT_EQ(r.slow_start_threshold(), 2 * mss);
}

TEST(NewReno, a_timeout_leaves_one_segment__rfc5681_3_1) {
    NewReno r = of(10);
    r.on_loss({.now = {}, .in_flight_bytes = 10 * mss, .by_timeout = true});
    EXPECT_EQ(r.window_bytes(), mss);
    EXPECT_EQ(r.slow_start_threshold(), 5 * mss);
}

TEST(NewReno, grows_by_one_segment_a_window_at_the_threshold__rfc5681_eq3) {
    NewReno r = of(10);
    r.on_loss(loss(10 * mss));
    r.on_ack(acked(5 * mss - 1));
    EXPECT_EQ(r.window_bytes(), 5 * mss);
    r.on_ack(acked(1));
    EXPECT_EQ(r.window_bytes(), 6 * mss);
    r.on_ack(acked(5 * mss));  // what counted once does not count again
    EXPECT_EQ(r.window_bytes(), 6 * mss);
}

// After a timeout one acknowledgment may tell of a whole window that had arrived.
TEST(NewReno, one_acknowledgment_does_not_carry_slow_start_beyond_the_threshold__rfc5681_3_1) {
    NewReno r = of(10);
    r.on_loss({.now = {}, .in_flight_bytes = 10 * mss, .by_timeout = true});
    r.on_ack(acked(4 * mss + 5 * mss));  // to the threshold, and a window's worth beyond it
    EXPECT_EQ(r.window_bytes(), 6 * mss);
    r.on_ack(acked(6 * mss - 1));
    EXPECT_EQ(r.window_bytes(), 6 * mss);
}

TEST(NewReno, a_loss_begins_the_count_of_a_window_again__rfc5681_eq3) {
    NewReno r = of(10);
    r.on_loss(loss(10 * mss));
    r.on_ack(acked(4 * mss));
    r.on_loss(loss(10 * mss));
    r.on_ack(acked(5 * mss - 1));
    EXPECT_EQ(r.window_bytes(), 5 * mss);
}

TEST(NewReno, a_spurious_loss_is_undone_with_its_threshold__rfc4015_3_2) {
    NewReno r = of(20);
    r.on_loss(loss(20 * mss));
    r.on_recovered();
    const std::uint32_t threshold = r.slow_start_threshold();
    r.on_loss(loss(10 * mss));
    EXPECT_LT(r.slow_start_threshold(), threshold);
    r.on_undo();
    EXPECT_EQ(r.slow_start_threshold(), threshold);
    EXPECT_EQ(r.window_bytes(), 10 * mss);
}

TEST(NewReno, a_mark_of_the_network_counts_as_a_loss__rfc3168_6_1_2) {
    NewReno r = of(10);
    r.on_ecn(loss(10 * mss));
    EXPECT_EQ(r.window_bytes(), 5 * mss);
}

TEST(NewReno, begins_again_with_the_initial_window_after_rest__rfc5681_4_1) {
    NewReno r = of(10);
    r.on_ack(acked(10 * mss));
    r.on_idle();
    EXPECT_EQ(r.window_bytes(), 10 * mss);
    r.on_loss(loss(4 * mss));
    r.on_idle();
    EXPECT_EQ(r.window_bytes(), 2 * mss);
}

TEST(NewReno, never_grows_beyond_what_a_window_can_say__rfc7323_2_3) {
    NewReno r = of(10);
    for (int i = 0; i < 3; ++i) r.on_ack(acked(0x3fff'ffff));
    EXPECT_EQ(r.window_bytes(), congestion_window_max);
}

}  // namespace
}  // namespace handfast::tcp
