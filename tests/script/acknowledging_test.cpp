// When what arrives is acknowledged: RFC 9293 §3.8.6.3; RFC 5681 §4.2; RFC 2018; RFC 2883.
#include <gtest/gtest.h>

#include "support/script.hpp"

namespace handfast::script {
namespace {

using berkeley::Option;

// Without the quick acknowledgments that a connection begins with.
Given patient() {
    Given given;
    given.profile.quick_acks = 0;
    return given;
}

TEST(DelayedAck, comes_after_40_ms__rfc9293_must_40__shld_18) {
    Script s{patient()};
    Sock c = s.accepted();
    s.in("P. 1:101(100) ack 1");
    s.at(40ms).out(". 1:1(0) ack 101");
    EXPECT_EQ(s.counted(Counter::tcp_ext_delayed_acks), 1U);
}

TEST(DelayedAck, comes_at_once_for_every_second_full_segment__rfc9293_shld_19) {
    Script s{patient()};
    Sock c = s.accepted();
    s.in(". 1:1461(1460) ack 1");
    s.silent();
    s.in(". 1461:2921(1460) ack 1");
    EXPECT_EQ(s.out(". 1:1(0) ack 2921").why, Why::second_segment_ack);
    s.silent(1s);
}

TEST(DelayedAck, counts_octets_not_segments__rfc5681_4_2) {
    Script s{patient()};
    Sock c = s.accepted();
    s.in(". 1:1461(1460) ack 1");
    s.in("P. 1461:1561(100) ack 1");
    s.silent(39ms);
    s.at(40ms).out(". 1:1(0) ack 1561");
}

TEST(DelayedAck, rides_on_text_that_goes_out) {
    Script s{patient()};
    Sock c = s.accepted();
    s.in("P. 1:101(100) ack 1");
    s.at(10ms);
    c.write(10);
    s.out("P. 1:11(10) ack 101");
    s.in(". 101:101(0) ack 11");
    s.silent(1s);
}

TEST(DelayedAck, is_not_for_the_first_segments_of_a_connection) {
    Script s;
    Sock c = s.accepted();
    for (std::uint32_t i = 0; i < 16; ++i) {
        const std::uint32_t seq = 1 + 10 * i;
        s.in("P. " + std::to_string(seq) + ":" + std::to_string(seq + 10) + "(10) ack 1");
        s.out(". 1:1(0) ack " + std::to_string(seq + 10));
    }
    s.in("P. 161:171(10) ack 1");
    s.after(40ms).out(". 1:1(0) ack 171");
}

TEST(DelayedAck, is_not_waited_for_when_the_application_says_so__tcp_quickack) {
    Script s{patient()};
    Sock c = s.accepted();
    c.set(Option::tcp_quickack, 1);
    s.in("P. 1:101(100) ack 1");
    s.out(". 1:1(0) ack 101");
}

TEST(DelayedAck, that_waits_goes_out_when_the_application_says_so__tcp_quickack) {
    Script s{patient()};
    Sock c = s.accepted();
    s.in("P. 1:101(100) ack 1");
    s.at(5ms);
    c.set(Option::tcp_quickack, 1);
    s.out(". 1:1(0) ack 101");
    s.silent(1s);
}

TEST(Ack, of_a_burst_is_one__rfc9293_must_58_59) {
    Script s;
    Sock c = s.accepted();
    s.in({"P. 1:11(10) ack 1", "P. 11:21(10) ack 1", "P. 31:41(10) ack 1", "P. 21:31(10) ack 1"});
    s.out(". 1:1(0) ack 41");
    c.read(40);
}

TEST(Ack, of_text_out_of_order_is_immediate__rfc5681_4_2__rfc9293_may_13) {
    Script s{patient()};
    Sock c = s.accepted();
    s.in(". 1461:2921(1460) ack 1");
    EXPECT_EQ(s.out(". 1:1(0) ack 1").why, Why::out_of_order_ack);
    s.in(". 2921:4381(1460) ack 1");
    s.out(". 1:1(0) ack 1");
    c.read_nothing();
}

TEST(Ack, of_text_that_fills_a_hole_is_immediate__rfc5681_4_2) {
    Script s{patient()};
    Sock c = s.accepted();
    s.in("P. 101:201(100) ack 1");
    s.out(". 1:1(0) ack 1");
    s.in("P. 301:401(100) ack 1");
    s.out(". 1:1(0) ack 1");
    s.in("P. 1:101(100) ack 1");
    EXPECT_EQ(s.out(". 1:1(0) ack 201").why, Why::hole_filled_ack);
    s.in("P. 201:301(100) ack 1");
    s.out(". 1:1(0) ack 401");
    c.read(400);
}

TEST(Ack, of_a_fin_is_immediate) {
    Script s{patient()};
    Sock c = s.accepted();
    s.in("F. 1:1(0) ack 1");
    EXPECT_EQ(s.out(". 1:1(0) ack 2").why, Why::fin_ack);
}

TEST(Ack, is_not_acknowledged__rfc9293_3_8_6) {
    Script s;
    Sock c = s.accepted();
    s.in(". 1:1(0) ack 1");
    s.in(". 1:1(0) ack 1 win 1000");
    s.silent(1s);
}

TEST(Reassembly, keeps_overlapping_text_once__rfc9293_shld_31) {
    Script s;
    Sock c = s.accepted();
    s.in("P. 51:101(50) ack 1");
    s.in("P. 21:71(50) ack 1");
    s.in("P. 41:121(80) ack 1");
    s.forget();
    s.in("P. 1:31(30) ack 1");
    s.out(". 1:1(0) ack 121");
    c.read(120).read_nothing();
}

TEST(Reassembly, holds_a_bounded_number_of_pieces__attack_a20) {
    Given given;
    given.limits.tcp.reassembly_ranges = 2;
    Script s{given};
    Sock c = s.accepted();
    s.in("P. 11:12(1) ack 1").takes();
    s.in("P. 21:22(1) ack 1").takes();
    s.in("P. 31:32(1) ack 1").drops(Drop::tcp_reassembly_full);
    s.in("P. 12:13(1) ack 1").takes();  // touches one that is held
    s.forget();
    s.in("P. 1:11(10) ack 1");
    s.out(". 1:1(0) ack 13");
}

// ---- SACK ---------------------------------------------------------------------------------------

constexpr std::string_view sack = "mss 1460,sackOK";

TEST(Sack, tells_the_newest_block_first__rfc2018_4) {
    Script s;
    Sock c = s.accepted(sack);
    s.in("P. 11:21(10) ack 1");
    s.out(". 1:1(0) ack 1 <nop,nop,sack 11:21>");
    s.in("P. 31:41(10) ack 1");
    s.out(". 1:1(0) ack 1 <nop,nop,sack 31:41 11:21>");
    s.in("P. 51:61(10) ack 1");
    s.out(". 1:1(0) ack 1 <nop,nop,sack 51:61 31:41 11:21>");
    s.in("P. 71:81(10) ack 1");
    s.out(". 1:1(0) ack 1 <nop,nop,sack 71:81 51:61 31:41 11:21>");
    s.in("P. 91:101(10) ack 1");
    s.out(". 1:1(0) ack 1 <nop,nop,sack 91:101 71:81 51:61 31:41>");
}

TEST(Sack, tells_three_blocks_beside_timestamps__rfc2018_3) {
    Script s;
    Sock c = s.accepted("mss 1460,sackOK,ts 100/0");
    for (const char* text : {"P. 11:21(10) ack 1", "P. 31:41(10) ack 1", "P. 51:61(10) ack 1"})
        s.in(text).forget();
    s.in("P. 71:81(10) ack 1");
    s.out(". 1:1(0) ack 1 <nop,nop,ts */100,nop,nop,sack 71:81 51:61 31:41>");
}

TEST(Sack, tells_the_whole_block_that_text_belongs_to__rfc2018_4) {
    Script s;
    Sock c = s.accepted(sack);
    s.in("P. 11:21(10) ack 1");
    s.in("P. 31:41(10) ack 1");
    s.forget();
    s.in("P. 21:26(5) ack 1");
    s.out(". 1:1(0) ack 1 <nop,nop,sack 11:26 31:41>");
    s.in("P. 26:31(5) ack 1");
    s.out(". 1:1(0) ack 1 <nop,nop,sack 11:41>");
}

TEST(Sack, tells_what_is_still_beyond_a_hole_when_another_is_filled__rfc2018_4) {
    Script s;
    Sock c = s.accepted(sack);
    s.in("P. 11:21(10) ack 1");
    s.in("P. 31:41(10) ack 1");
    s.forget();
    s.in("P. 1:11(10) ack 1");
    s.out(". 1:1(0) ack 21 <nop,nop,sack 31:41>");
    s.in("P. 21:31(10) ack 1");
    s.out(". 1:1(0) ack 41 <>");
}

TEST(Sack, rides_on_text_that_leaves_it_room__rfc2018_4) {
    Script s;
    Sock c = s.accepted("mss 1460,sackOK,ts 100/0");
    s.in("P. 11:21(10) ack 1").forget();
    c.write(100);
    s.out("P. 1:101(100) ack 1 <nop,nop,ts */100,nop,nop,sack 11:21>");
}

// A segment is no larger than the path takes, whatever its options.
TEST(Sack, goes_ahead_of_text_that_leaves_it_no_room__rfc2018_4__rfc9293_must_16) {
    Script s;
    Sock c = s.accepted("mss 1460,sackOK,ts 100/0");
    c.write(20'000);
    for (int i = 0; i < 10; ++i) s.out_any();
    s.in("P. 11:21(10) ack 14481");
    s.out(". 14481:14481(0) ack 1 <nop,nop,ts */100,nop,nop,sack 11:21>");
    EXPECT_EQ(s.out(". 14481:15929(1448) ack 1 <nop,nop,ts */100>").octets.size(), 1500U);
    s.out(". 15929:17377(1448) ack 1");
    s.out("P. 17377:18825(1448) ack 1");
    s.out("P. 18825:20001(1176) ack 1 <nop,nop,ts */100,nop,nop,sack 11:21>");
}

TEST(Sack, is_not_told_to_a_peer_that_did_not_ask__rfc2018_2) {
    Script s;
    Sock c = s.accepted();
    s.in("P. 11:21(10) ack 1");
    s.out(". 1:1(0) ack 1 <>");
}

TEST(DSack, tells_of_text_that_was_acknowledged_already__rfc2883_4) {
    Script s;
    Sock c = s.accepted(sack);
    s.in("P. 1:11(10) ack 1");
    s.out(". 1:1(0) ack 11");
    s.in("P. 1:11(10) ack 1");
    s.out(". 1:1(0) ack 11 <nop,nop,sack 1:11>");
    EXPECT_EQ(s.counted(Counter::tcp_ext_dsack_old_sent), 1U);
}

TEST(DSack, stands_before_the_other_blocks_and_once__rfc2883_4) {
    Script s;
    Sock c = s.accepted(sack);
    s.in("P. 1:11(10) ack 1");
    s.in("P. 21:31(10) ack 1").forget();
    s.in("P. 1:11(10) ack 1");
    s.out(". 1:1(0) ack 11 <nop,nop,sack 1:11 21:31>");
    s.in("P. 31:41(10) ack 1");
    s.out(". 1:1(0) ack 11 <nop,nop,sack 21:41>");
}

TEST(DSack, of_text_beyond_a_hole_is_followed_by_its_block__rfc2883_4) {
    Script s;
    Sock c = s.accepted(sack);
    s.in("P. 11:31(20) ack 1");
    s.in("P. 51:61(10) ack 1").forget();
    s.in("P. 21:31(10) ack 1");
    s.out(". 1:1(0) ack 1 <nop,nop,sack 21:31 11:31 51:61>");
}

TEST(DSack, tells_of_the_part_that_was_known__rfc2883_4_3) {
    Script s;
    Sock c = s.accepted(sack);
    s.in("P. 1:21(20) ack 1").forget();
    s.in("P. 11:31(20) ack 1");
    s.out(". 1:1(0) ack 31 <nop,nop,sack 11:21>");
}

}  // namespace
}  // namespace handfast::script
