// Text both ways: RFC 9293 §3.7, §3.8.6.
#include "core/base/rng.hpp"
#include "rig.hpp"

namespace handfast::tcp {
namespace {

using namespace testing;
using trace::Counter;
using trace::Why;
using State = trace::TcpState;

// Writes all of `text` at one end and reads it at the other, as fast as both take it.
std::string carry(Pair& p,
                  Host& from,
                  ConnectionId w,
                  Host& to,
                  ConnectionId r,
                  const std::string& text,
                  Duration at_most = seconds{3600}) {
    std::string got;
    std::size_t written = 0;
    const Instant until = p.now + at_most;
    while (got.size() < text.size() && p.now < until) {
        while (written < text.size()) {
            const std::size_t n = from.write(w, std::string_view{text}.substr(written, 65'536));
            if (n == 0) break;
            written += n;
        }
        p.run(milliseconds{5});
        got += to.read(r);
    }
    return got;
}

TEST(Transfer, a_small_text_arrives_in_one_segment_with_push__rfc9293_must_61) {
    Pair p;
    p.open();
    p.sent_a.clear();
    EXPECT_EQ(p.a.write(p.ca, "hello"), 5U);
    p.settle();
    EXPECT_EQ(p.b.read(p.cb), "hello");
    ASSERT_EQ(p.sent_a.size(), 1U);
    EXPECT_TRUE(p.sent_a[0].flags.psh());
    EXPECT_EQ(p.sent_a[0].why, Why::data);
}

TEST(Transfer, three_megabytes_arrive_byte_for_byte_across_the_wrap) {
    Pair p;
    p.open();
    const std::string text = pattern(3'000'000);
    EXPECT_EQ(carry(p, p.a, p.ca, p.b, p.cb, text), text);
    EXPECT_EQ(p.a.counted(Counter::tcp_retrans_segs), 0U);
    EXPECT_LT(p.a.look(p.ca).snd_una.raw(), 0x8000'0000U);
}

TEST(Transfer, goes_both_ways_at_once) {
    Pair p;
    p.open();
    const std::string text = pattern(500'000);
    std::string at_a;
    std::string at_b;
    std::size_t wa = 0;
    std::size_t wb = 0;
    while (at_a.size() < text.size() || at_b.size() < text.size()) {
        wa += p.a.write(p.ca, std::string_view{text}.substr(wa));
        wb += p.b.write(p.cb, std::string_view{text}.substr(wb));
        p.run(milliseconds{5});
        at_a += p.a.read(p.ca);
        at_b += p.b.read(p.cb);
        ASSERT_LT(p.now - start, seconds{60});
    }
    EXPECT_EQ(at_a, text);
    EXPECT_EQ(at_b, text);
}

TEST(Transfer, lost_text_is_repeated_after_the_rto__rfc6298_5) {
    Given without_sack;  // else a tail loss probe comes first
    without_sack.profile.sack = false;
    Pair p{without_sack};
    p.open();
    p.sent_a.clear();
    int n = 0;
    p.lose_a = [&](const Seg& s) { return s.length > 0 && ++n <= 2; };
    p.a.write(p.ca, "hello");
    p.run(seconds{3});
    EXPECT_EQ(p.b.read(p.cb), "hello");
    std::vector<Seg> text;
    for (const auto& s : p.sent_a)
        if (s.length > 0) text.push_back(s);
    ASSERT_EQ(text.size(), 3U);
    const Duration first = text[1].at - text[0].at;
    EXPECT_GE(first, milliseconds{200});
    EXPECT_LE(first, milliseconds{300});
    EXPECT_GE(text[2].at - text[1].at, 2 * first - milliseconds{1});  // (5.5) doubles
    EXPECT_EQ(text[1].why, Why::rto_retransmission);
    EXPECT_EQ(text[1].attempt, 1);
    EXPECT_EQ(text[2].attempt, 2);
    EXPECT_EQ(p.a.counted(Counter::tcp_retrans_segs), 2U);
    EXPECT_EQ(p.a.look(p.ca).retransmits, 0U);
}

class TransferUnderLoss : public ::testing::TestWithParam<std::uint64_t> {};

TEST_P(TransferUnderLoss, is_byte_exact_and_closes_cleanly) {
    Rng chance{GetParam()};
    Given g;
    g.seed = GetParam();
    if (chance.chance(0.3)) g.settings.timestamps = false;
    if (chance.chance(0.3)) g.profile.sack = false;
    if (chance.chance(0.3)) g.max_super_segment = 65'536 - 200;
    if (chance.chance(0.3)) g.settings.receive_buffer = 2'000 + chance.below(60'000);
    if (chance.chance(0.3)) g.settings.send_buffer = 2'000 + chance.below(60'000);
    if (chance.chance(0.2)) g.settings.no_delay = true;
    Pair p{g};
    p.keep_segments = false;
    p.delay = microseconds{10 + chance.below(50'000)};
    p.open();
    const double loss = chance.unit() * 0.25;
    const double reorder = chance.unit() * 0.3;
    p.lose_a = p.lose_b = [&](const Seg&) { return chance.chance(loss); };
    p.delay_a = p.delay_b = [&](const Seg&) {
        return p.delay +
               (chance.chance(reorder) ? microseconds{chance.below(100'000)} : microseconds{0});
    };
    const std::string to_b = pattern(20'000 + chance.below(300'000));
    const std::string to_a = pattern(chance.below(100'000), 17);
    std::string at_a;
    std::string at_b;
    std::size_t wa = 0;
    std::size_t wb = 0;
    bool a_shut = false;
    bool b_shut = false;
    const auto done = [&] {
        return at_a.size() == to_a.size() && at_b.size() == to_b.size() && p.a.at_end(p.ca) &&
               p.b.at_end(p.cb);
    };
    while (!done()) {
        const std::size_t step = 1 + chance.below(30'000);
        if (wa < to_b.size()) wa += p.a.write(p.ca, std::string_view{to_b}.substr(wa, step));
        if (wb < to_a.size()) wb += p.b.write(p.cb, std::string_view{to_a}.substr(wb, step));
        if (wa == to_b.size() && !std::exchange(a_shut, true)) p.a.shutdown(p.ca);
        if (wb == to_a.size() && !std::exchange(b_shut, true)) p.b.shutdown(p.cb);
        p.run(microseconds{chance.below(100'000)});
        at_a += p.a.read(p.ca, 1 + chance.below(40'000));
        at_b += p.b.read(p.cb, 1 + chance.below(40'000));
        ASSERT_LT(p.now - start, seconds{3'600})
            << "seed " << GetParam() << " loss " << loss << " b has " << at_b.size() << " of "
            << to_b.size() << ", a has " << at_a.size() << " of " << to_a.size();
    }
    EXPECT_EQ(at_a, to_a);
    EXPECT_EQ(at_b, to_b);
    p.a.close(p.ca);
    p.b.close(p.cb);
    p.run(seconds{1'000});
    EXPECT_EQ(p.a.tcp.connections() + p.b.tcp.connections(), 0U);
    EXPECT_EQ(p.a.tcp.time_waits() + p.b.tcp.time_waits(), 0U);
    EXPECT_EQ(p.pool.blocks_in_use(), 0U);
    EXPECT_EQ(p.pool.records_in_use(), 0U);
}

INSTANTIATE_TEST_SUITE_P(Seeds, TransferUnderLoss, ::testing::Range<std::uint64_t>(1, 61));

TEST(Transfer, super_segments_say_what_single_ones_would__design_3) {
    std::vector<std::string> streams;
    std::vector<std::uint64_t> segments;
    for (const std::uint32_t super : {0U, 65'336U}) {
        Given g;
        g.max_super_segment = super;
        Pair p{g};
        p.open();
        const std::string text = pattern(400'000);
        streams.push_back(carry(p, p.a, p.ca, p.b, p.cb, text));
        segments.push_back(p.a.look(p.ca).data_segments_out);
        for (const auto& s : p.sent_a) {
            EXPECT_EQ(s.gso_size, s.length > 1448 ? 1448 : 0);
            EXPECT_LE(s.length, std::max(super, 1448U));
        }
    }
    EXPECT_EQ(streams[0], streams[1]);
    EXPECT_EQ(segments[0], segments[1]);  // counted as a wire would
}

TEST(Transfer, a_slice_is_sent_without_a_copy) {
    Given g;
    g.max_super_segment = 65'336;
    Pair p{g};
    p.open();
    buf::Packet::Slices slices;
    slices.push_back(p.pool.copy(octets(pattern(60'000))));
    ASSERT_TRUE(p.a.tcp.send(p.ca, slices, {}, p.now));
    EXPECT_TRUE(slices.empty());
    const std::size_t blocks = p.pool.blocks_in_use();
    p.run(milliseconds{5});
    EXPECT_GT(p.sent_a.back().length, 1448U);
    EXPECT_EQ(p.pool.blocks_in_use(), blocks);
    p.run(seconds{1});
    buf::Packet::Slices got;
    std::string text;
    while (const auto n = p.b.tcp.receive(p.cb, 1U << 20, got, p.now).value_or(0)) {
        for (const auto& s : got)
            for (const std::byte b : s.bytes()) text.push_back(static_cast<char>(b));
        got.clear();
        (void)n;
    }
    EXPECT_EQ(text, pattern(60'000));
}

TEST(Transfer, lent_octets_count_against_the_receive_buffer__design_3) {
    Given g;
    g.settings.receive_buffer = 20'000;
    Pair p{g};
    p.open();
    p.a.write(p.ca, pattern(100'000));
    p.run(seconds{1});
    std::vector<buf::Packet::Slices> held;
    std::size_t lent = 0;
    for (int i = 0; i < 100; ++i) {
        buf::Packet::Slices got;
        const auto n = p.b.tcp.receive(p.cb, 1U << 20, got, p.now);
        if (n) {
            p.b.tcp.lend(p.cb, *n);
            lent += *n;
            held.push_back(std::move(got));
        }
        p.run(milliseconds{100});
    }
    EXPECT_LE(lent, 20'000U + 1448);
    held.clear();
    p.b.tcp.give_back(p.cb, lent, p.now);
    p.run(seconds{60});
    EXPECT_GT(p.b.tcp.receive_available(p.cb), 10'000U);
}

TEST(Transfer, a_million_one_octet_writes_to_a_stalled_reader_hold_under_2_mib__design_3) {
    Pair p;
    p.open();
    std::size_t taken = 0;
    for (int i = 0; i < 1'000'000; ++i) {
        taken += p.a.write(p.ca, "x");
        if (i % 1000 == 0) p.run(microseconds{500});
    }
    p.run(seconds{1});
    EXPECT_EQ(taken, 1'000'000U);
    EXPECT_LT(p.pool.bytes_in_use(), 2 * (std::size_t{2} << 20));
    std::string got;
    for (int i = 0; i < 1000 && got.size() < taken; ++i) {
        got += p.b.read(p.cb);
        p.run(milliseconds{100});
    }
    EXPECT_EQ(got.size(), taken);
}

TEST(Transfer, a_stalled_reader_holds_no_more_than_its_buffer_whatever_the_segments_size) {
    Given g;
    g.settings.no_delay = true;
    g.settings.receive_buffer = 10'000;
    Pair p{g};
    p.keep_segments = false;
    p.open();
    for (int i = 0; i < 60'000; ++i) {
        p.a.write(p.ca, "x");
        p.run(microseconds{100});
    }
    EXPECT_LE(p.b.look(p.cb).receive_queued, 10'000U);
    EXPECT_GE(p.b.look(p.cb).receive_queued, 8'000U);
}

TEST(Transfer, a_window_scale_never_takes_back_more_than_its_own_unit__rfc7323_2_4) {
    Given g;
    g.settings.no_delay = true;
    g.settings.receive_buffer = 300'000;
    Pair p{g};
    p.open();
    const std::uint32_t unit = 1U << p.b.look(p.cb).rcv_wscale;
    ASSERT_GT(unit, 1U);
    std::optional<wire::SeqNum> edge;
    for (int i = 0; i < 3'000; ++i) {
        p.a.write(p.ca, pattern(1 + static_cast<std::size_t>(i) * 7 % 300));
        p.run(milliseconds{1});
        for (const auto& s : p.sent_b) {
            const wire::SeqNum e = s.ack + (std::uint32_t{s.window}
                                            << (s.flags.syn() ? 0 : p.b.look(p.cb).rcv_wscale));
            EXPECT_LT(edge.value_or(e) - e, static_cast<std::int32_t>(unit));
            if (!edge || before(*edge, e)) edge = e;
        }
        p.sent_b.clear();
    }
    EXPECT_LE(p.b.look(p.cb).receive_queued, 300'000U);
}

TEST(Transfer, goes_on_when_memory_comes_back__design_3) {
    Given g;
    g.pool.max_bytes = 64 * 1024;
    Pair p{g};
    p.open();
    // Somebody else takes all of the pool.
    std::vector<buf::Slice> hog;
    p.a.write(p.ca, pattern(5'000));
    while (auto s = p.pool.allocate(100)) hog.push_back(std::move(s));
    p.run(seconds{1});
    EXPECT_EQ(p.b.look(p.cb).receive_queued, 0U);
    hog.clear();
    p.run(seconds{5});
    EXPECT_EQ(p.b.read(p.cb), pattern(5'000));
}

TEST(Transfer, a_writer_refused_for_lack_of_memory_is_told_when_it_may_try_again) {
    Given g;
    g.pool.max_bytes = 64 * 1024;
    Pair p{g};
    p.open();
    std::vector<buf::Slice> hog;
    while (auto s = p.pool.allocate(100)) hog.push_back(std::move(s));
    EXPECT_EQ(p.a.write(p.ca, "hello"), 0U);
    EXPECT_FALSE(p.a.tcp.ready(p.ca).any(berkeley::Ready::out_bit));
    (void)p.a.notices();
    hog.clear();
    p.run(seconds{1});
    EXPECT_TRUE(p.a.tcp.ready(p.ca).any(berkeley::Ready::out_bit));
    const auto told = p.a.notices();
    ASSERT_EQ(told.size(), 1U);
    EXPECT_TRUE(told[0].writable);
}

TEST(Transfer, a_writer_that_lacked_memory_and_room_is_told_of_room) {
    Given g;
    g.pool.max_bytes = 64 * 1024;
    g.settings.send_buffer = 9'000;
    Pair p{g};
    p.open();
    ASSERT_EQ(p.a.write(p.ca, pattern(7'000)), 7'000U);
    std::vector<buf::Slice> hog;
    while (auto s = p.pool.allocate(100)) hog.push_back(std::move(s));
    EXPECT_LT(p.a.write(p.ca, pattern(2'000)), 2'000U);  // what its last block has room for
    EXPECT_EQ(p.a.write(p.ca, "x"), 0U);
    p.run(milliseconds{15});
    (void)p.a.notices();
    EXPECT_FALSE(p.a.tcp.ready(p.ca).any(berkeley::Ready::out_bit));
    hog.clear();
    p.run(seconds{5});
    const auto told = p.a.notices();
    ASSERT_EQ(told.size(), 1U);
    EXPECT_TRUE(told[0].writable);
}

}  // namespace
}  // namespace handfast::tcp
