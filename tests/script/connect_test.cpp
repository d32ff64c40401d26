// Opening a connection actively: RFC 9293 §3.5, §3.10.7.3.
#include <gtest/gtest.h>

#include "support/script.hpp"

namespace handfast::script {
namespace {

using berkeley::Option;

TEST(ActiveOpen, offers_everything_in_linux_order) {
    Script s;
    Sock c = s.socket().connect();
    s.out("S 0:0(0) win 65535 <mss 1460,sackOK,ts */0,nop,wscale *>");
    s.in("S. 0:0(0) ack 1 win 1000 <mss 1460,sackOK,ts 100/0,nop,wscale 7>");
    s.out(". 1:1(0) ack 1 <nop,nop,ts */100>");
    c.is_connected();
    EXPECT_EQ(c.info().snd_wnd, 1000U);  // a SYN's window is not scaled (RFC 7323 §2.2)
}

TEST(ActiveOpen, offers_no_timestamps_when_the_profile_has_none) {
    Given given;
    given.profile.timestamps = false;
    Script s{given};
    s.socket().connect();
    s.out("S 0:0(0) <mss 1460,nop,nop,sackOK,nop,wscale *>");
}

TEST(ActiveOpen, offers_only_a_segment_size_when_the_profile_has_nothing) {
    Given given;
    given.profile.timestamps = given.profile.sack = given.profile.window_scaling = false;
    Script s{given};
    s.socket().connect();
    s.out("S 0:0(0) <mss 1460>");
}

TEST(ActiveOpen, uses_only_what_was_answered__rfc7323_2_2) {
    Script s;
    Sock c = s.connected("mss 1000");
    c.write(10);
    s.out("P. 1:11(10) ack 1 <>");
    EXPECT_FALSE(c.info().sack);
    EXPECT_FALSE(c.info().window_scaling);
}

TEST(ActiveOpen, of_both_sides_at_once_is_one_connection__rfc9293_must_10) {
    Script s;
    Sock c = s.socket().connect();
    s.out("S 0:0(0)");
    s.in("S 0:0(0) <mss 1460>");
    s.out("S. 0:0(0) ack 1 <mss 1460>");
    c.state_is(TcpState::syn_received);
    s.in("S. 0:0(0) ack 1 <mss 1460>");
    c.is_connected().state_is(TcpState::established);
    c.write(10);
    s.out("P. 1:11(10) ack 1");
}

TEST(ActiveOpen, of_both_sides_is_complete_by_a_plain_ack_too__rfc9293_must_10) {
    Script s;
    Sock c = s.socket().connect();
    s.out("S 0:0(0)");
    s.in("S 0:0(0) <mss 1460>");
    s.out("S. 0:0(0) ack 1");
    s.in("P. 1:11(10) ack 1");
    s.out(". 1:1(0) ack 11");
    c.is_connected().read(10);
}

TEST(ActiveOpen, of_both_sides_repeats_its_syn_ack__rfc9293_must_10) {
    Script s;
    Sock c = s.socket().connect();
    s.out("S 0:0(0)");
    s.at(100ms).in("S 0:0(0) <mss 1460>");
    s.out("S. 0:0(0) ack 1");
    s.at(1s).out("S. 0:0(0) ack 1 <mss 1460>");
    s.in(". 1:1(0) ack 1");
    c.is_connected();
}

TEST(ActiveOpen, of_both_sides_is_refused_by_a_reset__rfc9293_must_11) {
    Script s;
    Sock c = s.socket().connect();
    s.out("S 0:0(0)");
    s.in("S 0:0(0) <mss 1460>");
    s.out("S. 0:0(0) ack 1");
    s.in("R 1:1(0)");
    c.error_is(Errno::connection_refused);
    s.silent(10s);
}

TEST(ActiveOpen, of_both_sides_scales_windows_after_the_handshake__rfc7323_2_2) {
    Script s;
    Sock c = s.socket().connect();
    s.out("S 0:0(0)");
    s.in("S 0:0(0) win 1000 <mss 1460,nop,wscale 3>");
    s.out("S. 0:0(0) ack 1 <mss 1460,nop,wscale *>");
    s.in("S. 0:0(0) ack 1 win 1000 <mss 1460,nop,wscale 3>");
    EXPECT_EQ(c.info().snd_wnd, 1000U);
    s.in(". 1:1(0) ack 1 win 1000");
    EXPECT_EQ(c.info().snd_wnd, 8000U);
}

TEST(ActiveOpen, of_both_sides_closed_before_it_is_complete_sends_its_fin_then__rfc9293_3_10_4) {
    Script s;
    Sock c = s.socket().connect();
    s.out("S 0:0(0)");
    s.in("S 0:0(0) <mss 1460>");
    s.out("S. 0:0(0) ack 1");
    c.close();
    s.in(". 1:1(0) ack 1");
    s.out("F. 1:1(0) ack 1");
    s.state_is(TcpState::fin_wait_1);
}

TEST(ActiveOpen, of_both_sides_that_fails_ends_after_three_minutes__rfc9293_must_22) {
    Script s;
    Sock c = s.socket().connect();
    s.out("S 0:0(0)");
    s.in("S 0:0(0) <mss 1460>");
    s.out("S. 0:0(0) ack 1");
    s.advance(10min);
    s.forget();
    c.error_is(Errno::timed_out);
}

TEST(ActiveOpen, tries_again_with_the_same_socket_after_a_refusal) {
    Script s;
    Sock c = s.socket().connect();
    s.out("S 0:0(0)");
    s.in("R. 0:0(0) ack 1");
    c.connect_fails(Errno::connection_refused, s.flow().remote).connect();
    s.out("S 0:0(0)");
    s.in("S. 0:0(0) ack 1 <mss 1460>");
    s.out(". 1:1(0) ack 1");
    c.is_connected().write(5);
    s.out("P. 1:6(5) ack 1");
}

TEST(ActiveOpen, repeats_its_syn_every_second_then_doubles_as_linux_does) {
    Script s;
    Sock c = s.socket().connect();
    s.out("S 0:0(0)");
    for (const int second : {1, 2, 3, 4, 5, 7, 11, 19, 35, 67, 131})
        s.at(seconds{second}).out("S 0:0(0) <mss 1460,sackOK,ts */0,nop,wscale *>");
    s.silent(10min);
    c.error_is(Errno::timed_out);
}

// MUST-22, MUST-23: a SYN is repeated like text, and for three minutes at least.
TEST(ActiveOpen, doubles_from_the_first_repetition_in_the_rfc_profile__rfc9293_must_22_23) {
    Script s{{.profile = tcp::Profile::rfc()}};
    Sock c = s.socket().connect();
    s.out("S 0:0(0)");
    for (const int second : {1, 3, 7, 15, 31, 63, 127}) s.at(seconds{second}).out("S 0:0(0)");
    s.silent(10min);
    c.error_is(Errno::timed_out);
}

TEST(ActiveOpen, repeats_its_syn_for_as_long_as_so_many_doubled_waits_take__tcp_syncnt) {
    Script s;
    Sock c = s.socket().set(Option::tcp_syncnt, 1).connect();  // 1 and 2 seconds
    s.out("S 0:0(0)");
    s.at(1s).out("S 0:0(0)");
    s.at(2s).out("S 0:0(0)");
    s.silent(1s - 1ms);
    c.state_is(TcpState::syn_sent);
    s.silent(1s);
    c.error_is(Errno::timed_out);
}

TEST(ActiveOpen, is_refused_by_a_reset_that_acknowledges_the_syn__rfc9293_3_10_7_3) {
    Script s;
    Sock c = s.socket().connect();
    s.out("S 0:0(0)");
    s.in("R. 0:0(0) ack 1");
    s.silent(10s);
    c.error_is(Errno::connection_refused);
}

TEST(ActiveOpen, does_not_believe_a_reset_of_something_else__rfc9293_3_10_7_3) {
    Script s;
    Sock c = s.socket().connect();
    s.out("S 0:0(0)");
    s.in("R 0:0(0)").drops(Drop::tcp_bad_rst);
    s.in("R. 0:0(0) ack 0").drops(Drop::tcp_bad_ack);
    s.in("R. 0:0(0) ack 2").drops(Drop::tcp_bad_ack);
    s.silent();
    s.in("S. 0:0(0) ack 1 <mss 1460>");
    s.out(". 1:1(0) ack 1");
    c.is_connected();
}

TEST(ActiveOpen, answers_an_ack_of_something_else_with_a_reset__rfc9293_3_10_7_3) {
    Script s;
    Sock c = s.socket().connect();
    s.out("S 0:0(0)");
    s.in("S. 0:0(0) ack 0").drops(Drop::tcp_bad_ack);
    s.out("R 0:0(0)");
    s.in(". 0:0(0) ack 5").drops(Drop::tcp_bad_ack);
    s.out("R 5:5(0)");
    s.at(1s).out("S 0:0(0)");  // undisturbed
    s.in("S. 0:0(0) ack 1 <mss 1460>");
    s.out(". 1:1(0) ack 1");
    c.is_connected();
}

TEST(ActiveOpen, ignores_what_is_neither_syn_nor_reset__rfc9293_3_10_7_3) {
    Script s;
    Sock c = s.socket().connect();
    s.out("S 0:0(0)");
    s.in(". 0:0(0) ack 1").drops(Drop::tcp_bad_syn);
    s.in("F 0:0(0)").drops(Drop::tcp_bad_syn);
    s.in("- 0:10(10)").drops(Drop::tcp_bad_syn);
    s.silent();
    c.state_is(TcpState::syn_sent);
}

TEST(ActiveOpen, acknowledges_only_the_syn_of_a_syn_ack_with_text_as_linux_does) {
    Script s;
    Sock c = s.socket().connect();
    s.out("S 0:0(0)");
    s.in("S. 0:100(100) ack 1 <mss 1460>");
    s.out(". 1:1(0) ack 1");
    c.read_nothing();
}

TEST(ActiveOpen, takes_the_text_of_a_syn_ack_in_the_rfc_profile__rfc9293_3_10_7_3) {
    Script s{{.profile = tcp::Profile::rfc()}};
    Sock c = s.socket().connect();
    s.out("S 0:0(0)");
    s.in("S. 0:100(100) ack 1 <mss 1460>");
    s.out(". 1:1(0) ack 101");
    c.is_connected().read(100);
}

TEST(ActiveOpen, closed_before_it_is_answered_is_silent_and_resets_the_answer) {
    Script s;
    Sock c = s.socket().connect();
    s.out("S 0:0(0)");
    c.close();
    s.silent(10s);
    s.in("S. 0:0(0) ack 1 <mss 1460>").drops(Drop::tcp_no_connection);
    s.out("R 1:1(0)");
}

TEST(ActiveOpen, numbers_begin_with_a_clock_of_four_microseconds__rfc9293_must_8) {
    Script s;
    const auto isn_of_next = [&] {
        Sock c = s.socket().connect();
        s.out("S 0:0(0)");
        const wire::SeqNum isn = s.flow().iss;
        s.in("R. 0:0(0) ack 1");
        c.close();
        return isn;
    };
    const wire::SeqNum first = isn_of_next();
    s.advance(8ms);
    EXPECT_EQ(isn_of_next() - first, 2000);
}

TEST(ActiveOpen, numbers_of_another_flow_begin_elsewhere__rfc9293_must_9) {
    Script s;
    s.socket().connect();
    s.out("S 0:0(0)");
    const wire::SeqNum first = s.flow().iss;
    s.peer(peer_port + 1).to_port(own_port + 1);
    s.socket().connect();
    s.out("S 0:0(0)");
    EXPECT_GT(std::abs(s.flow().iss - first), 100'000);
}

TEST(ActiveOpen, asks_ip_for_a_source_address_before_the_first_syn__rfc9293_must_44) {
    Script s;
    s.peer(80, far_address);
    s.socket().connect();
    EXPECT_EQ(s.out("S 0:0(0)").source.address, own_address);
}

TEST(ActiveOpen, to_no_single_host_is_refused__rfc9293_must_46) {
    Script s;
    Sock c = s.socket();
    const auto to = [](const wire::IpAddress& a) { return wire::Endpoint{a, wire::Port{80}}; };
    c.connect_fails(Errno::network_unreachable, to(wire::IpAddress::v4(224, 0, 0, 1)));
    c.connect_fails(Errno::network_unreachable, to(wire::IpAddress::v4(255, 255, 255, 255)));
    c.connect_fails(Errno::network_unreachable, to(subnet_broadcast));
    s.silent(10s);
}

TEST(ActiveOpen, sends_what_was_written_when_it_is_established) {
    Script s;
    Sock c = s.socket().connect();
    s.out("S 0:0(0)");
    s.at(50ms).in("S. 0:0(0) ack 1 <mss 1460>");
    s.out(". 1:1(0) ack 1");
    c.write(3000);
    s.out(". 1:1461(1460) ack 1");
    s.out("P. 1461:2921(1460) ack 1");
    s.out("P. 2921:3001(80) ack 1");
}

TEST(ActiveOpen, acknowledges_a_repeated_syn_ack__rfc5961_4_2) {
    Script s;
    Sock c = s.connected();
    s.at(1s).in("S. 0:0(0) ack 1 <mss 1460>").drops(Drop::tcp_bad_syn);
    s.out(". 1:1(0) ack 1");
    c.state_is(TcpState::established);
}

}  // namespace
}  // namespace handfast::script
