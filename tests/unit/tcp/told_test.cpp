// What is counted (RFC 9293's MIB, RFC 4022), told to a trace's sink and told to owners.
#include "rig.hpp"

namespace handfast::tcp {
namespace {

using namespace testing;
using trace::Counter;
using trace::TimerKind;
using trace::Why;
using State = trace::TcpState;

struct Connected : ::testing::Test {
    explicit Connected(const Given& g = {}) : l{g} {
        l.accept();
        (void)l.sent();
        (void)l.host.notices();
    }
    // The attempts of all firings of this timer.
    [[nodiscard]] std::vector<std::uint16_t> attempts(TimerKind kind) const {
        std::vector<std::uint16_t> out;
        for (const auto& e : l.host.heard.fired)
            if (e.timer == kind) out.push_back(e.attempt);
        return out;
    }
    Lone l;
};
using Attempts = std::vector<std::uint16_t>;

// ---- Opening ------------------------------------------------------------------------------------

TEST(Counted, an_active_and_a_passive_open_once_each__rfc4022) {
    Pair p;
    p.open();
    EXPECT_EQ(p.a.counted(Counter::tcp_active_opens), 1U);
    EXPECT_EQ(p.a.counted(Counter::tcp_passive_opens), 0U);
    EXPECT_EQ(p.b.counted(Counter::tcp_active_opens), 0U);
    EXPECT_EQ(p.b.counted(Counter::tcp_passive_opens), 1U);
}

TEST(Counted, a_full_accept_queue_as_overflow_and_as_drop) {
    Lone l;
    l.listener = l.host.listen(80, 0);
    for (std::uint16_t i = 0; i < 2; ++i) {
        l.remote.port = wire::Port{static_cast<std::uint16_t>(40'000 + i)};
        l.inject(l.peer(syn, 0, 0));
        const auto out = l.sent();
        if (i == 1) {
            EXPECT_TRUE(out.empty());
            break;
        }
        ASSERT_EQ(out.size(), 1U);
        l.iss = out[0].seq;
        l.inject(l.peer(ack, 1, 1));
    }
    EXPECT_EQ(l.host.counted(Counter::tcp_ext_listen_overflows), 1U);
    EXPECT_EQ(l.host.counted(Counter::tcp_ext_listen_drops), 1U);
}

TEST(Counted, a_full_syn_queue_as_drop_only) {
    Given g;
    g.limits.syn_queue = 1;
    Lone l{g};
    l.listen();
    for (std::uint16_t i = 0; i < 3; ++i) {
        l.remote.port = wire::Port{static_cast<std::uint16_t>(40'000 + i)};
        l.inject(l.peer(syn, 0, 0));
    }
    EXPECT_EQ(l.host.counted(Counter::tcp_ext_listen_overflows), 0U);
    EXPECT_EQ(l.host.counted(Counter::tcp_ext_listen_drops), 2U);
}

TEST(Counted, a_time_wait_that_gives_way__rfc6191) {
    Pair p;
    p.open();
    p.a.close(p.ca);
    p.run(milliseconds{100});
    p.b.close(p.cb);
    p.run(seconds{5});
    ASSERT_EQ(p.a.tcp.time_waits(), 1U);
    EXPECT_EQ(p.a.counted(Counter::tcp_ext_tw), 1U);
    ASSERT_TRUE(p.a.try_connect(40'000, p.b.at(80)));
    EXPECT_EQ(p.a.counted(Counter::tcp_ext_tw_recycled), 1U);
    EXPECT_EQ(p.a.tcp.time_waits(), 0U);
}

// ---- Text ---------------------------------------------------------------------------------------

TEST_F(Connected, counts_what_lies_beyond_a_hole_and_all_octets_that_came) {
    l.inject(l.peer(ack, 11, 1, "0123456789"));
    EXPECT_EQ(l.host.counted(Counter::tcp_ext_ofo_queue), 1U);
    EXPECT_EQ(l.host.look(l.c).bytes_received, 0U);
    EXPECT_EQ(l.host.look(l.c).out_of_order, 10U);
    l.inject(l.peer(ack, 1, 1, "abcdefghij"));
    EXPECT_EQ(l.host.look(l.c).bytes_received, 20U);
    EXPECT_EQ(l.host.look(l.c).out_of_order, 0U);
    EXPECT_EQ(l.host.look(l.c).data_segments_in, 2U);
}

TEST_F(Connected, tells_a_segment_by_the_number_of_its_packet) {
    l.inject(l.peer(ack, 1, 1, "one"));
    l.inject(l.peer(ack, 4, 1, "two"));
    const auto& told = l.host.heard.received;
    ASSERT_GE(told.size(), 2U);
    EXPECT_EQ(told.back().tcp.length, 3U);
    EXPECT_EQ(told.back().tcp.seq, l.irs + 4);
}

TEST(Told, a_super_segment_with_the_size_of_its_parts) {
    Given g;
    g.max_super_segment = 64'000;
    Pair p{g};
    p.open();
    p.a.write(p.ca, pattern(5000));
    p.run(milliseconds{100});
    bool found = false;
    for (const auto& e : p.a.heard.sent) {
        if (e.tcp.length <= 1460) continue;
        found = true;
        EXPECT_EQ(e.tcp.gso_size, p.a.look(p.ca).mss);
    }
    EXPECT_TRUE(found);
}

TEST(Told, a_reset_of_no_connection_is_nobodys_repetition) {
    Lone l;
    l.inject(l.peer(ack, 5, 5));
    const Seg s = l.sent_one();
    EXPECT_TRUE(s.flags.rst());
    EXPECT_EQ(s.attempt, 0);
    ASSERT_EQ(l.host.heard.sent.size(), 1U);
    EXPECT_EQ(l.host.heard.sent[0].attempt, 0);
    EXPECT_EQ(l.host.counted(Counter::tcp_out_rsts), 1U);
}

TEST(Told, a_repeated_syn_as_a_repetition_and_the_first_as_a_handshake) {
    Lone l;
    ASSERT_TRUE(l.host.try_connect(80, l.remote));
    l.run(seconds{4});
    const auto out = l.sent();
    ASSERT_GE(out.size(), 2U);
    EXPECT_EQ(out[0].why, Why::handshake_syn);
    for (std::size_t i = 1; i < out.size(); ++i) {
        EXPECT_EQ(out[i].why, Why::rto_retransmission);
        EXPECT_EQ(out[i].attempt, i);
    }
}

// ---- Timers -------------------------------------------------------------------------------------

TEST_F(Connected, tells_retransmissions_from_the_first_on__rfc6298) {
    l.host.write(l.c, "hello");
    l.run(milliseconds{1'500});
    const auto told = attempts(TimerKind::retransmit);
    ASSERT_GE(told.size(), 2U);
    for (std::size_t i = 0; i < told.size(); ++i) EXPECT_EQ(told[i], i + 1);
    EXPECT_EQ(l.host.counted(Counter::tcp_ext_timeouts), told.size());
    EXPECT_EQ(l.host.counted(Counter::tcp_ext_sack_reneging), 0U);
}

TEST_F(Connected, tells_window_probes_from_the_first_on__rfc9293_3_8_6_1) {
    l.peer_window = 0;
    l.inject(l.peer(ack, 1, 1));
    l.host.write(l.c, "hello");
    l.run(seconds{3});
    const auto told = attempts(TimerKind::persist);
    ASSERT_GE(told.size(), 2U);
    for (std::size_t i = 0; i < told.size(); ++i) EXPECT_EQ(told[i], i + 1);
    EXPECT_EQ(l.host.counted(Counter::tcp_ext_win_probe), told.size());
}

TEST_F(Connected, tells_keep_alives_from_the_first_on__rfc9293_3_8_4) {
    l.host.change(l.c, [](Settings& s) {
        s.keep_alive = true;
        s.keep_idle = seconds{10};
        s.keep_interval = seconds{1};
        s.keep_count = 5;
    });
    l.run(milliseconds{12'500});
    EXPECT_EQ(attempts(TimerKind::keep_alive), (Attempts{1, 2, 3}));
    EXPECT_EQ(l.host.counted(Counter::tcp_ext_keep_alive), 3U);
}

TEST_F(Connected, a_keep_alive_ends_it_when_the_user_timeout_is_reached_to_the_instant__rfc5482_3) {
    l.inject(l.peer(ack, 1, 1));
    l.host.change(l.c, [](Settings& s) {
        s.keep_alive = true;
        s.keep_idle = seconds{10};
        s.keep_interval = seconds{1};
        s.user_timeout = seconds{12};
    });
    l.run(milliseconds{11'999});
    EXPECT_EQ(l.host.state(l.c), State::established);
    l.run(milliseconds{1});
    EXPECT_EQ(l.host.state(l.c), State::closed);
    EXPECT_EQ(l.host.counted(Counter::tcp_ext_abort_on_timeout), 1U);
}

// RFC 1122 has the RTO back where it was when the peer answers again.
TEST_F(Connected, the_timeout_is_not_backed_off_any_more_when_the_window_opens) {
    l.peer_window = 0;
    l.inject(l.peer(ack, 1, 1));
    l.host.write(l.c, "hello");
    l.run(seconds{30});
    EXPECT_GT(l.host.look(l.c).backoff, 3U);
    (void)l.sent();
    l.peer_window = 65'535;
    l.inject(l.peer(ack, 1, 1));
    EXPECT_EQ(l.host.look(l.c).backoff, 0U);
    EXPECT_EQ(l.host.look(l.c).probes, 0U);
    l.run(seconds{2});
    EXPECT_GE(l.sent().size(), 2U);  // sent, and soon again
}

// ---- SACK ---------------------------------------------------------------------------------------

struct WithSack : ::testing::Test {
    WithSack() {
        l.peer_options.sack_permitted = true;
        l.peer_options.mss = 1000;
        l.listen();
        l.inject(l.peer(syn, 0, 0));
        l.iss = l.sent_one().seq;
        l.now += milliseconds{40};  // the round trip
        l.inject(l.peer(testing::ack, 1, 1));
        l.c = *l.host.accept(l.listener);
        l.host.write(l.c, pattern(5000));
        (void)l.sent();
    }
    void sack(std::uint32_t ack_to, std::uint32_t from, std::uint32_t to) {
        Seg s = l.peer(testing::ack, 1, ack_to);
        s.options.sack.push_back({l.iss + from, l.iss + to});
        l.inject(s);
    }
    Lone l;
};

TEST_F(WithSack, a_timeout_without_reneging_counts_none__rfc2018_8) {
    sack(1, 2001, 3001);
    l.run(seconds{2});
    EXPECT_GT(l.host.counted(Counter::tcp_ext_timeouts), 0U);
    EXPECT_EQ(l.host.counted(Counter::tcp_ext_sack_reneging), 0U);
}

// The peer acknowledges up to a block, and not the block: it has thrown that away.
TEST_F(WithSack, what_the_peer_took_back_is_counted_and_sent_again__rfc2018_8) {
    sack(1, 2001, 3001);
    l.inject(l.peer(ack, 1, 2001));
    (void)l.sent();
    l.run(seconds{3});
    EXPECT_EQ(l.host.counted(Counter::tcp_ext_sack_reneging), 1U);
    bool again = false;
    for (const Seg& s : l.sent()) again = again || l.rel_seq(s) == 2001U;
    EXPECT_TRUE(again);
}

TEST_F(WithSack, little_reordering_is_told_by_its_timer_and_repeated_when_it_fires__rfc8985_6_3) {
    l.now += milliseconds{40};
    sack(1, 1001, 2001);
    EXPECT_TRUE(l.sent().empty());
    l.run(milliseconds{100});
    ASSERT_FALSE(l.host.heard.fired.empty());
    EXPECT_EQ(l.host.heard.fired[0].timer, TimerKind::reorder);
    EXPECT_EQ(l.host.heard.fired[0].attempt, 0);
    const auto out = l.sent();
    ASSERT_FALSE(out.empty());
    EXPECT_EQ(l.rel_seq(out[0]), 1U);
    EXPECT_EQ(out[0].why, Why::sack_retransmission);
}

TEST_F(WithSack, the_window_is_told_when_it_advances_and_only_then) {
    const std::size_t before = l.host.heard.windows.size();
    l.inject(l.peer(ack, 1, 1001));
    EXPECT_EQ(l.host.heard.windows.size(), before + 1);
    l.inject(l.peer(ack, 1, 1001));
    EXPECT_EQ(l.host.heard.windows.size(), before + 1);
}

// ---- Owners -------------------------------------------------------------------------------------

TEST_F(Connected, text_is_told_when_it_reaches_the_low_water_mark_to_the_octet) {
    l.host.change(l.c, [](Settings& s) { s.receive_low_water = 5; });
    (void)l.host.notices();
    l.inject(l.peer(ack, 1, 1, "1234"));
    EXPECT_TRUE(l.host.notices().empty());
    l.inject(l.peer(ack, 5, 1, "5"));
    const auto told = l.host.notices();
    ASSERT_EQ(told.size(), 1U);
    EXPECT_TRUE(told[0].readable);
}

TEST_F(Connected, who_gave_it_up_is_told_nothing_more) {
    l.inject(l.peer(ack | wire::psh_flag, 1, 1, "text"));
    EXPECT_EQ(l.host.read(l.c), "text");
    l.host.close(l.c);
    EXPECT_TRUE(l.host.notices().empty());
    l.inject(l.peer(rst, 5, 1));
    EXPECT_TRUE(l.host.notices().empty());
}

TEST_F(Connected, a_reset_is_told_as_the_end) {
    l.inject(l.peer(rst, 1, 1));
    const auto told = l.host.notices();
    ASSERT_EQ(told.size(), 1U);
    EXPECT_TRUE(told[0].closed);
    EXPECT_TRUE(told[0].readable);
    EXPECT_TRUE(told[0].writable);
}

TEST(Told, room_is_told_once_for_each_write_that_found_none) {
    Given g;
    g.settings.send_buffer = 20'000;
    Lone l{g};
    l.peer_options.mss = 1460;
    l.accept();
    while (l.host.write(l.c, pattern(4000)) > 0) {
    }
    (void)l.sent();
    (void)l.host.notices();
    l.inject(l.peer(ack, 1, 10'001));
    ASSERT_EQ(l.host.notices().size(), 1U);
    l.inject(l.peer(ack, 1, 12'001));
    EXPECT_TRUE(l.host.notices().empty());
}

TEST(Told, a_listener_once_for_all_that_wait) {
    Pair p;
    p.listener = p.b.listen(80);
    for (std::uint16_t i = 0; i < 3; ++i)
        (void)p.a.connect(static_cast<std::uint16_t>(40'000 + i), p.b.at(80));
    p.settle();
    EXPECT_EQ(p.b.tcp.acceptable(p.listener), 3U);
    EXPECT_EQ(p.b.notices().size(), 1U);
}

TEST(Told, the_opener_that_its_connection_stands) {
    Pair p;
    p.listener = p.b.listen(80);
    (void)p.a.connect(40'000, p.b.at(80));
    p.settle();
    const auto told = p.a.notices();
    ASSERT_EQ(told.size(), 1U);
    EXPECT_EQ(told[0].owner, 1U);
    EXPECT_TRUE(told[0].writable);
}

// ---- TIME-WAIT ----------------------------------------------------------------------------------

TEST(Told, a_time_wait_says_since_when_it_is_and_what_was_agreed) {
    Pair p;
    p.open();
    p.a.close(p.ca);
    p.run(milliseconds{100});
    p.b.close(p.cb);
    p.run(milliseconds{100});
    const Instant now = p.now + seconds{7};
    std::vector<trace::ConnectionSnapshot> all;
    p.a.tcp.snapshots(all, now);
    ASSERT_EQ(all.size(), 1U);
    EXPECT_EQ(all[0].state, State::time_wait);
    EXPECT_TRUE(all[0].timestamps);
    EXPECT_GE(all[0].since_last_ack_received, seconds{7});
    EXPECT_LE(all[0].since_last_ack_received, milliseconds{7'100});
}

// ---- Urgent text --------------------------------------------------------------------------------

TEST(Told, after_urgent_text_was_acknowledged_super_segments_are_back) {
    Given g;
    g.max_super_segment = 64'000;
    Pair p{g};
    p.open();
    p.a.write(p.ca, "!", {.out_of_band = true});
    p.run(milliseconds{300});
    p.sent_a.clear();
    p.a.write(p.ca, pattern(8000));
    p.run(milliseconds{300});
    ASSERT_FALSE(p.sent_a.empty());
    EXPECT_GT(p.sent_a[0].length, 1460U);
    EXPECT_FALSE(p.sent_a[0].flags.urg());
}

}  // namespace
}  // namespace handfast::tcp
