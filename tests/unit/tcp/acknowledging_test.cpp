// When text is acknowledged, and with which SACK blocks: RFC 9293 §3.8.6.3, RFC 5681 §4.2, RFC
// 2018, RFC 2883.
#include "rig.hpp"

namespace handfast::tcp {
namespace {

using namespace testing;
using trace::Counter;
using trace::Drop;
using trace::Why;
using State = trace::TcpState;
using wire::SeqRange;

struct Acknowledging : ::testing::Test {
    Acknowledging() {
        l.peer_options.sack_permitted = true;
        l.peer_options.mss = 1460;
        l.accept();
    }
    // Past the segments that are acknowledged at once.
    void calm_down() {
        for (int i = 0; i < 16; ++i) {
            l.inject(l.peer(ack, next, 1, "x"));
            ++next;
            EXPECT_EQ(l.sent_one().why, Why::quick_ack);
        }
    }
    void text(std::size_t length, wire::TcpFlags flags = ack, std::uint32_t heard = 1) {
        l.inject(l.peer(flags, next, heard, pattern(length)));
        next += static_cast<std::uint32_t>(length);
    }
    [[nodiscard]] SeqRange range(std::uint32_t from, std::uint32_t to) const {
        return {l.irs + from, l.irs + to};
    }
    Lone l;
    std::uint32_t next{1};
};

TEST_F(Acknowledging, the_first_segments_of_a_connection_at_once_as_linux_does) {
    calm_down();
    text(1);
    EXPECT_TRUE(l.sent().empty());
}

TEST_F(Acknowledging, a_lone_segment_after_40_ms__rfc9293_must_40_shld_18) {
    calm_down();
    text(100);
    l.run(milliseconds{39});
    EXPECT_TRUE(l.sent().empty());
    l.run(milliseconds{2});
    const Seg s = l.sent_one();
    EXPECT_EQ(l.rel_ack(s), next);
    EXPECT_EQ(s.why, Why::delayed_ack);
    EXPECT_EQ(l.host.counted(Counter::tcp_ext_delayed_acks), 1U);
}

TEST_F(Acknowledging, the_end_of_what_was_pushed_when_it_is_read__rfc9293_must_58) {
    calm_down();
    l.now += milliseconds{50};
    (void)l.host.read(l.c);
    text(100);
    (void)l.host.read(l.c);
    EXPECT_TRUE(l.sent().empty());  // more may follow
    l.run(milliseconds{50});
    (void)l.sent();
    text(100, ack | wire::psh_flag);
    (void)l.host.read(l.c, 99);
    EXPECT_TRUE(l.sent().empty());
    (void)l.host.read(l.c, 1);
    EXPECT_EQ(l.sent_one().why, Why::quick_ack);
    text(100);  // that one was told
    (void)l.host.read(l.c);
    EXPECT_TRUE(l.sent().empty());
}

TEST_F(Acknowledging, one_who_answers_takes_the_acknowledgment_along__rfc9293_must_58) {
    calm_down();
    l.host.write(l.c, "answer");
    (void)l.sent();
    l.now += milliseconds{10};
    text(100, ack | wire::psh_flag, 7);
    (void)l.host.read(l.c);
    EXPECT_TRUE(l.sent().empty());
}

TEST_F(Acknowledging, every_second_full_segment_at_once__rfc9293_shld_19) {
    calm_down();
    text(1460);
    EXPECT_TRUE(l.sent().empty());
    text(1460);
    const Seg s = l.sent_one();
    EXPECT_EQ(l.rel_ack(s), next);
    EXPECT_EQ(s.why, Why::second_segment_ack);
}

TEST_F(Acknowledging, every_second_segment_of_a_peer_that_makes_smaller_ones__rfc1122_4_2_3_2) {
    calm_down();
    text(600);
    EXPECT_TRUE(l.sent().empty());
    text(600);
    EXPECT_EQ(l.sent().size(), 1U);
}

TEST_F(Acknowledging, a_burst_once__rfc9293_must_58_59) {
    calm_down();
    for (int i = 0; i < 10; ++i) text(1460);
    const Seg s = l.sent_one();
    EXPECT_EQ(l.rel_ack(s), next);
}

TEST_F(Acknowledging, a_super_segment_as_its_parts) {
    calm_down();
    Seg s = l.peer(ack, next, 1, pattern(2 * 1460));
    s.gso_size = 1460;
    l.inject(s);
    next += 2 * 1460;
    EXPECT_EQ(l.sent_one().why, Why::second_segment_ack);
    text(1460);  // one is not two
    EXPECT_TRUE(l.sent().empty());
}

TEST_F(Acknowledging, text_of_our_own_carries_it) {
    calm_down();
    text(100);
    l.host.write(l.c, "answer");
    EXPECT_EQ(l.rel_ack(l.sent_one()), next);
    l.run(milliseconds{100});
    EXPECT_TRUE(l.sent().empty());
}

TEST_F(Acknowledging, at_once_when_tcp_quickack_says_so) {
    calm_down();
    text(10);
    EXPECT_TRUE(l.sent().empty());
    l.host.change(l.c, [](Settings& s) { s.quick_ack = true; });
    EXPECT_EQ(l.sent_one().why, Why::quick_ack);
    text(10);
    EXPECT_EQ(l.sent_one().why, Why::quick_ack);
}

TEST_F(Acknowledging, what_comes_out_of_order_at_once__rfc9293_may_13) {
    calm_down();
    l.inject(l.peer(ack, next + 100, 1, "later"));
    const Seg s = l.sent_one();
    EXPECT_EQ(l.rel_ack(s), next);
    EXPECT_EQ(s.why, Why::out_of_order_ack);
    ASSERT_EQ(s.options.sack.size(), 1U);
    EXPECT_EQ(s.options.sack[0], range(next + 100, next + 105));
}

TEST_F(Acknowledging, what_fills_a_hole_at_once__rfc5681_4_2) {
    calm_down();
    l.inject(l.peer(ack, next + 1, 1, "bc"));
    l.inject(l.peer(ack, next + 5, 1, "fg"));
    (void)l.sent();
    l.inject(l.peer(ack, next, 1, "a"));
    const Seg s = l.sent_one();
    EXPECT_EQ(l.rel_ack(s), next + 3);
    EXPECT_EQ(s.why, Why::hole_filled_ack);
    ASSERT_EQ(s.options.sack.size(), 1U);
    EXPECT_EQ(s.options.sack[0], range(next + 5, next + 7));
    l.inject(l.peer(ack, next + 3, 1, "de"));
    const Seg all = l.sent_one();
    EXPECT_EQ(l.rel_ack(all), next + 7);
    EXPECT_TRUE(all.options.sack.empty());
}

TEST_F(Acknowledging, the_newest_sack_block_goes_first__rfc2018_4) {
    l.inject(l.peer(ack, 11, 1, "a"));
    l.inject(l.peer(ack, 21, 1, "b"));
    l.inject(l.peer(ack, 31, 1, "c"));
    l.inject(l.peer(ack, 41, 1, "d"));
    (void)l.sent();
    l.inject(l.peer(ack, 51, 1, "e"));
    Seg s = l.sent_one();
    ASSERT_EQ(s.options.sack.size(), 4U);
    EXPECT_EQ(s.options.sack[0], range(51, 52));
    EXPECT_EQ(s.options.sack[1], range(41, 42));
    EXPECT_EQ(s.options.sack[2], range(31, 32));
    EXPECT_EQ(s.options.sack[3], range(21, 22));
    l.inject(l.peer(ack, 22, 1, "bbbbbbbbb"));  // joins two
    s = l.sent_one();
    EXPECT_EQ(s.options.sack[0], range(21, 32));
    EXPECT_EQ(s.options.sack[1], range(51, 52));
    EXPECT_EQ(s.options.sack[2], range(41, 42));
}

TEST_F(Acknowledging, repeated_text_is_told_as_d_sack_once__rfc2883_4_1) {
    l.inject(l.peer(ack, 1, 1, "abcdef"));
    (void)l.sent();
    l.inject(l.peer(ack, 1, 1, "abc"));
    const Seg s = l.sent_one();
    EXPECT_EQ(l.rel_ack(s), 7U);
    ASSERT_EQ(s.options.sack.size(), 1U);
    EXPECT_EQ(s.options.sack[0], range(1, 4));
    EXPECT_EQ(l.host.counted(Counter::tcp_ext_dsack_old_sent), 1U);
    next = 7;
    text(1);
    EXPECT_TRUE(l.sent_one().options.sack.empty());
}

TEST_F(Acknowledging, a_partly_repeated_segment_gives_its_news_and_a_d_sack__rfc2883_4_2) {
    l.inject(l.peer(ack, 1, 1, "abc"));
    (void)l.sent();
    l.inject(l.peer(ack, 1, 1, "abcdef"));
    const Seg s = l.sent_one();
    EXPECT_EQ(l.rel_ack(s), 7U);
    ASSERT_EQ(s.options.sack.size(), 1U);
    EXPECT_EQ(s.options.sack[0], range(1, 4));
    EXPECT_EQ(l.host.read(l.c), "abcdef");
}

TEST_F(Acknowledging,
       text_repeated_beyond_a_hole_is_told_before_the_block_that_holds_it__rfc2883_4) {
    l.inject(l.peer(ack, 11, 1, "abcdef"));
    (void)l.sent();
    l.inject(l.peer(ack, 13, 1, "cd"));
    const Seg s = l.sent_one();
    EXPECT_EQ(l.rel_ack(s), 1U);
    ASSERT_EQ(s.options.sack.size(), 2U);
    EXPECT_EQ(s.options.sack[0], range(13, 15));
    EXPECT_EQ(s.options.sack[1], range(11, 17));
    EXPECT_EQ(l.host.counted(Counter::tcp_ext_dsack_ofo_sent), 1U);
}

TEST(AcknowledgingWithTimestamps, leaves_room_for_three_sack_blocks__rfc2018_3) {
    Lone l;
    l.peer_options.sack_permitted = true;
    l.peer_options.timestamps = wire::TcpTimestamps{.value = 5, .echo = 0};
    l.accept();
    for (std::uint32_t i = 1; i <= 5; ++i) {
        Seg s = l.peer(ack, 1 + 10 * i, 1, "x");
        s.options.timestamps = wire::TcpTimestamps{.value = 5, .echo = 0};
        l.inject(s);
    }
    EXPECT_EQ(l.sent_one().options.sack.size(), 3U);
}

TEST(AcknowledgingWithoutSack, tells_no_blocks_to_a_peer_that_did_not_ask__rfc2018_2) {
    Lone l;
    l.accept();
    l.inject(l.peer(ack, 11, 1, "x"));
    EXPECT_TRUE(l.sent_one().options.sack.empty());
    l.inject(l.peer(ack, 11, 1, "x"));
    EXPECT_TRUE(l.sent_one().options.sack.empty());
}

TEST_F(Acknowledging, more_pieces_than_the_limit_are_refused__attack_A20) {
    Given g;
    g.limits.reassembly_ranges = 4;
    Lone m{g};
    m.accept();
    for (std::uint32_t i = 1; i <= 6; ++i) m.inject(m.peer(ack, 1 + 10 * i, 1, "x"));
    EXPECT_EQ(m.host.look(m.c).out_of_order, 4U);
    EXPECT_EQ(m.host.dropped(Drop::tcp_reassembly_full), 2U);
    m.inject(m.peer(ack, 1, 1, pattern(100)));
    EXPECT_EQ(m.host.look(m.c).rcv_nxt, m.irs + 101);
}

TEST_F(Acknowledging, text_beyond_the_window_is_cut_off) {
    Given g;
    g.settings.receive_buffer = 5'000;
    Lone m{g};
    m.accept();
    const std::uint32_t window = m.host.look(m.c).rcv_wnd;
    m.inject(m.peer(fin_ack, 1, 1, pattern(window + 1'000)));
    EXPECT_EQ(m.host.look(m.c).receive_queued, window);
    EXPECT_EQ(m.host.state(m.c), State::established);  // its FIN lay beyond, too
}

TEST_F(Acknowledging, a_pure_ack_from_the_edge_of_a_full_window_is_heard) {
    l.host.write(l.c, "hello");
    (void)l.sent();
    const std::uint32_t window = l.host.look(l.c).rcv_wnd;
    l.inject(l.peer(ack, 1 + window, 6));  // the peer has filled our window; all of it was lost
    EXPECT_EQ(l.host.look(l.c).in_flight, 0U);
}

TEST_F(Acknowledging, a_window_probe_is_answered) {
    l.inject(l.peer(ack, 0, 1));
    EXPECT_EQ(l.sent_one().why, Why::unacceptable_ack);
}

TEST_F(Acknowledging, two_ends_out_of_step_do_not_ask_each_other_for_ever__attack_A40) {
    for (int i = 0; i < 100; ++i) l.inject(l.peer(ack, 0x4000'0000, 1));
    EXPECT_LE(l.sent().size(), 1U);
}

}  // namespace
}  // namespace handfast::tcp
