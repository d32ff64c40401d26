// Time-outs: RFC 9293 §3.8.3-4, RFC 6298, RFC 5482.
#include "core/tcp/send/rtt.hpp"
#include "rig.hpp"

namespace handfast::tcp {
namespace {

using namespace testing;
using berkeley::Errno;
using trace::Counter;
using trace::Why;
using State = trace::TcpState;

struct Established : ::testing::Test {
    explicit Established(const Given& g = {}) : l{g} { l.accept(); }
    Lone l;
};

// ---- Retransmission -----------------------------------------------------------------------------

TEST_F(Established, the_rto_doubles_up_to_its_most__rfc6298_5_5) {
    l.host.write(l.c, "hello");
    l.run(seconds{800});
    const auto out = l.sent();
    ASSERT_GT(out.size(), 9U);
    for (std::size_t i = 2; i < out.size(); ++i) {
        const Duration last = out[i - 1].at - out[i - 2].at;
        EXPECT_EQ(out[i].at - out[i - 1].at, std::min<Duration>(2 * last, seconds{120}));
        EXPECT_EQ(out[i].text, "hello");
    }
}

TEST_F(Established, no_round_trip_is_measured_on_repeated_text__rfc9293_must_18) {
    l.host.write(l.c, "hello");
    l.run(seconds{1});
    EXPECT_GE(l.sent().size(), 2U);
    const Duration srtt = l.host.look(l.c).srtt;
    l.inject(l.peer(ack, 1, 6));
    EXPECT_EQ(l.host.look(l.c).srtt, srtt);
    l.host.write(l.c, "again");
    (void)l.sent();
    l.now += milliseconds{70};
    l.inject(l.peer(ack, 1, 11));
    EXPECT_NE(l.host.look(l.c).srtt, srtt);
}

TEST(RoundTrip, the_first_sample_sets_srtt_and_half_of_it_as_variation__rfc6298_2_2) {
    RttEstimator r{Profile::rfc()};
    EXPECT_EQ(r.rto(), seconds{1});
    r.sample(milliseconds{800});
    EXPECT_EQ(r.srtt(), milliseconds{800});
    EXPECT_EQ(r.variation(), milliseconds{400});
    EXPECT_EQ(r.rto(), milliseconds{2'400});
}

TEST(RoundTrip, later_samples_weigh_an_eighth_and_a_quarter__rfc6298_2_3) {
    RttEstimator r{Profile::rfc()};
    r.sample(milliseconds{800});
    r.sample(milliseconds{1'600});
    EXPECT_EQ(r.variation(), milliseconds{500});  // 3/4 * 400 + 1/4 * 800
    EXPECT_EQ(r.srtt(), milliseconds{900});
}

TEST(RoundTrip, a_timestamp_tells_which_of_two_was_acknowledged__rfc7323_4) {
    Lone l;
    l.peer_options.timestamps = wire::TcpTimestamps{.value = 1, .echo = 0};
    l.accept();
    l.host.write(l.c, "hello");
    l.run(milliseconds{1'500});
    const auto out = l.sent();
    ASSERT_GE(out.size(), 2U);
    Seg s = l.peer(ack, 1, 6);
    s.options.timestamps =
        wire::TcpTimestamps{.value = 2, .echo = out.back().options.timestamps->value};
    l.inject(s);
    const Duration age = l.now - out.back().at;
    EXPECT_GE(l.host.heard.rtts.back().rtt, age - milliseconds{1});
    EXPECT_LE(l.host.heard.rtts.back().rtt, age + milliseconds{1});
}

TEST_F(Established, gives_up_after_r2_and_tells_etimedout__rfc9293_must_20_shld_11) {
    l.host.write(l.c, "hello");
    l.run(seconds{900});
    EXPECT_EQ(l.host.state(l.c), State::established);
    l.run(seconds{200});
    EXPECT_EQ(l.host.state(l.c), State::closed);
    EXPECT_EQ(l.host.tcp.take_error(l.c), Errno::timed_out);
    EXPECT_EQ(l.host.counted(Counter::tcp_ext_abort_on_timeout), 1U);
}

TEST_F(Established, reports_trouble_after_r1_as_a_soft_error__rfc9293_shld_9_10_must_47) {
    l.host.write(l.c, "hello");
    l.run(milliseconds{2'000});
    EXPECT_EQ(l.host.tcp.take_error(l.c), std::nullopt);
    l.run(milliseconds{1'500});
    EXPECT_EQ(l.host.tcp.take_error(l.c), Errno::timed_out);
    EXPECT_EQ(l.host.state(l.c), State::established);
}

TEST_F(Established, the_user_timeout_ends_it_sooner__rfc5482_must_21) {
    l.host.change(l.c, [](Settings& s) { s.user_timeout = seconds{7}; });
    l.host.write(l.c, "hello");
    l.run(seconds{6});
    EXPECT_EQ(l.host.state(l.c), State::established);
    l.run(milliseconds{1'300});
    EXPECT_EQ(l.host.state(l.c), State::closed);
    EXPECT_EQ(l.host.tcp.take_error(l.c), Errno::timed_out);
}

TEST_F(Established, the_user_timeout_may_be_longer_than_r2__rfc9293_must_21) {
    l.host.change(l.c, [](Settings& s) { s.user_timeout = seconds{10'000}; });
    l.host.write(l.c, "hello");
    l.run(seconds{5'000});
    EXPECT_EQ(l.host.state(l.c), State::established);
}

TEST_F(Established, the_user_timeout_holds_for_a_closed_window_and_a_fin) {
    l.host.change(l.c, [](Settings& s) { s.user_timeout = seconds{7}; });
    Seg s = l.peer(ack, 1, 1);
    s.window = 0;
    l.inject(s);
    l.host.write(l.c, "hello");
    l.run(seconds{20});
    EXPECT_EQ(l.host.state(l.c), State::closed);
}

TEST_F(Established, a_silent_minute_of_the_network_is_survived) {
    l.host.write(l.c, "hello");
    l.run(seconds{60});
    (void)l.sent();
    l.inject(l.peer(ack, 1, 6));
    l.host.write(l.c, "again");
    EXPECT_EQ(l.sent_one().text, "again");
    EXPECT_LT(l.host.look(l.c).rto, seconds{2});
}

TEST(LostSyn, an_untimed_path_begins_with_three_seconds__rfc6298_5_7) {
    Lone l;
    l.c = l.host.connect(80, l.remote);
    l.iss = l.sent_one().seq;
    l.run(milliseconds{1'100});
    (void)l.sent();
    l.inject(l.peer(syn_ack, 0, 1));
    EXPECT_EQ(l.host.look(l.c).rto, seconds{3});
    EXPECT_GT(l.host.look(l.c).congestion_window, 5'000U);
}

TEST(LostSyn, two_of_them_begin_with_one_segment__rfc6928_2) {
    Lone l;
    l.c = l.host.connect(80, l.remote);
    l.iss = l.sent_one().seq;
    l.run(milliseconds{2'100});
    (void)l.sent();
    l.inject(l.peer(syn_ack, 0, 1));
    EXPECT_EQ(l.host.look(l.c).congestion_window, 536U);
}

// Timestamps tell which one was answered: what was sent again was sent in vain.
TEST(LateSyn, was_not_lost_and_costs_nothing__rfc3522_3_2__rfc6298_5_7) {
    for (const bool late : {true, false}) {
        Lone l;
        l.c = l.host.connect(80, l.remote);
        const Seg first = l.sent_one();
        l.iss = first.seq;
        l.run(milliseconds{2'100});
        const auto again = l.sent();
        ASSERT_EQ(again.size(), 2U);
        Seg answer = l.peer(syn_ack, 0, 1);
        answer.options.timestamps = wire::TcpTimestamps{
            .value = 7, .echo = (late ? first : again[1]).options.timestamps->value};
        l.inject(answer);
        const auto seen = l.host.look(l.c);
        EXPECT_EQ(seen.congestion_window, (late ? 10 : 1) * seen.mss);
        EXPECT_EQ(seen.srtt, milliseconds{late ? 2'100 : 100});
    }
}

TEST(LostSynAck, of_which_there_was_one_is_chance__rfc6928_2) {
    Lone l;
    l.listen();
    l.inject(l.peer(syn, 0, 0));
    l.iss = l.sent_one().seq;
    l.run(milliseconds{1'100});
    EXPECT_EQ(l.sent().size(), 1U);
    l.inject(l.peer(ack, 1, 1));
    const auto c = l.host.accept(l.listener);
    ASSERT_TRUE(c.has_value());
    EXPECT_EQ(l.host.look(*c).congestion_window, 10 * l.host.look(*c).mss);
    EXPECT_EQ(l.host.look(*c).rto, seconds{3});
}

TEST(LateSynAck, was_not_lost_and_costs_nothing__rfc3522_3_2__rfc6298_5_7) {
    for (const bool late : {true, false}) {
        Lone l;
        l.listen();
        Seg syn_of_peer = l.peer(syn, 0, 0);
        syn_of_peer.options.timestamps = wire::TcpTimestamps{.value = 7, .echo = 0};
        l.inject(syn_of_peer);
        const Seg first = l.sent_one();
        l.iss = first.seq;
        l.run(milliseconds{3'100});
        const auto again = l.sent();
        ASSERT_EQ(again.size(), 2U);
        Seg last = l.peer(ack, 1, 1);
        last.options.timestamps = wire::TcpTimestamps{
            .value = 8, .echo = (late ? first : again[1]).options.timestamps->value};
        l.inject(last);
        const auto c = l.host.accept(l.listener);
        ASSERT_TRUE(c.has_value());
        const auto seen = l.host.look(*c);
        EXPECT_EQ(seen.congestion_window, (late ? 10 : 1) * seen.mss) << late;
        EXPECT_EQ(seen.srtt, milliseconds{late ? 3'100 : 100}) << late;
    }
}

TEST(LostSyn, trouble_that_the_handshake_outlived_is_no_error__rfc9293_must_47) {
    Lone l;
    l.c = l.host.connect(80, l.remote);
    l.iss = l.sent_one().seq;
    l.run(milliseconds{4'100});  // beyond R1
    (void)l.sent();
    l.inject(l.peer(syn_ack, 0, 1));
    ASSERT_EQ(l.host.state(l.c), State::established);
    EXPECT_EQ(l.host.tcp.take_error(l.c), std::nullopt);
}

TEST(Orphan, is_given_up_after_a_hundred_seconds__attack_A43) {
    Lone l;
    l.accept();
    l.host.write(l.c, "hello");
    l.host.close(l.c);
    l.run(seconds{100});
    EXPECT_EQ(l.host.tcp.connections(), 1U);
    l.run(seconds{200});
    EXPECT_EQ(l.host.tcp.connections(), 0U);
}

// ---- Keep-alive ---------------------------------------------------------------------------------

TEST_F(Established, keep_alive_is_off_by_default__rfc9293_must_25) {
    l.run(seconds{100'000});
    EXPECT_TRUE(l.sent().empty());
    EXPECT_EQ(l.host.state(l.c), State::established);
}

TEST_F(Established, keep_alive_probes_after_two_idle_hours_without_text__rfc9293_must_28_shld_12) {
    l.host.change(l.c, [](Settings& s) { s.keep_alive = true; });
    l.run(seconds{7'199});
    EXPECT_TRUE(l.sent().empty());
    l.run(seconds{2});
    const Seg s = l.sent_one();
    EXPECT_EQ(s.flags, ack);
    EXPECT_EQ(l.rel_seq(s), 0U);
    EXPECT_EQ(s.length, 0U);
    EXPECT_EQ(s.why, Why::keep_alive);
    l.inject(l.peer(ack, 1, 1));
    l.run(seconds{7'000});
    EXPECT_TRUE(l.sent().empty());
    EXPECT_EQ(l.host.look(l.c).probes, 0U);
}

TEST_F(Established, keep_alive_needs_many_unanswered_probes__rfc9293_must_29) {
    l.host.change(l.c, [](Settings& s) {
        s.keep_alive = true;
        s.keep_idle = seconds{10};
        s.keep_interval = seconds{2};
        s.keep_count = 3;
    });
    l.run(seconds{15});
    EXPECT_EQ(l.sent().size(), 3U);  // at 10, 12, 14
    EXPECT_EQ(l.host.state(l.c), State::established);
    l.run(seconds{2});
    EXPECT_EQ(l.host.state(l.c), State::closed);
    EXPECT_EQ(l.host.tcp.take_error(l.c), Errno::timed_out);
    EXPECT_EQ(l.host.counted(Counter::tcp_ext_keep_alive), 3U);
}

TEST_F(Established, keep_alive_counts_from_the_last_segment_heard__rfc9293_must_26) {
    l.host.change(l.c, [](Settings& s) {
        s.keep_alive = true;
        s.keep_idle = seconds{10};
    });
    for (std::uint32_t i = 0; i < 10; ++i) {
        l.run(seconds{9});
        l.inject(l.peer(ack, 1 + i, 1, "x"));
    }
    for (const auto& s : l.sent()) EXPECT_NE(s.why, Why::keep_alive);
    l.run(milliseconds{10'100});
    bool probed = false;
    for (const auto& s : l.sent()) probed = probed || s.why == Why::keep_alive;
    EXPECT_TRUE(probed);
}

TEST_F(Established, keep_alive_leaves_a_probed_window_alone) {
    l.host.change(l.c, [](Settings& s) {
        s.keep_alive = true;
        s.keep_idle = seconds{10};
        s.keep_interval = seconds{1};
    });
    Seg closed = l.peer(ack, 1, 1);
    closed.window = 0;
    l.inject(closed);
    l.host.write(l.c, "waits");
    for (int i = 0; i < 3'000; ++i) {
        l.run(seconds{1});
        for (const auto& s : l.sent()) {
            EXPECT_EQ(s.why, Why::window_probe);
            l.inject(closed);
        }
    }
    EXPECT_EQ(l.host.state(l.c), State::established);
}

TEST_F(Established, keep_alive_is_switched_off_again__rfc9293_must_24) {
    l.host.change(l.c, [](Settings& s) { s.keep_alive = true; });
    l.host.change(l.c, [](Settings& s) { s.keep_alive = false; });
    l.run(seconds{20'000});
    EXPECT_TRUE(l.sent().empty());
}

TEST(KeepAlive, a_listeners_setting_is_inherited) {
    Given g;
    g.settings.keep_alive = true;
    g.settings.keep_idle = seconds{5};
    Lone l{g};
    l.accept();
    EXPECT_TRUE(l.host.tcp.settings(l.c).keep_alive);
    l.run(seconds{6});
    EXPECT_EQ(l.sent_one().why, Why::keep_alive);
}

TEST(KeepAlive, two_idle_ends_with_it_live_for_ever) {
    Given g;
    g.settings.keep_alive = true;
    g.settings.keep_idle = seconds{5};
    g.settings.keep_interval = seconds{1};
    Pair p{g};
    p.open();
    p.run(seconds{10'000});
    EXPECT_EQ(p.a.state(p.ca), State::established);
    EXPECT_EQ(p.b.state(p.cb), State::established);
}

}  // namespace
}  // namespace handfast::tcp
