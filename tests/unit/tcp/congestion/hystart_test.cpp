// HyStart++ as a table of samples: RFC 9406 §4.
#include "core/tcp/congestion/hystart.hpp"

#include <gtest/gtest.h>

#include "core/tcp/congestion/cubic.hpp"

namespace handfast::tcp {
namespace {

using Phase = HyStart::Phase;

constexpr std::uint32_t octets = 1000;

// Eight samples, the first of which begins a round.
void round(HyStart& h, Duration rtt, int samples = 8) {
    for (int i = 0; i < samples; ++i) (void)h.on_ack(octets, rtt, i == 0);
}

TEST(HyStart, lets_slow_start_be_while_round_trips_stay__rfc9406_4_2) {
    HyStart h;
    for (int i = 0; i < 20; ++i) round(h, milliseconds{100});
    EXPECT_EQ(h.phase(), Phase::standard);
    EXPECT_EQ(h.on_ack(octets, milliseconds{100}, false), octets);
}

TEST(HyStart, a_round_trip_grown_by_an_eighth_makes_it_conservative__rfc9406_4_2) {
    HyStart h;
    round(h, milliseconds{100});
    round(h, milliseconds{112});  // 12 % is less than an eighth
    EXPECT_EQ(h.phase(), Phase::standard);
    round(h, milliseconds{125});  // 112 + 112/8 = 126
    EXPECT_EQ(h.phase(), Phase::standard);
    round(h, milliseconds{141});
    EXPECT_EQ(h.phase(), Phase::conservative);
    EXPECT_EQ(h.on_ack(octets, milliseconds{141}, false), octets / 4);
}

TEST(HyStart, the_threshold_is_at_least_4_and_at_most_16_ms__rfc9406_4_3) {
    HyStart near;
    round(near, milliseconds{1});
    round(near, microseconds{4'900});
    EXPECT_EQ(near.phase(), Phase::standard);
    HyStart nearer;
    round(nearer, milliseconds{1});
    round(nearer, milliseconds{5});
    EXPECT_EQ(nearer.phase(), Phase::conservative);
    HyStart far;
    round(far, milliseconds{500});
    round(far, milliseconds{516});
    EXPECT_EQ(far.phase(), Phase::conservative);
}

TEST(HyStart, goes_on_when_what_stopped_it_was_no_loss__rfc9438_4_9) {
    HyStart h;
    round(h, milliseconds{100});
    h.stop();
    EXPECT_EQ(h.phase(), Phase::done);
    h.go_on();
    round(h, milliseconds{113});
    EXPECT_EQ(h.phase(), Phase::conservative);
}

TEST(HyStart, fewer_than_eight_samples_prove_nothing__rfc9406_4_3) {
    HyStart h;
    round(h, milliseconds{100});
    round(h, milliseconds{200}, 7);
    EXPECT_EQ(h.phase(), Phase::standard);
}

TEST(HyStart, five_conservative_rounds_end_slow_start__rfc9406_4_2) {
    HyStart h;
    round(h, milliseconds{100});
    round(h, milliseconds{120});
    ASSERT_EQ(h.phase(), Phase::conservative);
    for (int i = 0; i < 4; ++i) round(h, milliseconds{125});
    EXPECT_EQ(h.phase(), Phase::conservative);
    (void)h.on_ack(octets, milliseconds{125}, true);
    EXPECT_EQ(h.phase(), Phase::done);
}

TEST(HyStart, jitter_that_passes_resumes_slow_start__rfc9406_4_2) {
    HyStart h;
    round(h, milliseconds{100});
    round(h, milliseconds{120});
    ASSERT_EQ(h.phase(), Phase::conservative);
    round(h, milliseconds{101});
    EXPECT_EQ(h.phase(), Phase::standard);
}

TEST(HyStart, cubic_goes_on_with_congestion_avoidance_where_it_ends__rfc9438_4_10) {
    Cubic c{{.mss = 1000, .segments = 20}};
    Instant now{seconds{1}};
    Duration rtt = milliseconds{100};
    for (int r = 0; r < 8; ++r) {
        const std::uint32_t n = c.window_bytes() / 1000;
        for (std::uint32_t i = 0; i < n; ++i)
            c.on_ack({.now = now,
                      .newly_acked_bytes = 1000,
                      .in_flight_bytes = c.window_bytes(),
                      .window_limited = true,
                      .round_start = i == 0,
                      .rtt = rtt});
        now += rtt;
        rtt += milliseconds{20};
    }
    EXPECT_EQ(c.slow_start(), Phase::done);
    EXPECT_LT(c.slow_start_threshold(), c.window_bytes() + 1);
    EXPECT_LT(c.window_bytes(), 20'000U * 8);
}

}  // namespace
}  // namespace handfast::tcp
