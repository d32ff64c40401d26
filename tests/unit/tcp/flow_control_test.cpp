// Windows, probes, silly windows, Nagle, cork: RFC 9293 §3.7.4, §3.8.6.
#include "rig.hpp"

namespace handfast::tcp {
namespace {

using namespace testing;
using berkeley::Errno;
using trace::Counter;
using trace::Why;
using State = trace::TcpState;

// ---- The peer's window --------------------------------------------------------------------------

struct ToPeer : ::testing::Test {
    ToPeer() { l.accept(); }
    Seg ack_of(std::uint32_t n, std::uint16_t window) const {
        Seg s = l.peer(ack, 1, n);
        s.window = window;
        return s;
    }
    Lone l;
};

TEST_F(ToPeer, sends_no_text_beyond_the_window__rfc9293_3_8_6) {
    l.inject(ack_of(1, 3000));
    l.host.write(l.c, pattern(10'000));
    std::uint32_t sent = 0;
    for (const auto& s : l.sent()) {
        sent += s.length;
        EXPECT_LE(l.rel_seq(s) - 1 + s.length, 3000U);
    }
    EXPECT_GE(sent, 2 * 536U);
}

TEST_F(ToPeer, survives_a_shrinking_window__rfc9293_must_34_shld_15) {
    l.host.write(l.c, pattern(5'000));
    const auto first = l.sent();
    ASSERT_GT(first.size(), 3U);
    l.inject(ack_of(537, 100));  // the right edge moved far left
    EXPECT_TRUE(l.sent().empty());
    l.host.write(l.c, pattern(1'000));
    EXPECT_TRUE(l.sent().empty());  // no new text past it
    l.inject(ack_of(5'001, 10'000));
    const auto rest = l.sent();
    ASSERT_FALSE(rest.empty());
    EXPECT_EQ(l.rel_seq(rest[0]), 5'001U);
}

TEST_F(ToPeer, probes_a_closed_window_for_ever_while_the_peer_answers__rfc9293_must_35_36_37) {
    l.inject(ack_of(1, 0));
    l.host.write(l.c, "hello");
    EXPECT_TRUE(l.sent().empty());
    std::vector<Instant> probes;
    for (int i = 0; i < 400'000 && probes.size() < 40; ++i) {
        l.run(milliseconds{20});
        for (const auto& s : l.sent()) {
            EXPECT_EQ(s.length, 0U);
            EXPECT_EQ(l.rel_seq(s), 0U);
            EXPECT_EQ(s.why, Why::window_probe);
            probes.push_back(s.at);
            l.inject(ack_of(1, 0));
        }
    }
    ASSERT_EQ(probes.size(), 40U);  // far beyond R2
    EXPECT_EQ(l.host.state(l.c), State::established);
    for (std::size_t i = 2; i < 8; ++i)  // SHLD-30
        EXPECT_EQ(probes[i] - probes[i - 1], 2 * (probes[i - 1] - probes[i - 2]));
    EXPECT_LE(probes[39] - probes[38], seconds{120});
    l.inject(ack_of(1, 100));
    const Seg s = l.sent_one();
    EXPECT_EQ(s.text, "hello");
}

TEST_F(ToPeer, gives_up_on_a_peer_that_answers_no_probe__rfc9293_must_20) {
    l.inject(ack_of(1, 0));
    l.host.write(l.c, "hello");
    l.run(seconds{900});
    EXPECT_EQ(l.host.state(l.c), State::established);
    l.run(seconds{300});
    EXPECT_EQ(l.host.state(l.c), State::closed);
    EXPECT_EQ(l.host.tcp.take_error(l.c), Errno::timed_out);
}

TEST_F(ToPeer, a_window_that_closes_with_text_in_flight_is_probed_and_the_text_repeated) {
    l.host.write(l.c, pattern(1'072));
    EXPECT_EQ(l.sent().size(), 2U);
    l.inject(ack_of(537, 0));  // the second was lost
    l.run(seconds{5});
    const auto out = l.sent();
    ASSERT_FALSE(out.empty());
    for (const auto& s : out) EXPECT_EQ(s.why, Why::window_probe);
    l.inject(ack_of(537, 5'000));
    l.run(seconds{2});
    const auto again = l.sent();
    ASSERT_FALSE(again.empty());
    EXPECT_EQ(l.rel_seq(again[0]), 537U);
    EXPECT_EQ(again[0].length, 536U);
}

TEST_F(ToPeer, acknowledges_from_the_windows_edge_when_text_lies_beyond_it) {
    l.host.write(l.c, pattern(2'000));
    (void)l.sent();
    l.inject(ack_of(1, 0));  // shrunk below what is in flight
    l.inject(l.peer(ack, 1, 1, "x"));
    Seg s;
    for (const auto& x : l.sent()) s = x;
    EXPECT_EQ(l.rel_ack(s), 2U);
}

TEST_F(ToPeer, an_old_acknowledgment_says_nothing_of_the_window__rfc9293_3_10_7_4) {
    l.host.write(l.c, pattern(1'072));
    (void)l.sent();
    l.inject(ack_of(1'073, 20'000));
    l.inject(ack_of(537, 0));  // was overtaken
    EXPECT_EQ(l.host.look(l.c).snd_wnd, 20'000U);
}

TEST_F(ToPeer, sends_what_fits_a_small_window_after_a_while__rfc9293_3_8_6_2_1) {
    l.inject(ack_of(1, 60'000));
    l.inject(ack_of(1, 100));  // less than a segment, less than half of the most
    l.host.write(l.c, pattern(5'000));
    EXPECT_TRUE(l.sent().empty());  // silly-window avoidance (MUST-38)
    l.run(seconds{2});
    const auto out = l.sent();
    ASSERT_FALSE(out.empty());
    EXPECT_EQ(out[0].length, 100U);
    EXPECT_EQ(out[0].why, Why::data);
    l.inject(ack_of(101, 100));
    EXPECT_TRUE(l.sent().empty());  // not one silly segment for each acknowledgment
}

TEST_F(ToPeer, windows_are_unsigned__rfc9293_must_1) {
    l.inject(ack_of(1, 0xffff));
    EXPECT_EQ(l.host.look(l.c).snd_wnd, 0xffffU);
}

// ---- Our window ---------------------------------------------------------------------------------

TEST(Window, closes_when_the_reader_stalls_and_opens_when_it_reads__rfc9293_must_39) {
    Given g;
    g.settings.receive_buffer = 20'000;
    Pair p{g};
    p.open();
    p.a.write(p.ca, pattern(60'000));
    p.run(seconds{2});
    EXPECT_EQ(p.a.look(p.ca).snd_wnd, 0U);
    const std::size_t held = p.b.look(p.cb).receive_queued;
    EXPECT_GT(held, 15'000U);
    p.sent_b.clear();
    // A few octets are not worth a segment.
    EXPECT_EQ(p.b.read(p.cb, 100).size(), 100U);
    p.run(microseconds{1});
    EXPECT_TRUE(p.sent_b.empty());
    std::string got = p.b.read(p.cb, 10'000);
    p.run(microseconds{1});
    ASSERT_EQ(p.sent_b.size(), 1U);
    EXPECT_EQ(p.sent_b[0].why, Why::window_update);
    for (int i = 0; i < 100; ++i) {
        p.run(milliseconds{50});
        got += p.b.read(p.cb);
    }
    EXPECT_EQ(got.size() + 100, 60'000U);
}

TEST(Window, a_lost_window_update_is_made_good_by_a_probe__rfc9293_must_36) {
    Given g;
    g.settings.receive_buffer = 20'000;
    Pair p{g};
    p.open();
    p.a.write(p.ca, pattern(60'000));
    p.run(seconds{2});
    p.lose_b = [](const Seg& s) { return s.why == Why::window_update; };
    std::string got = p.b.read(p.cb);
    for (int i = 0; i < 400 && got.size() < 60'000; ++i) {
        p.run(milliseconds{50});
        got += p.b.read(p.cb);
    }
    EXPECT_EQ(got, pattern(60'000));
    EXPECT_GT(p.a.counted(Counter::tcp_ext_win_probe), 0U);
}

TEST(Window, a_reader_of_single_octets_with_a_small_buffer_never_deadlocks) {
    Given g;
    g.settings.receive_buffer = 1;  // the least there is
    Pair p{g};
    p.keep_segments = false;
    p.delay = microseconds{100};
    p.open();
    const std::string text = pattern(20'000);
    std::string got;
    std::size_t written = 0;
    for (int i = 0; i < 200'000 && got.size() < text.size(); ++i) {
        written += p.a.write(p.ca, std::string_view{text}.substr(written));
        p.run(microseconds{300});
        got += p.b.read(p.cb, 1);
    }
    EXPECT_EQ(got, text);
    EXPECT_LT(p.now - start, seconds{30});
    EXPECT_LT(p.b.look(p.cb).segments_out, 500U);  // window updates are no stream of their own
}

TEST(Window, a_fast_reader_costs_no_window_updates_of_its_own) {
    Pair p;
    p.open();
    p.sent_b.clear();
    std::size_t got = 0;
    const std::string text = pattern(1'000'000);
    std::size_t written = 0;
    while (got < text.size()) {
        written += p.a.write(p.ca, std::string_view{text}.substr(written));
        p.run(milliseconds{1});
        got += p.b.read(p.cb).size();
    }
    for (const auto& s : p.sent_b) EXPECT_NE(s.why, Why::window_update);
}

TEST(Window, is_scaled_only_when_both_offer_it__rfc7323_2_2) {
    Lone l;
    l.accept();  // the peer offers nothing
    EXPECT_EQ(l.host.look(l.c).rcv_wscale, 0);
    EXPECT_FALSE(l.host.look(l.c).window_scaling);
    l.inject(l.peer(ack, 1, 1, "x"));
    EXPECT_GT(l.sent_one().window, 65'000);
}

TEST(Window, a_syns_window_is_never_scaled__rfc7323_2_2) {
    Lone l;
    l.peer_options.window_scale = 7;
    l.c = l.host.connect(80, l.remote);
    const Seg first = l.sent_one();
    l.iss = first.seq;
    EXPECT_EQ(first.window, 65'535);
    Seg s = l.peer(syn_ack, 0, 1);
    s.window = 1000;
    l.inject(s);
    EXPECT_EQ(l.host.look(l.c).snd_wnd, 1000U);
    s = l.peer(ack, 1, 1);
    s.window = 1000;
    l.inject(s);
    EXPECT_EQ(l.host.look(l.c).snd_wnd, 128'000U);
}

TEST(Window, a_scale_beyond_14_counts_as_14__rfc7323_2_3) {
    Lone l;
    l.peer_options.window_scale = 14;
    l.accept();
    EXPECT_EQ(l.host.look(l.c).snd_wscale, 14);
    EXPECT_EQ(l.host.look(l.c).snd_wnd, 65'535U << 14);
}

TEST(Window, honors_text_up_to_any_edge_that_was_ever_offered__rfc7323_2_4) {
    Given g;
    g.settings.receive_buffer = 60'000;
    Lone l{g};
    l.peer_options.window_scale = 0;
    l.accept();
    const std::uint32_t edge = l.host.look(l.c).rcv_wnd;
    l.inject(l.peer(ack, 1, 1, "a"));
    (void)l.sent();
    l.inject(l.peer(ack, edge, 1, "z"));  // the window's last octet
    EXPECT_EQ(l.host.look(l.c).out_of_order, 1U);
    l.inject(l.peer(ack, edge + 5'000, 1, "z"));
    EXPECT_EQ(l.host.look(l.c).out_of_order, 1U);
}

TEST(Window, tcp_window_clamp_bounds_what_is_offered) {
    Given g;
    g.settings.window_clamp = 5'000;
    Pair p{g};
    p.open();
    EXPECT_LE(p.a.look(p.ca).snd_wnd, 5'000U);
    p.a.write(p.ca, "x");
    p.settle();
    EXPECT_LE(p.a.look(p.ca).snd_wnd, 5'120U);
}

// ---- Nagle, cork --------------------------------------------------------------------------------

TEST_F(ToPeer, holds_a_small_segment_while_another_waits__rfc9293_shld_7) {
    l.host.write(l.c, "a");
    EXPECT_EQ(l.sent_one().text, "a");
    l.host.write(l.c, "b");
    l.host.write(l.c, "c");
    EXPECT_TRUE(l.sent().empty());
    l.inject(ack_of(2, 60'000));
    EXPECT_EQ(l.sent_one().text, "bc");
}

TEST_F(ToPeer, lets_a_full_segments_tail_go_as_minshall_has_it) {
    l.host.write(l.c, pattern(536 + 10));
    EXPECT_EQ(l.sent().size(), 2U);  // only small ones wait for small ones
    l.host.write(l.c, pattern(536 + 10));
    EXPECT_EQ(l.sent().size(), 1U);
}

TEST_F(ToPeer, sends_small_segments_at_once_with_no_delay__rfc9293_must_17) {
    l.host.change(l.c, [](Settings& s) { s.no_delay = true; });
    l.host.write(l.c, "a");
    l.host.write(l.c, "b");
    EXPECT_EQ(l.sent_one().text, "ab");
    l.host.write(l.c, "c");
    EXPECT_EQ(l.sent_one().text, "c");
}

TEST_F(ToPeer, switching_nagle_off_releases_what_it_held) {
    l.host.write(l.c, "a");
    (void)l.sent();
    l.host.write(l.c, "b");
    EXPECT_TRUE(l.sent().empty());
    l.host.change(l.c, [](Settings& s) { s.no_delay = true; });
    EXPECT_EQ(l.sent_one().text, "b");
}

TEST_F(ToPeer, a_cork_holds_all_but_full_segments_for_200_ms) {
    l.host.change(l.c, [](Settings& s) { s.cork = true; });
    l.host.write(l.c, pattern(536 + 100));
    const Seg full = l.sent_one();
    EXPECT_EQ(full.length, 536U);
    EXPECT_FALSE(full.flags.psh());
    l.inject(ack_of(537, 60'000));
    l.run(milliseconds{199});
    EXPECT_TRUE(l.sent().empty());
    l.run(milliseconds{2});
    EXPECT_EQ(l.sent_one().length, 100U);
}

TEST_F(ToPeer, pulling_the_cork_sends_at_once) {
    l.host.change(l.c, [](Settings& s) { s.cork = true; });
    l.host.write(l.c, "held");
    EXPECT_TRUE(l.sent().empty());
    l.host.change(l.c, [](Settings& s) { s.cork = false; });
    const Seg s = l.sent_one();
    EXPECT_EQ(s.text, "held");
    EXPECT_TRUE(s.flags.psh());
}

TEST_F(ToPeer, msg_more_joins_writes_and_is_flushed_by_time) {
    l.host.write(l.c, "one ", {.more = true});
    EXPECT_TRUE(l.sent().empty());
    l.host.write(l.c, "two");
    EXPECT_EQ(l.sent_one().text, "one two");
    l.inject(ack_of(8, 60'000));
    l.host.write(l.c, "three", {.more = true});
    l.run(milliseconds{201});
    EXPECT_EQ(l.sent_one().text, "three");
}

TEST_F(ToPeer, a_corked_writer_that_goes_on_is_flushed_too) {
    l.host.change(l.c, [](Settings& s) { s.cork = true; });
    std::string got;
    for (int i = 0; i < 10; ++i) {
        l.host.write(l.c, "x");
        l.run(milliseconds{50});
        for (const auto& s : l.sent()) got += s.text;
        l.inject(ack_of(1 + static_cast<std::uint32_t>(got.size()), 60'000));
    }
    EXPECT_GE(got.size(), 6U);
}

TEST_F(ToPeer, marks_the_end_of_what_was_written_with_push__rfc9293_must_61) {
    l.host.write(l.c, pattern(3 * 536 + 10));
    const auto out = l.sent();
    ASSERT_EQ(out.size(), 4U);
    for (std::size_t i = 0; i < 2; ++i) EXPECT_FALSE(out[i].flags.psh());
    EXPECT_TRUE(out[2].flags.psh());  // the last full one of those that go out together
    EXPECT_TRUE(out[3].flags.psh());
}

// ---- Room for writers ---------------------------------------------------------------------------

TEST_F(ToPeer, a_full_send_buffer_refuses_and_tells_when_a_third_is_free) {
    l.host.change(l.c, [](Settings& s) { s.send_buffer = 30'000; });
    const std::size_t n = l.host.write(l.c, pattern(100'000));
    EXPECT_GT(n, 28'000U);
    EXPECT_LE(n, 30'000U);
    EXPECT_EQ(error_of(l.host.tcp.send(l.c, octets("x"), {}, l.now)),
              Errno::resource_unavailable_try_again);
    EXPECT_FALSE(l.host.tcp.ready(l.c).any(berkeley::Ready::out_bit));
    (void)l.host.notices();
    (void)l.sent();
    l.inject(ack_of(1 + 536, 60'000));
    EXPECT_TRUE(l.host.notices().empty());
    std::uint32_t acked = 537;
    while (l.host.notices().empty() && acked < n) {
        (void)l.sent();
        acked += 536;
        l.inject(ack_of(acked, 60'000));
    }
    EXPECT_GT(acked, 9'000U);
    EXPECT_LT(acked, 13'000U);
    EXPECT_TRUE(l.host.tcp.ready(l.c).any(berkeley::Ready::out_bit));
}

TEST_F(ToPeer, tcp_notsent_lowat_keeps_a_writer_waiting_while_much_is_unsent) {
    l.host.change(l.c, [](Settings& s) { s.not_sent_low_water = 10'000; });
    l.inject(ack_of(1, 0));
    l.host.write(l.c, pattern(9'000));
    EXPECT_TRUE(l.host.tcp.ready(l.c).any(berkeley::Ready::out_bit));
    l.host.write(l.c, pattern(2'000));
    EXPECT_FALSE(l.host.tcp.ready(l.c).any(berkeley::Ready::out_bit));
    (void)l.host.notices();
    l.inject(ack_of(1, 60'000));
    (void)l.sent();
    l.inject(ack_of(5'361, 60'000));
    (void)l.sent();
    EXPECT_TRUE(l.host.tcp.ready(l.c).any(berkeley::Ready::out_bit));
    const auto told = l.host.notices();
    ASSERT_EQ(told.size(), 1U);
    EXPECT_TRUE(told[0].writable);
}

}  // namespace
}  // namespace handfast::tcp
