// The small values of a connection: what holds a sender back, blocks to tell, parts of a segment.
#include <gtest/gtest.h>

#include "core/tcp/limit_clock.hpp"
#include "core/tcp/recv/sack_blocks.hpp"
#include "core/tcp/segment.hpp"
#include "core/tcp/send/scoreboard.hpp"
#include "core/tcp/state.hpp"

namespace handfast::tcp {
namespace {

using trace::Limit;
using wire::SeqNum;

const Instant start{seconds{1000}};
const SeqNum first{0xffff'ff00};

TEST(LimitClock, counts_the_time_in_each_state_from_the_first_on) {
    LimitClock c;
    c.enter(Limit::application, start);
    c.enter(Limit::receive_window, start + seconds{2});
    c.enter(Limit::receive_window, start + seconds{3});
    c.enter(Limit::application, start + seconds{5});
    const auto spent = c.spent(start + seconds{6});
    EXPECT_EQ(spent[Limit::application], seconds{3});
    EXPECT_EQ(spent[Limit::receive_window], seconds{3});
    EXPECT_EQ(spent[Limit::idle], Duration{0});
}

TEST(LimitClock, counts_nothing_before_the_first) {
    const LimitClock c;
    EXPECT_EQ(c.spent(start)[Limit::idle], Duration{0});
}

TEST(SackBlocks, tell_no_more_than_there_is_room_for__rfc2018_3) {
    SackBlocks blocks;
    blocks.repeated({first, first + 10});
    EXPECT_TRUE(blocks.has_duplicate());
    EXPECT_TRUE(blocks.take(Reassembler{}, 0).empty());
    EXPECT_FALSE(blocks.has_duplicate());
}

TEST(SackBlocks, tell_a_duplicate_once__rfc2883_4) {
    SackBlocks blocks;
    blocks.repeated({first, first + 10});
    EXPECT_EQ(blocks.take(Reassembler{}, 3).size(), 1U);
    EXPECT_TRUE(blocks.take(Reassembler{}, 3).empty());
}

TEST(Segment, counts_as_many_as_a_wire_would_have_carried) {
    Segment s;
    s.gso_size = 100;
    EXPECT_EQ(s.wire_segments(), 1U);  // an acknowledgment is one
    s.length = 1;
    EXPECT_EQ(s.wire_segments(), 1U);
    s.length = 100;
    EXPECT_EQ(s.wire_segments(), 1U);
    s.length = 101;
    EXPECT_EQ(s.wire_segments(), 2U);
    EXPECT_EQ(s.wire_size(), 100U);
    s.gso_size = 0;
    EXPECT_EQ(s.wire_segments(), 1U);
    EXPECT_EQ(s.wire_size(), 101U);
}

TEST(Segment, its_header_is_the_same_without_the_text) {
    Segment s;
    s.seq = first;
    s.ack = first + 1;
    s.window = 7;
    s.urgent_pointer = 3;
    s.gso_size = 100;
    s.length = 300;
    s.id = 42;
    s.flags = wire::ack_flag;
    const Segment h = s.header();
    EXPECT_EQ(h.id, 42U);
    EXPECT_EQ(h.seq, first);
    EXPECT_EQ(h.ack, first + 1);
    EXPECT_EQ(h.window, 7);
    EXPECT_EQ(h.urgent_pointer, 3);
    EXPECT_EQ(h.gso_size, 100);
    EXPECT_EQ(h.length, 300U);
    EXPECT_TRUE(h.flags.ack());
    EXPECT_TRUE(h.text.empty());
}

TEST(Segment, a_syn_and_a_fin_take_one_number_each__rfc9293_3_4) {
    Segment s;
    s.seq = SeqNum{0xffff'ffff};
    s.length = 10;
    s.flags = wire::syn_flag | wire::fin_flag;
    EXPECT_EQ(s.sequence_length(), 12U);
    EXPECT_EQ(s.end(), SeqNum{11});
    s.cut_syn();
    EXPECT_EQ(s.sequence_length(), 11U);
    EXPECT_EQ(s.end(), SeqNum{11});
}

TEST(Segment, the_window_of_a_syn_is_not_scaled__rfc7323_2_2) {
    Segment s;
    s.window = 10;
    EXPECT_EQ(s.window_octets(3), 80U);
    s.flags = wire::syn_flag;
    EXPECT_EQ(s.window_octets(3), 10U);
    s.cut_syn();
    EXPECT_EQ(s.window_octets(3), 10U);
}

struct Board : ::testing::Test {
    Board() {
        for (std::uint32_t i = 0; i < 4; ++i)
            board.on_sent({first + i * 100, first + (i + 1) * 100},
                          {.sent_at = start + milliseconds{i}});
    }
    AckNews acknowledge(SeqNum una, std::initializer_list<wire::SeqRange> blocks = {}) {
        return board.acknowledge({.una = una, .blocks = {blocks.begin(), blocks.size()}});
    }
    Scoreboard board{{.una = first, .mss = 100, .max_records = 4}};
};

TEST_F(Board, is_full_when_it_has_as_many_records_as_it_may) {
    EXPECT_TRUE(board.full());
    (void)acknowledge(first + 100);
    EXPECT_FALSE(board.full());
}

TEST_F(Board, knows_no_transmission_of_what_was_never_sent) {
    EXPECT_EQ(board.transmissions_at(first), 1U);
    EXPECT_EQ(board.transmissions_at(first + 400), 0U);
}

TEST_F(Board, a_first_block_at_una_inside_the_second_tells_of_no_duplicate__rfc2883_4) {
    const auto news = acknowledge(first, {{first, first + 100}, {first, first + 200}});
    EXPECT_FALSE(news.duplicate);
    EXPECT_TRUE(acknowledge(first, {{first + 100, first + 200}, {first, first + 300}}).duplicate);
}

TEST_F(Board, what_came_last_in_order_is_not_reordered__rfc8985_6_2) {
    EXPECT_EQ(acknowledge(first + 100).reordering, 0U);
    EXPECT_EQ(acknowledge(first + 100, {{first + 300, first + 400}}).reordering, 0U);
    EXPECT_GT(acknowledge(first + 200).reordering, 0U);
}

TEST_F(Board, another_mss_counts_its_segments_again__rfc6675_4) {
    (void)acknowledge(first, {{first + 100, first + 300}});
    EXPECT_EQ(board.sacked_segments(), 2U);
    board.set_mss(50);
    EXPECT_EQ(board.sacked_segments(), 4U);
}

TEST_F(Board, a_block_that_reaches_below_una_counts_only_from_there) {
    (void)acknowledge(first + 100);
    const auto news = acknowledge(first + 100, {{first + 50, first + 300}});
    EXPECT_EQ(news.newly_sacked, 200U);
    EXPECT_EQ(board.sacked(), 200U);
}

TEST_F(Board, an_empty_block_is_ignored) {
    EXPECT_EQ(acknowledge(first, {{first + 100, first + 100}}).newly_sacked, 0U);
    EXPECT_EQ(board.sacked(), 0U);
}

TEST(State, has_closed_after_its_own_fin__rfc9293_3_3_2) {
    using S = trace::TcpState;
    for (const S s : {S::fin_wait_1, S::fin_wait_2, S::closing, S::last_ack, S::time_wait})
        EXPECT_TRUE(has_closed(s));
    for (const S s : {S::syn_sent, S::syn_received, S::established, S::close_wait})
        EXPECT_FALSE(has_closed(s));
}

}  // namespace
}  // namespace handfast::tcp
