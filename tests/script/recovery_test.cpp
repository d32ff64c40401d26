// Congestion: RFC 5681, RFC 3042, RFC 6582, RFC 6928. The controller is Reno, and the peer agrees
// on no SACK.
#include <gtest/gtest.h>

#include "support/script.hpp"

namespace handfast::script {
namespace {

// Full segments of 1000 octets, so many from the first on. Where they are pushed depends on the
// window.
void full(Script& s, std::uint32_t first, std::uint32_t count) {
    for (std::uint32_t i = first; i < first + count; ++i) {
        const Line line = s.out_any().line;
        EXPECT_EQ(line.seq, 1 + i * 1000);
        EXPECT_EQ(line.length, 1000U);
        EXPECT_EQ(line.ack, 1U);
    }
}

void duplicate_acks(Script& s, std::uint32_t ack, int count) {
    for (int i = 0; i < count; ++i) s.in(". 1:1(0) ack " + std::to_string(ack));
}

Sock accepted(Script& s) {
    Sock c = s.accepted("mss 1000");
    return c.congestion_control("reno");
}

TEST(Congestion, begins_with_ten_segments__rfc6928_2) {
    Script s;
    Sock c = accepted(s);
    c.write(30'500);
    full(s, 0, 10);
    s.silent(100ms);
}

TEST(Congestion, window_grows_while_half_of_it_was_used_in_the_round_trip__rfc7661_4_3) {
    Script s;
    Sock c = accepted(s);
    c.write(10'000);
    full(s, 0, 10);
    for (std::uint32_t acked = 2; acked <= 10; acked += 2) {
        s.in(". 1:1(0) ack " + std::to_string(1 + acked * 1000));
        EXPECT_EQ(c.info().congestion_window, (10 + acked) * 1000);
    }
}

TEST(Congestion, slow_start_sends_two_for_each_acknowledged__rfc5681_3_1__rfc9293_must_19) {
    Script s;
    Sock c = accepted(s);
    c.write(50'500);
    full(s, 0, 10);
    s.at(50ms).in(". 1:1(0) ack 1001");
    full(s, 10, 2);
    s.in(". 1:1(0) ack 2001");
    full(s, 12, 2);
    EXPECT_EQ(c.info().congestion_window, 12'000U);
}

// A receiver that acknowledges octet by octet gains nothing (RFC 3465, attack A41).
TEST(Congestion, counts_octets_not_acknowledgments__rfc5681_3_1) {
    Script s;
    Sock c = accepted(s);
    c.write(50'500);
    full(s, 0, 10);
    for (std::uint32_t i = 1; i <= 10; ++i) s.in(". 1:1(0) ack " + std::to_string(1 + 100 * i));
    EXPECT_EQ(c.info().congestion_window, 11'000U);
    full(s, 10, 2);
}

TEST(Congestion, does_not_grow_while_the_application_sends_little__rfc7661) {
    Script s;
    Sock c = accepted(s);
    for (std::uint32_t i = 0; i < 5; ++i) {
        c.write(1000);
        s.out_any();
        s.in(". 1:1(0) ack " + std::to_string(1 + 1000 * (i + 1)));
    }
    EXPECT_EQ(c.info().congestion_window, 10'000U);
}

TEST(LimitedTransmit, lets_a_new_segment_out_for_the_first_two_duplicates__rfc3042) {
    Script s;
    Sock c = accepted(s);
    c.write(30'500);
    full(s, 0, 10);
    duplicate_acks(s, 1, 1);
    full(s, 10, 1);
    duplicate_acks(s, 1, 1);
    full(s, 11, 1);
    EXPECT_EQ(c.info().congestion_window, 10'000U);
}

TEST(FastRetransmit, repeats_at_the_third_duplicate__rfc5681_3_2) {
    Script s;
    Sock c = accepted(s);
    c.write(10'000);
    full(s, 0, 9);
    s.out("P. 9001:10001(1000) ack 1");
    duplicate_acks(s, 1, 2);
    s.silent();
    duplicate_acks(s, 1, 1);
    s.out(". 1:1001(1000) ack 1");
    EXPECT_EQ(s.counted(Counter::tcp_ext_fast_retrans), 1U);
    EXPECT_EQ(c.info().slow_start_threshold, 5000U);
    s.in(". 1:1(0) ack 10001");
    s.silent(10s);
}

TEST(FastRetransmit, is_not_set_off_by_what_is_no_duplicate__rfc5681_2) {
    Script s;
    Sock c = accepted(s);
    c.write(5000);
    full(s, 0, 4);
    s.out("P. 4001:5001(1000) ack 1");
    // Another window, text, a window again: none counts.
    s.in(". 1:1(0) ack 1 win 60000");
    s.in(". 1:1(0) ack 1 win 61000");
    s.in(". 1:1(0) ack 1 win 62000");
    s.in("P. 1:11(10) ack 1 win 62000");
    s.out(". 5001:5001(0) ack 11");
    s.in("P. 11:21(10) ack 1 win 62000");
    s.out(". 5001:5001(0) ack 21");
    s.silent(50ms);
}

TEST(NewReno, repeats_the_next_hole_at_a_partial_acknowledgment__rfc6582_3_2) {
    Script s;
    Sock c = accepted(s);
    c.write(10'000);
    full(s, 0, 9);
    s.out("P. 9001:10001(1000) ack 1");
    duplicate_acks(s, 1, 3);
    s.out(". 1:1001(1000) ack 1");
    s.in(". 1:1(0) ack 4001");
    s.out(". 4001:5001(1000) ack 1");
    EXPECT_TRUE(c.info().in_recovery);
    s.in(". 1:1(0) ack 10001");
    EXPECT_FALSE(c.info().in_recovery);
    s.silent(10s);
}

TEST(NewReno, sends_new_text_as_more_duplicates_come__rfc5681_3_2) {
    Script s;
    Sock c = accepted(s);
    c.write(30'500);
    full(s, 0, 10);
    duplicate_acks(s, 1, 2);
    full(s, 10, 2);  // limited transmit
    duplicate_acks(s, 1, 1);
    full(s, 0, 1);  // window 6 + 3, 12 in flight
    duplicate_acks(s, 1, 3);
    s.silent();
    duplicate_acks(s, 1, 1);
    full(s, 12, 1);
}

TEST(NewReno, is_not_set_off_again_by_duplicates_of_the_same_loss__rfc6582_3_2) {
    Script s;
    Sock c = accepted(s);
    c.write(5000);
    full(s, 0, 4);
    s.out("P. 4001:5001(1000) ack 1");
    s.at(200ms).out(". 1:1001(1000) ack 1");  // timeout
    duplicate_acks(s, 1, 4);                  // of the segments that came before
    s.silent(100ms);
    s.in(". 1:1(0) ack 5001");
    s.silent(10s);
}

TEST(Congestion, timeout_shrinks_the_window_to_one_segment_and_halves_the_threshold__rfc5681_3_1) {
    Script s;
    Sock c = accepted(s);
    c.write(10'000);
    full(s, 0, 9);
    s.out("P. 9001:10001(1000) ack 1");
    s.at(200ms).out(". 1:1001(1000) ack 1");
    EXPECT_EQ(c.info().congestion_window, 1000U);
    EXPECT_EQ(c.info().slow_start_threshold, 5000U);
    s.at(600ms).out(". 1:1001(1000) ack 1");
    EXPECT_EQ(c.info().slow_start_threshold, 5000U);  // once for one loss
}

TEST(Congestion, begins_with_one_segment_after_lost_syns__rfc6928_2) {
    Script s;
    Sock c = s.socket().congestion_control("reno").connect();
    s.out("S 0:0(0)");
    s.at(1s).out("S 0:0(0)");
    s.at(2s).out("S 0:0(0)");
    s.in("S. 0:0(0) ack 1 <mss 1000>");
    s.out(". 1:1(0) ack 1");
    c.write(5500);
    full(s, 0, 1);
    s.silent(10ms);
}

TEST(Congestion, restarts_after_idleness_with_no_more_than_the_initial_window__rfc5681_4_1) {
    Script s;
    Sock c = accepted(s);
    c.write(40'000);
    full(s, 0, 10);
    s.in(". 1:1(0) ack 10001");
    s.forget();
    s.in(". 1:1(0) ack 30001");
    s.forget();
    s.in(". 1:1(0) ack 40001");
    EXPECT_GT(c.info().congestion_window, 20'000U);
    s.advance(10s);
    c.write(40'500);
    full(s, 40, 10);
    s.silent(100ms);
}

}  // namespace
}  // namespace handfast::script
