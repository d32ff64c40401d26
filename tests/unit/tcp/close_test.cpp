// Closing: RFC 9293 §3.6.
#include "rig.hpp"

namespace handfast::tcp {
namespace {

using namespace testing;
using berkeley::Errno;
using berkeley::Ready;
using berkeley::ShutdownHow;
using trace::Counter;
using trace::Drop;
using trace::Why;
using State = trace::TcpState;

TEST(Close, takes_four_segments_and_the_states_of_figure_12__rfc9293_3_6) {
    Pair p;
    p.open();
    p.sent_a.clear();
    p.sent_b.clear();
    p.a.close(p.ca);
    p.run(milliseconds{50});
    EXPECT_TRUE(p.b.at_end(p.cb));
    p.b.close(p.cb);
    p.run(seconds{1});
    ASSERT_EQ(p.sent_a.size(), 2U);
    ASSERT_EQ(p.sent_b.size(), 2U);
    EXPECT_EQ(p.sent_a[0].flags, fin_ack);
    EXPECT_EQ(p.sent_b[0].flags, ack);
    EXPECT_EQ(p.sent_b[0].why, Why::fin_ack);
    EXPECT_EQ(p.sent_b[1].flags, fin_ack);
    EXPECT_EQ(p.sent_a[1].flags, ack);
    EXPECT_EQ(p.sent_a[1].ack, p.sent_b[1].seq + 1);
    EXPECT_EQ(p.a.heard.path(), "SYN_SENT ESTABLISHED FIN_WAIT_1 FIN_WAIT_2 TIME_WAIT");
    EXPECT_EQ(p.b.heard.path(), "SYN_RCVD ESTABLISHED CLOSE_WAIT LAST_ACK CLOSED");
    EXPECT_EQ(p.b.tcp.connections(), 0U);
    EXPECT_EQ(p.a.tcp.connections(), 0U);
    EXPECT_EQ(p.a.tcp.time_waits(), 1U);
    p.run(seconds{239});
    EXPECT_EQ(p.a.tcp.time_waits(), 1U);
    p.run(seconds{2});  // 2 MSL are over (MUST-13)
    EXPECT_EQ(p.a.tcp.time_waits(), 0U);
    EXPECT_EQ(p.a.heard.path(), "SYN_SENT ESTABLISHED FIN_WAIT_1 FIN_WAIT_2 TIME_WAIT CLOSED");
}

TEST(Close, at_the_same_time_goes_through_CLOSING__rfc9293_3_6_figure_13) {
    Pair p;
    p.open();
    p.a.close(p.ca);
    p.b.close(p.cb);
    p.run(seconds{1});
    EXPECT_EQ(p.a.heard.path(), "SYN_SENT ESTABLISHED FIN_WAIT_1 CLOSING TIME_WAIT");
    EXPECT_EQ(p.b.heard.path(), "SYN_RCVD ESTABLISHED FIN_WAIT_1 CLOSING TIME_WAIT");
    EXPECT_EQ(p.a.tcp.time_waits(), 1U);
    EXPECT_EQ(p.b.tcp.time_waits(), 1U);
}

TEST(Close, half_a_connection_goes_on_carrying_text_the_other_way__rfc9293_3_6) {
    Pair p;
    p.open();
    p.a.write(p.ca, "request");
    p.a.shutdown(p.ca);
    p.run(milliseconds{100});
    EXPECT_EQ(p.b.read(p.cb), "request");
    EXPECT_TRUE(p.b.at_end(p.cb));
    EXPECT_EQ(p.a.state(p.ca), State::fin_wait_2);
    EXPECT_EQ(p.b.state(p.cb), State::close_wait);
    const std::string answer = pattern(200'000);
    std::size_t written = 0;
    std::string got;
    while (got.size() < answer.size()) {
        written += p.b.write(p.cb, std::string_view{answer}.substr(written));
        p.run(milliseconds{20});
        got += p.a.read(p.ca);
    }
    EXPECT_EQ(got, answer);
    EXPECT_EQ(error_of(p.a.tcp.send(p.ca, octets("more"), {}, p.now)), Errno::broken_pipe);
    p.b.shutdown(p.cb);
    p.run(seconds{1});
    EXPECT_TRUE(p.a.at_end(p.ca));
    EXPECT_EQ(p.a.state(p.ca), State::time_wait);
    EXPECT_EQ(p.b.state(p.cb), State::closed);
    EXPECT_EQ(p.a.tcp.take_error(p.ca), std::nullopt);
    EXPECT_EQ(p.b.tcp.take_error(p.cb), std::nullopt);
}

TEST(Close, half_closing_works_in_the_passive_direction_too) {
    Pair p;
    p.open();
    p.b.shutdown(p.cb);
    p.run(milliseconds{100});
    EXPECT_EQ(p.a.state(p.ca), State::close_wait);
    p.a.write(p.ca, "late news");
    p.run(milliseconds{100});
    EXPECT_EQ(p.b.read(p.cb), "late news");
}

TEST(Close, sends_all_queued_text_before_the_fin__rfc9293_3_10_4) {
    Pair p;
    p.open();
    const std::string text = pattern(300'000);
    EXPECT_EQ(p.a.write(p.ca, text), text.size());
    p.a.close(p.ca);
    std::string got;
    for (int i = 0; i < 200 && got.size() < text.size(); ++i) {
        p.run(milliseconds{20});
        got += p.b.read(p.cb);
    }
    EXPECT_EQ(got, text);
    p.run(milliseconds{100});
    EXPECT_TRUE(p.b.at_end(p.cb));
    p.b.close(p.cb);
    p.run(seconds{1});
    EXPECT_EQ(p.a.tcp.connections(), 0U);
}

TEST(Close, a_last_small_segment_goes_with_the_fin_past_nagle_and_cork) {
    Pair p;
    p.open();
    p.a.change(p.ca, [](Settings& s) { s.cork = true; });
    p.a.write(p.ca, "abc");
    p.a.close(p.ca);
    p.run(milliseconds{50});
    EXPECT_EQ(p.b.read(p.cb), "abc");
    EXPECT_TRUE(p.b.at_end(p.cb));
}

TEST(Close, a_lost_fin_is_repeated) {
    Pair p;
    p.open();
    int n = 0;
    p.lose_a = [&](const Seg& s) { return s.flags.fin() && ++n <= 2; };
    p.a.close(p.ca);
    p.run(seconds{3});
    EXPECT_EQ(p.b.state(p.cb), State::close_wait);
    EXPECT_EQ(n, 3);
    EXPECT_EQ(p.sent_a.back().why, Why::rto_retransmission);
    EXPECT_EQ(p.sent_a.back().attempt, 2);
}

TEST(Close, a_lost_last_ack_is_answered_from_time_wait_and_2_msl_begin_anew__rfc9293_3_10_7_8) {
    Pair p;
    p.open();
    p.a.shutdown(p.ca);
    p.run(milliseconds{50});
    int n = 0;
    p.lose_a = [&](const Seg& s) { return s.flags == ack && ++n <= 1; };
    p.b.shutdown(p.cb);
    p.run(seconds{5});
    EXPECT_EQ(p.b.state(p.cb), State::closed);
    EXPECT_EQ(n, 2);
    EXPECT_EQ(p.sent_a.back().why, Why::time_wait_ack);
    p.run_until(p.sent_a[p.sent_a.size() - 2].at + seconds{240} + milliseconds{1});
    EXPECT_EQ(p.a.tcp.time_waits(), 1U);
    p.run(seconds{1});
    EXPECT_EQ(p.a.tcp.time_waits(), 0U);
}

TEST(Close, a_fin_that_comes_before_missing_text_waits_for_it__rfc9293_3_10_7_4) {
    Lone l;
    l.accept();
    l.inject(l.peer(fin_ack, 6, 1));
    EXPECT_EQ(l.host.state(l.c), State::established);
    EXPECT_EQ(l.rel_ack(l.sent_one()), 1U);
    l.inject(l.peer(ack, 1, 1, "hello"));
    EXPECT_EQ(l.host.state(l.c), State::close_wait);
    EXPECT_EQ(l.rel_ack(l.sent_one()), 7U);
    EXPECT_EQ(l.host.read(l.c), "hello");
    EXPECT_TRUE(l.host.at_end(l.c));
}

TEST(Close, while_a_fin_waits_for_missing_text_pure_acks_are_not_answered__attack_A40) {
    Lone l;
    l.accept();
    l.inject(l.peer(fin_ack, 6, 1));
    (void)l.sent();
    l.inject(l.peer(ack, 1, 1));
    EXPECT_TRUE(l.sent().empty());
}

TEST(Close, a_fin_that_lies_about_where_the_text_ends_is_not_believed) {
    Lone l;
    l.accept();
    l.inject(l.peer(ack, 6, 1, "world"));  // beyond a hole
    l.inject(l.peer(fin_ack, 8, 1));       // inside of it
    l.inject(l.peer(ack, 1, 1, "hello"));
    EXPECT_EQ(l.host.state(l.c), State::established);
    EXPECT_EQ(l.host.read(l.c), "helloworld");
    (void)l.sent();
    l.inject(l.peer(ack, 11, 1, "!"));
    EXPECT_EQ(l.host.read(l.c), "!");
    l.inject(l.peer(fin_ack, 12, 1));
    EXPECT_EQ(l.host.state(l.c), State::close_wait);
}

TEST(Close, with_unread_text_sends_a_reset__rfc9293_shld_3) {
    Pair p;
    p.open();
    p.a.write(p.ca, "nobody reads this");
    p.run(milliseconds{50});
    p.sent_b.clear();
    p.b.close(p.cb);
    p.run(milliseconds{50});
    ASSERT_EQ(p.sent_b.size(), 1U);
    EXPECT_EQ(p.sent_b[0].flags, rst_ack);
    EXPECT_EQ(p.sent_b[0].why, Why::rst_unread_data);
    EXPECT_EQ(p.a.state(p.ca), State::closed);
    EXPECT_EQ(p.a.tcp.take_error(p.ca), Errno::connection_reset);
    EXPECT_EQ(p.b.counted(Counter::tcp_ext_abort_on_close), 1U);
    EXPECT_EQ(p.b.tcp.connections(), 0U);
}

TEST(Close, text_that_arrives_after_it_is_reset__rfc9293_shld_3) {
    Pair p;
    p.open();
    p.b.close(p.cb);
    p.run(milliseconds{50});
    p.a.write(p.ca, "too late");
    p.run(milliseconds{50});
    EXPECT_EQ(p.a.state(p.ca), State::closed);
    EXPECT_EQ(p.a.tcp.take_error(p.ca), Errno::broken_pipe);  // the FIN had come: as Linux has it
    EXPECT_EQ(p.b.tcp.connections(), 0U);
    EXPECT_EQ(p.b.dropped(Drop::tcp_after_close), 1U);
    EXPECT_EQ(p.sent_b.back().why, Why::rst_data_after_close);
}

TEST(Close, text_after_both_directions_were_shut_is_reset_as_linux_has_it) {
    Pair p;
    p.open();
    p.b.shutdown(p.cb, ShutdownHow::both);
    p.run(milliseconds{50});
    p.a.write(p.ca, "too late");
    p.run(milliseconds{50});
    EXPECT_EQ(p.a.state(p.ca), State::closed);
    EXPECT_EQ(p.sent_b.back().why, Why::rst_data_after_close);
}

TEST(Close, text_after_shut_rd_is_acknowledged_and_can_be_read_as_linux_has_it) {
    Pair p;
    p.open();
    p.b.shutdown(p.cb, ShutdownHow::read);
    EXPECT_TRUE(p.b.at_end(p.cb));
    p.a.write(p.ca, "still");
    p.run(milliseconds{100});
    EXPECT_EQ(p.a.look(p.ca).in_flight, 0U);
    EXPECT_EQ(p.b.read(p.cb), "still");
    EXPECT_TRUE(p.b.at_end(p.cb));
    EXPECT_EQ(p.b.state(p.cb), State::established);
}

TEST(Close, with_linger_0_sends_a_reset_at_once__rfc9293_3_10_5) {
    Pair p;
    p.open();
    p.a.change(p.ca, [](Settings& s) { s.reset_on_close = true; });
    p.a.write(p.ca, "lost");
    p.a.close(p.ca);
    p.run(milliseconds{50});
    EXPECT_EQ(p.a.tcp.connections(), 0U);
    EXPECT_EQ(p.b.state(p.cb), State::closed);
    EXPECT_EQ(p.b.tcp.take_error(p.cb), Errno::connection_reset);
    EXPECT_EQ(p.pool.blocks_in_use(), 0U);
}

TEST(Close, an_abort_with_lost_text_in_flight_still_resets_the_peer__rfc5961_3_2) {
    Pair p;
    p.open();
    p.lose_a = [](const Seg& s) { return s.length > 0; };
    p.a.write(p.ca, pattern(5'000));
    p.run(seconds{1});  // SND.NXT goes back and forth
    p.lose_a = nullptr;
    p.a.abort(p.ca);
    p.run(milliseconds{100});
    EXPECT_EQ(p.a.tcp.connections(), 0U);
    // The text that the RST follows never came, so the RST is in the window but not exact: the peer
    // challenges, and the answer to the challenge is exact.
    EXPECT_EQ(p.b.state(p.cb), State::closed);
}

TEST(Close, an_abort_after_delivered_text_is_exact) {
    Pair p;
    p.open();
    p.a.write(p.ca, pattern(5'000));
    p.run(seconds{1});
    p.a.abort(p.ca);
    p.run(milliseconds{15});
    EXPECT_EQ(p.b.state(p.cb), State::closed);
}

TEST(Close, received_text_can_be_read_after_a_reset_as_linux_has_it) {
    Pair p;
    p.open();
    p.a.write(p.ca, "last words");
    p.run(milliseconds{50});
    p.a.abort(p.ca);
    p.run(milliseconds{50});
    EXPECT_EQ(p.b.tcp.ready(p.cb).bits,
              Ready::in_bit | Ready::out_bit | Ready::err_bit | Ready::hup_bit | Ready::rdhup_bit);
    EXPECT_EQ(p.b.read(p.cb, 10), "last words");
    std::string one(1, '\0');
    EXPECT_EQ(error_of(p.b.receive_into(p.cb, one)), Errno::connection_reset);
    EXPECT_EQ(p.b.receive_into(p.cb, one).value_or(9), 0U);
    p.b.close(p.cb);
    EXPECT_EQ(p.b.tcp.connections(), 0U);
}

TEST(Close, the_strict_profile_flushes_received_text_at_a_reset__rfc9293_3_10_7_4) {
    Given g;
    g.profile = Profile::rfc();
    Pair p{g};
    p.open();
    p.a.write(p.ca, "last words");
    p.run(milliseconds{50});
    p.a.abort(p.ca);
    p.run(milliseconds{50});
    std::string some(100, '\0');
    EXPECT_EQ(error_of(p.b.receive_into(p.cb, some)), Errno::connection_reset);
}

TEST(Close, an_error_is_told_once_by_poll_then_by_the_next_call) {
    Pair p;
    p.open();
    p.b.abort(p.cb);
    p.run(milliseconds{50});
    EXPECT_TRUE(p.a.tcp.ready(p.ca).any(Ready::err_bit));
    EXPECT_TRUE(p.a.tcp.ready(p.ca).any(Ready::err_bit));
    EXPECT_EQ(error_of(p.a.tcp.send(p.ca, octets("x"), {}, p.now)), Errno::connection_reset);
    EXPECT_FALSE(p.a.tcp.ready(p.ca).any(Ready::err_bit));
    EXPECT_EQ(error_of(p.a.tcp.send(p.ca, octets("x"), {}, p.now)), Errno::broken_pipe);
    EXPECT_TRUE(p.a.at_end(p.ca));
}

TEST(Close, an_orphan_in_fin_wait_2_waits_a_minute_for_the_fin_and_no_longer__attack_A43) {
    Pair p;
    p.open();
    p.a.close(p.ca);
    p.run(seconds{59});
    EXPECT_EQ(p.a.tcp.connections(), 1U);
    p.run(seconds{2});
    EXPECT_EQ(p.a.tcp.connections(), 0U);
    EXPECT_EQ(p.a.heard.path(), "SYN_SENT ESTABLISHED FIN_WAIT_1 FIN_WAIT_2 CLOSED");
}

TEST(Close, tcp_linger2_shortens_that_wait) {
    Pair p;
    p.open();
    p.a.change(p.ca, [](Settings& s) { s.fin_wait_2 = seconds{5}; });
    p.a.close(p.ca);
    p.run(seconds{4});
    EXPECT_EQ(p.a.tcp.connections(), 1U);
    p.run(seconds{2});
    EXPECT_EQ(p.a.tcp.connections(), 0U);
}

TEST(Close, a_half_closed_owner_may_stay_in_fin_wait_2_for_ever) {
    Pair p;
    p.open();
    p.a.shutdown(p.ca);
    p.run(seconds{1'000});
    EXPECT_EQ(p.a.state(p.ca), State::fin_wait_2);
    p.a.close(p.ca);
    p.run(seconds{61});
    EXPECT_EQ(p.a.tcp.connections(), 0U);
}

TEST(Close, more_orphans_than_the_limit_are_reset__attack_A43) {
    Given g;
    g.limits.orphans = 2;
    Pair p{g};
    p.listener = p.b.listen(80);
    std::vector<ConnectionId> c;
    for (std::uint16_t i = 0; i < 3; ++i)
        c.push_back(p.a.connect(static_cast<std::uint16_t>(1000 + i), p.b.at(80)));
    p.run(milliseconds{100});
    for (const auto id : c) p.a.close(id);
    p.run(milliseconds{100});
    EXPECT_EQ(p.a.tcp.connections(), 2U);
    EXPECT_EQ(p.a.counted(Counter::tcp_ext_abort_on_memory), 1U);
}

TEST(Close, an_orphan_whose_peer_keeps_its_window_closed_is_given_up__attack_A42) {
    Pair p;
    p.open();
    p.a.write(p.ca, pattern(4'000'000));
    p.run(seconds{5});
    EXPECT_EQ(p.a.look(p.ca).snd_wnd, 0U);
    p.a.close(p.ca);
    p.run(seconds{3'600});
    EXPECT_EQ(p.a.tcp.connections(), 0U);
}

TEST(Close, shutdown_needs_a_connection) {
    Lone l;
    l.c = l.host.connect(80, l.remote);
    EXPECT_EQ(error_of(l.host.tcp.shutdown(l.c, ShutdownHow::write, l.now)), Errno::not_connected);
}

TEST(Close, tells_the_reader_of_the_fin_and_the_writer_of_the_hangup) {
    Pair p;
    p.open();
    (void)p.a.notices();
    (void)p.b.notices();
    p.a.shutdown(p.ca);
    p.run(milliseconds{50});
    const auto told = p.b.notices();
    ASSERT_EQ(told.size(), 1U);
    EXPECT_TRUE(told[0].readable);
    EXPECT_FALSE(told[0].closed);
    EXPECT_EQ(p.b.tcp.ready(p.cb).bits, Ready::in_bit | Ready::out_bit | Ready::rdhup_bit);
    EXPECT_EQ(p.a.tcp.ready(p.ca).bits, Ready::out_bit);
    p.b.shutdown(p.cb);
    p.run(milliseconds{50});
    EXPECT_EQ(p.b.tcp.ready(p.cb).bits,
              Ready::in_bit | Ready::out_bit | Ready::rdhup_bit | Ready::hup_bit);
    const auto end = p.b.notices();
    ASSERT_EQ(end.size(), 1U);
    EXPECT_TRUE(end[0].closed);
}

}  // namespace
}  // namespace handfast::tcp
