// BBR and SO_MAX_PACING_RATE in a connection: the engine's own timers let text go at a rate.
#include <iostream>
#include <memory>
#include <variant>

#include "bottleneck.hpp"
#include "core/tcp/congestion/congestion.hpp"

namespace handfast::tcp {
namespace {

using namespace testing;
using trace::Counter;
using trace::Limit;

constexpr std::uint32_t mss = 1448;
constexpr Limits ample{.send_buffer = 48U << 20,
                       .receive_buffer = 30U << 20,
                       .send_buffer_max = 48U << 20,
                       .receive_buffer_max = 30U << 20};

Given controlled_by(CongestionControl which) {
    Given g;
    g.limits = ample;
    g.settings.congestion = which;
    return g;
}

struct Figures {
    double mbits;        // text read
    double queueing_ms;  // mean wait in the queue
};

// What one flow gets of a path, from its third second on.
Figures fill(Given given, const Link& path, int measured) {
    Pair p{given};
    p.delay = path.one_way;
    p.open();
    Bottleneck link{p, path};
    constexpr int settling = 2;
    const std::uint64_t octets = link.transfer(seconds{settling + measured}, seconds{settling});
    const Figures f{
        .mbits = static_cast<double>(octets) * 8e-6 / measured,
        .queueing_ms = std::chrono::duration<double, std::milli>{link.mean_wait()}.count()};
    std::cout << "loss " << path.loss << ": " << f.mbits << " Mbit/s, mean queueing delay "
              << f.queueing_ms << " ms, worst "
              << std::chrono::duration<double, std::milli>{link.longest_wait()}.count()
              << " ms, repeated " << p.a.counted(Counter::tcp_retrans_segs) << ", timeouts "
              << p.a.counted(Counter::tcp_ext_timeouts) << "\n";
    return f;
}

TEST(BbrConnection, fills_a_path_with_little_delay_in_its_queue__bbr_5_3_3) {
    const Figures f = fill(controlled_by(CongestionControl::bbr), {}, 10);
    EXPECT_GE(f.mbits, 90);
    EXPECT_LE(f.queueing_ms, 10);
}
TEST(BbrConnection, fills_a_path_that_loses_one_of_a_hundred__bbr_5_5_10) {
    const Figures f = fill(controlled_by(CongestionControl::bbr), {.loss = 0.01}, 10);
    EXPECT_GE(f.mbits, 85);
}
TEST(BbrConnection, goes_on_where_three_of_a_hundred_are_lost__bbr_5_5_10) {
    const Figures f = fill(controlled_by(CongestionControl::bbr), {.loss = 0.03}, 10);
    EXPECT_GE(f.mbits, 45);
}
TEST(BbrConnection, fills_a_long_fat_path__bbr_5_3_1) {
    const Link path{
        .octets_per_second = 125'000'000, .one_way = milliseconds{50}, .queue = 12'500'000};
    Given g = controlled_by(CongestionControl::bbr);
    g.max_super_segment = 65'000;
    const Figures f = fill(g, path, 4);
    EXPECT_GE(f.mbits, 850);
}

// Two flows from one host to the other, the second two seconds later: what each gets in the last
// ten of twenty seconds.
TEST(BbrConnection, shares_a_path_with_another__bbr_5_3_3) {
    Pair p{controlled_by(CongestionControl::bbr)};
    p.delay = milliseconds{25};
    struct Flow {
        ConnectionId from, to;
        std::uint64_t got{0};
    };
    std::vector<Flow> flows;
    for (const std::uint16_t port : {std::uint16_t{80}, std::uint16_t{81}}) {
        p.open(40'000, port);
        flows.push_back({.from = p.ca, .to = p.cb});
    }
    Bottleneck link{p, {}};
    const Instant begin = p.now;
    const std::string text = pattern(60'000);
    while (p.now < begin + seconds{60}) {
        for (const Flow& f : flows) {
            const bool began = f.from == flows[0].from || p.now >= begin + seconds{2};
            while (began && p.a.tcp.send_room(f.from) >= text.size()) p.a.write(f.from, text);
        }
        p.run(milliseconds{5});
        for (Flow& f : flows) {
            for (auto n = p.b.read(f.to, 1U << 24).size(); n > 0;
                 n = p.b.read(f.to, 1U << 24).size())
                f.got += p.now > begin + seconds{30} ? n : 0;
        }
        link.forget();
    }
    const auto mbits = [&](std::size_t i) { return static_cast<double>(flows[i].got) * 8e-6 / 30; };
    const double sum = mbits(0) + mbits(1);
    const double jain = sum * sum / (2 * (mbits(0) * mbits(0) + mbits(1) * mbits(1)));
    std::cout << mbits(0) << " and " << mbits(1) << " Mbit/s, Jain's index " << jain << "\n";
    EXPECT_GE(sum, 88);
    EXPECT_GE(jain, 0.9);
}

TEST(BbrConnection, is_not_slowed_by_one_who_had_little_to_say__bbr_5_6_2) {
    Pair p{controlled_by(CongestionControl::bbr)};
    p.open();
    for (int i = 0; i < 20; ++i) {
        p.a.write(p.ca, "x");
        p.run(milliseconds{100});
    }
    p.a.write(p.ca, pattern(10 * mss));
    p.run(milliseconds{30});  // 10 ms one way
    EXPECT_EQ(p.b.read(p.cb).size(), 20 + 10 * mss);
}

// ---- SO_MAX_PACING_RATE -------------------------------------------------------------------------

struct Limited {
    std::uint64_t octets_per_second;
    std::uint32_t max_super_segment;
    CongestionControl control;
};

struct MaxPacingRate : ::testing::TestWithParam<Limited> {};

TEST_P(MaxPacingRate, is_held_within_a_twentieth) {
    Given g = controlled_by(GetParam().control);
    g.max_super_segment = GetParam().max_super_segment;
    g.settings.max_pacing_rate = GetParam().octets_per_second;
    constexpr int measured = 4;
    const Link path{.octets_per_second = 125'000'000, .queue = 6'250'000};
    const Figures f = fill(g, path, measured);
    EXPECT_NEAR(f.mbits * 125'000,
                static_cast<double>(GetParam().octets_per_second),
                0.05 * static_cast<double>(GetParam().octets_per_second));
}
INSTANTIATE_TEST_SUITE_P(OfEachController,
                         MaxPacingRate,
                         ::testing::Values(Limited{20'000, 0, CongestionControl::cubic},
                                           Limited{2'500'000, 0, CongestionControl::cubic},
                                           Limited{50'000'000, 65'000, CongestionControl::cubic},
                                           Limited{2'500'000, 65'000, CongestionControl::reno},
                                           Limited{2'500'000, 0, CongestionControl::bbr}));

struct Paced : ::testing::Test {
    explicit Paced(std::uint64_t rate = 145'000) {
        Given g = controlled_by(CongestionControl::cubic);
        g.settings.max_pacing_rate = rate;
        g.max_super_segment = 65'000;
        p = std::make_unique<Pair>(g);
        p->open();
        p->run(seconds{1});
        p->sent_a.clear();
        p->a.heard.fired.clear();
    }
    // Sizes of what leaves in the next so many milliseconds.
    [[nodiscard]] std::vector<std::uint32_t> sizes(int within) {
        p->sent_a.clear();
        p->run(milliseconds{within});
        std::vector<std::uint32_t> out;
        for (const Seg& s : p->sent_a)
            if (s.length > 0) out.push_back(s.length);
        return out;
    }
    std::unique_ptr<Pair> p;
};

TEST_F(Paced, text_leaves_in_bursts_a_rate_apart_and_a_rest_earns_one) {
    p->a.write(p->ca, pattern(20 * mss));
    // Two segments take 20 ms; the first two bursts leave together after a rest.
    EXPECT_EQ(sizes(1), (std::vector{2 * mss, 2 * mss}));
    EXPECT_EQ(sizes(18), std::vector<std::uint32_t>{});
    EXPECT_EQ(sizes(20), std::vector{2 * mss});
    EXPECT_EQ(sizes(20), std::vector{2 * mss});
    const auto spent = p->a.look(p->ca).limited[Limit::pacing];
    EXPECT_GT(spent, milliseconds{50});
    EXPECT_EQ(p->a.heard.fired.front().timer, trace::TimerKind::pacing);
}

TEST_F(Paced, goes_on_at_once_when_the_limit_goes) {
    p->a.write(p->ca, pattern(8 * mss));
    EXPECT_EQ(sizes(1).size(), 2U);
    p->a.change(p->ca, [](Settings& s) { s.max_pacing_rate = no_pacing_limit; });
    EXPECT_EQ(sizes(1), std::vector{4 * mss});
}

TEST_F(Paced, goes_on_for_a_writer_who_finds_no_room) {
    p->delay = milliseconds{100};  // no acknowledgment helps
    p->a.change(p->ca, [](Settings& s) { s.send_buffer = 6 * mss; });
    p->a.write(p->ca, pattern(6 * mss));
    EXPECT_EQ(sizes(1).size(), 2U);
    EXPECT_EQ(p->a.write(p->ca, "x"), 0U);
    EXPECT_EQ(sizes(40).size(), 1U);
}

TEST_F(Paced, tells_its_rates) {
    p->a.write(p->ca, pattern(20 * mss));
    p->run(seconds{1});
    const auto s = p->a.look(p->ca);
    EXPECT_EQ(s.pacing_rate, 145'000U);
    EXPECT_EQ(s.max_pacing_rate, 145'000U);
    EXPECT_NEAR(static_cast<double>(s.delivery_rate), 145'000, 15'000);
}

struct PacedFast : Paced {
    PacedFast() : Paced{125'000'000} {}
};

TEST_F(PacedFast, sends_whole_super_segments) {
    for (int i = 0; i < 100; ++i) {
        p->a.write(p->ca, pattern(1 << 20));
        p->run(milliseconds{20});
        static_cast<void>(p->b.read(p->cb, 8U << 20));
    }
    p->a.write(p->ca, pattern(1 << 20));
    const auto sent = sizes(5);
    ASSERT_GE(sent.size(), 8U);
    EXPECT_EQ(sent[2], 65'000U / mss * mss);
}

TEST(PacedConnection, repeats_what_was_lost_though_its_turn_is_far_off__rfc6298_5_4) {
    Given g = controlled_by(CongestionControl::cubic);
    g.settings.max_pacing_rate = 1'000;  // three seconds for two segments
    Pair p{g};
    p.open();
    int lose = 2;
    p.lose_a = [&](const Seg& s) { return s.length > 0 && lose-- > 0; };
    p.a.write(p.ca, pattern(2 * mss));
    p.run(seconds{2});
    EXPECT_GE(p.b.read(p.cb).size(), mss);
}

TEST(Congestion, of_bbr_is_a_value_and_no_room_to_others) {
    Congestion a{Bbr{{.mss = mss, .segments = 10}}};
    Congestion b = a;
    EXPECT_EQ(a, b);
    b.on_loss({.now = start, .by_timeout = true});
    EXPECT_NE(a, b);
    EXPECT_EQ(a.window_bytes(), 10 * mss);
    EXPECT_EQ(sizeof(Congestion), sizeof(std::variant<Cubic, NewReno>));
}

}  // namespace
}  // namespace handfast::tcp
