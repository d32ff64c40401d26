// Text on the SYN, from the side that opens: RFC 7413 §4.1.3, §4.2.1.
#include "fast_open_rig.hpp"

namespace handfast::tcp {
namespace {

using namespace testing;
using berkeley::Errno;
using State = trace::TcpState;

std::uint8_t failure(Early& e) {
    return e.host.look(e.c).fast_open_failure;
}

TEST(FastOpenClient, asks_for_a_cookie_when_it_has_none_and_keeps_its_text__rfc7413_4_1_2) {
    Early e;
    EXPECT_EQ(e.open("text"), 0U);
    EXPECT_EQ(e.first.options.fast_open, request);
    EXPECT_EQ(e.first.length, 0U);
    EXPECT_EQ(failure(e), 1);  // TFO_COOKIE_UNAVAILABLE
}

TEST(FastOpenClient, sends_cookie_and_text_with_the_next_syn__rfc7413_4_2_1) {
    Early e;
    e.learn(cookie(7));
    EXPECT_EQ(e.open("text"), 4U);
    EXPECT_EQ(e.first.options.fast_open, cookie(7));
    EXPECT_EQ(e.first.flags, syn);
    EXPECT_EQ(e.first.text, "text");
}

TEST(FastOpenClient, sends_no_more_than_the_known_mss_less_the_room_of_options__rfc7413_4_1_3) {
    Early e;
    e.peer_options.mss = 1000;
    e.learn(cookie(7));
    EXPECT_EQ(e.open(pattern(5000)), 960U);
    e.answer(1 + 960);
    (void)e.sent();
    e.peer_options.mss = 1300;
    e.learn(cookie(7));
    EXPECT_EQ(e.open(pattern(5000)), 1260U);
}

TEST(FastOpenClient, text_that_the_syn_ack_acknowledges_is_not_sent_again__rfc7413_4_2_1) {
    Early e;
    e.learn(cookie(7));
    (void)e.open("text");
    e.answer(5);
    const Seg third = e.sent_one();
    EXPECT_EQ(third.flags, ack);
    EXPECT_EQ(third.length, 0U);
    EXPECT_EQ(e.rel_seq(third), 5U);
    EXPECT_TRUE(e.host.look(e.c).early_text_acknowledged);
    EXPECT_EQ(failure(e), 0);
    EXPECT_EQ(e.host.write(e.c, "more"), 4U);
    EXPECT_EQ(e.rel_seq(e.sent_one()), 5U);
    EXPECT_EQ(e.host.counted(trace::Counter::tcp_ext_fast_open_active), 1U);
}

TEST(FastOpenClient, text_of_a_syn_that_alone_is_acknowledged_follows_at_once__rfc7413_4_2_1) {
    Early e;
    e.learn(cookie(7));
    (void)e.open("text");
    e.answer(1, cookie(8));
    const Seg again = e.sent_one();
    EXPECT_EQ(again.text, "text");
    EXPECT_EQ(e.rel_seq(again), 1U);
    EXPECT_EQ(failure(e), 2);  // TFO_DATA_NOT_ACKED
    EXPECT_FALSE(e.host.look(e.c).early_text_acknowledged);
    e.inject(e.peer(ack, 1, 5));
    EXPECT_EQ(e.host.look(e.c).in_flight, 0U);
    EXPECT_FALSE(e.host.look(e.c).in_loss);
    (void)e.open("text");
    EXPECT_EQ(e.first.options.fast_open, cookie(8));
}

TEST(FastOpenClient, what_a_syn_ack_leaves_of_the_text_follows__rfc7413_4_2_1) {
    for (const bool sack : {false, true}) {
        Early e;
        e.peer_options.sack_permitted = sack;
        e.learn(cookie(7));
        (void)e.open("0123456789");
        e.answer(4);
        const Seg rest = e.sent_one();
        EXPECT_EQ(rest.text, "3456789");
        EXPECT_EQ(e.rel_seq(rest), 4U);
        e.inject(e.peer(ack, 1, 11));
        EXPECT_EQ(e.host.look(e.c).in_flight, 0U);
    }
}

TEST(FastOpenClient, a_syn_that_times_out_is_repeated_without_option_and_text__rfc7413_4_2_1) {
    Early e;
    e.learn(cookie(7));
    (void)e.open("text");
    e.run(milliseconds{1100});
    const Seg again = e.sent_one();
    EXPECT_EQ(again.flags, syn);
    EXPECT_EQ(again.seq, e.iss);
    EXPECT_EQ(again.length, 0U);
    EXPECT_EQ(again.options.fast_open, std::nullopt);
    e.answer(1);
    EXPECT_EQ(e.sent_one().text, "text");
    EXPECT_EQ(failure(e), 3);  // TFO_SYN_RETRANSMITTED
}

TEST(FastOpenClient, believes_a_late_syn_ack_that_has_all_of_the_text__rfc7413_4_2_1) {
    Early e;
    e.learn(cookie(7));
    (void)e.open("text");
    e.run(milliseconds{1100});
    (void)e.sent();
    e.answer(5);
    EXPECT_EQ(e.sent_one().length, 0U);
    EXPECT_TRUE(e.host.look(e.c).early_text_acknowledged);
    EXPECT_EQ(failure(e), 0);
}

TEST(FastOpenClient, an_acknowledgment_beyond_its_text_is_refused__rfc9293_3_10_7_3) {
    Early e;
    e.learn(cookie(7));
    (void)e.open("text");
    e.answer(6, cookie(9));
    EXPECT_EQ(e.sent_one().flags, rst);
    EXPECT_EQ(e.host.state(e.c), State::syn_sent);
    (void)e.open("text");
    EXPECT_EQ(e.first.options.fast_open, cookie(7)) << "a forged cookie was kept";
}

TEST(FastOpenClient, needs_no_cookie_where_it_is_told_so_and_keeps_none_unasked) {
    Early e;
    EXPECT_EQ(e.open("text", true), 4U);
    EXPECT_EQ(e.first.options.fast_open, std::nullopt);
    EXPECT_EQ(e.first.text, "text");
    e.answer(5, cookie(7));
    (void)e.sent();
    (void)e.open("text");
    EXPECT_EQ(e.first.options.fast_open, request);
}

TEST(FastOpenClient,
     tries_the_experimental_option_once_when_its_own_is_passed_over__rfc7413_4_1_1) {
    Early e;
    wire::FastOpenCookie experiment = request;
    experiment.experimental = true;
    for (const auto& expected : {request, experiment, request, request}) {
        (void)e.open({});
        EXPECT_EQ(e.first.options.fast_open, expected);
        e.answer(1);
        (void)e.sent();
    }
}

TEST(FastOpenClient, takes_text_and_fin_of_a_syn_ack__rfc7413_4_2_1) {
    Early e;
    e.learn(cookie(7));
    (void)e.open("text");
    Seg s = e.peer(syn_ack | wire::fin_flag, 0, 5, "answer");
    e.inject(s);
    EXPECT_EQ(e.rel_ack(e.sent_one()), 8U);
    EXPECT_EQ(e.host.read(e.c), "answer");
    EXPECT_EQ(e.host.state(e.c), State::close_wait);
}

TEST(FastOpenClient, text_too_long_for_the_path_is_taken_off_the_syn_at_once__rfc7413_4_2_1) {
    Early e;
    e.learn(cookie(7));
    (void)e.open(pattern(1400));
    EXPECT_EQ(e.host.tcp.icmp_arrives({.kind = Tcp::IcmpNews::Kind::fragmentation_needed,
                                       .mtu = 840,
                                       .tuple = {.local = e.local, .remote = e.remote},
                                       .seq = e.iss},
                                      e.now),
              std::nullopt);
    const Seg again = e.sent_one();
    EXPECT_EQ(again.flags, syn);
    EXPECT_EQ(again.length, 0U);
    EXPECT_EQ(again.options.mss, 800);
    e.answer(1);
    const auto sent = e.sent();
    ASSERT_EQ(sent.size(), 2U);
    EXPECT_LE(sent[0].length, 800U);
    EXPECT_EQ(sent[0].length + sent[1].length, 1400U);
}

TEST(FastOpenClient, a_path_that_swallows_syns_has_a_pause_that_doubles__rfc7413_7_1) {
    Given g;
    g.profile.fast_open.pause = seconds{3600};
    Early e{g};
    e.learn(cookie(7));
    const auto swallow = [&] {
        (void)e.open("text");
        e.run(seconds{5});
        (void)e.sent();
        e.host.abort(e.c);
        (void)e.sent();
    };
    swallow();
    EXPECT_EQ(e.open("text"), 0U);
    EXPECT_EQ(e.first.options.fast_open, std::nullopt);
    e.host.abort(e.c);
    e.run(seconds{3600});
    (void)e.sent();
    swallow();  // it was tried again
    e.run(seconds{3700});
    EXPECT_EQ(e.open("text"), 0U);
    e.host.abort(e.c);
    e.run(seconds{3600});
    (void)e.sent();
    EXPECT_EQ(e.open("text"), 4U);
    EXPECT_EQ(e.host.counted(trace::Counter::tcp_ext_fast_open_blackhole), 2U);
}

TEST(FastOpenClient, a_reset_refuses_it_as_any_other__rfc9293_3_10_7_3) {
    Early e;
    e.learn(cookie(7));
    (void)e.open("text");
    e.inject(e.peer(rst_ack, 0, 1));
    EXPECT_EQ(e.host.tcp.take_error(e.c), Errno::connection_refused);
}

TEST(Handshake, a_syn_ack_that_echoes_no_timestamp_of_ours_is_refused__rfc7323_3_2) {
    Lone l;
    l.c = l.host.connect(80, l.remote);
    const Seg first = l.sent_one();
    l.iss = first.seq;
    Seg s = l.peer(syn_ack, 0, 1);
    s.options.timestamps =
        wire::TcpTimestamps{.value = 1, .echo = first.options.timestamps->value + 1000};
    l.inject(s);
    EXPECT_EQ(l.sent_one().flags, rst);
    EXPECT_EQ(l.host.state(l.c), State::syn_sent);
    s.options.timestamps->echo = first.options.timestamps->value;
    l.inject(s);
    EXPECT_EQ(l.host.state(l.c), State::established);
}

}  // namespace
}  // namespace handfast::tcp
