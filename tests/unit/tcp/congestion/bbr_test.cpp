// BBR as a value, on a path of one bottleneck in virtual time (draft-ietf-ccwg-bbr).
#include "core/tcp/congestion/bbr.hpp"

#include <deque>
#include <gtest/gtest.h>
#include <vector>

#include "core/tcp/send/delivery_rate.hpp"

namespace handfast::tcp {
namespace {

using Phase = Bbr::Phase;

constexpr std::uint32_t mss = 1000;

// A sender that has always something to send, paced as BBR says; a queue that drops at its end.
class Path {
public:
    std::uint64_t octets_per_second{1'250'000};  // 10 Mbit/s
    Duration round_trip{milliseconds{50}};
    std::uint64_t queue{1'000'000};
    std::uint32_t lose_every{0};  // 0: none, but what finds the queue full

    Bbr bbr{{.mss = mss, .segments = 10}};
    Instant now{seconds{1000}};
    std::uint64_t got{0};
    std::uint64_t lost{0};
    std::uint64_t most_in_flight{0};
    struct Entered {
        Phase phase;
        Instant at;
    };
    std::vector<Entered> entered{{Phase::startup, now}};

    [[nodiscard]] std::uint64_t bdp() const {
        return octets_per_second * static_cast<std::uint64_t>(round_trip / milliseconds{1}) / 1000;
    }
    void run(Duration how_long) {
        const Instant until = now + how_long;
        got = lost = most_in_flight = 0;
        while (now < until) {
            const bool may_send = in_flight_ + mss <= bbr.window_bytes();
            const Instant next_ack = way_.empty() ? Instant::max() : way_.front().back_at;
            if (may_send && send_at_ <= next_ack) {
                now = std::max(now, send_at_);
                send();
            } else {
                limited_ = limited_ || !may_send;
                now = next_ack;
                take();
            }
        }
    }
    [[nodiscard]] std::vector<Instant> times(Phase phase) const {
        std::vector<Instant> out;
        for (const Entered& e : entered)
            if (e.phase == phase) out.push_back(e.at);
        return out;
    }

private:
    struct Segment {
        Stamp stamp;
        Instant back_at;
        bool is_lost;
    };
    [[nodiscard]] Duration time_of(std::uint64_t octets, std::uint64_t rate) const {
        return nanoseconds{static_cast<std::int64_t>(octets * 1'000'000'000 / rate)};
    }
    void send() {
        const Stamp stamp = rate_.on_sent(in_flight_, mss, now);
        in_flight_ += mss;
        most_in_flight = std::max<std::uint64_t>(most_in_flight, in_flight_);
        link_free_ = std::max(link_free_, now);
        const bool full = link_free_ - now > time_of(queue, octets_per_second);
        const bool unlucky = lose_every != 0 && ++sent_ % lose_every == 0;
        if (!full) link_free_ += time_of(mss, octets_per_second);
        way_.push_back({stamp, link_free_ + round_trip, full || unlucky});
        send_at_ = now + time_of(mss, bbr.pacing_rate());
    }
    void take() {
        const Segment s = way_.front();
        way_.pop_front();
        AckNews news;
        AckSample a{.now = now, .in_flight_bytes = in_flight_, .window_limited = limited_};
        in_flight_ -= mss;
        a.in_flight_after = in_flight_;
        if (s.is_lost) {
            rate_.on_lost(mss);
            lost += mss;
            a.newly_lost_bytes = mss;
        } else {
            got += mss;
            a.newly_acked_bytes = news.delivered = mss;
            a.rtt = now - s.stamp.sent_at;
            min_rtt_ = std::min(min_rtt_, a.rtt);
            news.once = Delivery{.end = {}, .stamp = s.stamp};
        }
        a.rate = rate_.on_ack(news, min_rtt_, now);
        a.round_start = a.rate.round_start;
        bbr.on_ack(a);
        limited_ = false;
        if (bbr.phase() != entered.back().phase) entered.push_back({bbr.phase(), now});
    }

    DeliveryRate rate_;
    std::deque<Segment> way_;
    Duration min_rtt_{Duration::max()};
    Instant send_at_{now};
    Instant link_free_{now};
    std::uint32_t in_flight_{0};
    std::uint32_t sent_{0};
    bool limited_{false};
};

std::uint64_t share(std::uint64_t of, std::uint64_t percent) {
    return of * percent / 100;
}

TEST(Bbr, begins_at_the_initial_window_in_an_assumed_millisecond__bbr_5_6_2) {
    const Bbr b{{.mss = mss, .segments = 10}};
    EXPECT_EQ(b.window_bytes(), 10 * mss);
    EXPECT_EQ(b.pacing_rate(), 27'700'000U);
    EXPECT_EQ(b.slow_start_threshold(), no_threshold);
}

TEST(Bbr, finds_the_bandwidth_and_drains_what_startup_queued__bbr_5_3_1) {
    Path p;
    p.run(seconds{2});
    ASSERT_GE(p.entered.size(), 3U);
    EXPECT_EQ(p.entered[1].phase, Phase::drain);
    EXPECT_EQ(p.entered[2].phase, Phase::cruise);  // the first DOWN has nothing left to do
    // Doubling from ten segments to 62 takes three rounds, and three more show that it is over.
    EXPECT_GE(p.entered[1].at - p.entered[0].at, 5 * p.round_trip);
    EXPECT_LE(p.entered[1].at - p.entered[0].at, milliseconds{700});
    EXPECT_LE(p.entered[2].at - p.entered[1].at, milliseconds{400});
    EXPECT_NEAR(static_cast<double>(p.bbr.bandwidth()), 1'250'000, 25'000);
    EXPECT_GE(p.bbr.min_rtt(), p.round_trip);
    EXPECT_LE(p.bbr.min_rtt(), p.round_trip + milliseconds{1});
}

TEST(Bbr, fills_the_path_without_a_standing_queue__bbr_5_3_3) {
    Path p;
    p.run(seconds{2});
    p.run(seconds{10});
    EXPECT_GE(p.got, share(10 * p.octets_per_second, 93));
    EXPECT_LE(p.most_in_flight, share(p.bdp(), 230));
    EXPECT_EQ(p.lost, 0U);
    EXPECT_LE(p.bbr.min_rtt(), p.round_trip + milliseconds{1});
}

TEST(Bbr, probes_for_bandwidth_every_two_to_three_seconds_or_as_reno_would__bbr_5_3_3) {
    Path p;
    p.octets_per_second = 12'500'000;  // Reno would need longer
    p.run(seconds{4});
    p.run(seconds{20});
    const auto up = p.times(Phase::up);
    const auto refill = p.times(Phase::refill);
    ASSERT_GE(up.size(), 5U);
    ASSERT_LE(up.size(), 12U);
    for (std::size_t i = 0; i < up.size(); ++i) {
        EXPECT_GE(up[i] - refill[i], p.round_trip);  // one round fills the pipe
        EXPECT_LE(up[i] - refill[i], 2 * p.round_trip + milliseconds{10});
    }
    for (std::size_t i = 1; i < p.entered.size(); ++i) {
        if (p.entered[i].phase != Phase::up) continue;
        EXPECT_EQ(p.entered[i - 1].phase, Phase::refill);
    }
}

TEST(Bbr, the_rate_follows_the_phase__bbr_5_6_2) {
    Path p;
    p.run(seconds{2});
    bool seen_up = false;
    bool seen_cruise = false;
    for (int i = 0; i < 2'000; ++i) {
        p.run(milliseconds{2});
        const double gain =
            static_cast<double>(p.bbr.pacing_rate()) / static_cast<double>(p.bbr.bandwidth());
        switch (p.bbr.phase()) {
            case Phase::up:
                seen_up = true;
                EXPECT_NEAR(gain, 1.25 * 0.99, 0.01);
                break;
            case Phase::down:
                EXPECT_NEAR(gain, 0.9 * 0.99, 0.01);
                break;
            default:
                seen_cruise = true;
                EXPECT_NEAR(gain, 0.99, 0.01);
        }
    }
    EXPECT_TRUE(seen_up);
    EXPECT_TRUE(seen_cruise);
}

TEST(Bbr, looks_for_a_shorter_round_trip_every_five_seconds__bbr_5_3_4) {
    Path p;
    p.run(seconds{2});
    std::uint32_t least = p.bbr.window_bytes();
    const Instant until = p.now + seconds{18};
    while (p.now < until) {
        p.run(milliseconds{1});
        if (p.bbr.phase() == Phase::probe_rtt) least = std::min(least, p.bbr.window_bytes());
    }
    EXPECT_LE(least, p.bdp() / 2 + 2 * mss);
    EXPECT_GE(least, p.bdp() / 2 - 2 * mss);
    const auto probes = p.times(Phase::probe_rtt);
    ASSERT_GE(probes.size(), 3U);
    EXPECT_LE(probes.size(), 4U);
    for (std::size_t i = 0; i + 1 < p.entered.size(); ++i) {
        if (p.entered[i].phase != Phase::probe_rtt) continue;
        EXPECT_EQ(p.entered[i + 1].phase, Phase::cruise);
        const Duration lasted = p.entered[i + 1].at - p.entered[i].at;
        EXPECT_GE(lasted, milliseconds{200});
        EXPECT_LE(lasted, milliseconds{420});
    }
    for (std::size_t i = 1; i < probes.size(); ++i)
        EXPECT_GE(probes[i] - probes[i - 1], seconds{5});
}

TEST(Bbr, random_loss_of_one_percent_leaves_most_of_the_path__bbr_5_5_10) {
    Path p;
    p.octets_per_second = 12'500'000;
    p.lose_every = 100;
    p.run(seconds{3});
    p.run(seconds{10});
    EXPECT_GE(p.got, share(10 * p.octets_per_second, 93));
}

TEST(Bbr, as_many_losses_as_chance_makes_of_two_percent_slow_nobody__bbr_5_5_10_3) {
    Path p;
    p.lose_every = 25;  // two or three of a round
    p.run(seconds{2});
    for (int i = 0; i < 1'000; ++i) {
        p.run(milliseconds{2});
        if (p.bbr.phase() != Phase::cruise) continue;
        EXPECT_GE(static_cast<double>(p.bbr.pacing_rate()),
                  0.98 * static_cast<double>(p.bbr.bandwidth()));
    }
}

TEST(Bbr, a_short_queue_bounds_what_is_in_flight__bbr_5_5_10_3) {
    Path p;
    p.queue = 20'000;  // a third of what is in flight
    p.run(seconds{4});
    p.run(seconds{10});
    EXPECT_LE(p.lost, share(p.got, 2));
    EXPECT_GE(p.got, share(10 * p.octets_per_second, 85));
    EXPECT_LE(p.most_in_flight, p.bdp() + p.queue + 12 * mss);
}

TEST(Bbr, finds_more_bandwidth_when_there_is_more__bbr_5_3_3) {
    Path p;
    p.run(seconds{4});
    p.octets_per_second *= 2;
    p.run(seconds{16});
    EXPECT_GE(p.bbr.bandwidth(), share(p.octets_per_second, 90));
}

TEST(Bbr, forgets_bandwidth_that_is_gone_after_two_cycles__bbr_5_5_6) {
    Path p;
    p.run(seconds{4});
    p.octets_per_second /= 2;
    p.run(seconds{16});
    EXPECT_LE(p.bbr.bandwidth(), share(p.octets_per_second, 110));
    p.run(seconds{5});
    EXPECT_LE(p.most_in_flight, share(p.bdp(), 260));
}

TEST(Bbr, forgets_a_round_trip_that_is_gone_after_ten_seconds__bbr_5_5_7) {
    Path p;
    p.run(seconds{4});
    p.round_trip *= 2;
    p.run(seconds{20});
    EXPECT_GE(p.bbr.min_rtt(), p.round_trip);
    p.run(seconds{5});
    EXPECT_GE(p.got, share(5 * p.octets_per_second, 88));
}

TEST(Bbr, a_timeout_leaves_one_segment_until_it_is_over__bbr_5_6_4_4) {
    Path p;
    p.run(seconds{3});
    const std::uint32_t window = p.bbr.window_bytes();
    p.bbr.on_loss({.now = p.now, .in_flight_bytes = window});
    EXPECT_EQ(p.bbr.window_bytes(), window);  // a loss is no signal by itself
    p.bbr.on_loss({.now = p.now, .in_flight_bytes = window, .by_timeout = true});
    EXPECT_EQ(p.bbr.window_bytes(), mss);
    p.bbr.on_loss({.now = p.now, .in_flight_bytes = mss, .by_timeout = true});
    p.bbr.on_recovered();
    EXPECT_EQ(p.bbr.window_bytes(), window);
    p.bbr.on_recovered();
    EXPECT_EQ(p.bbr.window_bytes(), window);
}

TEST(Bbr, a_rate_that_the_application_held_down_counts_when_it_is_the_highest__bbr_5_5_5) {
    Bbr b{{.mss = mss, .segments = 10}};
    AckSample a{
        .now = Instant{seconds{1000}}, .newly_acked_bytes = 10'000, .rtt = milliseconds{10}};
    a.rate = {.delivered = 10'000, .interval = milliseconds{10}, .app_limited = true};
    b.on_ack(a);
    EXPECT_EQ(b.bandwidth(), 1'000'000U);
    a.rate.delivered = 5000;
    b.on_ack(a);
    EXPECT_EQ(b.bandwidth(), 1'000'000U);
}

TEST(Bbr, loss_between_probes_slows_it_and_a_probe_begins_without_that__bbr_5_5_10_3) {
    Path p;
    p.lose_every = 12;  // five of a round
    p.run(seconds{2});
    double least = 1;
    for (int i = 0; i < 1'000; ++i) {
        p.run(milliseconds{2});
        const double gain =
            static_cast<double>(p.bbr.pacing_rate()) / static_cast<double>(p.bbr.bandwidth());
        if (p.bbr.phase() == Phase::cruise) least = std::min(least, gain);
        if (p.bbr.phase() != Phase::refill) continue;
        EXPECT_NEAR(gain, 0.99, 0.01);
    }
    EXPECT_LT(least, 0.97);
}

// Another flow's probe fills the queue: that is how it gets its share.
TEST(Bbr, where_a_queue_stands_the_first_loss_of_a_round_slows_it__bbr_5_5_10_3) {
    Path p;
    p.run(seconds{3});
    p.round_trip = milliseconds{80};
    p.lose_every = 100;  // one of a round
    double least = 1;
    for (int i = 0; i < 500; ++i) {
        p.run(milliseconds{2});
        if (p.bbr.phase() != Phase::cruise) continue;
        least = std::min(
            least,
            static_cast<double>(p.bbr.pacing_rate()) / static_cast<double>(p.bbr.bandwidth()));
    }
    EXPECT_LT(least, 0.97);
}

struct ProbingRtt : ::testing::Test {
    // That comes while it probes for bandwidth.
    ProbingRtt() {
        const Instant latest = p.now + seconds{600};
        const auto found = [this] {
            const auto& all = p.entered;
            return all.size() > 1 && all.back().phase == Phase::probe_rtt &&
                   all[all.size() - 2].phase == Phase::up;
        };
        while (!found() && p.now < latest) p.run(milliseconds{1});
        EXPECT_EQ(p.bbr.phase(), Phase::probe_rtt);
    }
    Path p;
};

TEST_F(ProbingRtt, what_is_lost_of_its_small_flight_bounds_no_large_one__bbr_5_5_10_3) {
    p.run(milliseconds{150});
    AckSample a{.now = p.now, .newly_acked_bytes = mss, .rtt = p.round_trip};
    a.rate = {.delivered = 20 * mss,
              .lost = 10 * mss,
              .in_flight_when_sent = 12 * mss,
              .interval = p.round_trip};
    p.bbr.on_ack(a);
    p.run(seconds{1});
    EXPECT_EQ(p.bbr.phase(), Phase::cruise);
    EXPECT_GE(p.bbr.window_bytes(), p.bdp());
}

TEST_F(ProbingRtt, keeps_its_small_window_though_a_recovery_ends__bbr_5_6_4_5) {
    p.run(milliseconds{150});
    const std::uint32_t window = p.bbr.window_bytes();
    EXPECT_LT(window, p.bdp());
    p.bbr.on_recovered();
    EXPECT_EQ(p.bbr.window_bytes(), window);
    while (p.bbr.phase() == Phase::probe_rtt) p.run(milliseconds{1});
    EXPECT_GE(p.bbr.window_bytes(), p.bdp());
}

TEST(Bbr, a_window_that_was_saved_is_forgotten_when_no_recovery_goes_on__bbr_5_6_4_4) {
    Path p;
    p.run(seconds{3});
    p.bbr.on_loss({.now = p.now, .in_flight_bytes = 10 * mss, .by_timeout = true});
    AckSample a{.now = p.now, .newly_acked_bytes = mss, .rtt = p.round_trip};
    p.bbr.on_ack(a);
    const std::uint32_t window = p.bbr.window_bytes();
    EXPECT_LT(window, 10 * mss);
    p.bbr.on_recovered();
    EXPECT_EQ(p.bbr.window_bytes(), window);
}

TEST(Bbr, who_rested_does_not_stop_to_look_for_a_round_trip__bbr_5_3_4_3) {
    Path p;
    p.run(seconds{4});
    p.bbr.on_idle();
    Bbr b = p.bbr;
    b.on_ack({.now = p.now + seconds{3}, .rtt = milliseconds{60}});
    EXPECT_NE(b.phase(), Phase::probe_rtt);
    b.on_ack({.now = p.now + milliseconds{3'010}, .rtt = milliseconds{60}});
    EXPECT_EQ(b.phase(), Phase::probe_rtt);
}

TEST(Bbr, waits_five_seconds_from_the_first_acknowledgment_on__bbr_5_3_4_3) {
    Bbr b{{.mss = mss, .segments = 10}};
    const Instant start{seconds{1000}};
    b.on_ack({.now = start, .newly_acked_bytes = mss});  // Karn: it times no round trip
    EXPECT_EQ(b.phase(), Phase::startup);
    b.on_ack({.now = start + seconds{5}, .newly_acked_bytes = mss});
    EXPECT_EQ(b.phase(), Phase::startup);
    b.on_ack({.now = start + milliseconds{5'001}, .newly_acked_bytes = mss});
    EXPECT_EQ(b.phase(), Phase::probe_rtt);
}

TEST(Bbr, the_rate_does_not_fall_until_the_pipe_is_full__bbr_5_6_2) {
    Bbr b{{.mss = mss, .segments = 10}};
    AckSample a{
        .now = Instant{seconds{1000}}, .newly_acked_bytes = 10'000, .rtt = milliseconds{10}};
    a.rate = {.delivered = 10'000, .interval = milliseconds{10}, .app_limited = true};
    b.on_ack(a);
    const std::uint64_t rate = b.pacing_rate();
    EXPECT_GT(rate, 2'700'000U);
    a.now += seconds{6};
    b.on_ack(a);
    ASSERT_EQ(b.phase(), Phase::probe_rtt);
    EXPECT_EQ(b.pacing_rate(), rate);
}

// Those of a loopback are longer than half of the longest burst.
TEST(Bbr, lets_out_two_segments_however_long_they_are__bbr_5_6_2) {
    constexpr std::uint32_t long_segment = 65'483;
    Bbr bbr{{.mss = long_segment, .segments = 2}};
    bbr.on_ack({.now = Instant{milliseconds{10}},
                .newly_acked_bytes = long_segment,
                .in_order = true,
                .rtt = milliseconds{1}});
    EXPECT_GE(bbr.window_bytes(), 2 * long_segment);
}

}  // namespace
}  // namespace handfast::tcp
