// A congestion window that is not used: RFC 7661, as a value and in connections.
#include "core/tcp/send/validation.hpp"

#include "core/tcp/congestion/cubic.hpp"
#include "core/tcp/congestion/new_reno.hpp"
#include "rig.hpp"

namespace handfast::tcp {
namespace {

using namespace testing;

constexpr std::uint32_t mss = 1000;
constexpr std::uint32_t window = 40 * mss;

// Acknowledgments of a sender whose window is forty segments, 100 ms away.
struct Used {
    bool ack(std::uint32_t segments) {
        return v.on_ack(
            {.now = now, .flight = segments * mss, .window = window, .srtt = milliseconds{100}});
    }
    // So many segments in flight, for so long; says how often the window was to fall.
    int go_on(std::uint32_t segments, Duration time) {
        int falls = 0;
        for (const Instant end = now + time; now < end; now += milliseconds{500})
            falls += ack(segments) ? 1 : 0;
        return falls;
    }
    Instant now{seconds{1000}};
    Validation v;
};

TEST(Validation, stands_while_nothing_was_acknowledged__rfc7661_4_2) {
    EXPECT_TRUE(Validation{}.is_valid(window));
}

TEST(Validation, holds_when_half_of_the_window_was_used__rfc7661_4_3) {
    Used u;
    EXPECT_FALSE(u.ack(19));
    EXPECT_FALSE(u.v.is_valid(window));
    EXPECT_FALSE(u.ack(20));
    EXPECT_TRUE(u.v.is_valid(window));
}

TEST(Validation, counts_the_most_of_a_second_or_two__rfc7661_4_2) {
    Used u;
    (void)u.ack(30);
    for (int ms = 0; ms < 1900; ms += 100) {
        EXPECT_EQ(u.v.pipe_ack(), 30 * mss) << ms;
        u.now += milliseconds{100};
        (void)u.ack(5);
    }
    u.now += milliseconds{100};
    (void)u.ack(5);
    EXPECT_EQ(u.v.pipe_ack(), 5 * mss);
}

TEST(Validation, counts_three_round_trips_when_they_are_longer__rfc7661_4_2) {
    Validation v;
    Validation::Ack a{.now = start, .flight = 30 * mss, .window = window, .srtt = seconds{1}};
    (void)v.on_ack(a);
    a.flight = mss;
    a.now += milliseconds{2999};
    (void)v.on_ack(a);
    a.now += milliseconds{2999};
    (void)v.on_ack(a);
    EXPECT_EQ(v.pipe_ack(), 30 * mss);
    a.now += seconds{3};
    (void)v.on_ack(a);
    EXPECT_EQ(v.pipe_ack(), mss);
}

TEST(Validation, forgets_what_it_knew_before_a_long_rest__rfc7661_4_2) {
    Used u;
    (void)u.ack(30);
    u.now += seconds{2};
    (void)u.ack(1);
    EXPECT_EQ(u.v.pipe_ack(), mss);
}

TEST(Validation, lets_an_unused_window_stand_for_five_minutes__rfc7661_4_4_2) {
    Used u;
    EXPECT_EQ(u.go_on(5, seconds{300}), 0);
    EXPECT_EQ(u.go_on(5, seconds{1}), 1);
    EXPECT_EQ(u.go_on(5, seconds{298}), 0);
    EXPECT_EQ(u.go_on(5, seconds{2}), 1);
}

TEST(Validation, counts_the_minutes_from_the_last_use__rfc7661_4_4_2) {
    Used u;
    EXPECT_EQ(u.go_on(5, seconds{200}), 0);
    EXPECT_EQ(u.go_on(20, seconds{1}), 0);
    EXPECT_EQ(u.go_on(5, seconds{299}), 0);
    EXPECT_EQ(u.go_on(5, seconds{4}), 1);
}

// ---- Controllers --------------------------------------------------------------------------------

TEST(NewReno, halves_what_was_used_of_its_window__rfc7661_4_4_3) {
    NewReno r{{.mss = mss, .segments = 40}};
    r.on_loss({.now = {}, .in_flight_bytes = 4 * mss, .pipe_bytes = 12 * mss});
    EXPECT_EQ(r.window_bytes(), 6 * mss);
    r.on_undo();
    EXPECT_EQ(r.window_bytes(), 40 * mss);
}

template <class C>
C with_forty(std::uint32_t initial) {
    C c{{.mss = mss, .segments = initial}};
    c.on_ack({.now = start, .newly_acked_bytes = (40 - initial) * mss, .window_limited = true});
    EXPECT_EQ(c.window_bytes(), 40 * mss);
    return c;
}

template <class C>
struct Unused : ::testing::Test {};
using WithAWindow = ::testing::Types<NewReno, Cubic>;
TYPED_TEST_SUITE(Unused, WithAWindow);

TYPED_TEST(Unused, window_falls_by_half_and_may_come_back_fast__rfc7661_4_4_2) {
    auto c = with_forty<TypeParam>(10);
    c.on_loss({.now = start, .in_flight_bytes = 40 * mss});
    const std::uint32_t before = c.window_bytes();
    ASSERT_EQ(c.slow_start_threshold(), before);
    c.on_unused();
    EXPECT_EQ(c.window_bytes(), before / 2);
    EXPECT_EQ(c.slow_start_threshold(), before);
}

TYPED_TEST(Unused, window_remembers_three_quarters_of_itself__rfc7661_4_4_2) {
    TypeParam c{{.mss = mss, .segments = 10}};
    c.on_loss({.now = start, .in_flight_bytes = 10 * mss});
    c.on_undo();
    for (int i = 0; i < 10'000 && c.window_bytes() < 60 * mss; ++i)
        c.on_ack({.now = start + i * milliseconds{100},
                  .newly_acked_bytes = 10 * mss,
                  .window_limited = true});
    const std::uint32_t grown = c.window_bytes();
    c.on_loss({.now = start, .in_flight_bytes = 4 * mss});
    c.on_undo();
    c.on_unused();
    EXPECT_EQ(c.window_bytes(), grown / 2);
    EXPECT_GE(c.slow_start_threshold(), grown / 4 * 3);
}

TYPED_TEST(Unused, window_does_not_fall_below_the_initial_one__rfc7661_4_4_2) {
    auto c = with_forty<TypeParam>(30);
    c.on_unused();
    EXPECT_EQ(c.window_bytes(), 30 * mss);
    c.on_unused();
    EXPECT_EQ(c.window_bytes(), 30 * mss);
    c.on_loss({.now = start, .in_flight_bytes = 10 * mss, .by_timeout = true});
    c.on_unused();
    EXPECT_EQ(c.window_bytes(), mss);
}

TEST(CubicUnused, takes_its_part_of_what_was_used__rfc7661_4_4_3) {
    Cubic c = with_forty<Cubic>(10);
    c.on_loss({.now = start, .in_flight_bytes = 4 * mss, .pipe_bytes = 10 * mss});
    EXPECT_EQ(c.window_bytes(), 7 * mss);
    EXPECT_EQ(c.slow_start_threshold(), 7 * mss);
    c.on_undo();
    EXPECT_EQ(c.window_bytes(), 40 * mss);
}

// ---- Connections --------------------------------------------------------------------------------

// The peer takes segments of 1000 octets, knows SACK, and is 100 ms away; CUBIC has come to forty.
struct RateLimited : ::testing::Test {
    RateLimited() {
        l.peer_options.mss = mss;
        l.peer_options.sack_permitted = true;
        l.listen();
        l.inject(l.peer(syn, 0, 0));
        l.iss = l.sent_one().seq;
        l.now += milliseconds{100};
        l.inject(l.peer(testing::ack, 1, 1));
        l.c = *l.host.accept(l.listener);
        exchange(10);
        exchange(20);
        exchange(20);
    }
    void SetUp() override { ASSERT_EQ(segments(), 40U); }
    [[nodiscard]] std::uint32_t segments() { return l.host.look(l.c).congestion_window / mss; }
    void send(std::uint32_t n) {
        l.host.write(l.c, pattern(n * mss));
        EXPECT_EQ(l.sent().size(), n);
    }
    // So many segments, acknowledged one by one.
    void exchange(std::uint32_t n) {
        send(n);
        l.run(milliseconds{100});
        for (std::uint32_t i = 0; i < n; ++i) l.inject(l.peer(ack, 1, at += mss));
        l.run(milliseconds{1});
        (void)l.sent();
    }
    void lose_first_of(std::uint32_t n) {
        send(n);
        l.run(milliseconds{100});
        Seg s = l.peer(ack, 1, at);
        s.options.sack.push_back({l.iss + at + mss, l.iss + at + n * mss});
        l.inject(s);
        EXPECT_TRUE(l.host.look(l.c).in_recovery);
    }
    Lone l;
    std::uint32_t at{1};
};

TEST_F(RateLimited, loses_a_part_of_its_window_when_it_used_it__rfc7661_4_4_1) {
    lose_first_of(20);
    EXPECT_EQ(l.host.look(l.c).slow_start_threshold, 28 * mss);
}

TEST_F(RateLimited, loses_a_part_of_what_it_used_of_late__rfc7661_4_4_3) {
    for (int i = 0; i < 30; ++i) exchange(10);
    lose_first_of(5);
    EXPECT_EQ(l.host.look(l.c).slow_start_threshold, 7 * mss);
}

TEST_F(RateLimited, keeps_its_window_for_five_minutes_and_then_half__rfc7661_4_4_2) {
    const Instant since = l.now;
    while (l.now < since + seconds{295}) exchange(5);
    EXPECT_EQ(segments(), 40U);
    while (l.now < since + seconds{310}) exchange(5);
    EXPECT_EQ(segments(), 20U);
}

}  // namespace
}  // namespace handfast::tcp
