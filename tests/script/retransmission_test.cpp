// Repeating by time: RFC 6298; RFC 9293 §3.8.1, §3.8.3.
#include <gtest/gtest.h>

#include "support/script.hpp"

namespace handfast::script {
namespace {

using berkeley::Option;

// Established with a round trip of 100 ms.
Sock far_peer(Script& s, std::string_view options = "mss 1460") {
    Sock c = s.socket().connect();
    s.out("S 0:0(0)");
    s.at(100ms).in("S. 0:0(0) ack 1 <" + std::string{options} + ">");
    s.out(". 1:1(0) ack 1");
    s.zero();
    return c;
}

Given rfc() {
    return {.profile = tcp::Profile::rfc()};
}

TEST(Retransmission, comes_after_srtt_and_at_least_200_ms_as_on_linux) {
    Script s;
    Sock c = far_peer(s);
    c.write(1000);
    s.out("P. 1:1001(1000) ack 1");
    s.at(300ms).out("P. 1:1001(1000) ack 1");
}

TEST(Retransmission, comes_after_a_second_in_the_rfc_profile__rfc6298_2_4) {
    Script s{rfc()};
    Sock c = far_peer(s);
    c.write(1000);
    s.out("P. 1:1001(1000) ack 1");
    s.at(1s).out("P. 1:1001(1000) ack 1");
}

TEST(Retransmission, waits_as_long_as_the_path_varies__rfc6298_2_3) {
    Script s{rfc()};
    Sock c = s.socket().connect();
    s.out("S 0:0(0)");
    s.at(800ms).in("S. 0:0(0) ack 1 <mss 1460>");
    s.out(". 1:1(0) ack 1");
    s.zero();
    c.write(1000);
    s.out("P. 1:1001(1000) ack 1");
    // SRTT 800 ms, RTTVAR 400 ms: 800 + 4 · 400.
    s.at(2400ms).out("P. 1:1001(1000) ack 1");
}

TEST(Retransmission, follows_each_round_trip__rfc6298_2_3) {
    Script s{rfc()};
    Sock c = far_peer(s);
    c.write(100);
    s.out("P. 1:101(100) ack 1");
    s.at(500ms).in(". 1:1(0) ack 101");
    // RTTVAR 3/4 · 50 + 1/4 · 400 = 137.5 ms, SRTT 7/8 · 100 + 1/8 · 500 = 150 ms.
    EXPECT_EQ(c.info().srtt, 150ms);
    EXPECT_EQ(c.info().rtt_variation, 137500us);
}

TEST(Retransmission, doubles_its_time_out__rfc6298_5_5__rfc9293_must_19) {
    Script s;
    Sock c = far_peer(s);
    c.write(1000);
    s.out("P. 1:1001(1000) ack 1");
    Duration at{};
    for (Duration rto = 300ms; rto < 60s; rto *= 2) {
        at += rto;
        s.at(at).out("P. 1:1001(1000) ack 1");
    }
}

TEST(Retransmission, never_waits_longer_than_two_minutes__rfc6298_2_5) {
    Script s;
    Sock c = far_peer(s);
    c.set(Option::tcp_user_timeout, 2'000'000).write(10);
    s.forget();
    s.advance(500s);
    s.forget();
    EXPECT_EQ(c.info().rto, 120s);
}

TEST(Retransmission, repeats_one_segment_and_goes_on_as_it_is_acknowledged__rfc5681_3_1) {
    Script s;
    Sock c = far_peer(s);
    c.write(4000);
    s.out(". 1:1461(1460) ack 1");
    s.out("P. 1461:2921(1460) ack 1");
    s.out("P. 2921:4001(1080) ack 1");
    s.at(300ms).out(". 1:1461(1460) ack 1");
    EXPECT_EQ(c.info().congestion_window, 1460U);  // the loss window
    s.at(400ms).in(". 1:1(0) ack 1461");
    s.out(". 1461:2921(1460) ack 1");
    s.out("P. 2921:4001(1080) ack 1");
    s.in(". 1:1(0) ack 4001");
    s.silent(10s);
}

// Karn: the answer to text that was sent twice says nothing of the round trip.
TEST(Retransmission, takes_no_round_trip_from_repeated_text__rfc9293_must_18) {
    Script s;
    Sock c = far_peer(s);
    c.write(1000);
    s.out("P. 1:1001(1000) ack 1");
    s.at(300ms).out("P. 1:1001(1000) ack 1");
    s.at(310ms).in(". 1:1(0) ack 1001");
    EXPECT_EQ(c.info().srtt, 100ms);
}

TEST(Retransmission, times_repeated_text_by_its_timestamp__rfc7323_4) {
    Script s;
    Sock c = far_peer(s, "mss 1460,nop,nop,ts 100/0");
    c.write(1000);
    s.out("P. 1:1001(1000) ack 1");
    s.at(300ms).out("P. 1:1001(1000) ack 1");
    s.at(350ms).in(". 1:1(0) ack 1001");
    EXPECT_EQ(c.info().srtt, 93750us);  // 7/8 · 100 + 1/8 · 50
}

TEST(Retransmission, stops_when_everything_is_acknowledged__rfc6298_5_2) {
    Script s;
    Sock c = far_peer(s);
    c.write(1000);
    s.out("P. 1:1001(1000) ack 1");
    s.at(299ms).in(". 1:1(0) ack 1001");
    s.silent(10s);
}

TEST(Retransmission, begins_its_wait_anew_when_something_is_acknowledged__rfc6298_5_3) {
    Script s;
    Sock c = far_peer(s);
    c.set(Option::tcp_nodelay, 1).write(1000).write(1000);
    s.out("P. 1:1001(1000) ack 1");
    s.out("P. 1001:2001(1000) ack 1");
    s.at(250ms).in(". 1:1(0) ack 1001");
    const Duration rto = c.info().rto;
    s.at(250ms + rto).out("P. 1001:2001(1000) ack 1");
}

TEST(Retransmission, of_a_part_goes_on_from_what_was_acknowledged) {
    Script s;
    Sock c = far_peer(s);
    c.write(1460);
    s.out("P. 1:1461(1460) ack 1");
    s.at(100ms).in(". 1:1(0) ack 461");
    s.after(c.info().rto).out("P. 461:1461(1000) ack 1");
}

TEST(Retransmission, waits_three_seconds_when_the_syn_was_repeated__rfc6298_5_7) {
    Script s;
    Sock c = s.socket().connect();
    s.out("S 0:0(0)");
    s.at(1s).out("S 0:0(0)");
    s.at(1100ms).in("S. 0:0(0) ack 1 <mss 1460>");
    s.out(". 1:1(0) ack 1");
    s.zero();
    c.write(100);
    s.out("P. 1:101(100) ack 1");
    s.at(3s).out("P. 1:101(100) ack 1");
}

TEST(Retransmission, gives_up_after_r2_and_tells_both_sides__rfc9293_must_20) {
    Script s;
    Sock c = far_peer(s);
    c.write(1000);
    s.out("P. 1:1001(1000) ack 1");
    int repetitions = 0;
    Duration at{};
    for (Duration rto = 300ms; at + rto < 924s; rto = std::min<Duration>(2 * rto, 120s)) {
        at += rto;
        s.at(at).out("P. 1:1001(1000) ack 1");
        ++repetitions;
    }
    EXPECT_EQ(repetitions, 15);
    s.advance(120s);
    c.error_is(Errno::timed_out);
    s.out_any();
    s.state_is(TcpState::closed);
    EXPECT_EQ(s.counted(Counter::tcp_ext_abort_on_timeout), 1U);
}

TEST(Retransmission, gives_up_when_the_user_says__rfc9293_must_21) {
    Script s;
    Sock c = far_peer(s);
    c.set(Option::tcp_user_timeout, 1000).write(1000);
    s.out("P. 1:1001(1000) ack 1");
    s.at(300ms).out("P. 1:1001(1000) ack 1");
    s.at(900ms).out("P. 1:1001(1000) ack 1");
    s.at(1100ms).out("R. 1001:1001(0) ack 1");
    c.error_is(Errno::timed_out);
}

TEST(Retransmission, tells_of_trouble_after_three_in_vain__rfc9293_must_47_shld_9_10) {
    Script s;
    Sock c = far_peer(s);
    c.write(10);
    s.out("P. 1:11(10) ack 1");
    for (const int ms : {300, 900, 2100}) s.at(milliseconds{ms}).out("P. 1:11(10) ack 1");
    c.error_is(std::nullopt);
    s.at(4500ms).out("P. 1:11(10) ack 1");
    c.error_is(Errno::timed_out).state_is(TcpState::established);
}

TEST(Retransmission, carries_the_newest_acknowledgment_and_window) {
    Script s;
    Sock c = far_peer(s);
    c.write(10);
    s.out("P. 1:11(10) ack 1 win 65535");
    s.in("P. 1:101(100) ack 1");
    s.out(". 11:11(0) ack 101");
    s.at(300ms).out("P. 1:11(10) ack 101");
}

TEST(Retransmission, joins_small_segments_into_full_ones__rfc9293_shld_28) {
    Script s;
    Sock c = far_peer(s);
    c.set(Option::tcp_nodelay, 1).write(500).write(500);
    s.out("P. 1:501(500) ack 1");
    s.out("P. 501:1001(500) ack 1");
    s.at(300ms).out("P. 1:1001(1000) ack 1");
}

}  // namespace
}  // namespace handfast::script
