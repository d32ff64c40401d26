// Opening: RFC 9293 §3.5.
#include "rig.hpp"

namespace handfast::tcp {
namespace {

using namespace testing;
using berkeley::Errno;
using trace::Why;
using State = trace::TcpState;

TEST(Handshake, goes_through_the_states_of_figure_6__rfc9293_3_5) {
    Pair p;
    p.open();
    EXPECT_EQ(p.a.heard.path(), "SYN_SENT ESTABLISHED");
    EXPECT_EQ(p.b.heard.path(), "SYN_RCVD ESTABLISHED");
    ASSERT_EQ(p.sent_a.size(), 2U);
    ASSERT_EQ(p.sent_b.size(), 1U);
    EXPECT_EQ(p.sent_a[0].flags, syn);
    EXPECT_EQ(p.sent_b[0].flags, syn_ack);
    EXPECT_EQ(p.sent_b[0].ack, p.sent_a[0].seq + 1);
    EXPECT_EQ(p.sent_a[1].flags, ack);
    EXPECT_EQ(p.sent_a[1].seq, p.sent_a[0].seq + 1);
    EXPECT_EQ(p.sent_a[1].ack, p.sent_b[0].seq + 1);
    EXPECT_EQ(p.sent_a[0].why, Why::handshake_syn);
    EXPECT_EQ(p.sent_b[0].why, Why::handshake_syn_ack);
    EXPECT_EQ(p.sent_a[1].why, Why::handshake_ack);
}

TEST(Handshake, tells_the_opener_that_it_may_write_and_the_listener_that_it_may_accept) {
    Pair p;
    p.listener = p.b.listen(80);
    p.ca = p.a.connect(40'000, p.b.at(80));
    EXPECT_EQ(p.a.tcp.ready(p.ca).bits, 0U);
    p.settle();
    const auto told_a = p.a.notices();
    ASSERT_EQ(told_a.size(), 1U);
    EXPECT_TRUE(told_a[0].writable);
    EXPECT_FALSE(told_a[0].closed);
    const auto told_b = p.b.notices();
    ASSERT_EQ(told_b.size(), 1U);
    EXPECT_TRUE(told_b[0].readable);
    EXPECT_EQ(p.b.tcp.acceptable(p.listener), 1U);
    EXPECT_EQ(p.a.tcp.ready(p.ca).bits, berkeley::Ready::out_bit);
}

TEST(Handshake, a_refused_syn_gives_ECONNREFUSED__rfc9293_3_10_7_1) {
    Pair p;
    p.ca = p.a.connect(40'000, p.b.at(81));
    p.settle();
    ASSERT_EQ(p.sent_b.size(), 1U);
    EXPECT_EQ(p.sent_b[0].flags, rst_ack);
    EXPECT_EQ(p.sent_b[0].seq, wire::SeqNum{0});
    EXPECT_EQ(p.sent_b[0].ack, p.sent_a[0].seq + 1);
    EXPECT_EQ(p.sent_b[0].why, Why::rst_refused);
    EXPECT_EQ(p.a.state(p.ca), State::closed);
    EXPECT_EQ(p.a.tcp.take_error(p.ca), Errno::connection_refused);
    EXPECT_EQ(p.a.tcp.take_error(p.ca), std::nullopt);
    p.a.close(p.ca);
    EXPECT_EQ(p.a.tcp.connections(), 0U);
}

TEST(Handshake, a_lost_syn_is_repeated_after_a_second__rfc6298_2_1) {
    Pair p;
    int syns = 0;
    p.lose_a = [&](const Seg& s) { return s.flags.syn() && ++syns <= 2; };
    p.listener = p.b.listen(80);
    p.ca = p.a.connect(40'000, p.b.at(80));
    p.run(seconds{10});
    EXPECT_EQ(p.a.state(p.ca), State::established);
    ASSERT_GE(p.sent_a.size(), 3U);
    EXPECT_EQ(p.sent_a[1].at - p.sent_a[0].at, seconds{1});
    EXPECT_EQ(p.sent_a[2].at - p.sent_a[1].at, seconds{1});  // Linux's linear time-outs
    EXPECT_EQ(p.sent_a[1].seq, p.sent_a[0].seq);
    EXPECT_EQ(p.sent_a[1].options.mss, p.sent_a[0].options.mss);
    EXPECT_EQ(p.sent_a[1].attempt, 1);
    EXPECT_EQ(p.sent_a[2].attempt, 2);
    EXPECT_EQ(p.sent_a[2].why, Why::rto_retransmission);
}

TEST(Handshake, doubles_the_wait_for_a_syn_in_the_strict_profile__rfc6298_5_5) {
    Given s;
    s.profile = Profile::rfc();
    Lone l{s};
    l.c = l.host.connect(80, l.remote);
    l.run(seconds{8});
    const auto sent = l.sent();
    ASSERT_EQ(sent.size(), 4U);
    EXPECT_EQ(sent[1].at - sent[0].at, seconds{1});
    EXPECT_EQ(sent[2].at - sent[1].at, seconds{2});
    EXPECT_EQ(sent[3].at - sent[2].at, seconds{4});
}

TEST(Handshake, a_lost_syn_ack_is_repeated_once_the_syn_comes_again) {
    Pair p;
    int lost = 0;
    p.lose_b = [&](const Seg& s) { return s.flags.syn() && ++lost <= 1; };
    p.listener = p.b.listen(80);
    p.ca = p.a.connect(40'000, p.b.at(80));
    p.run(seconds{10});
    EXPECT_EQ(p.a.state(p.ca), State::established);
    EXPECT_EQ(p.b.tcp.acceptable(p.listener), 1U);
}

TEST(Handshake, a_syn_ack_is_repeated_by_time_when_the_last_ack_is_lost) {
    Pair p;
    int acks = 0;
    p.lose_a = [&](const Seg& s) { return s.flags == ack && ++acks <= 1; };
    p.listener = p.b.listen(80);
    p.ca = p.a.connect(40'000, p.b.at(80));
    p.run(milliseconds{500});
    EXPECT_EQ(p.b.tcp.acceptable(p.listener), 0U);
    p.run(seconds{3});
    EXPECT_EQ(p.b.tcp.acceptable(p.listener), 1U);
    EXPECT_EQ(p.b.heard.path(), "SYN_RCVD ESTABLISHED");
}

TEST(Handshake, text_completes_it_when_the_last_ack_is_lost) {
    Pair p;
    int acks = 0;
    p.lose_a = [&](const Seg& s) { return s.flags == ack && s.length == 0 && ++acks <= 1; };
    p.listener = p.b.listen(80);
    p.ca = p.a.connect(40'000, p.b.at(80));
    p.run(milliseconds{50});
    p.a.write(p.ca, "hello");
    p.run(milliseconds{50});
    const auto c = p.b.accept(p.listener);
    ASSERT_TRUE(c);
    EXPECT_EQ(p.b.read(*c), "hello");
}

TEST(Handshake, gives_up_a_syn_after_three_minutes_and_not_before__rfc9293_must_23) {
    Lone l;
    l.c = l.host.connect(80, l.remote);
    l.run(seconds{179});
    EXPECT_EQ(l.host.state(l.c), State::syn_sent);
    l.run(seconds{200});
    EXPECT_EQ(l.host.state(l.c), State::closed);
    EXPECT_EQ(l.host.tcp.take_error(l.c), Errno::timed_out);
    for (const auto& s : l.sent()) EXPECT_EQ(s.flags, syn);
    EXPECT_EQ(l.host.counted(trace::Counter::tcp_attempt_fails), 1U);
}

TEST(Handshake, gives_up_when_so_many_doubled_waits_have_passed_as_the_user_says__tcp_syncnt) {
    Given s;
    s.settings.syn_retries = 2;  // 1, 2 and 4 seconds
    Lone l{s};
    l.c = l.host.connect(80, l.remote);
    l.run(milliseconds{6900});
    EXPECT_EQ(l.host.state(l.c), State::syn_sent);
    l.run(seconds{2});
    EXPECT_EQ(l.host.tcp.take_error(l.c), Errno::timed_out);

    s.profile = Profile::rfc();
    Lone strict{s};
    strict.c = strict.host.connect(80, strict.remote);
    strict.run(seconds{60});
    EXPECT_EQ(strict.sent().size(), 3U);
    EXPECT_EQ(strict.host.tcp.take_error(strict.c), Errno::timed_out);
}

TEST(Handshake, the_user_timeout_ends_an_attempt_too) {
    Given s;
    s.settings.user_timeout = seconds{5};
    Lone l{s};
    l.c = l.host.connect(80, l.remote);
    l.run(seconds{4});
    EXPECT_EQ(l.host.state(l.c), State::syn_sent);
    l.run(seconds{4});
    EXPECT_EQ(l.host.state(l.c), State::closed);
    EXPECT_EQ(l.host.tcp.take_error(l.c), Errno::timed_out);
}

TEST(Handshake, crossing_syns_open_one_connection__rfc9293_must_10) {
    Pair p;
    p.ca = p.a.connect(40'000, p.b.at(80));
    p.cb = p.b.connect(80, p.a.at(40'000));
    p.run(seconds{5});
    EXPECT_EQ(p.a.state(p.ca), State::established);
    EXPECT_EQ(p.b.state(p.cb), State::established);
    EXPECT_EQ(p.a.heard.path(), "SYN_SENT SYN_RCVD ESTABLISHED");
    EXPECT_EQ(p.b.heard.path(), "SYN_SENT SYN_RCVD ESTABLISHED");
    p.a.write(p.ca, "to b");
    p.b.write(p.cb, "to a");
    p.run(seconds{1});
    EXPECT_EQ(p.a.read(p.ca), "to a");
    EXPECT_EQ(p.b.read(p.cb), "to b");
    std::size_t syns = 0;
    for (const auto& s : p.sent_a) syns += s.flags.syn() ? 1U : 0U;
    EXPECT_EQ(syns, 2U) << ::testing::PrintToString(p.sent_a);
}

TEST(Handshake, simultaneous_open_survives_the_loss_of_half_its_segments__rfc9293_must_10) {
    Pair p;
    Rng chance{7};
    p.lose_a = p.lose_b = [&](const Seg&) { return chance.chance(0.5); };
    p.ca = p.a.connect(40'000, p.b.at(80));
    p.cb = p.b.connect(80, p.a.at(40'000));
    p.run(seconds{60});
    EXPECT_EQ(p.a.state(p.ca), State::established);
    EXPECT_EQ(p.b.state(p.cb), State::established);
}

TEST(Handshake, the_window_of_a_crossing_syn_ack_is_not_scaled__rfc7323_2_2) {
    Lone l;
    l.c = l.host.connect(80, l.remote);
    l.iss = l.sent_one().seq;
    Seg crossing = l.peer(syn, 0, 0);
    crossing.window = 2'304;
    crossing.options = {.mss = 1460, .window_scale = 8};
    l.inject(crossing);
    crossing.flags = syn_ack;
    crossing.ack = l.peer(ack, 0, 1).ack;
    l.inject(crossing);
    ASSERT_EQ(l.host.state(l.c), State::established);
    EXPECT_EQ(l.host.look(l.c).snd_wnd, 2'304U);
}

TEST(Handshake, the_window_of_a_syn_ack_with_text_is_not_scaled__rfc7323_2_2) {
    Lone l{{.profile = Profile::rfc()}};
    l.c = l.host.connect(80, l.remote);
    l.iss = l.sent_one().seq;
    Seg answer = l.peer(syn_ack, 0, 1, "hello");
    answer.window = 2'304;
    answer.options = {.mss = 1460, .window_scale = 8};
    l.inject(answer);
    ASSERT_EQ(l.host.state(l.c), State::established);
    EXPECT_EQ(l.host.look(l.c).snd_wnd, 2'304U);
}

TEST(Handshake, refuses_to_open_to_multicast_broadcast_and_nobody__rfc9293_must_46) {
    Lone l;
    for (const auto& to : {wire::IpAddress::v4(224, 0, 0, 1),
                           wire::IpAddress::v4(255, 255, 255, 255),
                           wire::IpAddress::v4(0, 0, 0, 0)}) {
        EXPECT_FALSE(l.host.try_connect(1000, {to, wire::Port{80}}));
    }
    EXPECT_EQ(l.host.tcp.connections(), 0U);
}

TEST(Handshake, ignores_a_syn_to_or_from_multicast_or_broadcast__rfc9293_must_57_must_63) {
    Lone l;
    l.listen();
    for (const auto& from :
         {wire::IpAddress::v4(224, 0, 0, 1), wire::IpAddress::v4(255, 255, 255, 255)}) {
        l.remote.address = from;
        l.inject(l.peer(syn, 0, 0));
        EXPECT_TRUE(l.sent().empty());
    }
    l.remote.address = wire::IpAddress::v4(10, 0, 0, 2);
    for (const auto& to :
         {wire::IpAddress::v4(224, 0, 0, 1), wire::IpAddress::v4(255, 255, 255, 255)}) {
        l.local.address = to;
        l.inject(l.peer(syn, 0, 0));
        EXPECT_TRUE(l.sent().empty());
    }
    EXPECT_EQ(l.host.tcp.connections(), 0U);
    EXPECT_EQ(l.host.dropped(trace::Drop::tcp_bad_source), 2U);
    EXPECT_EQ(l.host.dropped(trace::Drop::tcp_bad_destination), 2U);
}

TEST(Handshake, two_opens_of_one_flow_do_not_go_together) {
    Lone l;
    l.c = l.host.connect(80, l.remote);
    const auto again = l.host.try_connect(80, l.remote);
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error(), Errno::address_not_available);
}

TEST(Handshake, a_full_table_refuses_by_name) {
    Given s;
    s.limits.connections = 1;
    Lone l{s};
    l.c = l.host.connect(80, l.remote);
    const auto more = l.host.try_connect(81, l.remote);
    ASSERT_FALSE(more);
    EXPECT_EQ(more.error(), Errno::no_buffer_space);
    EXPECT_EQ(l.host.dropped(trace::Drop::tcp_connection_table_full), 1U);
}

TEST(Handshake, works_over_ipv6_too) {
    Given s;
    s.ipv6 = true;
    Pair p{s};
    p.open();
    EXPECT_EQ(p.sent_a[0].options.mss, 1440);
    p.a.write(p.ca, "hello");
    p.settle();
    EXPECT_EQ(p.b.read(p.cb), "hello");
}

TEST(Handshake, works_when_the_clock_starts_at_zero) {
    Pair p;
    p.now = Instant{};
    p.open();
    p.a.write(p.ca, "hello");
    p.run(milliseconds{5});
    p.run(seconds{1});
    EXPECT_EQ(p.b.read(p.cb), "hello");
    EXPECT_GT(p.a.look(p.ca).srtt, milliseconds{15});
    EXPECT_LT(p.a.look(p.ca).srtt, milliseconds{25});
}

TEST(Handshake, closing_before_the_answer_is_silent_and_the_answer_is_reset__rfc9293_3_10_4) {
    Lone l;
    l.c = l.host.connect(80, l.remote);
    l.iss = l.sent_one().seq;
    l.host.close(l.c);
    EXPECT_TRUE(l.sent().empty());
    EXPECT_EQ(l.host.tcp.connections(), 0U);
    l.inject(l.peer(syn_ack, 0, 1));
    const Seg r = l.sent_one();
    EXPECT_EQ(r.flags, rst);
    EXPECT_EQ(r.seq, l.iss + 1);
}

}  // namespace
}  // namespace handfast::tcp
