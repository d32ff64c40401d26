// How long a peer is waited for, what is counted and told meanwhile, and what a snapshot says of
// it.
#include "core/tcp/send/rtt.hpp"
#include "rig.hpp"

namespace handfast::tcp {
namespace {

using namespace testing;
using trace::Counter;
using trace::Limit;
using trace::TimerKind;
using trace::Why;
using State = trace::TcpState;

// Established after a round trip of 40 ms, with a peer that takes segments of 1000 octets and knows
// no option else.
struct Patient : ::testing::Test {
    void SetUp() override {
        l.peer_options.mss = 1000;
        l.listen();
        l.inject(l.peer(syn, 0, 0));
        l.iss = l.sent_one().seq;
        l.now += milliseconds{40};
        l.inject(l.peer(testing::ack, 1, 1));
        l.c = *l.host.accept(l.listener);
        (void)l.sent();
    }
    void acknowledge(std::uint32_t up_to, std::uint16_t window = 65'535) {
        l.peer_window = window;
        l.inject(l.peer(testing::ack, 1, up_to));
    }
    trace::ConnectionSnapshot look() { return l.host.look(l.c); }
    Lone l;
};

// ---- The estimate -------------------------------------------------------------------------------

TEST(RoundTrip, is_estimated_as_the_rfc_has_it__rfc6298_2) {
    Profile p;
    p.rto_min_on_variation = false;
    RttEstimator rtt{p};
    rtt.sample(milliseconds{400});
    EXPECT_EQ(rtt.srtt(), milliseconds{400});
    EXPECT_EQ(rtt.variation(), milliseconds{200});
    EXPECT_EQ(rtt.rto(), milliseconds{400 + 4 * 200});
    rtt.sample(milliseconds{800});
    EXPECT_EQ(rtt.srtt(), milliseconds{450});
    EXPECT_EQ(rtt.variation(), milliseconds{250});
    EXPECT_EQ(rtt.rto(), milliseconds{450 + 4 * 250});
}

TEST(RoundTrip, of_no_time_at_all_is_still_one__rfc6298_2) {
    RttEstimator rtt{Profile{}};
    rtt.sample(Duration{0});
    EXPECT_GT(rtt.min_rtt(), Duration{0});
    EXPECT_GT(rtt.srtt(), Duration{0});
}

// ---- R2 -----------------------------------------------------------------------------------------

TEST_F(Patient, who_acknowledges_something_is_waited_for_anew__rfc9293_must_20) {
    l.host.write(l.c, pattern(3000));
    l.run(Profile{}.r2 - seconds{60});
    ASSERT_EQ(l.host.state(l.c), State::established);
    acknowledge(1001);
    l.run(seconds{120});
    EXPECT_EQ(l.host.state(l.c), State::established);
    l.run(2 * Profile{}.r2);
    EXPECT_EQ(l.host.state(l.c), State::closed);
}

TEST_F(Patient, a_closed_window_is_probed_before_anybody_is_given_up__rfc9293_must_37) {
    acknowledge(1, 0);
    l.run(Profile{}.r2 + seconds{60});
    l.host.write(l.c, "after a long rest");
    l.run(seconds{5});
    EXPECT_EQ(l.host.state(l.c), State::established);
    EXPECT_GE(look().probes, 2U);
    EXPECT_EQ(look().probes, l.host.counted(Counter::tcp_ext_win_probe));
}

TEST_F(Patient, a_quiet_peer_is_asked_before_the_user_timeout_ends_it__rfc5482_3) {
    acknowledge(1);
    l.host.change(l.c, [](Settings& s) {
        s.keep_alive = true;
        s.keep_idle = seconds{10};
        s.keep_interval = seconds{1};
        s.user_timeout = seconds{5};
    });
    l.run(milliseconds{10'500});
    EXPECT_EQ(l.host.state(l.c), State::established);
    EXPECT_EQ(l.sent_one().why, Why::keep_alive);
    l.run(seconds{1});
    EXPECT_EQ(l.host.state(l.c), State::closed);
}

TEST_F(Patient, a_window_that_opens_wakes_nobody_who_has_nothing_to_send__rfc9293_must_35) {
    acknowledge(1, 0);
    acknowledge(1);
    EXPECT_TRUE(l.sent().empty());
    EXPECT_FALSE(l.host.tcp.next_deadline());
}

// ---- Snapshots ----------------------------------------------------------------------------------

TEST_F(Patient, a_snapshot_tells_what_is_out_and_what_waits) {
    l.host.write(l.c, pattern(25'000));
    EXPECT_EQ(l.sent().size(), 10U);
    EXPECT_EQ(look().in_flight, 10'000U);
    EXPECT_EQ(look().send_unsent, 15'000U);
    EXPECT_EQ(look().send_queued, 25'000U);
    EXPECT_EQ(look().limited[Limit::handshake], milliseconds{40});
}

TEST_F(Patient, a_snapshot_counts_repetitions_until_one_is_acknowledged) {
    l.host.write(l.c, pattern(3000));
    while (l.host.counted(Counter::tcp_ext_timeouts) < 3) l.run(milliseconds{10});
    EXPECT_EQ(look().retransmits, 3U);
    EXPECT_TRUE(look().in_loss);
    (void)l.sent();
    for (std::uint32_t to = 1001; to <= 3001; to += 1000) {
        acknowledge(to);
        (void)l.sent();
        EXPECT_EQ(look().retransmits, 0U);
    }
    EXPECT_FALSE(look().in_loss);
}

TEST(Patience, with_sack_too_a_loss_is_over_when_all_is_acknowledged__rfc8985_8) {
    Lone l;
    l.peer_options.mss = 1000;
    l.peer_options.sack_permitted = true;
    l.accept();
    l.host.write(l.c, pattern(3000));
    while (l.host.counted(Counter::tcp_ext_timeouts) < 2) l.run(milliseconds{10});
    (void)l.sent();
    EXPECT_TRUE(l.host.look(l.c).in_loss);
    for (std::uint32_t to = 1001; to <= 3001; to += 1000) {
        l.now += milliseconds{40};
        l.inject(l.peer(ack, 1, to));
        (void)l.sent();
    }
    EXPECT_FALSE(l.host.look(l.c).in_loss);
}

// ---- Who is told what ---------------------------------------------------------------------------

TEST_F(Patient, a_repeated_fin_is_told_as_a_repetition_and_counted) {
    l.host.shutdown(l.c);
    EXPECT_EQ(l.sent_one().why, Why::fin);
    while (l.host.counted(Counter::tcp_ext_timeouts) < 3) l.run(milliseconds{10});
    const auto out = l.sent();
    ASSERT_EQ(out.size(), 3U);
    for (std::size_t i = 0; i < out.size(); ++i) {
        EXPECT_TRUE(out[i].flags.fin());
        EXPECT_EQ(out[i].why, Why::rto_retransmission);
        EXPECT_EQ(out[i].attempt, i + 1);
    }
}

TEST(Patience, who_reads_before_the_handshake_is_over_waits__posix_recv) {
    Lone l;
    const ConnectionId c = l.host.connect(80, l.remote);
    std::string text(10, '\0');
    EXPECT_EQ(error_of(l.host.receive_into(c, text)),
              berkeley::Errno::resource_unavailable_try_again);
}

TEST(Patience, a_syn_is_refused_and_an_answer_to_none_is_not_expected__rfc9293_3_10_7_1) {
    Lone l;
    l.inject(l.peer(syn, 0, 0));
    EXPECT_EQ(l.sent_one().why, Why::rst_refused);
    l.inject(l.peer(syn_ack, 0, 1));
    EXPECT_EQ(l.sent_one().why, Why::rst_no_connection);
}

TEST(Patience, a_segment_for_a_listener_is_told_so__rfc9293_3_10_7_2) {
    Lone l;
    l.listen();
    l.inject(l.peer(ack, 5, 5));
    ASSERT_FALSE(l.host.heard.received.empty());
    EXPECT_EQ(l.host.heard.received.back().state, State::listen);
}

TEST(Patience, a_queue_of_a_listener_never_grows_beyond_the_hosts_limit) {
    Given g;
    g.limits.accept_queue = 1;
    Lone l{g};
    l.listener = l.host.listen(80, 1);
    l.host.tcp.set_backlog(l.listener, 100);
    for (std::uint16_t i = 0; i < 5; ++i) {
        l.remote.port = wire::Port{static_cast<std::uint16_t>(40'000 + i)};
        l.inject(l.peer(syn, 0, 0));
        const auto out = l.sent();
        if (out.empty()) continue;
        l.iss = out[0].seq;
        l.inject(l.peer(ack, 1, 1));
    }
    EXPECT_LE(l.host.tcp.acceptable(l.listener), 2U);
}

// ---- In the network header ----------------------------------------------------------------------

TEST_F(Patient, an_answer_from_time_wait_has_the_connections_type_of_service__rfc9293_must_48) {
    l.host.change(l.c, [](Settings& s) { s.tos = 8; });
    l.host.close(l.c);
    (void)l.sent();
    l.inject(l.peer(fin_ack, 1, 2));
    (void)l.sent();
    ASSERT_EQ(l.host.tcp.time_waits(), 1U);
    l.now += seconds{5};
    l.inject(l.peer(fin_ack, 1, 2));
    const auto out = l.host.tcp.transmit(l.now);
    ASSERT_TRUE(out);
    EXPECT_EQ(out->envelope.tos, 8U);
}

TEST(Patience, a_reset_is_not_to_be_fragmented__rfc1191_3) {
    Lone l;
    l.inject(l.peer(ack, 5, 5));
    const auto out = l.host.tcp.transmit(l.now);
    ASSERT_TRUE(out);
    EXPECT_TRUE(out->envelope.dont_fragment);
}

TEST(Patience, a_flow_that_begins_anew_from_time_wait_is_a_passive_open__rfc4022) {
    Pair p;
    p.open();
    p.b.close(p.cb);
    p.run(milliseconds{100});
    p.a.close(p.ca);
    p.run(seconds{5});
    ASSERT_EQ(p.b.tcp.time_waits(), 1U);
    (void)p.a.connect(40'000, p.b.at(80));
    p.settle();
    EXPECT_EQ(p.b.tcp.time_waits(), 0U);
    EXPECT_EQ(p.b.counted(Counter::tcp_passive_opens), 2U);
}

// ---- Without SACK -------------------------------------------------------------------------------

TEST_F(Patient, a_partial_acknowledgment_deflates_by_what_it_took_and_a_segment_more__rfc6582_3_2) {
    l.host.change(l.c, [](Settings& s) { s.congestion = CongestionControl::reno; });
    l.host.write(l.c, pattern(40'000));
    EXPECT_EQ(l.sent().size(), 10U);
    // The first and the sixth are lost: eight tell of it. Half of the window and eight segments.
    for (int i = 0; i < 8; ++i) acknowledge(1);
    EXPECT_EQ(look().slow_start_threshold, 5000U);
    const auto first = l.sent();
    ASSERT_FALSE(first.empty());
    const std::uint32_t end = l.rel_seq(first.back()) + first.back().length;
    EXPECT_EQ(end, 1U + 13'000);
    acknowledge(5001);
    // 5000 + 8000 - 5000 + 1000 from 5001 on: the hole, and one more segment.
    const auto second = l.sent();
    ASSERT_EQ(second.size(), 2U);
    EXPECT_EQ(l.rel_seq(second[0]), 5001U);
    EXPECT_EQ(second[0].why, Why::partial_ack_retransmission);
    EXPECT_EQ(l.rel_seq(second[1]), end);
}

}  // namespace
}  // namespace handfast::tcp
