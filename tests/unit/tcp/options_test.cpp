// What a SYN agrees on; timestamps and PAWS: RFC 9293 §3.7.1, RFC 7323, RFC 2018.
#include <cmath>

#include "core/wire/checksum.hpp"
#include "rig.hpp"

namespace handfast::tcp {
namespace {

using namespace testing;
using trace::Counter;
using trace::Drop;
using State = trace::TcpState;

TEST(Options, a_syn_offers_everything__rfc9293_must_14_shld_5) {
    Lone l;
    l.c = l.host.connect(80, l.remote);
    const Seg s = l.sent_one();
    EXPECT_EQ(s.options.mss, 1460);
    EXPECT_TRUE(s.options.sack_permitted);
    EXPECT_TRUE(s.options.timestamps.has_value());
    EXPECT_EQ(s.options.timestamps.value_or(wire::TcpTimestamps{}).echo, 0U);
    EXPECT_TRUE(s.options.window_scale.has_value());
}

TEST(Options, a_syn_ack_offers_only_what_the_peer_did) {
    Lone l;
    l.listen();
    l.inject(l.peer(syn, 0, 0));
    const Seg s = l.sent_one();
    EXPECT_EQ(s.options.mss, 1460);
    EXPECT_FALSE(s.options.sack_permitted);
    EXPECT_FALSE(s.options.timestamps);
    EXPECT_FALSE(s.options.window_scale);
}

TEST(Options, the_mss_option_stands_only_in_syns__rfc9293_must_65) {
    Pair p;
    p.open();
    p.a.write(p.ca, pattern(5'000));
    p.settle();
    for (const auto& s : p.sent_a) EXPECT_EQ(s.options.mss.has_value(), s.flags.syn());
}

TEST(Options, without_an_mss_option_it_is_536__rfc9293_must_15) {
    Lone l;
    l.accept();
    EXPECT_EQ(l.host.look(l.c).mss, 536U);
    Given g;
    g.ipv6 = true;
    Lone six{g};
    six.accept();
    EXPECT_EQ(six.host.look(six.c).mss, 1220U);
}

TEST(Options, segments_are_as_long_as_both_take_less_the_options__rfc9293_must_16) {
    struct Case {
        std::uint16_t peer;
        std::uint16_t mtu;
        bool timestamps;
        std::uint32_t text;
    };
    for (const Case& c : {Case{1460, 1500, false, 1460},
                          Case{1460, 1500, true, 1448},
                          Case{1000, 1500, true, 988},
                          Case{9000, 1500, false, 1460},
                          Case{1460, 576, false, 536}}) {
        Given g;
        g.mtu = c.mtu;
        Lone l{g};
        l.peer_options.mss = c.peer;
        if (c.timestamps) l.peer_options.timestamps = wire::TcpTimestamps{.value = 1, .echo = 0};
        l.accept();
        l.host.write(l.c, pattern(5'000));
        EXPECT_EQ(l.sent().at(0).length, c.text);
    }
}

TEST(Options, an_absurdly_small_mss_meets_a_floor__attack_A19) {
    Lone l;
    l.peer_options.mss = 1;
    l.accept();
    EXPECT_EQ(l.host.look(l.c).mss, Limits{}.min_send_mss);
}

TEST(Options, tcp_maxseg_lowers_what_is_offered_and_sent) {
    Given g;
    g.settings.max_segment = 700;
    Pair p{g, Given{}};
    p.open();
    EXPECT_EQ(p.sent_a[0].options.mss, 700);
    EXPECT_LE(p.a.look(p.ca).mss, 700U);
    EXPECT_LE(p.b.look(p.cb).mss, 700U);
}

TEST(Options, sizes_below_all_headers_do_no_harm) {
    for (const std::uint16_t mtu : std::initializer_list<std::uint16_t>{0, 20, 40, 68}) {
        Given g;
        g.mtu = mtu;
        Lone l{g};
        l.accept();
        l.host.write(l.c, pattern(1'000));
        EXPECT_LE(l.sent().at(0).length, 100U);
    }
}

TEST(Options, timestamps_are_milliseconds_from_an_offset_of_their_flow__attack_A54) {
    Pair p;
    p.open();
    p.a.write(p.ca, "x");
    p.run(milliseconds{100});
    p.a.write(p.ca, "y");
    p.run(milliseconds{100});
    std::vector<Seg> text;
    for (const auto& s : p.sent_a)
        if (s.length > 0) text.push_back(s);
    ASSERT_EQ(text.size(), 2U);
    EXPECT_EQ(text[1].options.timestamps->value - text[0].options.timestamps->value, 100U);
    const auto other = p.a.connect(1, p.b.at(80));
    p.settle();
    (void)other;
    const auto far = static_cast<std::int32_t>(p.sent_a.back().options.timestamps->value -
                                               text[1].options.timestamps->value);
    EXPECT_GT(std::abs(static_cast<double>(far)), 10'000);
}

struct Timestamps : ::testing::Test {
    Timestamps() {
        l.peer_options.timestamps = wire::TcpTimestamps{.value = 0xffff'fff0, .echo = 0};
        l.accept();
    }
    Seg at(std::uint32_t value, Seg s) const {
        s.options.timestamps = wire::TcpTimestamps{.value = 0xffff'fff0 + value, .echo = 0};
        return s;
    }
    [[nodiscard]] std::uint32_t echoed(const Seg& s) const {
        return s.options.timestamps.value_or(wire::TcpTimestamps{}).echo - 0xffff'fff0;
    }
    Lone l;
};

TEST_F(Timestamps, echo_the_last_segment_in_order__rfc7323_4_3) {
    l.inject(at(10, l.peer(ack, 1, 1, "a")));
    EXPECT_EQ(echoed(l.sent_one()), 10U);
    l.inject(at(20, l.peer(ack, 2, 1, "b")));  // across the wrap of the clock
    EXPECT_EQ(echoed(l.sent_one()), 20U);
}

TEST_F(Timestamps, echo_the_first_of_several_that_one_ack_covers__rfc7323_4_3) {
    for (std::uint32_t i = 0; i < 16; ++i) {
        l.inject(at(1, l.peer(ack, 1 + i, 1, "x")));
        (void)l.sent();
    }
    l.inject(at(10, l.peer(ack, 17, 1, pattern(600))));
    l.inject(at(20, l.peer(ack, 617, 1, pattern(600))));
    EXPECT_EQ(echoed(l.sent_one()), 10U);
}

TEST_F(Timestamps, echo_the_segment_before_a_hole__rfc7323_4_3) {
    l.inject(at(10, l.peer(ack, 1, 1, "a")));
    (void)l.sent();
    l.inject(at(20, l.peer(ack, 3, 1, "c")));
    EXPECT_EQ(echoed(l.sent_one()), 10U);
    l.inject(at(15, l.peer(ack, 2, 1, "b")));
    EXPECT_EQ(echoed(l.sent_one()), 15U);
}

TEST_F(Timestamps, an_old_one_is_dropped_and_acknowledged__rfc7323_5_3) {
    l.inject(at(100, l.peer(ack, 1, 1, "a")));
    (void)l.sent();
    l.inject(at(50, l.peer(ack, 2, 1, "old")));
    EXPECT_EQ(l.rel_ack(l.sent_one()), 2U);
    EXPECT_EQ(l.host.dropped(Drop::tcp_paws), 1U);
    EXPECT_EQ(l.host.counted(Counter::tcp_ext_paws_estab), 1U);
    l.inject(at(100, l.peer(ack, 2, 1, "b")));
    EXPECT_EQ(l.host.read(l.c), "ab");
}

TEST_F(Timestamps, a_reset_needs_no_fresh_one__rfc7323_5_2) {
    l.inject(at(100, l.peer(ack, 1, 1, "a")));
    l.inject(at(50, l.peer(rst, 2, 0)));
    EXPECT_EQ(l.host.state(l.c), State::closed);
}

TEST_F(Timestamps, after_24_silent_days_the_clock_proves_nothing__rfc7323_5_5) {
    l.inject(at(100, l.peer(ack, 1, 1, "a")));
    l.run(std::chrono::hours{24 * 25});
    l.inject(at(50, l.peer(ack, 2, 1, "b")));
    EXPECT_EQ(l.host.read(l.c), "ab");
}

TEST_F(Timestamps, of_a_repetition_are_echoed_when_our_acknowledgment_was_lost__rfc7323_4) {
    l.inject(at(10, l.peer(ack, 1, 1, "a")));
    (void)l.sent();
    l.inject(at(1'010, l.peer(ack, 1, 1, "a")));
    EXPECT_EQ(echoed(l.sent_one()), 1'010U);
}

TEST_F(Timestamps, of_a_repetition_do_not_make_old_what_it_has_overtaken__rfc7323_4_3) {
    l.inject(at(10, l.peer(ack, 1, 1, "a")));
    l.inject(at(11, l.peer(ack, 2, 1, "b")));
    l.inject(at(1'010, l.peer(ack, 1, 1, "a")));
    l.inject(at(1'005, l.peer(ack, 3, 1, "c")));
    EXPECT_EQ(l.host.read(l.c), "abc");
}

TEST_F(Timestamps, cannot_be_poisoned_by_an_old_repetition__attack_A39) {
    l.inject(at(0x4000'0000, l.peer(ack, 0xff00'0000, 1, "x")));
    l.inject(at(0x4000'0000, l.peer(ack, 0, 0x2000'0000, "x")));
    l.inject(at(10, l.peer(ack, 1, 1, "a")));
    EXPECT_EQ(l.host.read(l.c), "a");
}

TEST_F(Timestamps, cannot_be_poisoned_by_a_segment_out_of_the_window__attack_A39) {
    l.inject(at(0x4000'0000, l.peer(ack, 0x2000'0000, 1, "x")));
    l.inject(at(10, l.peer(ack, 1, 1, "a")));
    EXPECT_EQ(l.host.read(l.c), "a");
}

TEST_F(Timestamps, cannot_be_poisoned_by_a_segment_with_a_wrong_acknowledgment__attack_A39) {
    l.inject(at(0x4000'0000, l.peer(ack, 1, 0x2000'0000, "x")));
    l.inject(at(10, l.peer(ack, 1, 1, "a")));
    EXPECT_EQ(l.host.read(l.c), "a");
}

TEST(Options, garbage_is_dropped_and_counted__rfc9293_must_7_attack_A28) {
    Lone l;
    l.listen();
    std::string segment(24, '\0');
    segment[12] = 0x60;
    segment[13] = 0x02;
    for (const char length : {'\0', '\1', '\50'}) {
        segment[20] = 8;
        segment[21] = length;
        auto packet = buf::Packet::of(l.pool, l.pool.copy(octets(segment)));
        packet.facts().checksum = buf::ChecksumState::verified;
        l.host.tcp.segment_arrives(std::move(packet),
                                   {.source = l.remote.address, .destination = l.local.address},
                                   l.host.path(),
                                   l.now);
    }
    EXPECT_EQ(l.host.dropped(Drop::tcp_malformed), 3U);
    EXPECT_EQ(l.host.counted(Counter::tcp_in_errs), 3U);
}

TEST(Options, a_wrong_checksum_is_dropped__rfc9293_must_3) {
    Lone l;
    l.listen();
    std::string segment(20, '\0');
    segment[12] = 0x50;
    segment[13] = 0x02;
    auto packet = buf::Packet::of(l.pool, l.pool.copy(octets(segment)));
    l.host.tcp.segment_arrives(std::move(packet),
                               {.source = l.remote.address, .destination = l.local.address},
                               l.host.path(),
                               l.now);
    EXPECT_EQ(l.host.dropped(Drop::tcp_bad_checksum), 1U);
    ASSERT_EQ(l.host.heard.drops.size(), 1U);
    EXPECT_EQ(l.host.heard.drops[0].reason, Drop::tcp_bad_checksum);
}

TEST(Options, what_is_sent_has_a_right_checksum_once_it_is_completed__rfc9293_must_2) {
    Pair p;
    p.open();
    p.a.write(p.ca, "odd text!");
    auto out = p.a.tcp.transmit(p.now);
    ASSERT_TRUE(out);
    EXPECT_EQ(out->packet.facts().checksum, buf::ChecksumState::partial);
    std::vector<std::byte> flat(out->packet.size());
    out->packet.copy_out(0, flat);
    wire::Checksum sum;
    sum.add(flat);
    store_be16(flat, 16, static_cast<std::uint16_t>(~sum.folded()));
    wire::Checksum whole;
    whole.add_pseudo_header(
        p.a.address(), p.b.address(), wire::Protocol::tcp, static_cast<std::uint32_t>(flat.size()));
    whole.add(flat);
    EXPECT_TRUE(whole.verifies());
}

}  // namespace
}  // namespace handfast::tcp
