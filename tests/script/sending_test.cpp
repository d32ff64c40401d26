// What goes into a segment, and when: RFC 9293 §3.7.4 (Nagle), §3.9.1.2 (PSH), §3.8.6.2 (silly
// windows), §3.7.1 (sizes).
#include <gtest/gtest.h>

#include "support/script.hpp"

namespace handfast::script {
namespace {

using berkeley::MessageFlags;
using berkeley::Option;

TEST(Nagle, holds_a_small_segment_while_another_waits_for_its_ack__rfc9293_shld_7) {
    Script s;
    Sock c = s.accepted();
    c.write(10);
    s.out("P. 1:11(10) ack 1");
    c.write(10).write(10);
    s.silent(100ms);
    s.in(". 1:1(0) ack 11");
    s.out("P. 11:31(20) ack 1");
}

TEST(Nagle, lets_full_segments_go__rfc9293_3_7_4) {
    Script s;
    Sock c = s.accepted();
    c.write(10);
    s.out("P. 1:11(10) ack 1");
    c.write(1470);
    s.out(". 11:1471(1460) ack 1");
    s.silent(100ms);
    s.in(". 1:1(0) ack 1471");
    s.out("P. 1471:1481(10) ack 1");
}

// Minshall's rule: only small segments wait for small ones.
TEST(Nagle, lets_the_rest_of_a_large_write_go) {
    Script s;
    Sock c = s.accepted();
    c.write(2000);
    s.out(". 1:1461(1460) ack 1");
    s.out("P. 1461:2001(540) ack 1");
}

TEST(Nagle, can_be_switched_off__rfc9293_must_17) {
    Script s;
    Sock c = s.accepted();
    c.set(Option::tcp_nodelay, 1);
    c.write(10);
    s.out("P. 1:11(10) ack 1");
    c.write(10);
    s.out("P. 11:21(10) ack 1");
}

TEST(Nagle, switched_off_sends_what_waits__rfc9293_must_17) {
    Script s;
    Sock c = s.accepted();
    c.write(10);
    s.out("P. 1:11(10) ack 1");
    c.write(10);
    s.silent(10ms);
    c.set(Option::tcp_nodelay, 1);
    s.out("P. 11:21(10) ack 1");
}

TEST(Nagle, does_not_hold_the_last_text_before_a_fin) {
    Script s;
    Sock c = s.accepted();
    c.write(10);
    s.out("P. 1:11(10) ack 1");
    c.write(10).close();
    s.out("FP. 11:21(10) ack 1");
}

TEST(Cork, holds_what_is_no_full_segment_until_it_is_pulled) {
    Script s;
    Sock c = s.accepted();
    c.set(Option::tcp_cork, 1).write(1000);
    s.silent(100ms);
    c.write(1000);
    s.out(". 1:1461(1460) ack 1");
    s.silent(50ms);
    c.set(Option::tcp_cork, 0);
    s.out("P. 1461:2001(540) ack 1");
}

TEST(Cork, lets_go_after_200_ms__rfc9293_must_60) {
    Script s;
    Sock c = s.accepted();
    c.set(Option::tcp_cork, 1).write(1000);
    s.at(200ms).out("P. 1:1001(1000) ack 1");
}

TEST(More, holds_a_segment_until_a_write_without_it__msg_more) {
    Script s;
    Sock c = s.accepted();
    c.write(100, {.more = true});
    s.silent(100ms);
    c.write(100);
    s.out("P. 1:201(200) ack 1");
}

TEST(More, lets_go_after_200_ms__rfc9293_must_60) {
    Script s;
    Sock c = s.accepted();
    c.write(100, {.more = true});
    s.at(200ms).out("P. 1:101(100) ack 1");
}

TEST(Push, stands_on_the_last_octet_written__rfc9293_must_61) {
    Script s;
    Sock c = s.accepted();
    c.write(2920);
    s.out(". 1:1461(1460) ack 1");
    s.out("P. 1461:2921(1460) ack 1");
}

TEST(Push, stands_on_the_last_of_several_segments_that_go_out_together__rfc9293_3_9_1_2) {
    Script s;
    Sock c = s.accepted("mss 1000");
    c.write(20'000);
    for (std::uint32_t i = 0; i < 10; ++i) {  // half of the window at once
        const Line line = s.out_any().line;
        EXPECT_EQ(line.flags.psh(), i == 4 || i == 9) << i;
    }
}

TEST(Push, does_not_stand_on_a_single_segment_in_the_middle_of_text) {
    Script s;
    Sock c = s.accepted("mss 1000");
    s.in(". 1:1(0) ack 1 win 1000");
    c.write(3000);
    s.out(". 1:1001(1000) ack 1");
    s.in(". 1:1(0) ack 1001 win 1000");
    s.out(". 1001:2001(1000) ack 1");
}

TEST(Push, does_not_stand_where_more_is_to_come__msg_more) {
    Script s;
    Sock c = s.accepted("mss 1000");
    c.write(2100, {.more = true});
    s.out(". 1:1001(1000) ack 1");
    s.out(". 1001:2001(1000) ack 1");
}

TEST(Push, stands_on_what_a_cork_holds_back_once_it_is_pulled) {
    Script s;
    Sock c = s.accepted();
    c.set(Option::tcp_cork, 1).write(100);
    c.set(Option::tcp_nodelay, 1);
    s.out("P. 1:101(100) ack 1");
}

TEST(More, waits_for_the_next_acknowledgment_at_most__msg_more) {
    Script s;
    Sock c = s.accepted();
    c.write(10);
    s.out("P. 1:11(10) ack 1");
    c.write(10, {.more = true});
    s.in(". 1:1(0) ack 11");
    s.out(". 11:21(10) ack 1");
}

TEST(NoDelay, lets_go_what_is_held_back_also_when_it_was_set_before) {
    Script s;
    Sock c = s.accepted();
    c.set(Option::tcp_nodelay, 1).write(10, {.more = true});
    s.silent(10ms);
    c.set(Option::tcp_nodelay, 1);
    s.out(". 1:11(10) ack 1");
}

TEST(Options, that_are_not_of_the_receive_buffer_tell_no_window) {
    Script s;
    Sock c = s.accepted("mss 1000");
    c.set(Option::so_sndbuf, 100'000).set(Option::tcp_nodelay, 1);
    s.silent(1s);
}

TEST(Reset, carries_timestamps__rfc7323_3_2) {
    Script s;
    Sock c = s.accepted("mss 1460,nop,nop,ts 100/0");
    s.in("P. 1:11(10) ack 1");
    s.out(". 1:1(0) ack 11");
    c.close();
    s.out("R. 1:1(0) ack 11 <nop,nop,ts */*>");
}

TEST(Push, is_not_needed_to_read_what_arrived__rfc9293_3_9_1_2) {
    Script s;
    Sock c = s.accepted();
    s.in(". 1:11(10) ack 1");
    s.out(". 1:1(0) ack 11");
    c.read(10);
}

TEST(Segments, are_as_large_as_the_peer_takes__rfc9293_shld_28) {
    Script s;
    Sock c = s.accepted("mss 500");
    c.write(1200);
    s.out(". 1:501(500) ack 1");
    s.out("P. 501:1001(500) ack 1");
    s.out("P. 1001:1201(200) ack 1");
}

TEST(Segments, hold_536_octets_when_the_peer_does_not_say__rfc9293_must_15) {
    Script s;
    Sock c = s.accepted("");
    c.write(1000);
    s.out(". 1:537(536) ack 1");
    s.out("P. 537:1001(464) ack 1");
}

TEST(Segments, are_no_larger_than_the_link_takes__rfc9293_must_16) {
    Script s{{.mtu = 1000}};
    Sock c = s.accepted("mss 8960");
    c.write(1500);
    s.out(". 1:961(960) ack 1");
    s.out("P. 961:1501(540) ack 1");
}

TEST(Segments, are_shorter_by_their_options__rfc9293_must_16) {
    Script s;
    Sock c = s.accepted("mss 1460,nop,nop,ts 100/0");
    c.write(1500);
    EXPECT_EQ(s.out(". 1:1449(1448) ack 1").octets.size(), 1500U);
    s.out("P. 1449:1501(52) ack 1");
}

TEST(Segments, are_not_absurdly_small__attack_a19) {
    Script s;
    Sock c = s.accepted("mss 1");
    c.write(200);
    s.out(". 1:89(88) ack 1");
    s.out("P. 89:177(88) ack 1");
    s.out("P. 177:201(24) ack 1");
}

TEST(Segments, are_as_large_as_the_application_allows__tcp_maxseg) {
    Script s;
    Sock listener = s.socket().set(Option::tcp_maxseg, 1000).bind(own_port).listen();
    s.in("S 0:0(0) <mss 1460>");
    s.out("S. 0:0(0) ack 1 <mss 1000>");
    s.in(". 1:1(0) ack 1");
    Sock c = listener.accept();
    c.write(1500);
    s.out(". 1:1001(1000) ack 1");
    s.out("P. 1001:1501(500) ack 1");
}

TEST(Segments, say_their_mss_by_the_mtu_less_headers__rfc9293_must_67) {
    Script s{{.mtu = 1300}};
    s.socket().bind(own_port).listen();
    s.in("S 0:0(0) <mss 1460>");
    s.out("S. 0:0(0) ack 1 <mss 1260>");
}

// MUST-65: the option stands in SYNs only; the script of a whole connection sees it in no other.
TEST(Segments, say_their_mss_in_a_syn_only__rfc9293_must_65) {
    Script s;
    Sock c = s.accepted("mss 1460,sackOK,ts 100/0,nop,wscale 7");
    c.write(10);
    s.out("P. 1:11(10) ack 1 <nop,nop,ts */100>");
    c.close();
    s.out("F. 11:11(0) ack 1 <nop,nop,ts */100>");
    s.in("F. 1:1(0) ack 12");
    s.out(". 12:12(0) ack 2 <nop,nop,ts *>");
}

TEST(SillyWindow, of_the_sender_waits_for_a_full_segment__rfc9293_must_38) {
    Script s;
    Sock c = s.accepted();
    s.in(". 1:1(0) ack 1 win 1460");
    c.write(4000);
    s.out(". 1:1461(1460) ack 1");
    s.in(". 1:1(0) ack 1461 win 100");
    s.silent(100ms);
    s.in(". 1:1(0) ack 1461 win 700");
    s.silent(50ms);
    s.in(". 1:1(0) ack 1461 win 1460");
    s.out(". 1461:2921(1460) ack 1");
}

TEST(SillyWindow, of_a_receiver_that_never_offers_more_is_served_by_halves__rfc9293_must_38) {
    Script s;
    Sock listener = s.socket().bind(own_port).listen();
    s.in("S 0:0(0) win 400 <mss 1460>");
    s.out("S. 0:0(0) ack 1");
    s.in(". 1:1(0) ack 1 win 400");
    Sock c = listener.accept();
    c.write(1000);
    s.out(". 1:401(400) ack 1");
    s.in(". 1:1(0) ack 401 win 200");
    s.out(". 401:601(200) ack 1");
}

TEST(SillyWindow, is_overridden_after_a_while__rfc9293_3_8_6_2_1) {
    Script s;
    Sock c = s.accepted();
    c.write(4000);
    s.out(". 1:1461(1460) ack 1");
    s.out("P. 1461:2921(1460) ack 1");
    s.out("P. 2921:4001(1080) ack 1");
    s.in(". 1:1(0) ack 4001 win 100");
    c.write(1000);
    s.silent(199ms);
    s.after(1ms).out(". 4001:4101(100) ack 1");
}

TEST(SillyWindow, of_the_receiver_is_not_offered__rfc9293_must_39) {
    Script s;
    Sock listener = s.socket().set(Option::so_rcvbuf, 5000).bind(own_port).listen();
    s.in("S 0:0(0) <mss 1460>");
    const std::uint32_t window = *s.out("S. 0:0(0) ack 1").line.window;
    s.in(". 1:1(0) ack 1");
    Sock c = listener.accept();
    s.in("P. 1:" + std::to_string(window + 1) + "(" + std::to_string(window) + ") ack 1");
    s.out(". 1:1(0) ack " + std::to_string(window + 1) + " win 0");
    c.read(100);
    s.silent(10ms);  // a hundred octets are not worth telling
    c.read(2000);
    const Seen& update = s.out(". 1:1(0) ack " + std::to_string(window + 1));
    EXPECT_EQ(update.why, Why::window_update);
    EXPECT_GE(*update.line.window, 1460);
    s.forget();
}

TEST(Window, never_moves_its_right_edge_left__rfc9293_shld_14) {
    Script s;
    Sock c = s.accepted();
    s.in("P. 1:1001(1000) ack 1");
    s.out(". 1:1(0) ack 1001");
    const std::uint32_t edge =
        1001 + *s.in("P. 1001:1002(1) ack 1").out(". 1:1(0) ack 1002").line.window;
    c.set(Option::so_rcvbuf, 2048);
    s.in("P. 1002:1003(1) ack 1");
    EXPECT_GE(1003 + *s.out(". 1:1(0) ack 1003").line.window, edge);
}

TEST(SuperSegments, are_given_to_a_link_that_splits_them) {
    Script s{{.offload = true}};
    Sock c = s.accepted();
    c.write(14'600);
    s.out("P. 1:14601(14600) ack 1 gso 1460");
}

TEST(SuperSegments, end_where_the_window_ends) {
    Script s{{.offload = true}};
    Sock c = s.accepted();
    s.in(". 1:1(0) ack 1 win 5000");
    c.write(14'600);
    s.out("P. 1:4381(4380) ack 1 gso 1460");
}

}  // namespace
}  // namespace handfast::script
