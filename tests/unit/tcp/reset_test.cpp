// Who is told RST, with which numbers; and who believes one: RFC 9293 §3.5.2-3, §3.10.7, RFC 5961.
#include "rig.hpp"

namespace handfast::tcp {
namespace {

using namespace testing;
using berkeley::Errno;
using trace::Counter;
using trace::Drop;
using trace::Why;
using State = trace::TcpState;
using wire::SeqNum;

// ---- CLOSED: no connection, no listener ---------------------------------------------------------

TEST(ResetClosed, answers_an_ack_with_its_acknowledgment_number__rfc9293_3_10_7_1) {
    Lone l;
    Seg s = l.peer(ack, 0, 0, "text");
    s.ack = SeqNum{0x1234'5678};
    l.inject(s);
    const Seg r = l.sent_one();
    EXPECT_EQ(r.flags, rst);
    EXPECT_EQ(r.seq, SeqNum{0x1234'5678});
    EXPECT_EQ(r.length, 0U);
    EXPECT_EQ(r.why, Why::rst_no_connection);
    EXPECT_EQ(l.host.counted(Counter::tcp_out_rsts), 1U);
    EXPECT_EQ(l.host.dropped(Drop::tcp_no_connection), 1U);
}

TEST(ResetClosed, answers_without_ack_with_zero_and_all_of_the_segment__rfc9293_3_10_7_1) {
    Lone l;
    l.inject(l.peer(syn | wire::fin_flag, 0, 0, "four"));
    const Seg r = l.sent_one();
    EXPECT_EQ(r.flags, rst_ack);
    EXPECT_EQ(r.seq, SeqNum{0});
    EXPECT_EQ(r.ack, l.irs + 6);  // SYN, four octets, FIN
}

TEST(ResetClosed, never_answers_a_reset__rfc9293_3_10_7_1) {
    Lone l;
    l.inject(l.peer(rst, 5, 0));
    l.inject(l.peer(rst_ack, 5, 5));
    EXPECT_TRUE(l.sent().empty());
}

// ---- LISTEN -------------------------------------------------------------------------------------

TEST(ResetListen, ignores_a_reset_and_a_fin_without_ack__rfc9293_3_10_7_2) {
    Lone l;
    l.listen();
    l.inject(l.peer(rst, 0, 0));
    l.inject(l.peer(rst_ack, 0, 0));
    l.inject(l.peer(wire::fin_flag, 0, 0));
    l.inject(l.peer(wire::TcpFlags{}, 0, 0, "text"));
    EXPECT_TRUE(l.sent().empty());
    EXPECT_EQ(l.host.tcp.connections(), 0U);
}

TEST(ResetListen, answers_an_ack_or_syn_ack_with_a_reset__rfc9293_3_10_7_2) {
    Lone l;
    l.listen();
    for (const auto flags : {ack, syn_ack, fin_ack}) {
        Seg s = l.peer(flags, 0, 0);
        s.ack = SeqNum{77};
        l.inject(s);
        const Seg r = l.sent_one();
        EXPECT_EQ(r.flags, rst);
        EXPECT_EQ(r.seq, SeqNum{77});
    }
    EXPECT_EQ(l.host.tcp.connections(), 0U);
}

TEST(ResetListen, drops_syn_fin_as_linux_does) {
    Lone l;
    l.listen();
    l.inject(l.peer(syn | wire::fin_flag, 0, 0));
    EXPECT_TRUE(l.sent().empty());
    EXPECT_EQ(l.host.dropped(Drop::tcp_bad_syn), 1U);
}

TEST(ResetListen, acknowledges_only_the_syn_of_a_syn_with_text) {
    Lone l;
    l.listen();
    l.inject(l.peer(syn, 0, 0, "early"));
    const Seg r = l.sent_one();
    EXPECT_EQ(r.flags, syn_ack);
    EXPECT_EQ(r.ack, l.irs + 1);
}

// ---- SYN-SENT -----------------------------------------------------------------------------------

struct SynSent : ::testing::Test {
    SynSent() {
        l.c = l.host.connect(80, l.remote);
        l.iss = l.sent_one().seq;
    }
    Lone l;
};

TEST_F(SynSent, answers_a_wrong_acknowledgment_with_it__rfc9293_3_10_7_3) {
    for (const std::uint32_t wrong : {0U, 2U, 1000U, 0xffff'ffffU}) {
        l.inject(l.peer(ack, 0, wrong));
        const Seg r = l.sent_one();
        EXPECT_EQ(r.flags, rst);
        EXPECT_EQ(r.seq, l.iss + wrong);
        l.inject(l.peer(syn_ack, 0, wrong));
        EXPECT_EQ(l.sent_one().flags, rst);
        EXPECT_EQ(l.host.heard.sent.back().state, State::syn_sent);
        l.inject(l.peer(rst_ack, 0, wrong));
        EXPECT_TRUE(l.sent().empty());
    }
    EXPECT_EQ(l.host.state(l.c), State::syn_sent);
    // The SYN's timer was not disturbed.
    l.run(milliseconds{1001});
    const Seg again = l.sent_one();
    EXPECT_EQ(again.flags, syn);
    EXPECT_EQ(again.seq, l.iss);
}

TEST_F(SynSent, believes_a_reset_only_with_an_acknowledgment__rfc9293_3_10_7_3) {
    l.inject(l.peer(rst, 0, 0));
    EXPECT_EQ(l.host.state(l.c), State::syn_sent);
    l.inject(l.peer(rst_ack, 0, 1));
    EXPECT_EQ(l.host.state(l.c), State::closed);
    EXPECT_EQ(l.host.tcp.take_error(l.c), Errno::connection_refused);
    EXPECT_TRUE(l.sent().empty());
}

TEST_F(SynSent, ignores_an_ack_or_fin_without_syn__rfc9293_3_10_7_3) {
    l.inject(l.peer(ack, 0, 1));
    l.inject(l.peer(fin_ack, 0, 1));
    l.inject(l.peer(wire::fin_flag, 0, 0));
    EXPECT_TRUE(l.sent().empty());
    EXPECT_EQ(l.host.state(l.c), State::syn_sent);
}

TEST_F(SynSent, drops_text_on_a_syn_ack_as_linux_does) {
    l.inject(l.peer(syn_ack, 0, 1, "early"));
    EXPECT_EQ(l.host.state(l.c), State::established);
    EXPECT_EQ(l.rel_ack(l.sent_one()), 1U);
    EXPECT_EQ(l.host.tcp.receive_available(l.c), 0U);
}

TEST_F(SynSent, takes_text_that_comes_right_behind_the_syn_ack) {
    l.inject(l.peer(syn_ack, 0, 1));
    l.inject(l.peer(ack, 1, 1, "quick"));
    EXPECT_EQ(l.rel_ack(l.sent_one()), 6U);
    EXPECT_EQ(l.host.read(l.c), "quick");
}

TEST(SynSentStrict, keeps_text_and_fin_that_come_with_the_syn_ack__rfc9293_3_10_7_3) {
    Given g;
    g.profile = Profile::rfc();
    Lone l{g};
    l.c = l.host.connect(80, l.remote);
    l.iss = l.sent_one().seq;
    l.inject(l.peer(syn_ack | wire::fin_flag, 0, 1, "early"));
    EXPECT_EQ(l.host.state(l.c), State::close_wait);
    EXPECT_EQ(l.rel_ack(l.sent_one()), 7U);
    EXPECT_EQ(l.host.read(l.c), "early");
}

// ---- SYN-RECEIVED -------------------------------------------------------------------------------

struct SynReceived : ::testing::Test {
    SynReceived() {
        l.listen();
        l.inject(l.peer(syn, 0, 0));
        l.iss = l.sent_one().seq;
    }
    Lone l;
};

TEST_F(SynReceived, an_exact_reset_returns_to_listen_silently__rfc9293_3_10_7_4) {
    l.inject(l.peer(rst, 1, 0));
    EXPECT_TRUE(l.sent().empty());
    EXPECT_EQ(l.host.tcp.connections(), 0U);
    EXPECT_EQ(l.host.tcp.acceptable(l.listener), 0U);
    l.inject(l.peer(syn, 0, 0));
    EXPECT_EQ(l.sent_one().flags, syn_ack);
}

TEST_F(SynReceived, a_reset_inside_the_window_is_challenged__rfc5961_3_2) {
    l.inject(l.peer(rst, 100, 0));
    const Seg r = l.sent_one();
    EXPECT_EQ(r.flags, ack);
    EXPECT_EQ(l.rel_seq(r), 1U);
    EXPECT_EQ(l.rel_ack(r), 1U);
    EXPECT_EQ(l.host.tcp.connections(), 1U);
}

TEST_F(SynReceived, a_reset_outside_the_window_is_ignored__rfc5961_3_2) {
    l.inject(l.peer(rst, 0, 0));
    l.inject(l.peer(rst, 70'000, 0));
    EXPECT_TRUE(l.sent().empty());
    EXPECT_EQ(l.host.tcp.connections(), 1U);
}

TEST_F(SynReceived,
       a_wrong_acknowledgment_is_answered_with_a_reset_of_its_number__rfc9293_3_10_7_4) {
    for (const std::uint32_t wrong : {0U, 2U}) {
        l.inject(l.peer(ack, 1, wrong));
        const Seg r = l.sent_one();
        EXPECT_EQ(r.flags, rst);
        EXPECT_EQ(r.seq, l.iss + wrong);
        EXPECT_EQ(l.host.heard.sent.back().state, State::syn_received);
    }
    EXPECT_EQ(l.host.tcp.connections(), 1U);
}

TEST_F(SynReceived, a_segment_without_ack_is_dropped) {
    l.inject(l.peer(wire::TcpFlags{}, 1, 0, "text"));
    EXPECT_TRUE(l.sent().empty());
    EXPECT_EQ(l.host.dropped(Drop::tcp_no_ack_bit), 1U);
}

TEST_F(SynReceived, text_and_fin_with_the_last_ack_are_taken) {
    l.inject(l.peer(fin_ack, 1, 1, "bye"));
    const auto c = l.host.accept(l.listener);
    ASSERT_TRUE(c);
    EXPECT_EQ(l.host.state(*c), State::close_wait);
    EXPECT_EQ(l.host.read(*c), "bye");
    EXPECT_EQ(l.rel_ack(l.sent_one()), 5U);
}

TEST_F(SynReceived, another_syn_of_the_flow_is_challenged__rfc5961_4_2) {
    l.inject(l.peer(syn, 5'000, 0));
    const Seg r = l.sent_one();
    EXPECT_EQ(r.flags, ack);
    EXPECT_EQ(l.rel_ack(r), 1U);
    // A peer that began anew answers that with an exact reset.
    l.inject(l.peer(rst, 1, 0));
    EXPECT_EQ(l.host.tcp.connections(), 0U);
}

TEST_F(SynReceived, is_given_up_in_the_end__rfc9293_must_22) {
    l.run(seconds{600});
    EXPECT_EQ(l.host.tcp.connections(), 0U);
    for (const auto& s : l.sent()) EXPECT_EQ(s.flags, syn_ack);
}

TEST(ResetSimultaneous, a_reset_after_crossing_syns_is_a_refusal__rfc9293_3_10_7_4) {
    Lone l;
    l.c = l.host.connect(80, l.remote);
    l.iss = l.sent_one().seq;
    l.inject(l.peer(syn, 0, 0));
    EXPECT_EQ(l.sent_one().flags, syn_ack);
    EXPECT_EQ(l.host.state(l.c), State::syn_received);
    l.inject(l.peer(rst, 1, 0));
    EXPECT_EQ(l.host.tcp.take_error(l.c), Errno::connection_refused);
}

// ---- Synchronized states ------------------------------------------------------------------------

// Leads an accepted connection into the state, by the shortest way.
void lead_to(Lone& l, State state) {
    l.accept();
    std::uint32_t peer_next = 1;
    std::uint32_t acks = 1;
    const bool peer_closes = state == State::close_wait || state == State::last_ack;
    if (peer_closes) l.inject(l.peer(fin_ack, peer_next++, 1));
    const bool we_close = state != State::established && state != State::close_wait;
    if (we_close) l.host.shutdown(l.c);
    (void)l.sent();
    if (state == State::closing) l.inject(l.peer(fin_ack, peer_next++, acks));
    if (state == State::fin_wait_2) l.inject(l.peer(ack, peer_next, ++acks));
    (void)l.sent();
    ASSERT_EQ(l.host.state(l.c), state);
}

class Synchronized : public ::testing::TestWithParam<State> {
protected:
    Synchronized() { lead_to(l, GetParam()); }
    [[nodiscard]] std::uint32_t rcv_nxt() const {
        const bool fin = GetParam() == State::close_wait || GetParam() == State::closing ||
                         GetParam() == State::last_ack;
        return fin ? 2 : 1;
    }
    [[nodiscard]] std::uint32_t snd_nxt() const {
        return GetParam() == State::established || GetParam() == State::close_wait ? 1 : 2;
    }
    Lone l;
};

TEST_P(Synchronized, an_exact_reset_ends_it_and_is_told__rfc5961_3_2) {
    l.inject(l.peer(rst, rcv_nxt(), 0));
    EXPECT_TRUE(l.sent().empty());
    EXPECT_EQ(l.host.state(l.c), State::closed);
    const auto expected =
        GetParam() == State::close_wait ? Errno::broken_pipe : Errno::connection_reset;
    EXPECT_EQ(l.host.tcp.take_error(l.c), expected);
}

TEST_P(Synchronized, a_reset_with_text_is_accepted__rfc9293_shld_2) {
    l.inject(l.peer(rst_ack, rcv_nxt(), 1, "because"));
    EXPECT_EQ(l.host.state(l.c), State::closed);
}

TEST_P(Synchronized, a_reset_in_the_window_is_challenged__rfc5961_3_2) {
    l.inject(l.peer(rst, rcv_nxt() + 100, 0));
    const Seg r = l.sent_one();
    EXPECT_EQ(r.flags, ack);
    EXPECT_EQ(r.why, Why::challenge_ack);
    EXPECT_EQ(l.rel_seq(r), snd_nxt());
    EXPECT_EQ(l.rel_ack(r), rcv_nxt());
    EXPECT_EQ(l.host.state(l.c), GetParam());
    EXPECT_EQ(l.host.counted(Counter::tcp_ext_challenge_ack), 1U);
}

TEST_P(Synchronized, a_reset_outside_the_window_is_silently_dropped__rfc5961_3_2) {
    l.inject(l.peer(rst, rcv_nxt() - 1, 0));
    l.inject(l.peer(rst, rcv_nxt() + 0x7000'0000, 0));
    EXPECT_TRUE(l.sent().empty());
    EXPECT_EQ(l.host.state(l.c), GetParam());
}

TEST_P(Synchronized, a_syn_is_challenged_whatever_its_number__rfc5961_4_2) {
    for (const std::uint32_t seq : {0U, rcv_nxt(), rcv_nxt() + 100, 0x4000'0000U}) {
        l.run(milliseconds{150} * 4);
        (void)l.sent();
        l.inject(l.peer(syn, seq, 0));
        const auto out = l.sent();
        ASSERT_EQ(out.size(), 1U) << seq;
        EXPECT_EQ(out[0].flags, ack);
        EXPECT_EQ(l.rel_ack(out[0]), rcv_nxt());
        EXPECT_EQ(l.host.state(l.c), GetParam());
    }
}

TEST_P(Synchronized, challenges_are_limited_per_connection__rfc5961_7) {
    for (int i = 0; i < 100; ++i) {
        l.inject(l.peer(syn, 50, 0));
        l.inject(l.peer(rst, rcv_nxt() + 7, 0));
    }
    EXPECT_EQ(l.sent().size(), 1U);
}

TEST_P(Synchronized, a_segment_without_ack_is_dropped__rfc9293_3_10_7_4) {
    l.inject(l.peer(wire::fin_flag, rcv_nxt(), 0));
    EXPECT_TRUE(l.sent().empty());
    EXPECT_EQ(l.host.state(l.c), GetParam());
}

TEST_P(Synchronized, an_acknowledgment_of_the_unsent_is_dropped_and_challenged__rfc5961_5_2) {
    l.inject(l.peer(ack, rcv_nxt(), snd_nxt() + 1));
    EXPECT_EQ(l.sent_one().flags, ack);
    l.inject(l.peer(ack, rcv_nxt(), snd_nxt() + 0x7000'0000));
    EXPECT_EQ(l.host.state(l.c), GetParam());
    EXPECT_EQ(l.host.dropped(Drop::tcp_bad_ack), 2U);
}

TEST_P(Synchronized, an_acknowledgment_older_than_any_window_is_dropped__rfc5961_5_2) {
    l.inject(l.peer(ack, rcv_nxt(), 1 - 70'000U));
    EXPECT_EQ(l.sent_one().flags, ack);
    EXPECT_EQ(l.host.dropped(Drop::tcp_bad_ack), 1U);
}

TEST_P(Synchronized, text_before_the_window_is_acknowledged_anew__rfc9293_3_10_7_4) {
    l.inject(l.peer(ack, 0, 1, "x"));
    const Seg r = l.sent_one();
    EXPECT_EQ(l.rel_ack(r), rcv_nxt());
    EXPECT_EQ(l.rel_seq(r), snd_nxt());
    EXPECT_EQ(l.host.dropped(Drop::tcp_old_duplicate), 1U);
}

INSTANTIATE_TEST_SUITE_P(States,
                         Synchronized,
                         ::testing::Values(State::established,
                                           State::fin_wait_1,
                                           State::fin_wait_2,
                                           State::close_wait,
                                           State::closing,
                                           State::last_ack),
                         [](const auto& chosen) { return std::string{trace::text(chosen.param)}; });

}  // namespace
}  // namespace handfast::tcp
