// Loss and congestion: RFC 5681, RFC 6582, RFC 3042, RFC 6928, RFC 7661.
#include "core/tcp/congestion/new_reno.hpp"
#include "rig.hpp"

namespace handfast::tcp {
namespace {

using namespace testing;
using trace::Counter;
using trace::Why;
using State = trace::TcpState;

constexpr std::uint32_t mss = 1000;

struct RecoveryTest : ::testing::Test {
    // NewReno, and a peer without SACK.
    RecoveryTest() : l{reno()} {
        l.peer_options.mss = mss;
        l.accept();
    }
    static Given reno() {
        Given g;
        g.settings.congestion = CongestionControl::reno;
        return g;
    }
    // The number of segments that came out; each is one MSS at the place that is expected.
    std::size_t burst(std::uint32_t from) {
        const auto out = l.sent();
        for (const auto& s : out) {
            EXPECT_EQ(l.rel_seq(s), from);
            from += s.length;
        }
        return out.size();
    }
    void acknowledge(std::uint32_t segments) { l.inject(l.peer(ack, 1, 1 + segments * mss)); }
    [[nodiscard]] std::uint32_t window() { return l.host.look(l.c).congestion_window / mss; }
    Lone l;
};

TEST_F(RecoveryTest, begins_with_ten_segments__rfc6928_2) {
    l.host.write(l.c, pattern(50 * mss));
    EXPECT_EQ(burst(1), 10U);
}

TEST_F(RecoveryTest, slow_start_adds_what_was_acknowledged__rfc5681_3_1) {
    l.host.write(l.c, pattern(50 * mss));
    (void)l.sent();
    acknowledge(2);
    EXPECT_EQ(window(), 12U);
    EXPECT_EQ(burst(1 + 10 * mss), 4U);
}

TEST_F(RecoveryTest, a_window_that_was_not_used_does_not_grow__rfc7661) {
    for (std::uint32_t i = 0; i < 20; ++i) {
        l.host.write(l.c, pattern(mss));
        (void)l.sent();
        acknowledge(i + 1);
    }
    EXPECT_EQ(window(), 10U);
}

TEST_F(RecoveryTest, two_duplicate_acks_let_one_new_segment_out_each__rfc3042) {
    l.host.write(l.c, pattern(50 * mss));
    (void)l.sent();
    acknowledge(0);
    EXPECT_EQ(burst(1 + 10 * mss), 1U);
    acknowledge(0);
    const Seg s = l.sent_one();
    EXPECT_EQ(l.rel_seq(s), 1 + 11 * mss);
    EXPECT_EQ(s.why, Why::limited_transmit);
}

TEST_F(RecoveryTest, the_third_repeats_the_first_segment_at_once__rfc5681_3_2) {
    l.host.write(l.c, pattern(50 * mss));
    (void)l.sent();
    for (int i = 0; i < 3; ++i) acknowledge(0);
    const auto out = l.sent();
    ASSERT_FALSE(out.empty());
    EXPECT_EQ(out[0].why, Why::fast_retransmission);
    EXPECT_EQ(l.rel_seq(out[0]), 1U);
    EXPECT_EQ(out[0].length, mss);
    EXPECT_EQ(out[0].text, pattern(mss));
    EXPECT_EQ(l.host.counted(Counter::tcp_ext_fast_retrans), 1U);
    EXPECT_TRUE(l.host.look(l.c).in_recovery);
    EXPECT_EQ(l.host.look(l.c).slow_start_threshold / mss, 5U);
}

TEST_F(RecoveryTest, further_duplicates_let_new_segments_out__rfc5681_3_2_step_4_5) {
    l.host.write(l.c, pattern(50 * mss));
    (void)l.sent();
    for (int i = 0; i < 3; ++i) acknowledge(0);
    (void)l.sent();
    // cwnd = 5 + 3; 10 are in flight.
    acknowledge(0);
    acknowledge(0);
    EXPECT_TRUE(l.sent().empty());
    acknowledge(0);
    EXPECT_EQ(burst(1 + 10 * mss), 1U);
    acknowledge(0);
    EXPECT_EQ(burst(1 + 11 * mss), 1U);
}

TEST_F(RecoveryTest, a_full_acknowledgment_ends_it_with_half_the_window__rfc6582_3_2) {
    l.host.write(l.c, pattern(50 * mss));
    (void)l.sent();
    for (int i = 0; i < 3; ++i) acknowledge(0);
    (void)l.sent();
    acknowledge(10);
    EXPECT_FALSE(l.host.look(l.c).in_recovery);
    EXPECT_EQ(window(), 5U);
    EXPECT_EQ(burst(1 + 10 * mss), 5U);
}

TEST_F(RecoveryTest, a_partial_acknowledgment_repeats_the_next_hole__rfc6582_3_2) {
    l.host.write(l.c, pattern(50 * mss));
    (void)l.sent();
    for (int i = 0; i < 3; ++i) acknowledge(0);
    (void)l.sent();
    acknowledge(4);
    const auto out = l.sent();
    ASSERT_FALSE(out.empty());
    EXPECT_EQ(out[0].why, Why::partial_ack_retransmission);
    EXPECT_EQ(l.rel_seq(out[0]), 1 + 4 * mss);
    EXPECT_TRUE(l.host.look(l.c).in_recovery);
}

TEST_F(RecoveryTest, duplicates_of_what_an_rto_repeated_prove_nothing__rfc6582_4) {
    l.host.write(l.c, pattern(10 * mss));
    (void)l.sent();
    l.run(seconds{2});
    (void)l.sent();
    acknowledge(10);
    l.host.write(l.c, pattern(5 * mss));
    (void)l.sent();
    for (int i = 0; i < 5; ++i) acknowledge(10);
    for (const auto& s : l.sent()) EXPECT_NE(s.why, Why::fast_retransmission);
}

TEST_F(RecoveryTest, an_rto_begins_again_with_one_segment_and_goes_on_in_slow_start__rfc5681_3_1) {
    l.host.write(l.c, pattern(50 * mss));
    (void)l.sent();
    l.run(milliseconds{250});
    EXPECT_EQ(burst(1), 1U);
    EXPECT_TRUE(l.host.look(l.c).in_loss);
    EXPECT_EQ(l.host.look(l.c).slow_start_threshold / mss, 5U);
    acknowledge(1);
    EXPECT_EQ(burst(1 + mss), 2U);
    acknowledge(10);  // the others had arrived
    EXPECT_FALSE(l.host.look(l.c).in_loss);
    EXPECT_GE(burst(1 + 10 * mss), 2U);
}

TEST_F(RecoveryTest, the_threshold_is_halved_once_for_one_loss__rfc5681_3_1) {
    l.host.write(l.c, pattern(10 * mss));
    (void)l.sent();
    l.run(seconds{10});
    EXPECT_EQ(l.host.look(l.c).slow_start_threshold / mss, 5U);
}

TEST_F(RecoveryTest, an_rto_in_the_middle_of_fast_recovery_starts_over) {
    l.host.write(l.c, pattern(50 * mss));
    (void)l.sent();
    for (int i = 0; i < 5; ++i) acknowledge(0);
    (void)l.sent();
    l.run(milliseconds{250});
    const auto out = l.sent();
    ASSERT_EQ(out.size(), 1U);
    EXPECT_EQ(l.rel_seq(out[0]), 1U);
    EXPECT_FALSE(l.host.look(l.c).in_recovery);
    acknowledge(1);
    EXPECT_EQ(burst(1 + mss), 2U);
}

TEST_F(RecoveryTest, text_window_updates_and_advances_are_no_duplicates__rfc5681_2) {
    l.host.write(l.c, pattern(50 * mss));
    (void)l.sent();
    for (std::uint32_t i = 0; i < 5; ++i) l.inject(l.peer(ack, 1 + i, 1, "x"));
    for (std::uint16_t i = 0; i < 5; ++i) {
        Seg s = l.peer(ack, 6, 1);
        s.window = static_cast<std::uint16_t>(60'000 - i);
        l.inject(s);
    }
    for (const auto& s : l.sent()) EXPECT_NE(s.why, Why::fast_retransmission);
}

TEST_F(RecoveryTest, dividing_acknowledgments_gains_nothing__rfc3465_attack_A41) {
    l.host.write(l.c, pattern(100 * mss));
    (void)l.sent();
    for (std::uint32_t i = 1; i <= 10; ++i) l.inject(l.peer(ack, 1, 1 + i * mss / 10));
    EXPECT_LE(l.host.look(l.c).congestion_window, 11 * mss);
}

TEST_F(RecoveryTest, a_window_that_rested_for_an_rto_begins_anew__rfc5681_4_1) {
    l.host.write(l.c, pattern(100 * mss));
    std::uint32_t acked = 0;
    for (int i = 0; i < 5; ++i) {
        acked += static_cast<std::uint32_t>(l.sent().size());
        acknowledge(acked);
    }
    acked += static_cast<std::uint32_t>(l.sent().size());
    acknowledge(100);
    ASSERT_GT(window(), 20U);
    l.run(seconds{5});
    l.host.write(l.c, pattern(50 * mss));
    EXPECT_EQ(burst(1 + 100 * mss), 10U);
}

TEST(Recovery, fast_retransmission_works_after_2_gib_without_loss) {
    Given g;
    g.max_super_segment = 65'160;
    Pair p{g};
    p.keep_segments = false;
    p.delay = microseconds{10};
    p.open();
    const buf::Slice block = p.pool.copy(octets(pattern(65'160)));
    std::uint64_t sent = 0;
    std::uint64_t got = 0;
    buf::Packet::Slices slices;
    const auto pump = [&] {
        if (p.a.tcp.send_room(p.ca) > 300'000) {
            for (int i = 0; i < 4; ++i) {
                slices.push_back(block.share());
                sent += block.size();
            }
            ASSERT_TRUE(p.a.tcp.send(p.ca, slices, {}, p.now));
        }
        p.run(microseconds{40});
        while (const auto n = p.b.tcp.receive(p.cb, 1U << 24, slices, p.now).value_or(0)) {
            got += n;
            slices.clear();
        }
        p.a.heard.sent.clear();
        p.a.heard.received.clear();
        p.a.heard.rtts.clear();
        p.a.heard.windows.clear();
        p.b.heard.sent.clear();
        p.b.heard.received.clear();
    };
    while (got < 2'300'000'000ULL) pump();
    EXPECT_EQ(p.a.counted(Counter::tcp_retrans_segs), 0U);
    bool once = true;
    p.lose_a = [&](const Seg& s) { return s.length > 0 && std::exchange(once, false); };
    const std::uint64_t goal = sent + 2'000'000;
    while (got < goal) pump();
    EXPECT_EQ(p.a.counted(Counter::tcp_ext_sack_recovery), 1U);
    EXPECT_EQ(p.a.counted(Counter::tcp_ext_fast_retrans), 65'160U / 1448);
    EXPECT_EQ(p.a.counted(Counter::tcp_ext_timeouts), 0U);
    // And Nagle's mark did not come round to the front.
    p.run(seconds{1});
    EXPECT_EQ(p.a.write(p.ca, "tiny"), 4U);
    p.run(milliseconds{1});
    EXPECT_EQ(p.a.look(p.ca).send_unsent, 0U);
}

TEST(Recovery, tells_the_trace_what_was_lost_and_by_what) {
    Given without_sack;
    without_sack.profile.sack = false;
    Pair p{without_sack};
    p.open();
    int n = 0;
    p.lose_a = [&](const Seg& s) { return s.length > 0 && ++n == 1; };
    p.a.write(p.ca, "hello");
    p.run(seconds{2});
    ASSERT_EQ(p.a.heard.losses.size(), 1U);
    EXPECT_EQ(p.a.heard.losses[0].range.size(), 5U);
    EXPECT_EQ(p.a.heard.losses[0].by, Why::rto_retransmission);
    ASSERT_FALSE(p.a.heard.fired.empty());
    EXPECT_EQ(p.a.heard.fired[0].timer, trace::TimerKind::retransmit);
}

// ---- The window as a value ----------------------------------------------------------------------

TEST(NewReno, halves_on_loss_but_never_below_two_segments__rfc5681_eq4) {
    NewReno reno{{.mss = 1000, .segments = 10}};
    reno.on_loss({.now = {}, .in_flight_bytes = 10'000, .by_timeout = false});
    EXPECT_EQ(reno.window_bytes(), 5'000U);
    reno.on_loss({.now = {}, .in_flight_bytes = 1'500, .by_timeout = false});
    EXPECT_EQ(reno.window_bytes(), 2'000U);
}

TEST(NewReno, adds_one_segment_a_round_trip_beyond_the_threshold__rfc5681_eq3) {
    NewReno reno{{.mss = 1000, .segments = 10}};
    reno.on_loss({.now = {}, .in_flight_bytes = 20'000, .by_timeout = false});
    for (int i = 0; i < 10; ++i)
        reno.on_ack({.now = {},
                     .newly_acked_bytes = 1'000,
                     .in_flight_bytes = 10'000,
                     .window_limited = true});
    EXPECT_EQ(reno.window_bytes(), 11'000U);
}

TEST(NewReno, never_overflows__rfc9293_rec_1) {
    NewReno reno{{.mss = 65'000, .segments = 10}};
    for (int i = 0; i < 100; ++i)
        reno.on_ack({.now = {},
                     .newly_acked_bytes = 0x4000'0000,
                     .in_flight_bytes = 0,
                     .window_limited = true});
    EXPECT_LE(reno.window_bytes(), 1U << 30);
}

}  // namespace
}  // namespace handfast::tcp
