// Where one recovery ends and another begins, and what the next one remembers of the last.
#include "rig.hpp"

namespace handfast::tcp {
namespace {

using namespace testing;
using trace::Counter;
using trace::Why;
using wire::octets_between;

// A peer that knows SACK and takes segments of 1000 octets, 40 ms away.
struct Sacking : ::testing::Test {
    Sacking() {
        l.peer_options.mss = 1000;
        l.peer_options.sack_permitted = true;
        l.listen();
        l.inject(l.peer(syn, 0, 0));
        l.iss = l.sent_one().seq;
        l.now += milliseconds{40};
        l.inject(l.peer(testing::ack, 1, 1));
        l.c = *l.host.accept(l.listener);
    }
    void sack(std::uint32_t to, std::uint32_t from, std::uint32_t end) {
        Seg s = l.peer(testing::ack, 1, to);
        s.options.sack.push_back({l.iss + from, l.iss + end});
        l.inject(s);
    }
    Lone l;
};

TEST_F(Sacking, a_loss_told_by_what_ends_a_recovery_begins_another__rfc6675_5) {
    l.host.write(l.c, pattern(40'000));
    ASSERT_EQ(l.sent().size(), 10U);
    l.now += milliseconds{40};
    sack(1, 1001, 4001);
    EXPECT_EQ(l.rel_seq(l.sent().at(0)), 1U);
    for (std::uint32_t end = 5001; end <= 10'001; end += 1000) sack(1, 1001, end);
    ASSERT_GE(l.sent().size(), 4U);  // new text, as what arrived lets it out
    const std::uint32_t threshold = l.host.look(l.c).slow_start_threshold;
    l.now += milliseconds{40};
    sack(10'001, 11'001, 14'001);
    EXPECT_TRUE(l.host.look(l.c).in_recovery);
    EXPECT_LT(l.host.look(l.c).slow_start_threshold, threshold);
    EXPECT_EQ(l.host.counted(Counter::tcp_ext_sack_recovery), 2U);
    const auto out = l.sent();
    ASSERT_FALSE(out.empty());
    EXPECT_EQ(l.rel_seq(out[0]), 10'001U);
    EXPECT_EQ(out[0].why, Why::sack_retransmission);
}

// What is lost waits too: one that was told to be quiet is only asked.
TEST_F(Sacking, a_closed_window_is_probed_and_not_filled_with_repetitions__rfc9293_must_35) {
    l.host.write(l.c, pattern(5000));
    (void)l.sent();
    l.peer_window = 0;
    l.inject(l.peer(ack, 1, 1));
    l.run(seconds{5});
    const auto quiet = l.sent();
    ASSERT_FALSE(quiet.empty());
    for (const Seg& s : quiet) {
        if (s.why == Why::tail_loss_probe) continue;  // asked before the timeout
        EXPECT_EQ(s.length, 0U);
        EXPECT_EQ(s.why, Why::window_probe);
    }
    EXPECT_EQ(l.host.counted(Counter::tcp_ext_timeouts), 1U);
    l.peer_window = 65'535;
    l.inject(l.peer(ack, 1, 1));
    const auto out = l.sent();
    ASSERT_FALSE(out.empty());
    EXPECT_EQ(l.rel_seq(out[0]), 1U);
    EXPECT_EQ(out[0].length, 1000U);
}

// 100 ms apart. The second segment of each four is lost; how much longer than a round trip the
// sender waits until it repeats it.
struct Waits : ::testing::Test {
    Waits() {
        p.delay = milliseconds{50};
        p.open();
    }
    void transfer(std::uint32_t segments) {
        p.sent_a.clear();
        begin = p.a.look(p.ca).snd_nxt;
        p.a.write(p.ca, pattern(segments * mss));
        p.run(milliseconds{900});
        EXPECT_EQ(p.b.read(p.cb).size(), segments * mss);
    }
    Duration wait_for_a_loss() {
        p.lose_a = [this](const Seg& s) {
            return s.length > 0 && s.attempt == 0 && s.seq == begin + mss;
        };
        transfer(4);
        p.lose_a = {};
        Instant first{};
        for (const Seg& s : p.sent_a) {
            if (s.length == 0 || s.seq != begin + mss) continue;
            if (s.attempt > 0) return s.at - first - milliseconds{100};
            first = s.at;
        }
        ADD_FAILURE() << "it was not repeated";
        return {};
    }
    static constexpr std::uint32_t mss = 1448;
    Pair p;
    wire::SeqNum begin;
};

TEST_F(Waits, a_repetition_in_vain_makes_patient_for_sixteen_recoveries__rfc8985_6_2) {
    p.delay_a = [this](const Seg& s) {
        const bool late = s.length > 0 && s.attempt == 0 && s.seq == begin + mss;
        return milliseconds{late ? 110 : 50};
    };
    transfer(10);
    p.delay_a = {};
    EXPECT_EQ(p.a.counted(Counter::tcp_ext_dsack_recv), 1U);
    for (int i = 0; i < 16; ++i) {
        EXPECT_GE(wait_for_a_loss(), milliseconds{50}) << i;  // two quarters of a round trip
        transfer(20);                                         // the window recovers
    }
    EXPECT_LE(wait_for_a_loss(), milliseconds{26});
    EXPECT_EQ(p.a.counted(Counter::tcp_ext_timeouts), 0U);
}

}  // namespace
}  // namespace handfast::tcp
