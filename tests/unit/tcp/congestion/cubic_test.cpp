// CUBIC as a value, against the closed forms of RFC 9438.
#include "core/tcp/congestion/cubic.hpp"

#include <cmath>
#include <gtest/gtest.h>

namespace handfast::tcp {
namespace {

constexpr std::uint32_t mss = 1000;
constexpr Duration rtt = milliseconds{100};
const Instant start{seconds{1000}};

double segments(const Cubic& c) {
    return static_cast<double>(c.window_bytes()) / mss;
}

// One round trip in which the whole window is acknowledged, segment by segment.
void round(Cubic& c, Instant& now, Duration trip = rtt) {
    const std::uint32_t window = c.window_bytes() / mss;
    for (std::uint32_t i = 0; i < window; ++i)
        c.on_ack({.now = now + trip * i / window,
                  .newly_acked_bytes = mss,
                  .in_flight_bytes = c.window_bytes(),
                  .window_limited = true,
                  .round_start = i == 0,
                  .rtt = trip});
    now += trip;
}

// A controller whose window is this many segments when it loses one.
Cubic after_loss_at(std::uint32_t window) {
    Cubic c{{.mss = mss, .segments = window}};
    c.on_loss({.now = start, .in_flight_bytes = window * mss});
    return c;
}

TEST(Cubic, multiplies_by_0_7_at_a_loss__rfc9438_4_6) {
    Cubic c{{.mss = mss, .segments = 10}};
    c.on_loss({.now = start, .in_flight_bytes = 10 * mss});
    EXPECT_EQ(c.window_bytes(), 7 * mss);
    EXPECT_EQ(c.slow_start_threshold(), 7 * mss);
}

TEST(Cubic, does_not_grow_by_what_is_only_sacked__rfc3042_2) {
    Cubic c{{.mss = mss, .segments = 10}};
    c.on_ack({.now = start,
              .newly_acked_bytes = mss,
              .in_order = false,
              .in_flight_bytes = 10 * mss,
              .window_limited = true});
    EXPECT_EQ(c.window_bytes(), 10 * mss);
}

TEST(Cubic, never_falls_below_two_segments__rfc9438_4_6) {
    Cubic c{{.mss = mss, .segments = 2}};
    c.on_loss({.now = start, .in_flight_bytes = 2 * mss});
    EXPECT_EQ(c.window_bytes(), 2 * mss);
    EXPECT_EQ(c.slow_start_threshold(), 2 * mss);
}

TEST(Cubic, a_timeout_leaves_one_segment__rfc9438_4_8) {
    Cubic c{{.mss = mss, .segments = 100}};
    c.on_loss({.now = start, .in_flight_bytes = 100 * mss, .by_timeout = true});
    EXPECT_EQ(c.window_bytes(), mss);
    EXPECT_EQ(c.slow_start_threshold(), 70 * mss);
}

TEST(Cubic, one_acknowledgment_does_not_carry_slow_start_beyond_the_threshold__rfc5681_3_1) {
    Cubic c{{.mss = mss, .segments = 100}};
    c.on_loss({.now = start, .in_flight_bytes = 100 * mss, .by_timeout = true});
    c.on_ack({.now = start, .newly_acked_bytes = 99 * mss, .window_limited = true});
    EXPECT_EQ(c.window_bytes(), 70 * mss);
}

// W(t) = C (t - K)^3 + W_max with K = cbrt(0.3 W_max / C): at t the window has just been aimed at
// W(t + RTT), so it lies between W(t) and that.
TEST(Cubic, follows_its_curve_after_a_loss__rfc9438_4_2__rfc9293_may_18) {
    constexpr double w_max = 1000;
    Cubic c = after_loss_at(1000);
    const double k = std::cbrt(w_max * (1 - Cubic::beta) / Cubic::c);
    const auto curve = [&](double t) { return Cubic::c * std::pow(t - k, 3) + w_max; };
    ASSERT_NEAR(k, 9.09, 0.01);
    Instant now = start;
    while (now < start + seconds{15}) {
        round(c, now);
        const double t = std::chrono::duration<double>(now - start).count();
        EXPECT_GE(segments(c), curve(t - 0.2) - 2) << t;
        EXPECT_LE(segments(c), curve(t + 0.1) + 2) << t;
    }
    EXPECT_GT(segments(c), 1050);
}

TEST(Cubic, is_nearly_flat_at_the_window_of_the_last_loss__rfc9438_4_4) {
    Cubic c = after_loss_at(1000);
    Instant now = start;
    while (now < start + milliseconds{9'000}) round(c, now);
    const double at_plateau = segments(c);
    for (int i = 0; i < 5; ++i) round(c, now);
    EXPECT_NEAR(at_plateau, 1000, 2);
    EXPECT_LT(segments(c) - at_plateau, 1);
}

// On short paths the window is Reno's with alpha = 3 (1 - beta) / (1 + beta) a round trip.
TEST(Cubic, is_not_slower_than_reno_on_short_paths__rfc9438_4_3) {
    constexpr double alpha = 3 * (1 - Cubic::beta) / (1 + Cubic::beta);
    Cubic c = after_loss_at(40);
    Instant now = start;
    for (int i = 1; i <= 15; ++i) {
        round(c, now, milliseconds{5});
        EXPECT_NEAR(segments(c), 28 + alpha * i, 0.7) << i;
    }
}

TEST(Cubic, grows_a_segment_a_round_trip_beyond_the_old_window__rfc9438_4_3) {
    Cubic c = after_loss_at(20);
    Instant now = start;
    while (segments(c) < 20.5) round(c, now, milliseconds{2});
    const double there = segments(c);
    for (int i = 0; i < 10; ++i) round(c, now, milliseconds{2});
    EXPECT_NEAR(segments(c), there + 10, 1.0);
}

TEST(Cubic, a_second_loss_below_the_old_maximum_aims_lower__rfc9438_4_7) {
    Cubic c = after_loss_at(1000);  // 700
    c.on_loss({.now = start, .in_flight_bytes = 700 * mss});
    EXPECT_EQ(c.window_bytes(), 490 * mss);
    // W_max = 700 (1 + 0.7) / 2 = 595: it is reached after K = cbrt((595 - 490) / 0.4) = 6.4 s
    Instant now = start;
    while (now < start + milliseconds{6'400}) round(c, now);
    EXPECT_NEAR(segments(c), 595, 2);
}

TEST(Cubic, time_without_use_is_not_time_on_the_curve__rfc9438_4_2) {
    Cubic used = after_loss_at(1000);
    Cubic rested = used;
    Instant now = start;
    for (int i = 0; i < 10; ++i) round(used, now);
    Instant later = start;
    for (int i = 0; i < 5; ++i) round(rested, later);
    for (int i = 0; i < 100; ++i) {
        rested.on_ack({.now = later, .newly_acked_bytes = mss, .window_limited = false});
        later += rtt;
    }
    for (int i = 0; i < 5; ++i) round(rested, later);
    // But for the round trip between the last unused and the first used acknowledgment.
    EXPECT_NEAR(segments(rested), segments(used), 10);
}

TEST(Cubic, an_undo_restores_the_window_and_its_curve__rfc9438_4_9) {
    Cubic c = after_loss_at(500);
    Instant now = start;
    for (int i = 0; i < 20; ++i) round(c, now);
    Cubic as_if_nothing = c;
    c.on_loss({.now = now, .in_flight_bytes = c.window_bytes()});
    EXPECT_LT(c.window_bytes(), as_if_nothing.window_bytes());
    c.on_undo();
    EXPECT_EQ(c.window_bytes(), as_if_nothing.window_bytes());
    Instant same = now;
    for (int i = 0; i < 20; ++i) {
        round(c, now);
        round(as_if_nothing, same);
    }
    EXPECT_EQ(c.window_bytes(), as_if_nothing.window_bytes());
}

TEST(Cubic, rest_ends_with_the_initial_window__rfc5681_4_1) {
    Cubic c{{.mss = mss, .segments = 10}};
    Instant now = start;
    for (int i = 0; i < 4; ++i) round(c, now);
    ASSERT_EQ(c.window_bytes(), 160 * mss);
    c.on_idle();
    EXPECT_EQ(c.window_bytes(), 10 * mss);
}

TEST(Cubic, never_overflows__rfc9293_rec_1) {
    Cubic c{{.mss = 65'000, .segments = 10}};
    for (int i = 0; i < 100; ++i)
        c.on_ack({.now = start,
                  .newly_acked_bytes = 0x4000'0000,
                  .in_flight_bytes = 0,
                  .window_limited = true});
    EXPECT_LE(c.window_bytes(), congestion_window_max);
}

}  // namespace
}  // namespace handfast::tcp
