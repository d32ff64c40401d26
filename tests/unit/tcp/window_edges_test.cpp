// The peer's window: the largest one counts, one that shrinks is believed, one that is probed
// again.
#include "rig.hpp"

namespace handfast::tcp {
namespace {

using namespace testing;
using trace::Counter;
using trace::Why;

// The peer opens, takes segments of 1000 octets, and its last acknowledgment of the handshake
// offers this window.
struct Offering : ::testing::Test {
    void establish(std::uint16_t window) {
        l.peer_options.mss = 1000;
        l.listen();
        l.peer_window = window;
        l.inject(l.peer(syn, 0, 0));
        l.iss = l.sent_one().seq;
        l.now += milliseconds{40};
        l.inject(l.peer(testing::ack, 1, 1));
        l.c = *l.host.accept(l.listener);
        (void)l.sent();
    }
    void acknowledge(std::uint32_t up_to, std::uint16_t window) {
        l.peer_window = window;
        l.inject(l.peer(testing::ack, 1, up_to));
    }
    Lone l;
};

// ---- Silly windows ------------------------------------------------------------------------------

TEST_F(Offering, the_largest_window_ever_decides_what_is_silly__rfc9293_must_38) {
    establish(600);
    acknowledge(1, 3000);
    acknowledge(1, 700);
    l.host.write(l.c, pattern(5000));
    EXPECT_TRUE(l.sent().empty());  // less than a segment, less than half of 3000
    acknowledge(1, 1500);
    EXPECT_EQ(l.sent_one().length, 1000U);
}

TEST(Offered, the_window_of_a_syn_ack_counts_as_the_largest__rfc9293_must_38) {
    Lone l;
    l.peer_options.mss = 1000;
    l.peer_window = 3000;
    l.connect();
    l.peer_window = 700;
    l.inject(l.peer(ack, 1, 1));
    l.host.write(l.c, pattern(5000));
    EXPECT_TRUE(l.sent().empty());
}

TEST_F(Offering, half_of_the_largest_window_is_worth_a_segment__rfc9293_must_38) {
    establish(1400);
    acknowledge(1, 700);
    l.host.write(l.c, pattern(5000));
    EXPECT_EQ(l.sent_one().length, 700U);
}

// ---- Windows that shrink ------------------------------------------------------------------------

// The peer would not believe a number beyond its window.
TEST_F(Offering, who_took_back_room_is_answered_at_the_edge_of_its_window__rfc9293_shld_16) {
    establish(5000);
    l.host.write(l.c, pattern(5000));
    EXPECT_EQ(l.sent().size(), 5U);
    acknowledge(1, 2000);
    l.host.change(l.c, [](Settings& s) { s.quick_ack = true; });
    l.inject(l.peer(ack, 1, 1, "text"));
    const auto out = l.sent();
    ASSERT_FALSE(out.empty());
    EXPECT_EQ(l.rel_seq(out.back()), 2001U);
}

// What scaling hides is not taken back.
TEST_F(Offering, a_few_octets_less_than_a_unit_are_no_shrunken_window__rfc7323_2_4) {
    l.peer_options.window_scale = std::uint8_t{8};
    establish(10);  // 2560 octets by now, for this one is scaled
    l.host.write(l.c, pattern(2500));
    l.run(milliseconds{5});
    const auto sent = l.sent();
    ASSERT_FALSE(sent.empty());
    const std::uint32_t end = l.rel_seq(sent.back()) + sent.back().length;
    ASSERT_GT(end, 9 * 256U);
    acknowledge(1, 9);
    l.host.change(l.c, [](Settings& s) { s.quick_ack = true; });
    l.inject(l.peer(ack, 1, 1, "text"));
    const auto out = l.sent();
    ASSERT_FALSE(out.empty());
    EXPECT_EQ(l.rel_seq(out.back()), end);
}

// ---- The round trip of a handshake
// ----------------------------------------------------------------

TEST(HandshakeRoundTrip, is_not_measured_of_a_syn_ack_that_was_sent_twice__rfc6298_3) {
    Lone l;
    l.listen();
    l.inject(l.peer(syn, 0, 0));
    l.iss = l.sent_one().seq;
    l.now += milliseconds{30};
    l.inject(l.peer(syn, 0, 0));  // the peer has not heard it
    EXPECT_EQ(l.sent_one().seq, l.iss);
    l.now += milliseconds{10};
    l.inject(l.peer(ack, 1, 1));
    EXPECT_TRUE(l.host.heard.rtts.empty());
}

TEST(HandshakeRoundTrip, is_measured_of_a_syn_ack_that_was_sent_once__rfc6298_3) {
    Lone l;
    l.listen();
    l.inject(l.peer(syn, 0, 0));
    l.iss = l.sent_one().seq;
    l.now += milliseconds{40};
    l.inject(l.peer(ack, 1, 1));
    ASSERT_EQ(l.host.heard.rtts.size(), 1U);
    EXPECT_EQ(l.host.heard.rtts[0].rtt, milliseconds{40});
}

// ---- The window that may grow -------------------------------------------------------------------

struct Growing : Offering {
    void SetUp() override {
        establish(65'535);
        l.host.change(l.c, [](Settings& s) { s.congestion = CongestionControl::reno; });
    }
    std::uint32_t window() { return l.host.look(l.c).congestion_window; }
    // Five segments, after a timeout and its repetition: congestion avoidance.
    void avoid() {
        l.host.write(l.c, pattern(10'000));
        while (l.host.counted(Counter::tcp_ext_timeouts) == 0) l.run(milliseconds{10});
        for (std::uint32_t acked = 1001; acked <= 10'001; acked += 1000) {
            l.now += milliseconds{40};
            acknowledge(acked, 65'535);
        }
        (void)l.sent();
    }
};

TEST_F(Growing, in_slow_start_half_of_the_window_is_not_enough__rfc7661_4_3) {
    l.host.write(l.c, pattern(5000));
    (void)l.sent();
    acknowledge(1001, 65'535);
    EXPECT_EQ(window(), 10'000U);
}

TEST_F(Growing, in_slow_start_more_than_half_of_the_window_is__rfc7661_4_3) {
    l.host.write(l.c, pattern(6000));
    (void)l.sent();
    acknowledge(1001, 65'535);
    EXPECT_EQ(window(), 11'000U);
}

TEST_F(Growing, in_avoidance_all_of_the_window_must_be_used__rfc7661_4_3) {
    avoid();
    const std::uint32_t before = window();
    ASSERT_GE(before, 3000U);
    ASSERT_GE(before, l.host.look(l.c).slow_start_threshold);
    const std::uint32_t fits = before / 1000 * 1000;
    // As much as leaves room for just one segment more, for many round trips.
    std::uint32_t at = 10'001;
    for (int i = 0; i < 40; ++i) {
        l.host.write(l.c, pattern(before - 1000));
        l.run(milliseconds{1});
        (void)l.sent();
        at += before - 1000;
        l.now += milliseconds{40};
        acknowledge(at, 65'535);
    }
    EXPECT_EQ(window(), before);
    for (int i = 0; i < 40; ++i) {
        l.host.write(l.c, pattern(fits));
        l.run(milliseconds{1});
        (void)l.sent();
        at += fits;
        l.now += milliseconds{40};
        acknowledge(at, 65'535);
    }
    EXPECT_GT(window(), before);
}

TEST_F(Growing, in_avoidance_all_that_filled_the_window_counts__rfc7661_4_3) {
    avoid();
    const std::uint32_t before = window();
    const std::uint32_t segments = before / 1000;
    const std::uint32_t unused = before % 1000;
    l.host.write(l.c, pattern(before + 100));
    EXPECT_GE(l.sent().size(), segments);
    l.now += milliseconds{40};
    for (std::uint32_t i = 1; i <= segments; ++i) acknowledge(10'001 + i * 1000, 65'535);
    // A segment more for each window that was acknowledged (RFC 5681 eq. 3, in octets).
    EXPECT_GE(window() + unused, before + 1000 - 50);
}

// ---- What was lost ------------------------------------------------------------------------------

TEST_F(Offering, half_of_what_was_in_flight_to_the_octet_is_the_threshold__rfc5681_3_1) {
    l.peer_options.sack_permitted = true;
    establish(65'535);
    l.host.change(l.c, [](Settings& s) {
        s.congestion = CongestionControl::reno;
        s.no_delay = true;
    });
    l.host.write(l.c, pattern(8999));
    (void)l.sent();
    l.now += milliseconds{40};
    Seg s = l.peer(ack, 1, 1);
    s.options.sack.push_back({l.iss + 1001, l.iss + 5001});
    l.inject(s);
    ASSERT_TRUE(l.host.look(l.c).in_recovery);
    EXPECT_EQ(l.host.look(l.c).slow_start_threshold, 8999U / 2);
}

}  // namespace
}  // namespace handfast::tcp
