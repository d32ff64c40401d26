// Recovery between two ends that both know SACK: RFC 8985, RFC 9937, RFC 5682, RFC 3522, RFC 2883.
#include <set>

#include "bottleneck.hpp"
#include "rig.hpp"

namespace handfast::tcp {
namespace {

using namespace testing;
using trace::Counter;
using trace::Why;

constexpr std::uint32_t mss = 1448;

struct SackRecoveryTest : ::testing::Test {
    SackRecoveryTest() {
        p.delay = milliseconds{50};
        p.open();
        begin = p.a.look(p.ca).snd_nxt;
    }
    // Loses these segments of text, counted from 0, at their first transmission.
    void lose(std::set<std::uint32_t> numbers) {
        p.lose_a = [this, numbers](const Seg& s) {
            if (s.length == 0 || s.attempt > 0) return false;
            return numbers.contains(octets_between(begin, s.seq) / mss);
        };
    }
    // Writes so many segments and reads all; how long it took until the last octet was there.
    Duration transfer(std::uint32_t segments) {
        const std::string text = pattern(segments * mss);
        const Instant started = p.now;
        EXPECT_EQ(p.a.write(p.ca, text), text.size());
        std::string got;
        while (got.size() < text.size() && p.now < started + seconds{20}) {
            p.run(milliseconds{1});
            got += p.b.read(p.cb);
        }
        EXPECT_EQ(got, text);
        return p.now - started;
    }
    [[nodiscard]] std::uint64_t repeated() const { return p.a.counted(Counter::tcp_retrans_segs); }
    [[nodiscard]] std::uint64_t timeouts() const { return p.a.counted(Counter::tcp_ext_timeouts); }
    Pair p;
    wire::SeqNum begin;
};

TEST_F(SackRecoveryTest, one_loss_costs_one_repetition_and_one_round_trip__rfc8985_3_3) {
    lose({2});
    EXPECT_LE(transfer(10), milliseconds{152});
    EXPECT_EQ(repeated(), 1U);
    EXPECT_EQ(timeouts(), 0U);
    EXPECT_EQ(p.a.counted(Counter::tcp_ext_sack_recovery), 1U);
}

TEST_F(SackRecoveryTest, a_burst_is_repaired_in_one_recovery_without_a_timeout) {
    lose({1, 2, 3, 4, 6});
    EXPECT_LE(transfer(10), milliseconds{352});
    EXPECT_EQ(repeated(), 5U);
    EXPECT_EQ(timeouts(), 0U);
    EXPECT_EQ(p.a.counted(Counter::tcp_ext_sack_recovery), 1U);
}

TEST_F(SackRecoveryTest, the_window_falls_to_seven_tenths__rfc9438_4_6) {
    lose({0});
    (void)transfer(10);
    p.run(milliseconds{200});
    EXPECT_EQ(p.a.look(p.ca).slow_start_threshold / mss, 7U);
    EXPECT_FALSE(p.a.look(p.ca).in_recovery);
}

TEST_F(SackRecoveryTest, a_lost_repetition_is_found_without_a_timeout__rfc8985_3_4) {
    int lost = 0;
    p.lose_a = [&](const Seg& s) { return s.seq == begin && s.length > 0 && lost++ < 2; };
    (void)transfer(60);
    EXPECT_EQ(lost, 3);
    EXPECT_EQ(timeouts(), 0U);
}

// The probe goes two round trips after the last acknowledgment.
TEST_F(SackRecoveryTest, a_lost_tail_is_found_by_a_probe_within_three_round_trips__rfc8985_7) {
    lose({8, 9});
    EXPECT_LE(transfer(10), milliseconds{100 + 300 + 60});
    EXPECT_EQ(p.a.counted(Counter::tcp_ext_loss_probes), 1U);
    EXPECT_EQ(timeouts(), 0U);
    EXPECT_EQ(repeated(), 2U);
    p.run(seconds{1});
    EXPECT_EQ(p.a.look(p.ca).send_queued, 0U);
}

TEST_F(SackRecoveryTest, a_probe_that_repaired_a_loss_lowers_the_window__rfc8985_7_4) {
    lose({9});
    (void)transfer(10);
    p.run(milliseconds{300});
    (void)transfer(1);
    p.run(milliseconds{300});
    EXPECT_EQ(p.a.counted(Counter::tcp_ext_loss_probe_recovery), 1U);
    EXPECT_LT(p.a.look(p.ca).slow_start_threshold, 10 * mss);
}

TEST_F(SackRecoveryTest, a_lost_tail_of_several_is_found_by_a_probe_too__rfc8985_7) {
    // Probe, one repetition (PRR lets no more out), and the others.
    lose({6, 7, 8, 9});
    EXPECT_LE(transfer(10), milliseconds{100 + 300 + 160});
    EXPECT_EQ(timeouts(), 0U);
}

// The peer cannot SACK a FIN when it lacks the text before it.
TEST_F(SackRecoveryTest, a_lost_fin_is_probed_for_with_its_text__rfc8985_7) {
    p.lose_a = [](const Seg& s) { return s.flags.fin() && s.attempt == 0; };
    p.a.write(p.ca, pattern(mss));
    p.a.shutdown(p.ca);
    p.run(milliseconds{800});
    EXPECT_EQ(p.b.read(p.cb).size(), mss);
    EXPECT_TRUE(p.b.at_end(p.cb));
    EXPECT_EQ(timeouts(), 0U);
}

TEST_F(SackRecoveryTest, when_all_is_lost_the_timer_repeats_it) {
    lose({0, 1, 2, 3, 4, 5, 6, 7, 8, 9});
    int probes = 2;
    const auto first = p.lose_a;
    p.lose_a = [&](const Seg& s) {
        return first(s) || (s.why == Why::tail_loss_probe && probes-- > 0);
    };
    (void)transfer(10);
    EXPECT_GE(timeouts(), 1U);
    EXPECT_FALSE(p.a.look(p.ca).in_recovery);
}

// Its repetitions are lost too: a window goes out behind it each round trip, and arrives.
TEST(SackRecovery, what_has_arrived_beyond_a_hole_is_no_flight__rfc5681_3_1) {
    Given g;
    g.settings.congestion = CongestionControl::reno;
    Pair p{g};
    p.delay = milliseconds{50};
    p.open();
    const wire::SeqNum begin = p.a.look(p.ca).snd_nxt;
    p.lose_a = [&](const Seg& s) {
        return s.seq == begin && s.length > 0 && p.a.counted(Counter::tcp_ext_timeouts) == 0;
    };
    const std::string text = pattern(60 * mss);
    EXPECT_EQ(p.a.write(p.ca, text), text.size());
    for (int i = 0; i < 10'000 && p.a.counted(Counter::tcp_ext_timeouts) == 0; ++i)
        p.run(milliseconds{1});
    EXPECT_EQ(p.a.counted(Counter::tcp_ext_timeouts), 1);
    EXPECT_GT(octets_between(p.a.look(p.ca).snd_una, p.a.look(p.ca).snd_nxt), 12 * mss);
    EXPECT_LE(p.a.look(p.ca).slow_start_threshold, 5 * mss);
}

TEST_F(SackRecoveryTest, little_reordering_is_waited_for__rfc8985_6_2) {
    p.delay_a = [&](const Seg& s) {
        const bool late = s.length > 0 && octets_between(begin, s.seq) / mss % 10 == 3;
        return milliseconds{late ? 60 : 50};
    };
    (void)transfer(10);
    (void)transfer(100);
    p.run(seconds{1});
    EXPECT_LE(repeated(), 1U);  // before it was known that the path reorders
    const auto known = repeated();
    for (int i = 0; i < 5; ++i) (void)transfer(100);
    EXPECT_EQ(repeated(), known);
    EXPECT_EQ(timeouts(), 0U);
}

// Three that came after it prove it lost each time, so that no original is ever seen to come late.
TEST_F(SackRecoveryTest, reordering_beyond_three_segments_is_learned_from_an_undo__rfc8985_6_2) {
    for (int i = 0; i < 10; ++i) {
        begin = p.a.look(p.ca).snd_nxt;
        p.delay_a = [&](const Seg& s) {
            const bool late = s.length > 0 && s.attempt == 0 && s.seq == begin + mss;
            return milliseconds{late ? 60 : 50};
        };
        (void)transfer(10);
        p.run(milliseconds{500});
    }
    EXPECT_EQ(repeated(), 1U);
    EXPECT_EQ(p.a.counted(Counter::tcp_ext_full_undo), 1U);
    EXPECT_GE(p.a.look(p.ca).reordering, 3 * mss);
}

TEST_F(SackRecoveryTest, a_repetition_in_vain_is_undone__rfc4015) {
    // Segment 2 comes so late that it is sent again.
    p.delay_a = [&](const Seg& s) {
        const bool late = s.length > 0 && s.attempt == 0 && octets_between(begin, s.seq) == 2 * mss;
        return milliseconds{late ? 130 : 50};
    };
    (void)transfer(10);
    p.run(seconds{1});
    EXPECT_EQ(repeated(), 1U);
    EXPECT_EQ(p.a.counted(Counter::tcp_ext_full_undo), 1U);
    EXPECT_GE(p.a.look(p.ca).congestion_window, 10 * mss);
    EXPECT_GT(p.a.look(p.ca).slow_start_threshold, 1000 * mss);
}

TEST_F(SackRecoveryTest, a_timeout_in_vain_is_undone_and_little_repeated__rfc5682) {
    (void)transfer(10);
    begin = p.a.look(p.ca).snd_nxt;
    // The path stands still for a second, and loses nothing.
    const Instant moves_on = p.now + seconds{1};
    p.delay_a = [&](const Seg&) {
        return std::max<Duration>(milliseconds{50}, moves_on + milliseconds{50} - p.now);
    };
    (void)transfer(20);
    p.run(seconds{1});
    EXPECT_GE(timeouts(), 1U);
    EXPECT_EQ(p.a.counted(Counter::tcp_ext_spurious_rtos), 1U);
    EXPECT_LE(repeated(), 4U);  // the probe, the timeouts
    EXPECT_GE(p.a.look(p.ca).congestion_window, 10 * mss);
}

TEST_F(SackRecoveryTest, the_wait_for_a_lost_acknowledgment_is_no_round_trip__rfc2883) {
    // The acknowledgments of the first flight are lost, and the probe.
    p.lose_a = [](const Seg& s) { return s.why == Why::tail_loss_probe; };
    p.lose_b = [&](const Seg&) { return timeouts() == 0; };
    (void)transfer(10);
    p.run(seconds{2});
    EXPECT_EQ(timeouts(), 1U);
    for (const auto& e : p.a.heard.rtts) EXPECT_LE(e.rtt, milliseconds{151});
}

TEST_F(SackRecoveryTest, a_super_segment_is_cut_where_it_was_lost) {
    Given g;
    g.max_super_segment = 64'000;
    Pair whole{g};
    whole.delay = milliseconds{20};
    whole.open();
    const wire::SeqNum from = whole.a.look(whole.ca).snd_nxt;
    // The link cuts it and loses the second and fourth segment: the receiver's side says so.
    bool once = true;
    whole.lose_a = [&](const Seg& s) { return s.length > mss && std::exchange(once, false); };
    const std::string text = pattern(60 * mss);
    EXPECT_EQ(whole.a.write(whole.ca, text), text.size());
    whole.run(seconds{2});
    EXPECT_EQ(whole.b.read(whole.cb), text);
    EXPECT_EQ(whole.a.look(whole.ca).snd_una, from + 60 * mss);
}

// ---- Goodput over 100 Mbit/s and 50 ms
// -----------------------------------------------------------

struct Case {
    double loss;
    double reordered;
    CongestionControl control;
    double floor;  // Mbit/s
};

struct Goodput : ::testing::TestWithParam<Case> {};

TEST_P(Goodput, is_at_least_this) {
    Given g;
    g.settings.congestion = GetParam().control;
    Pair p{g};
    p.delay = milliseconds{25};
    p.open();
    Bottleneck link{p, {.loss = GetParam().loss, .reordered = GetParam().reordered}};
    constexpr int measured = 8;
    const std::uint64_t octets = link.transfer(seconds{measured + 2}, seconds{2});
    const double mbit = static_cast<double>(octets) * 8 / measured / 1e6;
    RecordProperty("mbit_per_second", std::to_string(mbit));
    std::cout << "goodput " << mbit << " Mbit/s, repeated "
              << p.a.counted(Counter::tcp_retrans_segs) << ", timeouts "
              << p.a.counted(Counter::tcp_ext_timeouts) << ", undone "
              << p.a.counted(Counter::tcp_ext_full_undo) << "\n";
    EXPECT_GE(mbit, GetParam().floor);
    EXPECT_LE(p.a.counted(Counter::tcp_ext_timeouts), 2U);
}

INSTANTIATE_TEST_SUITE_P(Cubic,
                         Goodput,
                         ::testing::Values(Case{0, 0, CongestionControl::cubic, 90},
                                           Case{0.001, 0, CongestionControl::cubic, 6},
                                           Case{0.01, 0, CongestionControl::cubic, 2},
                                           Case{0.03, 0, CongestionControl::cubic, 1},
                                           Case{0, 0.01, CongestionControl::cubic, 85},
                                           Case{0, 0, CongestionControl::reno, 85},
                                           Case{0.01, 0, CongestionControl::reno, 1.5}));

}  // namespace
}  // namespace handfast::tcp
