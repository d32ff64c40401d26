// Edges of rules: the last octet, the last instant, the one case in which a condition decides.
#include "core/tcp/congestion/cubic.hpp"
#include "core/tcp/send/acknowledgment.hpp"
#include "core/tcp/send/rack.hpp"
#include "rig.hpp"

namespace handfast::tcp {
namespace {

using namespace testing;
using trace::Counter;
using trace::Why;
using wire::SeqNum;
using State = trace::TcpState;

// Established after a round trip of 40 ms, with a peer that takes segments of 1000 octets.
struct Peer : ::testing::Test {
    explicit Peer(const Given& g = {}) : l{g} {}
    void establish() {
        l.peer_options.mss = 1000;
        l.listen();
        l.inject(l.peer(syn, 0, 0));
        l.iss = l.sent_one().seq;
        l.now += milliseconds{40};
        l.inject(l.peer(testing::ack, 1, 1));
        l.c = *l.host.accept(l.listener);
        (void)l.sent();
    }
    void acknowledge(std::uint32_t up_to) { l.inject(l.peer(testing::ack, 1, up_to)); }
    Lone l;
};

// ---- Receiving ----------------------------------------------------------------------------------

struct OneOctet : Peer {
    static Given given() {
        Given g;
        g.settings.window_clamp = 1;
        return g;
    }
    OneOctet() : Peer{given()} {}
};

TEST_F(OneOctet, a_window_of_one_octet_takes_one__rfc9293_3_4) {
    establish();
    l.inject(l.peer(ack, 1, 1, "x"));
    EXPECT_EQ(l.host.read(l.c), "x");
}

TEST_F(Peer, after_24_days_an_old_timestamp_proves_nothing__rfc7323_5_5) {
    l.peer_options.timestamps = wire::TcpTimestamps{.value = 1000, .echo = 0};
    establish();
    constexpr Duration clock_may_wrap = std::chrono::hours{24 * 24};
    Seg s = l.peer(ack, 1, 1, "text");
    s.options.timestamps = wire::TcpTimestamps{.value = 999, .echo = 0};
    const Instant heard = l.now - milliseconds{40};
    l.now = heard + clock_may_wrap - nanoseconds{1};
    l.inject(s);
    EXPECT_EQ(l.host.read(l.c), "");
    l.now = heard + clock_may_wrap;
    l.inject(s);
    EXPECT_EQ(l.host.read(l.c), "text");
}

TEST_F(Peer, text_that_just_leaves_room_carries_the_blocks_too__rfc2018_4) {
    l.peer_options.sack_permitted = true;
    establish();
    l.inject(l.peer(ack, 11, 1, "beyond a hole"));
    (void)l.sent();
    l.host.write(l.c, pattern(1000 - 36));  // four blocks and two NOPs
    const Seg s = l.sent_one();
    EXPECT_EQ(s.length, 964U);
    EXPECT_EQ(s.options.sack.size(), 1U);
}

TEST_F(Peer, another_setting_does_not_hurry_a_delayed_acknowledgment) {
    establish();
    // The first ones after a handshake are not delayed.
    std::uint32_t seq = 1;
    for (int i = 0; i < 40; ++i, seq += 100) {
        l.inject(l.peer(ack, seq, 1, pattern(100)));
        (void)l.host.read(l.c);
    }
    l.run(milliseconds{100});
    (void)l.sent();
    l.inject(l.peer(ack, seq, 1, "x"));
    ASSERT_TRUE(l.sent().empty());
    l.host.change(l.c, [](Settings& s) { s.tos = 8; });
    EXPECT_TRUE(l.sent().empty());
    l.host.change(l.c, [](Settings& s) { s.quick_ack = true; });
    EXPECT_EQ(l.sent_one().why, Why::quick_ack);
}

// ---- Opening and closing ------------------------------------------------------------------------

TEST_F(Peer, a_syn_that_came_again_is_answered_as_the_first_was) {
    l.listen();
    l.inject(l.peer(syn, 0, 0));
    EXPECT_EQ(l.sent_one().why, Why::handshake_syn_ack);
    l.now += milliseconds{10};
    l.inject(l.peer(syn, 0, 0));
    EXPECT_EQ(l.sent_one().why, Why::handshake_syn_ack);
}

TEST_F(Peer, an_orphan_probes_a_closed_window_so_often_and_no_more__attack_a42) {
    establish();
    l.peer_window = 0;
    acknowledge(1);
    l.host.write(l.c, "never taken");
    l.host.close(l.c);
    // The peer answers every probe.
    for (int i = 0; i < 100 && l.host.tcp.connections() > 0; ++i) {
        l.run(seconds{5});
        for (const Seg& s : l.sent())
            if (s.why == Why::window_probe) acknowledge(1);
    }
    EXPECT_EQ(l.host.tcp.connections(), 0U);
    EXPECT_EQ(l.host.counted(Counter::tcp_ext_win_probe), Profile{}.orphan_probes);
}

TEST_F(Peer, who_is_given_up_in_fin_wait_2_waits_from_then_on__attack_a43) {
    establish();
    l.host.shutdown(l.c);
    (void)l.sent();
    acknowledge(2);
    ASSERT_EQ(l.host.state(l.c), State::fin_wait_2);
    l.run(seconds{100});
    l.host.close(l.c);
    EXPECT_EQ(l.host.tcp.connections(), 1U);
    EXPECT_EQ(l.host.tcp.next_deadline(), l.now + seconds{60});
    l.run(seconds{61});
    EXPECT_EQ(l.host.tcp.connections(), 0U);
}

TEST(TimeWaitTable, a_full_one_gives_up_its_oldest) {
    Given g;
    g.limits.time_waits = 1;
    Pair p{g, Given{}};
    p.open();
    for (std::uint16_t port = 40'000; port < 40'002; ++port) {
        if (port > 40'000) {
            p.ca = p.a.connect(port, p.b.at(80));
            p.settle();
            p.cb = *p.b.accept(p.listener);
        }
        p.a.close(p.ca);
        p.run(milliseconds{100});
        p.b.close(p.cb);
        p.run(milliseconds{100});
    }
    EXPECT_EQ(p.a.tcp.time_waits(), 1U);
    EXPECT_EQ(p.a.tcp.port_use(p.a.at(40'000)).time_waits, 0U);
    EXPECT_EQ(p.a.tcp.port_use(p.a.at(40'001)).time_waits, 1U);
}

// ---- Sending ------------------------------------------------------------------------------------

TEST_F(Peer, what_filled_the_window_counts_until_its_last_octet_is_acknowledged__rfc7661_4_3) {
    establish();
    l.host.write(l.c, pattern(10'100));
    EXPECT_EQ(l.sent().size(), 10U);  // the window; a hundred octets wait
    acknowledge(2001);
    acknowledge(4001);
    acknowledge(7001);
    acknowledge(10'001);
    EXPECT_EQ(l.host.look(l.c).congestion_window, 20'000U);
}

TEST_F(Peer, what_is_to_be_flushed_stays_so_while_acknowledgments_come__rfc9293_3_7_4) {
    establish();
    l.host.change(l.c, [](Settings& s) { s.cork = true; });
    l.host.write(l.c, pattern(10'500));
    EXPECT_EQ(l.sent().size(), 10U);
    l.host.change(l.c, [](Settings& s) { s.no_delay = true; });
    EXPECT_TRUE(l.sent().empty());  // no room in the congestion window
    acknowledge(1001);
    EXPECT_EQ(l.sent_one().length, 500U);
}

TEST(Fairness, a_connection_may_send_a_super_segments_worth_before_the_next_one) {
    Given g;
    g.profile.initial_window_segments = 100;
    Pair p{g, Given{}};
    p.open();
    const ConnectionId other = p.a.connect(40'001, p.b.at(80));
    p.settle();
    p.sent_a.clear();
    p.a.write(p.ca, pattern(100'000));
    p.a.write(other, pattern(100'000));
    p.run(milliseconds{1});
    ASSERT_GT(p.sent_a.size(), 80U);
    std::uint32_t run = 0;
    for (const Seg& s : p.sent_a) {
        if (s.tuple != p.sent_a[0].tuple) break;
        run += s.length;
    }
    EXPECT_GT(run, 60'000U);  // as much as the peer's first window lets out
}

TEST_F(Peer, another_controller_goes_on_with_the_window_of_the_last) {
    establish();
    l.host.write(l.c, pattern(3000));
    l.run(seconds{2});
    ASSERT_EQ(l.host.look(l.c).congestion_window, 1000U);
    l.host.change(l.c, [](Settings& s) { s.congestion = CongestionControl::reno; });
    EXPECT_EQ(l.host.look(l.c).congestion_window, 1000U);
}

// ---- Recovery -----------------------------------------------------------------------------------

struct Knowing : Peer {  // the peer knows SACK, and no timestamps
    Knowing() {
        l.peer_options.sack_permitted = true;
        establish();
        l.host.write(l.c, pattern(40'000));
        (void)l.sent();
    }
    void run_until_timeouts(std::uint64_t n) {
        while (l.host.counted(Counter::tcp_ext_timeouts) < n) l.run(milliseconds{10});
        (void)l.sent();
    }
};

TEST_F(Knowing, after_a_timeout_new_text_asks_whether_it_was_spurious__rfc5682_3_1) {
    run_until_timeouts(1);
    acknowledge(1001);
    const auto out = l.sent();
    ASSERT_FALSE(out.empty());
    for (const Seg& s : out) EXPECT_GT(l.rel_seq(s), 10'000U);
    acknowledge(2001);
    EXPECT_EQ(l.host.counted(Counter::tcp_ext_spurious_rtos), 1U);
}

TEST_F(Knowing, after_a_second_timeout_nobody_asks_any_more__rfc5682_3_1) {
    run_until_timeouts(2);
    acknowledge(1001);
    const auto out = l.sent();
    ASSERT_FALSE(out.empty());
    EXPECT_EQ(l.rel_seq(out[0]), 1001U);
    EXPECT_EQ(out[0].why, Why::rto_retransmission);
}

TEST_F(Peer, a_quiet_connection_waits_for_nothing__rfc6298_5_2) {
    establish();
    l.host.write(l.c, "hello");
    (void)l.sent();
    EXPECT_TRUE(l.host.tcp.next_deadline());
    l.now += milliseconds{40};
    acknowledge(6);
    EXPECT_TRUE(l.sent().empty());
    EXPECT_FALSE(l.host.tcp.next_deadline());
}

TEST_F(Peer, corked_text_that_just_fits_the_window_is_let_go_in_time__rfc9293_must_60) {
    establish();
    l.peer_window = 300;
    acknowledge(1);
    l.host.change(l.c, [](Settings& s) { s.cork = true; });
    l.host.write(l.c, pattern(300));
    EXPECT_TRUE(l.sent().empty());
    l.run(milliseconds{200});
    EXPECT_EQ(l.sent_one().length, 300U);
}

// The window that the handshake ended with is the largest until now; half of it may be filled.
TEST_F(Peer, the_window_of_the_handshake_counts_for_silly_window_avoidance__rfc9293_must_38) {
    l.peer_options.mss = 1000;
    l.listen();
    l.peer_window = 600;
    l.inject(l.peer(syn, 0, 0));
    l.iss = l.sent_one().seq;
    l.peer_window = 1500;
    acknowledge(1);
    l.c = *l.host.accept(l.listener);
    l.host.write(l.c, pattern(5000));
    EXPECT_EQ(l.sent_one().length, 1000U);
}

TEST_F(Knowing, a_path_that_carries_less_makes_all_be_repeated_at_once__rfc1191_6_4) {
    (void)l.host.tcp.icmp_arrives({.kind = Tcp::IcmpNews::Kind::fragmentation_needed,
                                   .error = {},
                                   .mtu = 800,
                                   .tuple = {l.local, l.remote},
                                   .seq = l.iss + 1},
                                  l.now);
    const auto out = l.sent();
    ASSERT_GE(out.size(), 2U);
    EXPECT_EQ(l.rel_seq(out[0]), 1U);
    EXPECT_EQ(out[0].length, 760U);
    EXPECT_EQ(l.rel_seq(out[1]), 761U);
}

TEST_F(Knowing, a_recovery_that_is_undone_by_a_duplicate_alone_is_told__rfc2883_5) {
    const auto sack = [this](std::uint32_t to, std::uint32_t from, std::uint32_t end) {
        Seg s = l.peer(testing::ack, 1, to);
        s.options.sack.push_back({l.iss + from, l.iss + end});
        l.inject(s);
    };
    l.now += milliseconds{40};
    sack(1, 1001, 4001);
    const auto out = l.sent();
    ASSERT_FALSE(out.empty());
    ASSERT_EQ(l.rel_seq(out[0]), 1U);
    EXPECT_TRUE(l.host.look(l.c).in_recovery);
    l.now += milliseconds{5};
    acknowledge(4001);  // the first copy had only been late
    (void)l.sent();
    const auto told = l.host.heard.windows.size();
    l.now += milliseconds{35};
    sack(4001, 1, 1001);
    EXPECT_EQ(l.host.counted(Counter::tcp_ext_full_undo), 1U);
    EXPECT_EQ(l.host.counted(Counter::tcp_ext_spurious_rtos), 0U);
    EXPECT_FALSE(l.host.look(l.c).in_recovery);
    EXPECT_EQ(l.host.heard.windows.size(), told + 1);
}

// Without SACK: the echo says that what was sent first had arrived.
// Both acknowledgments came in one burst.
TEST_F(Knowing, what_comes_before_it_is_repeated_was_not_lost__rfc4015_3_2) {
    l.now += milliseconds{40};
    const auto window = l.host.look(l.c).congestion_window;
    Seg s = l.peer(testing::ack, 1, 1);
    s.options.sack.push_back({l.iss + 1001, l.iss + 4001});
    l.inject(s);
    EXPECT_TRUE(l.host.look(l.c).in_recovery);
    acknowledge(4001);
    EXPECT_FALSE(l.host.look(l.c).in_recovery);
    EXPECT_EQ(l.host.counted(Counter::tcp_ext_full_undo), 1U);
    EXPECT_GE(l.host.look(l.c).congestion_window, window);
    EXPECT_EQ(l.host.counted(Counter::tcp_retrans_segs), 0U);
}

TEST_F(Peer, a_spurious_timeout_is_undone_and_nothing_more_repeated__rfc4015_3_2) {
    l.peer_options.timestamps = wire::TcpTimestamps{.value = 1, .echo = 0};
    establish();
    l.host.write(l.c, pattern(4900));
    const auto first = l.sent();
    ASSERT_GE(first.size(), 4U);
    while (l.host.counted(Counter::tcp_ext_timeouts) < 1) l.run(milliseconds{10});
    (void)l.sent();
    Seg s = l.peer(ack, 1, l.rel_seq(first[1]));
    s.options.timestamps =
        wire::TcpTimestamps{.value = 2, .echo = first[0].options.timestamps->value};
    l.inject(s);
    EXPECT_TRUE(l.sent().empty());
    EXPECT_EQ(l.host.counted(Counter::tcp_ext_spurious_rtos), 1U);
}

TEST(Rack, takes_no_round_trip_of_what_was_sent_again_when_the_echo_is_older__rfc8985_6_2) {
    const Instant start{seconds{1000}};
    AckNews news;
    news.repeated = Delivery{.end = SeqNum{1}, .stamp = {.sent_at = start + milliseconds{100}}};
    Rack::Ack told{.now = start + milliseconds{200},
                   .una = SeqNum{1},
                   .sent_end = SeqNum{1},
                   .min_rtt = milliseconds{10}};
    Rack old;
    told.echo_ms = to_ms(start);
    old.on_ack(news, told);
    EXPECT_EQ(old.rtt(), Duration{0});
    Rack fresh;
    told.echo_ms = to_ms(start + milliseconds{100});
    fresh.on_ack(news, told);
    EXPECT_EQ(fresh.rtt(), milliseconds{100});
}

TEST(Acknowledgment, measures_what_was_sent_once_only__rfc6298_3) {
    const Instant start{seconds{1000}};
    Acknowledgment a{.now = start + milliseconds{70}, .ack = SeqNum{1}};
    EXPECT_EQ(a.rtt(), Duration{0});
    a.news.once = Delivery{.end = SeqNum{1}, .stamp = {.sent_at = start}};
    EXPECT_EQ(a.rtt(), milliseconds{70});
}

// What lies behind is forgotten: else a bounded memory of blocks would be full some day.
TEST(Scoreboard, takes_blocks_for_ever) {
    const Instant start{seconds{1000}};
    const SeqNum first{0xffff'ff00};
    Scoreboard board{{.una = first, .mss = 100, .max_records = 4}};
    for (std::uint32_t i = 0; i < 20; ++i) {
        const SeqNum at = board.end();
        board.on_sent({at, at + 100}, {.sent_at = start});
        board.on_sent({at + 100, at + 200}, {.sent_at = start});
        board.on_sent({at + 200, at + 300}, {.sent_at = start});
        const wire::SeqRange block{at + 100, at + 200};
        EXPECT_EQ(board.acknowledge({.una = at, .blocks = {&block, 1}}).newly_sacked, 100U);
        (void)board.acknowledge({.una = at + 200, .blocks = {}});
        EXPECT_EQ(board.in_flight(), 100U);
        (void)board.acknowledge({.una = at + 300, .blocks = {}});
    }
}

// ---- CUBIC --------------------------------------------------------------------------------------

Cubic grown_beyond_its_threshold() {
    constexpr std::uint32_t mss = 1000;
    Cubic c{{.mss = mss, .segments = 10}};
    Instant now{seconds{1000}};
    c.on_loss({.now = now, .in_flight_bytes = 10 * mss});
    for (int i = 0; i < 3000; ++i) {
        now += milliseconds{10};
        c.on_ack({.now = now,
                  .newly_acked_bytes = mss,
                  .in_flight_bytes = c.window_bytes(),
                  .window_limited = true,
                  .rtt = milliseconds{100}});
    }
    return c;
}

TEST(Cubic, after_rest_it_remembers_three_quarters_of_its_window__rfc5681_4_1) {
    Cubic c = grown_beyond_its_threshold();
    const std::uint32_t window = c.window_bytes();
    ASSERT_GT(window * 3 / 4, c.slow_start_threshold());
    c.on_idle();
    EXPECT_EQ(c.window_bytes(), 10'000U);
    EXPECT_NEAR(c.slow_start_threshold(), window * 3.0 / 4, 2);
}

TEST(Cubic, a_mark_of_the_network_counts_as_a_loss__rfc3168_6_1_2) {
    Cubic c{{.mss = 1000, .segments = 10}};
    c.on_ecn({.now = Instant{seconds{1000}}, .in_flight_bytes = 10'000});
    EXPECT_EQ(c.window_bytes(), 7000U);
}

}  // namespace
}  // namespace handfast::tcp
