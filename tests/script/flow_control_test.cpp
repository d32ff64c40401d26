// Windows that close, shrink and scale: RFC 9293 §3.8.6; RFC 7323 §2.
#include <gtest/gtest.h>

#include "support/script.hpp"

namespace handfast::script {
namespace {

using berkeley::Option;

TEST(ZeroWindow, is_probed_after_one_rto_and_then_less_and_less__rfc9293_must_36__shld_29_30) {
    Script s;
    Sock c = s.accepted();
    s.in(". 1:1(0) ack 1 win 0");
    c.write(100);
    for (const int ms : {200, 600, 1400, 3000})
        s.at(milliseconds{ms}).out(". 0:0(0) ack 1");  // a number that was acknowledged
    EXPECT_EQ(s.counted(Counter::tcp_ext_win_probe), 4U);
}

TEST(ZeroWindow, opens_and_text_goes_out_at_once__rfc9293_3_8_6_1) {
    Script s;
    Sock c = s.accepted();
    s.in(". 1:1(0) ack 1 win 0");
    c.write(100);
    s.at(200ms).out(". 0:0(0) ack 1");
    s.in(". 1:1(0) ack 1 win 1000");
    s.out("P. 1:101(100) ack 1");
}

TEST(ZeroWindow, of_a_peer_that_answers_is_probed_for_ever__rfc9293_must_37) {
    Script s;
    Sock c = s.accepted();
    s.in(". 1:1(0) ack 1 win 0");
    c.write(100);
    std::size_t probes = 0;
    for (int hours = 0; hours < 3; ++hours) {
        for (int i = 0; i < 60; ++i) {
            s.advance(60s);
            s.forget();
            s.in(". 1:1(0) ack 1 win 0");
        }
        probes = s.counted(Counter::tcp_ext_win_probe);
    }
    EXPECT_GT(probes, 90U);
    c.state_is(TcpState::established);
    s.in(". 1:1(0) ack 1 win 1000");
    s.out("P. 1:101(100) ack 1");
}

TEST(ZeroWindow, of_a_peer_that_is_gone_ends_after_r2) {
    Script s;
    Sock c = s.accepted();
    s.in(". 1:1(0) ack 1 win 0");
    c.write(100);
    s.advance(30min);
    s.forget();
    c.error_is(Errno::timed_out);
}

TEST(ZeroWindow, cannot_hold_an_orphan_for_ever__attack_a42) {
    Script s;
    Sock c = s.accepted();
    s.in(". 1:1(0) ack 1 win 0");
    c.write(100).close();
    for (int i = 0; i < 600; ++i) {
        s.advance(1s);
        s.forget();
        s.in(". 1:1(0) ack 1 win 0").forget();
    }
    s.state_is(TcpState::closed);
}

TEST(ZeroWindow, ends_when_the_user_says__tcp_user_timeout) {
    Script s;
    Sock c = s.accepted();
    c.set(Option::tcp_user_timeout, 3000);
    s.in(". 1:1(0) ack 1 win 0");
    c.write(100);
    s.advance(10s);
    s.forget();
    c.error_is(Errno::timed_out);
}

TEST(ZeroWindow, with_text_in_flight_is_probed_too__rfc9293_must_35) {
    Script s;
    Sock c = s.accepted();
    c.write(100);
    s.out("P. 1:101(100) ack 1");
    s.in(". 1:1(0) ack 1 win 0");
    s.at(200ms).out(". 0:0(0) ack 1");
    s.in(". 1:1(0) ack 101 win 0");
    s.silent(10s);
}

TEST(ZeroWindow, of_ours_answers_probes__rfc9293_3_10_7_4) {
    Script s;
    Sock listener = s.socket().set(Option::so_rcvbuf, 4096).bind(own_port).listen();
    s.in("S 0:0(0) <mss 1460>");
    const std::uint32_t window = *s.out("S. 0:0(0) ack 1").line.window;
    s.in(". 1:1(0) ack 1");
    Sock c = listener.accept();
    const std::string edge = std::to_string(window + 1);
    s.in("P. 1:" + edge + "(" + std::to_string(window) + ") ack 1");
    s.out(". 1:1(0) ack " + edge + " win 0");
    s.in(". " + std::to_string(window) + ":" + std::to_string(window) + "(0) ack 1");  // a probe
    s.out(". 1:1(0) ack " + edge + " win 0");
    s.at(1s).in("P. " + edge + ":" + std::to_string(window + 2) + "(1) ack 1");  // one with text
    s.out(". 1:1(0) ack " + edge + " win 0");
    c.read(window);
    s.out(". 1:1(0) ack " + edge);
}

TEST(ZeroWindow, of_ours_still_hears_acknowledgments__rfc9293_must_66) {
    Script s;
    Sock listener = s.socket().set(Option::so_rcvbuf, 4096).bind(own_port).listen();
    s.in("S 0:0(0) <mss 1460>");
    const std::uint32_t window = *s.out("S. 0:0(0) ack 1").line.window;
    s.in(". 1:1(0) ack 1");
    Sock c = listener.accept();
    const std::string edge = std::to_string(window + 1);
    s.in("P. 1:" + edge + "(" + std::to_string(window) + ") ack 1").forget();
    c.write(10);
    s.out("P. 1:11(10) ack " + edge);
    s.in("P. " + edge + ":" + std::to_string(window + 11) + "(10) ack 11").forget();
    s.silent(10s);
    EXPECT_EQ(c.info().send_queued, 0U);
}

TEST(ShrunkenWindow, holds_new_text_back__rfc9293_must_34__shld_15) {
    Script s;
    Sock c = s.accepted();
    s.in(". 1:1(0) ack 1 win 4000");
    c.write(2000);
    s.out(". 1:1461(1460) ack 1");
    s.out("P. 1461:2001(540) ack 1");
    s.in(". 1:1(0) ack 1461 win 100");  // its right edge is left of what was sent
    c.write(1000);
    s.silent(100ms);
    s.in(". 1:1(0) ack 2001 win 4000");
    s.out("P. 2001:3001(1000) ack 1");
}

TEST(ShrunkenWindow, does_not_stop_repetitions__rfc9293_shld_16) {
    Script s;
    Sock c = s.accepted();
    c.write(2000);
    s.out(". 1:1461(1460) ack 1");
    s.out("P. 1461:2001(540) ack 1");
    s.in(". 1:1(0) ack 1 win 1460");
    s.at(200ms).out(". 1:1461(1460) ack 1");
}

// Whatever shrinks and returns, the window arithmetic does not run backwards.
TEST(ShrunkenWindow, does_not_end_the_connection__rfc9293_shld_17) {
    Script s;
    Sock c = s.accepted();
    c.write(3000);
    s.out_any();
    s.out_any();
    s.out_any();
    for (int i = 0; i < 100; ++i) {
        s.in(". 1:1(0) ack 1 win 0").forget();
        s.advance(20s);
        s.forget();
    }
    s.in(". 1:1(0) ack 1 win 65535");
    c.state_is(TcpState::established);
    s.advance(500ms);
    s.forget();
    s.in(". 1:1(0) ack 3001 win 65535");
    EXPECT_EQ(c.info().send_queued, 0U);
}

TEST(WindowScale, applies_to_every_window_but_a_syns__rfc7323_2_2) {
    Script s;
    Sock listener = s.socket().bind(own_port).listen();
    s.in("S 0:0(0) win 1000 <mss 1460,nop,wscale 3>");
    s.out("S. 0:0(0) ack 1 win 65535");
    s.in(". 1:1(0) ack 1 win 1000");
    Sock c = listener.accept();
    EXPECT_EQ(c.info().snd_wnd, 8000U);
}

TEST(WindowScale, above_fourteen_is_fourteen__rfc7323_2_3) {
    Script s;
    Sock listener = s.socket().bind(own_port).listen();
    s.in("S 0:0(0) <mss 1460,nop,wscale 200>");
    s.out("S. 0:0(0) ack 1");
    s.in(". 1:1(0) ack 1 win 1");
    EXPECT_EQ(listener.accept().info().snd_wnd, 16'384U);
}

TEST(WindowScale, of_zero_is_an_offer_too__rfc7323_2_2) {
    Script s;
    Sock listener = s.socket().bind(own_port).listen();
    s.in("S 0:0(0) <mss 1460,nop,wscale 0>");
    s.out("S. 0:0(0) ack 1 <mss 1460,nop,wscale *>");
    s.in(". 1:1(0) ack 1 win 500");
    Sock c = listener.accept();
    EXPECT_TRUE(c.info().window_scaling);
    EXPECT_GT(c.info().rcv_wscale, 0);
    EXPECT_EQ(c.info().snd_wnd, 500U);
}

TEST(WindowScale, offers_the_whole_buffer_once_the_syn_is_over__rfc7323_2_3) {
    Script s;
    Sock listener = s.socket().bind(own_port).listen();
    s.in("S 0:0(0) <mss 1460,nop,wscale 7>");
    s.out("S. 0:0(0) ack 1 win 65535");
    s.in(". 1:1(0) ack 1");
    Sock c = listener.accept();
    s.in("P. 1:11(10) ack 1");
    const Seen& ack = s.out(". 1:1(0) ack 11");
    EXPECT_GT(std::uint32_t{*ack.line.window} << c.info().rcv_wscale, 1'000'000U);
}

// The header cannot say every edge; the one that was offered holds inside.
TEST(WindowScale, right_edge_moves_left_by_less_than_a_unit__rfc7323_2_4) {
    Script s;
    Sock listener = s.socket().bind(own_port).listen();
    s.in("S 0:0(0) <mss 1460,nop,wscale 7>");
    s.out("S. 0:0(0) ack 1");
    s.in(". 1:1(0) ack 1");
    Sock c = listener.accept();
    c.set(Option::tcp_quickack, 1);
    s.forget();
    const unsigned shift = c.info().rcv_wscale;
    std::uint32_t edge = 0;
    for (std::uint32_t seq = 1; seq < 500; seq += 7) {
        s.in("P. " + std::to_string(seq) + ":" + std::to_string(seq + 7) + "(7) ack 1");
        const Seen& ack = s.out_any();
        const std::uint32_t next = *ack.line.ack + (std::uint32_t{*ack.line.window} << shift);
        EXPECT_GT(next + (1U << shift), edge);
        edge = std::max(edge, next);
    }
}

// ---- Keep-alive ---------------------------------------------------------------------------------

TEST(KeepAlive, is_off_by_default__rfc9293_must_25) {
    Script s;
    Sock c = s.accepted();
    s.silent(std::chrono::hours{100});
}

TEST(KeepAlive, probes_after_two_hours__rfc9293_must_26_28__shld_12) {
    Script s;
    Sock c = s.accepted();
    c.set(Option::so_keepalive, 1);
    const Seen& probe = s.at(2h).out(". 0:0(0) ack 1");
    EXPECT_EQ(probe.why, Why::keep_alive);
}

TEST(KeepAlive, counts_from_the_last_segment_heard__rfc9293_must_26) {
    Script s;
    Sock c = s.accepted();
    c.set(Option::so_keepalive, 1).set(Option::tcp_keepidle, 10).set(Option::tcp_keepintvl, 5);
    s.at(7s).in("P. 1:11(10) ack 1");
    s.out(". 1:1(0) ack 11");
    s.at(17s).out(". 0:0(0) ack 11");
    s.in(". 11:11(0) ack 1");
    s.at(27s).out(". 0:0(0) ack 11");
}

TEST(KeepAlive, ends_a_connection_only_after_several_probes__rfc9293_must_29) {
    Script s;
    Sock c = s.accepted();
    c.set(Option::so_keepalive, 1).set(Option::tcp_keepidle, 10);
    c.set(Option::tcp_keepintvl, 5).set(Option::tcp_keepcnt, 3);
    s.at(10s).out(". 0:0(0) ack 1");
    s.at(15s).out(". 0:0(0) ack 1");
    s.at(20s).out(". 0:0(0) ack 1");
    c.state_is(TcpState::established);
    s.at(25s).out("R. 1:1(0) ack 1");
    c.error_is(Errno::timed_out);
}

TEST(KeepAlive, goes_on_with_a_peer_that_answers__rfc9293_must_29) {
    Script s;
    Sock c = s.accepted();
    c.set(Option::so_keepalive, 1).set(Option::tcp_keepidle, 10);
    c.set(Option::tcp_keepintvl, 5).set(Option::tcp_keepcnt, 1);
    for (int i = 1; i <= 5; ++i) {
        s.at(seconds{10 * i}).out(". 0:0(0) ack 1");
        s.in(". 1:1(0) ack 1");
    }
    c.state_is(TcpState::established);
}

TEST(KeepAlive, can_be_switched_off_again__rfc9293_must_24_27) {
    Script s;
    Sock c = s.accepted();
    c.set(Option::so_keepalive, 1).set(Option::tcp_keepidle, 10);
    s.at(5s);
    c.set(Option::so_keepalive, 0);
    s.silent(100s);
}

TEST(KeepAlive, is_not_sent_while_text_is_outstanding__rfc9293_must_26) {
    Script s;
    Sock c = s.accepted();
    c.set(Option::so_keepalive, 1).set(Option::tcp_keepidle, 1);
    c.write(10);
    s.out("P. 1:11(10) ack 1");
    for (const int ms : {200, 600, 1400, 3000, 6200})
        s.at(milliseconds{ms}).out("P. 1:11(10) ack 1");
}

TEST(KeepAlive, of_the_peer_is_answered__rfc9293_3_8_4) {
    Script s;
    Sock c = s.accepted();
    s.in(". 0:0(0) ack 1").drops(Drop::tcp_old_duplicate);
    s.out(". 1:1(0) ack 1");
    s.at(10s).in(". 0:1(1) ack 1");  // with one octet of garbage
    s.out(". 1:1(0) ack 1");
    c.read_nothing();
}

TEST(KeepAlive, of_the_peer_is_answered_each_time_however_it_hurries) {
    Script s;
    Sock c = s.accepted();
    for (int i = 1; i <= 5; ++i) {
        s.at(seconds{i}).in(". 0:0(0) ack 1");
        s.out(". 1:1(0) ack 1");
    }
}

}  // namespace
}  // namespace handfast::script
