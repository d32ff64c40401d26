// The scoreboard, by example and against a model that keeps every segment by itself.
#include "core/tcp/send/scoreboard.hpp"

#include <gtest/gtest.h>
#include <initializer_list>
#include <map>
#include <rapidcheck/gtest.h>

namespace handfast::tcp {
namespace {

using wire::SeqNum;
using wire::SeqRange;

constexpr std::uint32_t mss = 100;
const SeqNum first{0xffff'fe00};  // the wrap comes after five segments
const Instant start{seconds{1000}};

SeqRange segments(std::uint32_t from, std::uint32_t to) {
    return {first + from * mss, first + to * mss};
}

Stamp at(int ms) {
    return {.sent_at = start + milliseconds{ms}};
}

struct ScoreboardTest : ::testing::Test {
    AckNews acknowledge(SeqNum una, std::initializer_list<SeqRange> blocks = {}) {
        return board.acknowledge({.una = una, .blocks = {blocks.begin(), blocks.size()}});
    }
    // n segments, one record each, a millisecond apart.
    void send(std::uint32_t n) {
        for (std::uint32_t i = 0; i < n; ++i) {
            const auto k = octets_between(first, board.end()) / mss;
            board.on_sent(segments(k, k + 1), at(static_cast<int>(k)));
        }
    }
    Scoreboard board{{.una = first, .mss = mss, .max_records = 64}};
};

TEST_F(ScoreboardTest, counts_what_is_in_flight__rfc6675_4) {
    send(10);
    EXPECT_EQ(board.in_flight(), 1000U);
    const auto news = acknowledge(first + 300, {segments(5, 7)});
    EXPECT_EQ(news.delivered, 500U);
    EXPECT_EQ(news.newly_sacked, 200U);
    EXPECT_EQ(board.in_flight(), 500U);
    EXPECT_EQ(board.sacked(), 200U);
    EXPECT_EQ(board.sacked_segments(), 2U);
}

TEST_F(ScoreboardTest, counts_what_is_in_flight_again) {
    send(10);
    (void)board.lose_oldest();
    EXPECT_EQ(board.repeated_in_flight(), 0U);
    board.on_resent(segments(0, 1), at(20));
    EXPECT_EQ(board.repeated_in_flight(), 100U);
    (void)acknowledge(first + 100);
    EXPECT_EQ(board.repeated_in_flight(), 0U);
}

TEST_F(ScoreboardTest, the_same_block_again_is_no_news) {
    send(10);
    (void)acknowledge(first, {segments(5, 7)});
    EXPECT_EQ(acknowledge(first, {segments(5, 7)}).delivered, 0U);
    EXPECT_EQ(acknowledge(first, {segments(4, 8)}).delivered, 200U);
}

TEST_F(ScoreboardTest, cuts_a_super_segment_where_the_peer_does) {
    board.on_sent(segments(0, 10), at(0));
    const auto news = acknowledge(first, {segments(3, 5), segments(7, 8)});
    EXPECT_EQ(news.delivered, 300U);
    EXPECT_EQ(board.size(), 5U);
    EXPECT_EQ(board.in_flight(), 700U);
    EXPECT_EQ(board.oldest()->range.begin, first);
}

TEST_F(ScoreboardTest, cuts_at_whole_segments_only__attacks_A17_A18) {
    board.on_sent(segments(0, 10), at(0));
    const auto news = acknowledge(first, {{first + 150, first + 350}, {first + 401, first + 499}});
    EXPECT_EQ(news.delivered, 100U);  // of [150,350) only [200,300)
    EXPECT_EQ(board.sacked(), 100U);
}

TEST_F(ScoreboardTest, a_full_board_is_not_cut__attack_A17) {
    Scoreboard small{{.una = first, .mss = mss, .max_records = 3}};
    small.on_sent(segments(0, 10), at(0));
    const std::array blocks{segments(1, 2), segments(5, 6)};
    EXPECT_EQ(small.acknowledge({.una = first, .blocks = blocks}).delivered, 100U);
    EXPECT_EQ(small.size(), 3U);
}

TEST_F(ScoreboardTest, ignores_blocks_of_what_was_never_sent__rfc2018) {
    send(5);
    const auto news = acknowledge(first, {segments(3, 6), {first + 300, first + 200}});
    EXPECT_EQ(news.delivered, 0U);
    EXPECT_EQ(board.sacked(), 0U);
    EXPECT_FALSE(news.duplicate);
}

TEST_F(ScoreboardTest, a_block_below_the_acknowledgment_is_a_duplicate__rfc2883_4_1) {
    send(5);
    const auto news = acknowledge(first + 300, {segments(1, 2)});
    ASSERT_TRUE(news.duplicate);
    EXPECT_EQ(*news.duplicate, segments(1, 2));
    EXPECT_EQ(news.delivered, 300U);
}

TEST_F(ScoreboardTest, a_block_inside_the_second_is_a_duplicate__rfc2883_4_2) {
    send(5);
    EXPECT_TRUE(acknowledge(first, {segments(3, 4), segments(2, 5)}).duplicate);
    EXPECT_FALSE(acknowledge(first, {segments(2, 5), segments(3, 4)}).duplicate);
}

TEST_F(ScoreboardTest, tells_what_was_sent_last_of_what_came__rfc8985_6_2) {
    send(5);
    const auto news = acknowledge(first + 100, {segments(2, 4)});
    ASSERT_TRUE(news.once);
    EXPECT_EQ(news.once->end, first + 400);
    EXPECT_EQ(news.once->stamp.sent_at, start + milliseconds{3});
    EXPECT_EQ(news.oldest_sent_at, start);
}

TEST_F(ScoreboardTest, what_was_sent_twice_is_told_apart__rfc6298_3) {
    send(3);
    (void)board.lose_oldest();
    board.on_resent(segments(0, 1), at(50));
    const auto news = acknowledge(first + 200);
    EXPECT_TRUE(news.acknowledged_repeated);
    EXPECT_FALSE(news.oldest_sent_at);
    EXPECT_EQ(news.repeated->stamp.sent_at, start + milliseconds{50});
    EXPECT_EQ(news.lowest_original, first + 200);
}

TEST_F(ScoreboardTest, sees_that_something_came_late__rfc8985_6_2_step_3) {
    send(5);
    EXPECT_EQ(acknowledge(first, {segments(3, 4)}).reordering, 0U);
    EXPECT_GT(acknowledge(first, {segments(1, 2), segments(3, 4)}).reordering, 0U);
}

TEST_F(ScoreboardTest, a_repetition_that_fills_a_hole_is_no_reordering__rfc8985_6_2_step_3) {
    send(3);
    (void)acknowledge(first, {segments(1, 2)});
    (void)board.lose_oldest();
    board.on_resent(segments(0, 1), at(50));
    EXPECT_EQ(acknowledge(first + 200).reordering, 0U);
}

TEST_F(ScoreboardTest, gives_what_is_lost_in_order_and_joined) {
    send(10);
    (void)acknowledge(first, {segments(3, 5)});
    for (int i = 0; i < 5; ++i) (void)board.lose_oldest();
    EXPECT_EQ(board.lost(), 500U);
    EXPECT_EQ(board.next_lost(1000), segments(0, 3));
    EXPECT_EQ(board.next_lost(200), segments(0, 2));
    board.on_resent(segments(0, 2), at(20));
    EXPECT_EQ(board.next_lost(1000), segments(2, 3));
    board.on_resent(segments(2, 3), at(20));
    EXPECT_EQ(board.next_lost(1000), segments(5, 7));
    EXPECT_EQ(board.transmissions_at(first), 2U);
    EXPECT_EQ(board.oldest()->range, segments(7, 8));
}

TEST_F(ScoreboardTest, after_a_timeout_all_but_what_is_sacked_is_lost__rfc2018_8) {
    send(5);
    (void)acknowledge(first, {segments(2, 3)});
    board.lose_all();
    EXPECT_EQ(board.lost(), 400U);
    EXPECT_EQ(board.in_flight(), 0U);
    EXPECT_EQ(board.oldest(), nullptr);
    EXPECT_EQ(board.next_lost(1000), segments(0, 2));
}

TEST_F(ScoreboardTest, a_spurious_timeout_is_taken_back__rfc5682) {
    send(5);
    board.lose_all();
    board.on_resent(segments(0, 1), at(50));
    board.restore_lost();
    EXPECT_EQ(board.lost(), 0U);
    EXPECT_EQ(board.in_flight(), 500U);
    EXPECT_EQ(board.oldest()->range, segments(1, 2));
    for (int i = 0; i < 4; ++i) (void)board.lose_oldest();
    EXPECT_EQ(board.oldest()->range, segments(0, 1));
}

TEST_F(ScoreboardTest, gives_its_room_back_when_nothing_is_in_flight) {
    send(64);
    (void)acknowledge(first + 6300, {segments(10, 12)});
    const std::size_t room = board.memory();
    (void)acknowledge(first + 6400);
    EXPECT_EQ(board.memory(), 0U);
    send(32);
    EXPECT_LT(board.memory(), room);
    EXPECT_EQ(board.in_flight(), 3200U);
    const auto news = acknowledge(first + 6400, {segments(70, 80)});
    EXPECT_EQ(news.newly_sacked, 1000U);
    EXPECT_EQ(acknowledge(first + 9600).delivered, 2200U);
    EXPECT_GT(board.memory(), 0U);  // a small one is kept, for what comes next
}

TEST_F(ScoreboardTest, survives_a_peer_that_reneges__rfc2018_8) {
    send(5);
    (void)acknowledge(first, {segments(1, 4)});
    (void)acknowledge(first + 100);  // and not 400: it has thrown it away
    board.lose_all();
    EXPECT_EQ(board.lost(), 400U);
    EXPECT_EQ(board.sacked(), 0U);
    EXPECT_EQ(board.next_lost(1000), segments(1, 5));
}

// ---- Against a model
// -----------------------------------------------------------------------------

struct ModelSegment {
    Presence presence{Presence::in_flight};
    int transmissions{1};
    int order{0};  // of its last transmission
};

struct Model {
    std::uint32_t una{0};
    std::uint32_t end{0};
    int clock{0};
    std::map<std::uint32_t, ModelSegment> segments;

    [[nodiscard]] std::uint32_t octets(Presence p) const {
        std::uint32_t n = 0;
        for (const auto& [k, s] : segments) n += s.presence == p ? mss : 0;
        return n;
    }
    std::uint32_t take(std::uint32_t k) {
        auto& s = segments.at(k);
        const bool news = s.presence != Presence::sacked;
        s.presence = Presence::sacked;
        return news ? mss : 0;
    }
};

struct Both {
    Model model;
    Scoreboard board{{.una = first, .mss = mss, .max_records = 4096}};

    void send() {
        const auto n = *rc::gen::inRange(1U, 8U);
        board.on_sent(segments(model.end, model.end + n), at(++model.clock));
        for (std::uint32_t i = 0; i < n; ++i)
            model.segments[model.end + i] = {.order = model.clock};
        model.end += n;
    }
    void acknowledge() {
        const auto una = *rc::gen::inRange(model.una, model.end + 1);
        std::vector<SeqRange> blocks;
        std::uint32_t delivered = 0;
        for (auto k = model.una; k < una; ++k) {
            delivered += model.take(k);
            model.segments.erase(k);
        }
        model.una = una;
        const auto count = *rc::gen::inRange(0, 4);
        for (int b = 0; b < count && una < model.end; ++b) {
            const auto from = *rc::gen::inRange(una, model.end);
            const auto to = *rc::gen::inRange(from + 1, model.end + 1);
            blocks.push_back(segments(from, to));
            for (auto k = from; k < to; ++k) delivered += model.take(k);
        }
        const auto news = board.acknowledge({.una = first + una * mss, .blocks = blocks});
        RC_ASSERT(news.delivered == delivered);
    }
    void lose() {
        if (board.oldest() == nullptr) {
            RC_ASSERT(model.octets(Presence::in_flight) == 0U);
            return;
        }
        const auto range = board.lose_oldest();
        const auto from = octets_between(first, range.begin) / mss;
        const auto to = octets_between(first, range.end) / mss;
        const int order = model.segments.at(from).order;
        for (const auto& [k, s] : model.segments)
            RC_ASSERT(s.presence != Presence::in_flight || s.order >= order);
        for (auto k = from; k < to; ++k) {
            RC_ASSERT(model.segments.at(k).presence == Presence::in_flight);
            model.segments.at(k).presence = Presence::lost;
        }
    }
    void repeat() {
        const auto most = *rc::gen::inRange(1U, 5U);
        const auto range = board.next_lost(most * mss);
        const auto lowest = std::ranges::find_if(
            model.segments, [](const auto& s) { return s.second.presence == Presence::lost; });
        RC_ASSERT(range.has_value() == (lowest != model.segments.end()));
        if (!range) return;
        RC_ASSERT(range->begin == first + lowest->first * mss);
        RC_ASSERT(range->size() <= most * mss);
        board.on_resent(*range, at(++model.clock));
        for (auto k = lowest->first; first + k * mss != range->end; ++k) {
            auto& s = model.segments.at(k);
            RC_ASSERT(s.presence == Presence::lost);
            s = {.transmissions = s.transmissions + 1, .order = model.clock};
        }
    }
    void time_out() {
        const bool reneged =
            !model.segments.empty() && model.segments.begin()->second.presence == Presence::sacked;
        for (auto& [k, s] : model.segments)
            if (s.presence != Presence::sacked || reneged) s.presence = Presence::lost;
        board.lose_all();
    }
    void compare() const {
        RC_ASSERT(board.in_flight() == model.octets(Presence::in_flight));
        RC_ASSERT(board.lost() == model.octets(Presence::lost));
        RC_ASSERT(board.sacked() == model.octets(Presence::sacked));
        RC_ASSERT(board.sacked_segments() * mss == board.sacked());
        for (const auto& [k, s] : model.segments)
            RC_ASSERT(board.transmissions_at(first + k * mss) == s.transmissions);
    }
};

RC_GTEST_PROP(ScoreboardProperty, agrees_with_a_model_of_single_segments, ()) {
    Both both;
    const auto steps = *rc::gen::inRange(1, 40);
    for (int i = 0; i < steps; ++i) {
        switch (*rc::gen::inRange(0, 10)) {
            case 0:
            case 1:
            case 2:
                both.send();
                break;
            case 3:
            case 4:
                both.acknowledge();
                break;
            case 5:
            case 6:
                both.lose();
                break;
            case 7:
            case 8:
                both.repeat();
                break;
            default:
                both.time_out();
        }
        both.compare();
    }
}

RC_GTEST_PROP(ScoreboardProperty, hostile_blocks_never_break_its_sums, ()) {
    Scoreboard board{{.una = first, .mss = mss, .max_records = 50}};
    for (int i = 0; i < 30; ++i) {
        const auto n = *rc::gen::inRange(1U, 1000U);
        if (!board.full()) board.on_sent({board.end(), board.end() + n}, at(i));
        std::vector<SeqRange> blocks;
        for (int b = 0; b < 4; ++b) {
            const auto from = *rc::gen::inRange(0U, 3000U);
            const auto size = *rc::gen::inRange(0U, 3000U);
            blocks.push_back({board.una() - 500 + from, board.una() - 500 + from + size});
        }
        const auto outstanding = octets_between(board.una(), board.end());
        const auto una = board.una() + *rc::gen::inRange(0U, outstanding / 4 + 1);
        const auto delivered = board.acknowledge({.una = una, .blocks = blocks}).delivered;
        RC_ASSERT(delivered <= outstanding);
        RC_ASSERT(board.in_flight() + board.lost() + board.sacked() ==
                  octets_between(board.una(), board.end()));
        RC_ASSERT(board.size() <= 50U);
        if (board.oldest() != nullptr) (void)board.lose_oldest();
        if (const auto lost = board.next_lost(mss); lost && !board.full())
            board.on_resent(*lost, at(i));
    }
}

}  // namespace
}  // namespace handfast::tcp
