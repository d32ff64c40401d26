// RACK, tail loss probes and PRR as values: RFC 8985, RFC 9937.
#include "core/tcp/send/rack.hpp"

#include <gtest/gtest.h>
#include <initializer_list>
#include <vector>

#include "core/tcp/send/prr.hpp"
#include "core/tcp/send/tail_probe.hpp"

namespace handfast::tcp {
namespace {

using wire::SeqNum;
using wire::SeqRange;

constexpr std::uint32_t mss = 1000;
const SeqNum first{0xffff'f000};
const Instant start{seconds{1000}};

struct RackTest : ::testing::Test {
    [[nodiscard]] static SeqRange segment(std::uint32_t k) {  // as in the RFC, P1 is the first
        return {first + (k - 1) * mss, first + k * mss};
    }
    void send(std::uint32_t k, Duration when) {
        board.on_sent(segment(k), {.sent_at = start + when});
    }
    void resend(std::uint32_t k, Duration when) {
        board.on_resent(segment(k), {.sent_at = start + when});
    }
    void acknowledge(std::uint32_t up_to,
                     std::initializer_list<SeqRange> blocks,
                     Duration when,
                     bool duplicate = false) {
        now = start + when;
        const SeqNum una = first + up_to * mss;
        const auto news =
            board.acknowledge({.una = una, .blocks = {blocks.begin(), blocks.size()}});
        rack.on_ack(news,
                    {.now = now,
                     .una = una,
                     .sent_end = board.end(),
                     .min_rtt = min_rtt,
                     .duplicate = duplicate});
    }
    // The numbers of the segments that are lost by now.
    std::vector<std::uint32_t> lost() {
        std::vector<std::uint32_t> out;
        for (Deadline at = rack.lost_at(board, look()); at && *at <= now;
             at = rack.lost_at(board, look()))
            out.push_back(octets_between(first, board.lose_oldest().end) / mss);
        return out;
    }
    [[nodiscard]] Rack::Look look() const {
        return {.min_rtt = min_rtt, .srtt = srtt, .in_recovery = in_recovery};
    }
    using Numbers = std::vector<std::uint32_t>;

    Scoreboard board{{.una = first, .mss = mss, .max_records = 64}};
    Rack rack;
    Instant now{start};
    Duration min_rtt{milliseconds{100}};
    Duration srtt{milliseconds{110}};
    bool in_recovery{false};
};

// RFC 8985 §3.3: P1, P2, P3; P1 is lost; the ACKs of P2 and P3 come a round trip later.
TEST_F(RackTest, what_was_sent_before_is_lost_after_a_reordering_window__rfc8985_6_2) {
    send(1, milliseconds{0});
    send(2, milliseconds{1});
    send(3, milliseconds{2});
    acknowledge(0, {segment(2)}, milliseconds{101});
    EXPECT_EQ(lost(), Numbers{});
    // sent at 0, RACK.rtt 100, window 25
    EXPECT_EQ(rack.lost_at(board, look()), start + milliseconds{125});
    now = start + milliseconds{125};
    EXPECT_EQ(lost(), Numbers{1});
    EXPECT_FALSE(rack.lost_at(board, look()));  // P3 was sent after P2: nothing speaks against it
}

TEST_F(RackTest, three_sacked_segments_need_no_window__rfc8985_6_2_step_4) {
    for (std::uint32_t k = 1; k <= 5; ++k) send(k, milliseconds{k});
    acknowledge(0, {segment(2), segment(3)}, milliseconds{103});
    EXPECT_EQ(lost(), Numbers{});
    acknowledge(0, {segment(4)}, milliseconds{104});
    EXPECT_EQ(lost(), Numbers{1});
}

TEST_F(RackTest, in_recovery_there_is_no_window_until_reordering_was_seen__rfc8985_6_2_step_4) {
    in_recovery = true;
    for (std::uint32_t k = 1; k <= 3; ++k) send(k, milliseconds{k});
    acknowledge(0, {segment(3)}, milliseconds{103});
    EXPECT_EQ(lost(), (Numbers{1, 2}));
}

TEST_F(RackTest, reordering_seen_keeps_the_window__rfc8985_6_2_step_3) {
    for (std::uint32_t k = 1; k <= 8; ++k) send(k, milliseconds{k});
    acknowledge(0, {segment(3)}, milliseconds{103});
    acknowledge(2, {segment(3)}, milliseconds{104});
    EXPECT_TRUE(rack.reordering_seen());
    acknowledge(2, {segment(5), segment(6), segment(7)}, milliseconds{107});
    EXPECT_EQ(lost(), Numbers{});
    EXPECT_EQ(rack.reordering_window(board, look()), milliseconds{25});
    now = start + milliseconds{4 + 100 + 25};
    EXPECT_EQ(lost(), Numbers{4});
}

// RFC 8985 §3.4: a repetition that is lost is found by what was sent after it.
TEST_F(RackTest, finds_a_lost_repetition__rfc8985_3_4) {
    in_recovery = true;
    for (std::uint32_t k = 1; k <= 4; ++k) send(k, milliseconds{k});
    acknowledge(0, {segment(3)}, milliseconds{103});
    EXPECT_EQ(lost(), (Numbers{1, 2}));
    resend(1, milliseconds{103});
    resend(2, milliseconds{104});
    acknowledge(0, {segment(2), segment(3)}, milliseconds{204});
    EXPECT_EQ(lost(), (Numbers{4, 1}));  // in the order of sending
    EXPECT_EQ(board.lost(), 2 * mss);
}

TEST_F(RackTest, a_repetition_acknowledged_too_soon_is_not_timed__rfc8985_6_2_step_2) {
    in_recovery = true;
    for (std::uint32_t k = 1; k <= 3; ++k) send(k, milliseconds{k});
    acknowledge(0, {segment(2)}, milliseconds{102});
    EXPECT_EQ(lost(), Numbers{1});
    resend(1, milliseconds{103});
    acknowledge(2, {}, milliseconds{110});  // it was the first transmission that came
    EXPECT_EQ(rack.rtt(), milliseconds{100});
    EXPECT_EQ(lost(), Numbers{});  // else P3, sent before the repetition, would be
}

TEST_F(RackTest, duplicates_widen_the_window_once_a_round_trip__rfc8985_6_2_step_4) {
    srtt = seconds{1};
    for (std::uint32_t k = 1; k <= 8; ++k) send(k, milliseconds{k});
    acknowledge(1, {}, milliseconds{101}, true);
    acknowledge(2, {}, milliseconds{102}, true);
    EXPECT_EQ(rack.reordering_window(board, look()), milliseconds{50});
    acknowledge(8, {}, milliseconds{110}, true);
    EXPECT_EQ(rack.reordering_window(board, look()), milliseconds{75});
    srtt = milliseconds{60};
    EXPECT_EQ(rack.reordering_window(board, look()), milliseconds{60});  // at most SRTT
    for (int i = 0; i < 16; ++i) rack.on_recovered();
    EXPECT_EQ(rack.reordering_window(board, look()), milliseconds{25});
}

// ---- Tail loss probe ----------------------------------------------------------------------------

TEST(TailProbe, waits_two_round_trips_and_for_a_delayed_acknowledgment__rfc8985_7_2) {
    EXPECT_EQ(TailProbe::timeout(milliseconds{100}, true), milliseconds{400});
    EXPECT_EQ(TailProbe::timeout(milliseconds{100}, false), milliseconds{202});
    EXPECT_EQ(TailProbe::timeout(std::nullopt, false), seconds{1});
}

TEST(TailProbe, says_when_it_repaired_a_loss__rfc8985_7_4_2) {
    TailProbe p;
    p.on_sent(first, TailProbe::Sent::repetition);
    EXPECT_EQ(p.on_ack({.una = first - 1}), TailProbe::Outcome::nothing);
    EXPECT_EQ(p.on_ack({.una = first}), TailProbe::Outcome::nothing);
    EXPECT_TRUE(p.is_out());
    EXPECT_EQ(p.on_ack({.una = first + 1}), TailProbe::Outcome::repaired_loss);
    EXPECT_FALSE(p.is_out());
}

TEST(TailProbe, two_copies_that_came_are_no_loss__rfc8985_7_4_2) {
    TailProbe p;
    p.on_sent(first, TailProbe::Sent::repetition);
    EXPECT_TRUE(p.explains({first - mss, first}));
    EXPECT_EQ(p.on_ack({.una = first, .duplicate = SeqRange{first - mss, first}}),
              TailProbe::Outcome::no_loss);
    p.on_sent(first, TailProbe::Sent::repetition);
    EXPECT_EQ(p.on_ack({.una = first, .is_duplicate = true}), TailProbe::Outcome::no_loss);
    p.on_sent(first, TailProbe::Sent::new_text);
    EXPECT_EQ(p.on_ack({.una = first + 1}), TailProbe::Outcome::no_loss);
}

// ---- Proportional rate reduction ----------------------------------------------------------------

TEST(Prr, sends_in_proportion_while_more_than_the_threshold_is_in_flight__rfc9937_6) {
    Prr prr{{.flight = 20 * mss, .threshold = 14 * mss, .mss = mss}};
    std::uint32_t in_flight = 18 * mss;  // one SACKed, one lost
    std::uint32_t sent = 0;
    for (std::uint32_t i = 1; in_flight > 15 * mss; ++i) {
        in_flight -= mss;
        prr.on_ack({.delivered = mss, .in_flight = in_flight});
        while (prr.window_bytes() >= in_flight + mss) {
            prr.on_sent(mss);
            in_flight += mss;
            sent += mss;
        }
        EXPECT_NEAR(sent, 0.7 * i * mss, mss) << i;
    }
}

TEST(Prr, the_first_repetition_goes_out_at_once__rfc9937_6) {
    Prr prr{{.flight = 4 * mss, .threshold = 2 * mss, .mss = mss}};
    prr.on_ack({.delivered = 0, .in_flight = 3 * mss});
    prr.on_ack({.delivered = 1, .in_flight = 3 * mss});
    EXPECT_GE(prr.window_bytes(), 3 * mss + 1);
    Prr closed{{.flight = 4 * mss, .threshold = 2 * mss, .mss = mss}};
    closed.on_ack({.delivered = 1, .in_flight = 2 * mss});
    EXPECT_EQ(closed.window_bytes(), 3 * mss);
}

TEST(Prr, conserves_the_flight_below_the_threshold__rfc9937_6) {
    Prr prr{{.flight = 20 * mss, .threshold = 10 * mss, .mss = mss}};
    prr.on_ack({.delivered = 2 * mss, .in_flight = 4 * mss});  // a burst was lost
    EXPECT_EQ(prr.window_bytes(), 6 * mss);
    prr.on_sent(2 * mss);
    prr.on_ack({.delivered = mss, .in_flight = 5 * mss});
    EXPECT_EQ(prr.window_bytes(), 6 * mss);
}

TEST(Prr, grows_as_in_slow_start_when_all_is_well__rfc9937_6) {
    Prr prr{{.flight = 20 * mss, .threshold = 10 * mss, .mss = mss}};
    prr.on_ack({.delivered = 2 * mss, .in_flight = 4 * mss, .safe = true});
    EXPECT_EQ(prr.window_bytes(), 7 * mss);
    prr.on_ack({.delivered = 20 * mss, .in_flight = 4 * mss, .safe = true});
    EXPECT_EQ(prr.window_bytes(), 10 * mss);  // and never beyond the threshold
}

}  // namespace
}  // namespace handfast::tcp
