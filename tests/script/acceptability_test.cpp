// What a segment must look like to be believed: RFC 9293 §3.4, §3.10.7.4; RFC 5961; RFC 7323 §5.
#include <gtest/gtest.h>

#include "support/script.hpp"

namespace handfast::script {
namespace {

// ---- RST ----------------------------------------------------------------------------------------

TEST(Reset, ends_the_connection_when_its_number_is_exact__rfc5961_3_2) {
    Script s;
    Sock c = s.accepted();
    s.in("R 1:1(0)");
    s.state_is(TcpState::closed);
    c.read_fails(Errno::connection_reset);
    EXPECT_EQ(s.counted(Counter::tcp_estab_resets), 1U);
    s.silent(1s);
}

TEST(Reset, in_the_window_is_challenged__rfc5961_3_2) {
    Script s;
    Sock c = s.accepted();
    s.in("R 2:2(0)").drops(Drop::tcp_bad_rst);
    const Seen& answer = s.out(". 1:1(0) ack 1");
    EXPECT_EQ(answer.why, Why::challenge_ack);
    s.at(1s).in("R. 65535:65535(0) ack 1").drops(Drop::tcp_bad_rst);
    s.out(". 1:1(0) ack 1");
    c.state_is(TcpState::established);
    // An honest peer answers the challenge with the exact number.
    s.in("R 1:1(0)");
    c.state_is(TcpState::closed);
}

TEST(Reset, outside_the_window_is_ignored__rfc5961_3_2) {
    Script s;
    Sock c = s.accepted();
    s.in("R 0:0(0)").drops(Drop::tcp_old_duplicate);
    s.in("R 70000:70000(0)").drops(Drop::tcp_out_of_window);
    s.silent(1s);
    c.state_is(TcpState::established);
}

TEST(Reset, with_text_is_accepted__rfc9293_shld_2) {
    Script s;
    Sock c = s.accepted();
    s.in("R 1:21(20)");
    s.state_is(TcpState::closed);
    c.read_fails(Errno::connection_reset);
}

TEST(Reset, is_heard_while_the_window_is_closed__rfc9293_must_66) {
    Script s;
    Sock c = s.accepted();
    c.set(berkeley::Option::so_rcvbuf, 2048);
    s.in("P. 1:4097(4096) ack 1");
    s.forget();
    s.in("R 4097:4097(0)");
    s.state_is(TcpState::closed);
}

TEST(Reset, challenges_are_limited_to_one_in_half_a_second__rfc5961_7) {
    Script s;
    Sock c = s.accepted();
    s.in("R 2:2(0)");
    s.out(". 1:1(0) ack 1");
    s.in("R 3:3(0)");
    s.in("S 4:4(0)");
    s.silent(499ms);
    s.after(2ms).in("S 4:4(0)");
    s.out(". 1:1(0) ack 1");
    EXPECT_EQ(s.counted(Counter::tcp_ext_challenge_ack), 2U);
}

// The limit is one connection's own: nobody learns from one of them about another (CVE-2016-5696).
TEST(Reset, challenges_of_one_connection_do_not_use_up_anothers__attack_a04) {
    Script s;
    Sock a = s.accepted();
    s.peer(2).to_port(2);
    Sock b = s.accepted();
    s.in("R 2:2(0)");
    s.out(". 1:1(0) ack 1");
    s.to_port(own_port).peer().in("R 2:2(0)");
    s.out(". 1:1(0) ack 1");
}

// ---- SYN ----------------------------------------------------------------------------------------

TEST(SynInConnection, is_challenged_whatever_its_number__rfc5961_4_2) {
    Script s;
    Sock c = s.accepted();
    s.in("S 1:1(0) <mss 1460>").drops(Drop::tcp_bad_syn);
    s.out(". 1:1(0) ack 1");
    s.at(1s).in("S 90000:90000(0) <mss 1460>").drops(Drop::tcp_bad_syn);
    s.out(". 1:1(0) ack 1");
    s.at(2s).in("S. 1:1(0) ack 1").drops(Drop::tcp_bad_syn);
    s.out(". 1:1(0) ack 1");
    s.at(3s).in("SF. 1:1(0) ack 1").drops(Drop::tcp_bad_syn);
    s.out(". 1:1(0) ack 1");
    c.state_is(TcpState::established);
}

TEST(SynInConnection, is_challenged_in_every_closing_state__rfc5961_4_2) {
    Script s;
    Sock c = s.accepted();
    c.shutdown();
    s.out("F. 1:1(0) ack 1");
    s.in("S 1:1(0)").drops(Drop::tcp_bad_syn);
    s.out(". 2:2(0) ack 1");
    s.in(". 1:1(0) ack 2");
    c.state_is(TcpState::fin_wait_2);
    s.after(1s).in("S 1:1(0)").drops(Drop::tcp_bad_syn);
    s.out(". 2:2(0) ack 1");
    c.state_is(TcpState::fin_wait_2);
}

// A peer that lost its memory and opens anew: the challenge makes it reset, and its next SYN opens.
TEST(SynInConnection, of_a_peer_that_started_anew_ends_the_old_one__rfc9293_3_5_1) {
    Script s;
    Sock listener = s.socket().bind(own_port).listen();
    s.in("S 0:0(0) <mss 1460>");
    s.out("S. 0:0(0) ack 1");
    s.in(". 1:1(0) ack 1");
    Sock old = listener.accept();
    s.in("S 500000:500000(0) <mss 1460>");
    s.out(". 1:1(0) ack 1");
    s.in("R 1:1(0)");
    old.read_fails(Errno::connection_reset);
    s.at(1s).in("S 500000:500000(0) <mss 1460>");
    s.out("S. 0:0(0) ack 500001");
}

// ---- ACK ----------------------------------------------------------------------------------------

TEST(Ack, of_what_was_never_sent_is_challenged__rfc5961_5_2) {
    Script s;
    Sock c = s.accepted();
    s.in(". 1:1(0) ack 2").drops(Drop::tcp_bad_ack);
    s.out(". 1:1(0) ack 1");
    s.in("P. 1:11(10) ack 500").drops(Drop::tcp_bad_ack);  // its text is not taken
    c.read_nothing();
}

TEST(Ack, that_is_too_old_to_be_honest_is_challenged__rfc5961_5_2) {
    Script s;
    Sock c = s.accepted();
    s.in("P. 1:11(10) ack 4294901000").drops(Drop::tcp_bad_ack);
    s.out(". 1:1(0) ack 1");
    c.read_nothing();
}

TEST(Ack, that_is_old_but_possible_brings_its_text__rfc9293_may_12) {
    Script s;
    Sock c = s.accepted();
    c.write(100);
    s.out("P. 1:101(100) ack 1");
    s.in(". 1:1(0) ack 101");
    s.in("P. 1:11(10) ack 1");
    s.out(". 101:101(0) ack 11");
    c.read(10);
}

TEST(Ack, is_required_of_every_segment__rfc9293_3_10_7_4) {
    Script s;
    Sock c = s.accepted();
    s.in("P 1:11(10)").drops(Drop::tcp_no_ack_bit);
    s.in("F 1:1(0)").drops(Drop::tcp_no_ack_bit);
    s.in("- 1:11(10)").drops(Drop::tcp_no_ack_bit);
    s.silent(1s);
    c.read_nothing().state_is(TcpState::established);
}

// ---- The window ---------------------------------------------------------------------------------

TEST(Window, old_text_is_acknowledged_and_dropped__rfc9293_3_10_7_4) {
    Script s;
    Sock c = s.accepted();
    s.in("P. 1:11(10) ack 1");
    s.out(". 1:1(0) ack 11");
    s.in("P. 1:11(10) ack 1").drops(Drop::tcp_old_duplicate);
    s.out(". 1:1(0) ack 11");
    c.read(10).read_nothing();
}

TEST(Window, text_that_is_partly_old_is_cut__rfc9293_3_10_7_4) {
    Script s;
    Sock c = s.accepted();
    s.in("P. 1:11(10) ack 1");
    s.out(". 1:1(0) ack 11");
    s.in("P. 1:31(30) ack 1").takes();
    s.out(". 1:1(0) ack 31");
    c.read(30);
}

TEST(Window, text_that_is_partly_beyond_is_cut__rfc9293_3_10_7_4) {
    Script s;
    Sock listener = s.socket().set(berkeley::Option::so_rcvbuf, 2048).bind(own_port).listen();
    s.in("S 0:0(0) <mss 1460>");
    const Seen& answer = s.out("S. 0:0(0) ack 1");
    const std::uint16_t window = *answer.line.window;
    s.in(". 1:1(0) ack 1");
    Sock c = listener.accept();
    const auto length = std::to_string(window + 100);
    s.in("P. 1:" + std::to_string(window + 101) + "(" + length + ") ack 1").takes();
    s.out(". 1:1(0) ack " + std::to_string(window + 1));
    c.read(window).read_nothing();
    s.forget();
}

TEST(Window, text_beyond_it_is_answered_and_dropped__rfc9293_3_10_7_4) {
    Script s;
    Sock c = s.accepted();
    s.in("P. 65536:65546(10) ack 1").drops(Drop::tcp_out_of_window);
    s.out(". 1:1(0) ack 1");
    s.in("P. 65535:65536(1) ack 1").takes();  // its last octet
    s.out(". 1:1(0) ack 1");
}

TEST(Window, answers_to_segments_without_text_are_limited__attack_a40) {
    Script s;
    Sock c = s.accepted();
    s.in(". 70000:70000(0) ack 1").drops(Drop::tcp_out_of_window);
    s.out(". 1:1(0) ack 1");
    s.in(". 70000:70000(0) ack 1");
    s.in(". 70000:70000(0) ack 1");
    s.silent(499ms);
}

TEST(Window, field_is_unsigned__rfc9293_must_1) {
    Script s;
    Sock c = s.accepted();
    s.in(". 1:1(0) ack 1 win 40000");
    EXPECT_EQ(c.info().snd_wnd, 40'000U);
}

TEST(Window, is_taken_from_newer_segments_only__rfc9293_3_10_7_4) {
    Script s;
    Sock c = s.accepted();
    s.in("P. 1:11(10) ack 1 win 5000");
    s.out(". 1:1(0) ack 11");
    s.in("P. 1:11(10) ack 1 win 9000");  // an old one that was late
    s.out(". 1:1(0) ack 11");
    EXPECT_EQ(c.info().snd_wnd, 5000U);
}

// ---- Checksum -----------------------------------------------------------------------------------

TEST(TcpChecksum, wrong_is_dropped_silently__rfc9293_must_3) {
    Script s;
    Sock c = s.accepted();
    s.in("P. 1:11(10) ack 1", {.wrong = Wrong::checksum}).drops(Drop::tcp_bad_checksum);
    s.in("R 1:1(0)", {.wrong = Wrong::checksum}).drops(Drop::tcp_bad_checksum);
    s.silent(1s);
    c.read_nothing().state_is(TcpState::established);
    EXPECT_EQ(s.counted(Counter::tcp_in_errs), 2U);
}

TEST(TcpChecksum, of_zero_is_no_excuse__rfc9293_must_3) {
    Script s;
    Sock c = s.accepted();
    s.in("P. 1:11(10) ack 1", {.wrong = Wrong::no_checksum}).drops(Drop::tcp_bad_checksum);
    s.silent(1s);
}

// Every script checks the sum of every segment that it sees; this one is there for its name.
TEST(TcpChecksum, is_right_in_every_segment_sent__rfc9293_must_2) {
    Script s;
    Sock c = s.accepted();
    c.write(1);
    EXPECT_EQ(s.out("P. 1:2(1) ack 1").fault, "");
    s.in(". 1:1(0) ack 2");
    c.write(1001);
    EXPECT_EQ(s.out("P. 2:1003(1001) ack 1").fault, "");
}

// ---- PAWS ---------------------------------------------------------------------------------------

constexpr std::string_view timestamps = "mss 1460,nop,nop,ts 100/0";

TEST(Paws, drops_text_from_the_past__rfc7323_5_3) {
    Script s;
    Sock c = s.accepted(timestamps);
    s.in("P. 1:11(10) ack 1 <nop,nop,ts 99/*>").drops(Drop::tcp_paws);
    s.out(". 1:1(0) ack 1 <nop,nop,ts */100>");
    c.read_nothing();
    EXPECT_EQ(s.counted(Counter::tcp_ext_paws_estab), 1U);
}

TEST(Paws, does_not_shield_from_a_reset__rfc7323_5_2) {
    Script s;
    Sock c = s.accepted(timestamps);
    s.in("R 1:1(0) <nop,nop,ts 50/0>");
    c.read_fails(Errno::connection_reset);
}

TEST(Paws, remembers_only_timestamps_of_acceptable_segments__attack_a39) {
    Script s;
    Sock c = s.accepted(timestamps);
    s.in("P. 70000:70010(10) ack 1 <nop,nop,ts 5000/*>").drops(Drop::tcp_out_of_window);
    s.out(". 1:1(0) ack 1 <nop,nop,ts */100>");
    s.in("P. 1:11(10) ack 1 <nop,nop,ts 101/*>").takes();
    s.out(". 1:1(0) ack 11 <nop,nop,ts */101>");
}

TEST(Paws, takes_any_timestamp_after_24_days_of_silence__rfc7323_5_5) {
    Script s;
    Sock c = s.accepted(timestamps);
    s.advance(std::chrono::days{25});
    s.in("P. 1:11(10) ack 1 <nop,nop,ts 50/*>").takes();
    s.out(". 1:1(0) ack 11 <nop,nop,ts */50>");
}

TEST(Timestamps, echo_that_of_the_first_unacknowledged_segment__rfc7323_4_3) {
    Script s;
    Sock c = s.accepted(timestamps);
    s.in("P. 11:21(10) ack 1 <nop,nop,ts 200/*>");  // beyond a hole: not echoed
    s.out(". 1:1(0) ack 1 <nop,nop,ts */100>");
    s.in("P. 1:11(10) ack 1 <nop,nop,ts 150/*>");
    s.out(". 1:1(0) ack 21 <nop,nop,ts */150>");
}

TEST(Timestamps, tick_in_milliseconds_and_stand_in_every_segment__rfc7323_3_2) {
    Script s;
    Sock c = s.accepted(timestamps);
    c.write(10);
    s.out("P. 1:11(10) ack 1 <nop,nop,ts */100>");
    const std::uint32_t first = s.flow().last_timestamp;
    s.at(150ms).in(". 1:1(0) ack 11");
    c.write(10);
    s.out("P. 11:21(10) ack 1 <nop,nop,ts */250>");
    EXPECT_EQ(s.flow().last_timestamp - first, 150U);
}

TEST(Timestamps, begin_elsewhere_in_each_connection__attack_a54) {
    Script s;
    Sock a = s.accepted(timestamps);
    const std::uint32_t first = s.flow().last_timestamp;
    s.peer(2).to_port(2);
    Sock b = s.accepted(timestamps);
    const auto apart = static_cast<std::int32_t>(s.flow().last_timestamp - first);
    EXPECT_GT(std::abs(apart), 100'000);
}

// A peer that agreed on timestamps and then omits them. Linux takes such segments; RFC 7323 §3.2
// lets it (SHOULD drop, unless RST).
TEST(Timestamps, may_be_missing_from_a_segment_as_linux_has_it) {
    Script s;
    Sock c = s.accepted(timestamps);
    s.in("P. 1:11(10) ack 1 <>").takes();
    s.out(". 1:1(0) ack 11");
}

}  // namespace
}  // namespace handfast::script
