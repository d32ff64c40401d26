// Where one stage of CUBIC's congestion avoidance ends and another begins: RFC 9438.
#include <cmath>
#include <gtest/gtest.h>

#include "core/tcp/congestion/cubic.hpp"

namespace handfast::tcp {
namespace {

constexpr std::uint32_t mss = 1000;
constexpr Duration rtt = milliseconds{100};

// A sender that always fills its window, round trip by round trip.
struct Stages : ::testing::Test {
    void round() {
        const std::uint32_t window = c.window_bytes() / mss;
        for (std::uint32_t i = 0; i < window; ++i)
            c.on_ack({.now = now + rtt * i / window,
                      .newly_acked_bytes = mss,
                      .in_flight_bytes = c.window_bytes(),
                      .window_limited = true,
                      .round_start = i == 0,
                      .rtt = rtt});
        now += rtt;
    }
    void rounds(Duration how_long) {
        for (const Instant until = now + how_long; now < until;) round();
    }
    void slow_start() {
        while (c.window_bytes() < c.slow_start_threshold()) round();
    }
    void lose() { c.on_loss({.now = now, .in_flight_bytes = c.window_bytes()}); }
    void time_out() {
        c.on_loss({.now = now, .in_flight_bytes = c.window_bytes(), .by_timeout = true});
    }
    [[nodiscard]] double segments() const { return static_cast<double>(c.window_bytes()) / mss; }

    Cubic c{{.mss = mss, .segments = 1000}};
    Instant now{seconds{1000}};
};

// K is 0 and W_max the window at the beginning: W(t) = C t^3 + 700.
TEST_F(Stages, after_a_timeout_the_curve_begins_where_slow_start_ends__rfc9438_4_8) {
    time_out();
    slow_start();
    EXPECT_NEAR(segments(), 700, 2);
    rounds(seconds{5});
    EXPECT_NEAR(segments(), 700 + Cubic::c * 125, 8);
}

TEST_F(Stages, a_loss_begins_a_curve_of_its_own__rfc9438_4_2__rfc9438_4_7) {
    lose();
    rounds(seconds{3});
    const double lost_at = segments();
    ASSERT_LT(lost_at, 1000);
    lose();
    EXPECT_NEAR(segments(), lost_at * Cubic::beta, 0.01);
    const double w_max = lost_at * (1 + Cubic::beta) / 2;
    const double k = std::cbrt((w_max - segments()) / Cubic::c);
    rounds(milliseconds{static_cast<std::int64_t>(k * 1000)});
    EXPECT_NEAR(segments(), w_max, 2);
}

TEST_F(Stages, a_loss_at_the_old_window_aims_at_it_again__rfc9438_4_7) {
    lose();
    rounds(seconds{12});
    const double lost_at = segments();
    ASSERT_GT(lost_at, 1000);
    lose();
    const double k = std::cbrt(lost_at * (1 - Cubic::beta) / Cubic::c);
    rounds(milliseconds{static_cast<std::int64_t>(k * 1000)});
    EXPECT_NEAR(segments(), lost_at, 2);
}

TEST_F(Stages, after_rest_the_time_before_it_is_no_time_on_the_curve__rfc9438_4_2) {
    lose();
    rounds(seconds{5});
    c.on_idle();
    slow_start();
    const double there = segments();
    round();
    EXPECT_LT(segments(), there + 25);  // the steepest part of a curve that aims at 1000
}

TEST_F(Stages, a_recovery_ends_at_the_threshold_and_raises_no_smaller_window__rfc6675_5) {
    lose();
    round();
    ASSERT_GT(c.window_bytes(), c.slow_start_threshold());
    c.on_recovered();
    EXPECT_EQ(c.window_bytes(), c.slow_start_threshold());
    time_out();
    c.on_recovered();
    EXPECT_EQ(c.window_bytes(), mss);
}

TEST_F(Stages, an_undo_takes_nothing_from_a_window_that_has_outgrown_the_old_one__rfc9438_4_9) {
    lose();
    rounds(seconds{12});
    const std::uint32_t window = c.window_bytes();
    ASSERT_GT(window, 1000 * mss);
    c.on_undo();
    EXPECT_EQ(c.window_bytes(), window);
    EXPECT_EQ(c.slow_start_threshold(), 700 * mss);
}

// HyStart++ ended slow start once: another loss must not make it look again after an undo.
TEST_F(Stages, a_loss_ends_the_watch_over_slow_start__rfc9406_4_3) {
    lose();
    EXPECT_EQ(c.slow_start(), HyStart::Phase::done);
}

}  // namespace
}  // namespace handfast::tcp
