// Tail loss probes, PRR and what undoes a recovery, as values: RFC 8985 §7, RFC 9937 §6, RFC 3522.
#include <gtest/gtest.h>

#include "core/tcp/send/prr.hpp"
#include "core/tcp/send/tail_probe.hpp"
#include "core/tcp/send/undo.hpp"

namespace handfast::tcp {
namespace {

using wire::SeqNum;
using Outcome = TailProbe::Outcome;

const SeqNum end{0x40};  // beyond the wrap

TEST(TailProbe, is_settled_by_the_first_acknowledgment_of_new_text__rfc8985_7_4_2) {
    TailProbe p;
    p.on_sent(end, TailProbe::Sent::new_text);
    EXPECT_TRUE(p.is_out());
    EXPECT_EQ(p.on_ack({.una = end - 1}), Outcome::nothing);
    EXPECT_TRUE(p.is_out());
    EXPECT_EQ(p.on_ack({.una = end}), Outcome::no_loss);
    EXPECT_FALSE(p.is_out());
}

TEST(TailProbe, both_copies_came_when_a_duplicate_says_so__rfc8985_7_4_2) {
    TailProbe p;
    p.on_sent(end, TailProbe::Sent::repetition);
    EXPECT_EQ(p.on_ack({.una = end, .duplicate = wire::SeqRange{end - 100, end}}),
              Outcome::no_loss);
    EXPECT_FALSE(p.is_out());
}

TEST(TailProbe, repaired_a_loss_when_only_later_text_is_acknowledged__rfc8985_7_4_2) {
    TailProbe p;
    p.on_sent(end, TailProbe::Sent::repetition);
    EXPECT_EQ(p.on_ack({.una = end}), Outcome::nothing);  // which copy it was is not known yet
    EXPECT_TRUE(p.is_out());
    EXPECT_EQ(p.on_ack({.una = end + 1}), Outcome::repaired_loss);
    EXPECT_FALSE(p.is_out());
}

TEST(TailProbe, explains_the_duplicate_of_what_it_repeated_only) {
    TailProbe p;
    p.on_sent(end, TailProbe::Sent::repetition);
    EXPECT_TRUE(p.explains({end - 100, end}));
    EXPECT_FALSE(p.explains({end - 100, end - 1}));
    p.on_sent(end, TailProbe::Sent::new_text);
    EXPECT_FALSE(p.explains({end - 100, end}));
}

TEST(TailProbe, is_forgotten_when_a_loss_is_found_otherwise__rfc8985_7_4_1) {
    TailProbe p;
    p.on_sent(end, TailProbe::Sent::repetition);
    p.forget();
    EXPECT_FALSE(p.is_out());
    EXPECT_EQ(p.on_ack({.una = end + 1}), Outcome::nothing);
}

TEST(TailProbe, waits_two_round_trips_and_for_a_delayed_acknowledgment__rfc8985_7_2) {
    EXPECT_EQ(TailProbe::timeout(std::nullopt, false), seconds{1});
    EXPECT_EQ(TailProbe::timeout(milliseconds{50}, true), milliseconds{300});
    EXPECT_EQ(TailProbe::timeout(milliseconds{50}, false), milliseconds{102});
}

// Numbers small enough to be told by hand: of ten in flight seven are to remain.
Prr reduction() {
    return Prr{{.flight = 10, .threshold = 7, .in_flight = 10, .mss = 1}};
}

TEST(Prr, sends_in_proportion_rounded_up__rfc9937_6) {
    Prr p = reduction();
    EXPECT_EQ(p.window_bytes(), 11U);            // the first repetition
    p.on_ack({.delivered = 3, .in_flight = 8});  // ceil(3 * 7 / 10)
    EXPECT_EQ(p.window_bytes(), 8U + 3);
    p.on_sent(3);
    p.on_ack({.delivered = 7, .in_flight = 8});  // 10 * 7 / 10
    EXPECT_EQ(p.window_bytes(), 8U + 4);
}

// Else the first repetition waits for a second acknowledgment, and each later one as long.
TEST(Prr, sends_whole_segments_early_rather_than_late__rfc9937_6) {
    Prr p{{.flight = 10'000, .threshold = 5'000, .in_flight = 8'000, .mss = 1'000}};
    p.on_ack({.delivered = 1'000, .in_flight = 8'000});
    EXPECT_EQ(p.window_bytes(), 9'000U);
    p.on_sent(1'000);
    p.on_ack({.delivered = 1'000, .in_flight = 8'000});
    EXPECT_EQ(p.window_bytes(), 8'000U);
    p.on_ack({.delivered = 1'000, .in_flight = 7'000});
    EXPECT_EQ(p.window_bytes(), 8'000U);
}

TEST(Prr, at_the_threshold_it_keeps_what_is_in_flight__rfc9937_6) {
    Prr p = reduction();
    p.on_ack({.delivered = 3, .in_flight = 7});
    EXPECT_EQ(p.window_bytes(), 8U);  // but for the first repetition
    p.on_sent(1);
    p.on_ack({.delivered = 2, .in_flight = 4});
    EXPECT_EQ(p.window_bytes(), 7U);
}

TEST(Prr, below_the_threshold_only_a_safe_acknowledgment_lets_it_grow__rfc9937_6) {
    Prr p = reduction();
    p.on_sent(3);
    p.on_ack({.delivered = 3, .in_flight = 2});
    EXPECT_EQ(p.window_bytes(), 5U);
    p.on_sent(3);
    p.on_ack({.delivered = 1, .in_flight = 2, .safe = true});
    EXPECT_EQ(p.window_bytes(), 4U);
}

TEST(Prr, an_acknowledgment_that_delivers_nothing_changes_nothing__rfc9937_6) {
    Prr p = reduction();
    p.on_ack({.delivered = 0, .in_flight = 3});
    EXPECT_EQ(p.window_bytes(), 11U);
}

struct UndoTest : ::testing::Test {
    UndoTest() { undo.begin(begin); }
    void repeat(std::uint32_t from, std::uint32_t octets, int at_ms) {
        undo.on_repeated({begin + from, begin + from + octets}, Instant{milliseconds{at_ms}});
    }
    static constexpr wire::SeqNum begin{0xffff'ffc0};
    Undo undo;
};

TEST_F(UndoTest, an_echo_from_before_the_first_repetition_proves_it_vain__rfc3522_3_2) {
    repeat(0, 100, 50);
    EXPECT_TRUE(undo.is_proved_by({.una = begin + 100, .echo_ms = 49}));
}

TEST_F(UndoTest, an_echo_of_the_repetition_proves_nothing__rfc3522_3_2) {
    repeat(0, 100, 50);
    EXPECT_FALSE(undo.is_proved_by({.una = begin + 100, .echo_ms = 50}));
    // Only the first acknowledgment of what was repeated can tell.
    EXPECT_FALSE(undo.is_proved_by({.una = begin + 200, .echo_ms = 49}));
}

// It was late or repeated in an earlier recovery; what this one repeats may be lost all the same.
TEST_F(UndoTest, an_acknowledgment_of_what_lies_before_it_proves_nothing__rfc3522_3_2) {
    repeat(300, 100, 50);
    EXPECT_FALSE(undo.is_proved_by({.una = begin + 300, .echo_ms = 20}));
    EXPECT_FALSE(undo.is_proved_by({.una = begin + 400, .echo_ms = 50}));
}

TEST_F(UndoTest, every_repetition_came_twice__rfc3708_2) {
    repeat(0, 100, 50);
    repeat(200, 100, 60);
    EXPECT_FALSE(undo.is_proved_by({.una = begin, .duplicate = 100}));
    EXPECT_TRUE(undo.is_proved_by({.una = begin, .duplicate = 100}));
    undo.forget();
    EXPECT_FALSE(undo.is_proved_by({.una = begin, .duplicate = 100}));
}

TEST_F(UndoTest, before_anything_was_repeated_only_the_arrival_of_all_is_a_proof__rfc4015_3_2) {
    EXPECT_FALSE(undo.is_proved_by({.una = begin + 1, .echo_ms = 0}));
    EXPECT_TRUE(undo.is_proved_by({.una = begin + 1, .nothing_lost = true}));
    repeat(0, 100, 50);
    EXPECT_FALSE(undo.is_proved_by({.una = begin, .nothing_lost = true}));
}

TEST_F(UndoTest, what_a_recovery_before_it_repeated_is_none_of_its__rfc3708_2) {
    EXPECT_FALSE(undo.concerns({begin - 100, begin}));
    EXPECT_TRUE(undo.concerns({begin, begin + 100}));
}

}  // namespace
}  // namespace handfast::tcp
