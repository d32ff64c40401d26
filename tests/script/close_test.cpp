// Closing a connection: RFC 9293 §3.6, §3.10.4, §3.10.7.4 (eighth).
#include <gtest/gtest.h>

#include "support/script.hpp"

namespace handfast::script {
namespace {

using berkeley::Option;
using berkeley::ShutdownHow;

TEST(Close, first_goes_through_fin_wait_to_time_wait__rfc9293_must_13) {
    Script s;
    Sock c = s.accepted();
    c.close();
    s.out("F. 1:1(0) ack 1");
    s.state_is(TcpState::fin_wait_1);
    s.in(". 1:1(0) ack 2");
    s.state_is(TcpState::fin_wait_2);
    s.at(100ms).in("F. 1:1(0) ack 2");
    s.out(". 2:2(0) ack 2");
    s.state_is(TcpState::time_wait);
    s.at(240s).state_is(TcpState::time_wait);  // 2 MSL
    s.after(200ms).state_is(TcpState::closed);
}

TEST(Close, second_goes_through_close_wait_and_last_ack__rfc9293_3_6) {
    Script s;
    Sock c = s.accepted();
    s.in("F. 1:1(0) ack 1");
    s.out(". 1:1(0) ack 2");
    c.state_is(TcpState::close_wait).read_end();
    c.write(10);
    s.out("P. 1:11(10) ack 2");
    s.in(". 2:2(0) ack 11");
    c.close();
    s.out("F. 11:11(0) ack 2");
    s.state_is(TcpState::last_ack);
    s.in(". 2:2(0) ack 12");
    s.state_is(TcpState::closed);
}

TEST(Close, of_both_at_once_goes_through_closing__rfc9293_3_6) {
    Script s;
    Sock c = s.accepted();
    c.close();
    s.out("F. 1:1(0) ack 1");
    s.in("F. 1:1(0) ack 1");
    s.out(". 2:2(0) ack 2");
    s.state_is(TcpState::closing);
    s.in(". 2:2(0) ack 2");
    s.state_is(TcpState::time_wait);
}

TEST(Close, is_in_time_wait_at_once_when_the_fin_acknowledges_ours__rfc9293_3_10_7_4) {
    Script s;
    Sock c = s.accepted();
    c.close();
    s.out("F. 1:1(0) ack 1");
    s.in("F. 1:1(0) ack 2");
    s.out(". 2:2(0) ack 2");
    s.state_is(TcpState::time_wait);
}

TEST(Close, sends_what_is_queued_and_the_fin_with_the_last_of_it__rfc9293_3_6) {
    Script s;
    Sock c = s.accepted();
    c.write(2000).close();
    s.out(". 1:1461(1460) ack 1");
    s.out("P. 1461:2001(540) ack 1");
    s.out("F. 2001:2001(0) ack 1");
    s.in("F. 1:1(0) ack 2002");
    s.out(". 2002:2002(0) ack 2");
}

TEST(Close, puts_the_fin_on_text_that_waited_for_the_window__rfc9293_3_6) {
    Script s;
    Sock c = s.accepted();
    s.in(". 1:1(0) ack 1 win 1460");
    c.write(2000).close();
    s.out(". 1:1461(1460) ack 1");
    s.in(". 1:1(0) ack 1461 win 1460");
    s.out("FP. 1461:2001(540) ack 1");
}

TEST(Close, takes_text_that_comes_with_the_fin__rfc9293_3_10_7_4) {
    Script s;
    Sock c = s.accepted();
    s.in("FP. 1:101(100) ack 1");
    s.out(". 1:1(0) ack 102");
    c.state_is(TcpState::close_wait).read(100).read_end();
}

TEST(Close, keeps_a_fin_that_came_before_missing_text__rfc9293_shld_31) {
    Script s;
    Sock c = s.accepted();
    s.in("F. 101:101(0) ack 1");
    s.out(". 1:1(0) ack 1");
    c.state_is(TcpState::established);
    s.in("P. 1:101(100) ack 1");
    s.out(". 1:1(0) ack 102");
    c.state_is(TcpState::close_wait).read(100).read_end();
}

TEST(Close, ignores_text_beyond_the_fin__rfc9293_3_10_7_4) {
    Script s;
    Sock c = s.accepted();
    s.in("F. 1:1(0) ack 1");
    s.out(". 1:1(0) ack 2");
    s.in("P. 2:12(10) ack 1");
    c.read_end();
    s.silent(1s);
}

TEST(Close, acknowledges_a_repeated_fin__rfc9293_3_10_7_4) {
    Script s;
    Sock c = s.accepted();
    s.in("F. 1:1(0) ack 1");
    s.out(". 1:1(0) ack 2");
    s.at(300ms).in("F. 1:1(0) ack 1").drops(Drop::tcp_old_duplicate);
    s.out(". 1:1(0) ack 2");
    c.state_is(TcpState::close_wait);
}

TEST(Close, repeats_its_fin_until_it_is_acknowledged__rfc6298) {
    Script s;
    Sock c = s.accepted();
    c.close();
    s.out("F. 1:1(0) ack 1");
    s.at(200ms).out("F. 1:1(0) ack 1");
    s.at(600ms).out("F. 1:1(0) ack 1");
    s.in(". 1:1(0) ack 2");
    s.silent(10s);
    s.state_is(TcpState::fin_wait_2);
}

TEST(Close, of_one_direction_leaves_the_other_open__rfc9293_3_6) {
    Script s;
    Sock c = s.accepted();
    c.shutdown();
    s.out("F. 1:1(0) ack 1");
    s.in(". 1:1(0) ack 2");
    c.write_fails(Errno::broken_pipe);
    s.in("P. 1:1461(1460) ack 2");
    s.out(". 2:2(0) ack 1461");
    c.read(1460).state_is(TcpState::fin_wait_2);
    s.silent(10min);  // it has an owner: no limit of time
    s.in("FP. 1461:1471(10) ack 2");
    s.out(". 2:2(0) ack 1472");
    c.read(10).read_end();
    s.state_is(TcpState::time_wait);
}

TEST(Close, takes_text_and_fin_in_fin_wait_1__rfc9293_3_10_7_4) {
    Script s;
    Sock c = s.accepted();
    c.shutdown();
    s.out("F. 1:1(0) ack 1");
    s.in("FP. 1:101(100) ack 1");
    s.out(". 2:2(0) ack 102");
    c.state_is(TcpState::closing).read(100).read_end();
}

TEST(Close, for_reading_still_takes_text_as_linux_does) {
    Script s;
    Sock c = s.accepted();
    c.shutdown(ShutdownHow::read).read_end();
    s.in("P. 1:11(10) ack 1");
    s.out(". 1:1(0) ack 11");
    c.read(10).read_end();
}

TEST(Close, with_unread_text_resets__rfc9293_shld_3) {
    Script s;
    Sock c = s.accepted();
    s.in("P. 1:11(10) ack 1");
    s.out(". 1:1(0) ack 11");
    c.close();
    const Seen& r = s.out("R. 1:1(0) ack 11");
    EXPECT_EQ(r.why, Why::rst_unread_data);
    s.state_is(TcpState::closed);
}

TEST(Close, answers_text_that_comes_later_with_a_reset__rfc9293_shld_3) {
    Script s;
    Sock c = s.accepted();
    c.close();
    s.out("F. 1:1(0) ack 1");
    s.in("P. 1:11(10) ack 1").drops(Drop::tcp_after_close);
    s.out("R 1:1(0)");
    s.state_is(TcpState::closed);
}

TEST(Close, with_linger_zero_resets) {
    Script s;
    Sock c = s.accepted();
    c.write(10).linger({.on = true, .time = seconds{0}});
    s.out("P. 1:11(10) ack 1");
    c.close();
    s.out("R. 11:11(0) ack 1");
    s.state_is(TcpState::closed);
    s.silent(10s);
}

TEST(Close, abort_resets_and_forgets__rfc9293_3_10_5) {
    Script s;
    Sock c = s.accepted();
    c.write(10);
    s.out("P. 1:11(10) ack 1");
    c.abort();
    s.out("R. 11:11(0) ack 1");
    s.in(". 1:1(0) ack 11").drops(Drop::tcp_no_connection);
    s.out("R 11:11(0)");
}

TEST(Close, waits_for_the_peers_fin_no_longer_than_a_minute_without_owner) {
    Script s;
    Sock c = s.accepted();
    c.close();
    s.out("F. 1:1(0) ack 1");
    s.in(". 1:1(0) ack 2");
    s.at(59s).state_is(TcpState::fin_wait_2);
    s.at(61s).state_is(TcpState::closed);
    s.in("F. 1:1(0) ack 2").drops(Drop::tcp_no_connection);
    s.out("R 2:2(0)");
}

TEST(Close, gives_up_an_orphan_whose_fin_nobody_acknowledges) {
    Script s;
    Sock c = s.accepted();
    c.close();
    s.out("F. 1:1(0) ack 1");
    for (const int ms : {200, 600, 1400, 3000, 6200, 12600, 25400, 51000})
        s.at(milliseconds{ms}).out("F. 1:1(0) ack 1");
    s.at(102200ms).out("R. 2:2(0) ack 1");
    s.state_is(TcpState::closed);
}

// The application can tell the end of a stream from its loss.
TEST(Close, tells_a_fin_from_a_reset__rfc9293_must_12) {
    Script s;
    Sock closed = s.accepted();
    s.in("F. 1:1(0) ack 1");
    s.out(". 1:1(0) ack 2");
    closed.read_end();
    s.peer(peer_port + 1).to_port(own_port + 1);
    Sock reset = s.accepted();
    s.in("R 1:1(0)");
    reset.read_fails(Errno::connection_reset).write_fails(Errno::broken_pipe);
}

TEST(Close, text_before_a_reset_can_be_read_as_on_linux) {
    Script s;
    Sock c = s.accepted();
    s.in("P. 1:11(10) ack 1");
    s.out(". 1:1(0) ack 11");
    s.in("R 11:11(0)");
    c.read(10).read_fails(Errno::connection_reset);
}

TEST(Close, a_reset_flushes_the_text_in_the_rfc_profile__rfc9293_3_10_7_4) {
    Script s{{.profile = tcp::Profile::rfc()}};
    Sock c = s.accepted();
    s.in("P. 1:11(10) ack 1");
    s.out(". 1:1(0) ack 11");
    s.in("R 11:11(0)");
    c.read_fails(Errno::connection_reset);
}

TEST(Close, a_reset_in_close_wait_breaks_the_pipe_as_on_linux) {
    Script s;
    Sock c = s.accepted();
    s.in("F. 1:1(0) ack 1");
    s.out(". 1:1(0) ack 2");
    s.in("R 2:2(0)");
    c.error_is(Errno::broken_pipe).read_end();
}

TEST(Close, a_reset_in_close_wait_is_a_reset_in_the_rfc_profile__rfc9293_3_10_7_4) {
    Script s{{.profile = tcp::Profile::rfc()}};
    Sock c = s.accepted();
    s.in("F. 1:1(0) ack 1");
    s.out(". 1:1(0) ack 2");
    s.in("R 2:2(0)");
    c.error_is(Errno::connection_reset);
}

TEST(Close, a_reset_ends_every_closing_state_silently__rfc9293_3_10_7_4) {
    Script s;
    Sock c = s.accepted();
    c.close();
    s.out("F. 1:1(0) ack 1");
    s.in("R 1:1(0)");
    s.state_is(TcpState::closed);
    s.peer(2).to_port(2);
    Sock closing = s.accepted();
    closing.close();
    s.out("F. 1:1(0) ack 1");
    s.in("F. 1:1(0) ack 1");
    s.out(". 2:2(0) ack 2");
    s.in("R 2:2(0)");
    s.state_is(TcpState::closed);
    s.peer(3).to_port(3);
    Sock last = s.accepted();
    s.in("F. 1:1(0) ack 1");
    s.out(". 1:1(0) ack 2");
    last.close();
    s.out("F. 1:1(0) ack 2");
    s.in("R 2:2(0)");
    s.state_is(TcpState::closed);
    s.silent(10s);
}

TEST(Close, sends_text_and_fin_that_more_held_back__msg_more) {
    Script s;
    Sock c = s.accepted();
    c.write(10, {.more = true}).close();
    s.out("FP. 1:11(10) ack 1");
}

TEST(Close, while_the_window_is_closed_sends_the_text_when_it_opens__rfc9293_3_6) {
    Script s;
    Sock c = s.accepted();
    s.in(". 1:1(0) ack 1 win 0");
    c.write(10).close();
    s.at(200ms).out(". 0:0(0) ack 1");
    s.in(". 1:1(0) ack 1 win 100");
    s.out("FP. 1:11(10) ack 1");
    s.in("F. 1:1(0) ack 12");
    s.out(". 12:12(0) ack 2");
    s.state_is(TcpState::time_wait);
}

TEST(Close, repeats_text_and_fin_together__rfc9293_3_8_1) {
    Script s;
    Sock c = s.accepted();
    c.write(10).close();
    s.out("P. 1:11(10) ack 1");
    s.out("F. 11:11(0) ack 1");
    s.at(200ms).out("FP. 1:11(10) ack 1");
    s.in(". 1:1(0) ack 11");  // the text came, the FIN did not
    s.at(400ms).out("F. 11:11(0) ack 1");
    s.in(". 1:1(0) ack 12");
    s.state_is(TcpState::fin_wait_2);
}

TEST(Close, half_closed_connections_are_kept_alive__rfc9293_3_8_4) {
    Script s;
    Sock c = s.accepted();
    c.set(Option::so_keepalive, 1).set(Option::tcp_keepidle, 10).shutdown();
    s.out("F. 1:1(0) ack 1");
    s.in(". 1:1(0) ack 2");
    s.at(10s).out(". 1:1(0) ack 1");
    s.in(". 1:1(0) ack 2");
    c.state_is(TcpState::fin_wait_2);
}

TEST(Close, of_both_at_once_repeats_its_fin_in_closing__rfc9293_3_6) {
    Script s;
    Sock c = s.accepted();
    c.close();
    s.out("F. 1:1(0) ack 1");
    s.in("F. 1:1(0) ack 1");
    s.out(". 2:2(0) ack 2");
    s.at(200ms).out("F. 1:1(0) ack 2");
    s.in(". 2:2(0) ack 2");
    s.state_is(TcpState::time_wait);
}

TEST(Close, in_last_ack_answers_a_repeated_fin__rfc9293_3_10_7_4) {
    Script s;
    Sock c = s.accepted();
    s.in("F. 1:1(0) ack 1");
    s.out(". 1:1(0) ack 2");
    c.close();
    s.out("F. 1:1(0) ack 2");
    s.in("F. 1:1(0) ack 1").drops(Drop::tcp_old_duplicate);
    s.out(". 2:2(0) ack 2");
    s.state_is(TcpState::last_ack);
    s.in(". 2:2(0) ack 2");
    s.state_is(TcpState::closed);
}

TEST(Close, with_a_linger_time_still_ends_with_a_fin) {
    Script s;
    Sock c = s.accepted();
    c.linger({.on = true, .time = seconds{5}}).close();
    s.out("F. 1:1(0) ack 1");
}

TEST(Close, orphans_are_bounded_and_those_beyond_are_reset) {
    Given given;
    given.limits.tcp.orphans = 1;
    Script s{given};
    s.peer(1).to_port(1);
    Sock first = s.accepted();
    s.peer(2).to_port(2);
    Sock second = s.accepted();
    first.close();
    s.peer(1).to_port(1).out("F. 1:1(0) ack 1");
    second.close();
    s.peer(2).to_port(2).out("R. 1:1(0) ack 1");
    EXPECT_EQ(s.counted(Counter::tcp_ext_abort_on_memory), 1U);
}

TEST(Close, of_a_listener_resets_what_waits_to_be_accepted) {
    Script s;
    Sock listener = s.socket().bind(own_port).listen();
    s.in("S 0:0(0) <mss 1460>");
    s.out("S. 0:0(0) ack 1");
    s.in(". 1:1(0) ack 1");
    listener.close();
    s.out("R. 1:1(0) ack 1");
    s.in("S 0:0(0) <mss 1460>").drops(Drop::tcp_no_connection);
    s.out_any();
}

}  // namespace
}  // namespace handfast::script
