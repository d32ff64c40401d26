// TIME-WAIT: RFC 9293 §3.6.1, RFC 1337, RFC 6191.
#include "rig.hpp"

namespace handfast::tcp {
namespace {

using namespace testing;
using berkeley::Errno;
using trace::Counter;
using trace::Drop;
using trace::Why;
using State = trace::TcpState;

struct TimeWaitTest : ::testing::Test {
    explicit TimeWaitTest(bool timestamps = true, const Given& g = {}) : l{g} {
        if (timestamps) l.peer_options.timestamps = wire::TcpTimestamps{.value = 1000, .echo = 0};
        l.accept();
        l.host.close(l.c);
        (void)l.sent();
        l.inject(with_ts(l.peer(ack, 1, 2), 1001));
        l.inject(with_ts(l.peer(fin_ack, 1, 2), 1002));
        const Seg last = l.sent_one();
        EXPECT_EQ(last.flags, ack);
        EXPECT_EQ(l.rel_ack(last), 2U);
        EXPECT_EQ(last.why, Why::fin_ack);
        EXPECT_EQ(l.host.tcp.time_waits(), 1U);
    }
    Seg with_ts(Seg s, std::uint32_t value) const {
        if (l.peer_options.timestamps)
            s.options.timestamps = wire::TcpTimestamps{.value = value, .echo = 0};
        return s;
    }
    Seg anew(std::uint32_t seq, std::uint32_t ts) const { return with_ts(l.peer(syn, seq, 0), ts); }
    Lone l;
};
struct TimeWaitWithoutTimestamps : TimeWaitTest {
    TimeWaitWithoutTimestamps() : TimeWaitTest{false} {}
};

TEST_F(TimeWaitTest, answers_the_peers_fin_again__rfc9293_3_10_7_4) {
    l.run(seconds{200});
    for (int i = 0; i < 3; ++i) {
        l.inject(with_ts(l.peer(fin_ack, 1, 2), 1003));
        const Seg r = l.sent_one();
        EXPECT_EQ(r.flags, ack);
        EXPECT_EQ(l.rel_seq(r), 2U);
        EXPECT_EQ(l.rel_ack(r), 2U);
        EXPECT_EQ(r.why, Why::time_wait_ack);
    }
    l.run(seconds{239});  // 2 MSL began anew
    EXPECT_EQ(l.host.tcp.time_waits(), 1U);
    l.run(seconds{2});
    EXPECT_EQ(l.host.tcp.time_waits(), 0U);
}

TEST_F(TimeWaitTest, survives_any_reset__rfc1337) {
    for (const std::uint32_t seq : {1U, 2U, 3U}) {
        l.inject(l.peer(rst, seq, 0));
        l.inject(l.peer(rst_ack, seq, 2));
    }
    EXPECT_TRUE(l.sent().empty());
    EXPECT_EQ(l.host.tcp.time_waits(), 1U);
    EXPECT_EQ(l.host.counted(Counter::tcp_ext_rfc1337_ignored), 6U);
}

TEST_F(TimeWaitTest, a_duplicate_ack_is_answered_with_silence) {
    l.inject(with_ts(l.peer(ack, 2, 2), 1003));
    EXPECT_TRUE(l.sent().empty());
}

TEST_F(TimeWaitTest, old_text_is_acknowledged_but_not_without_limit__attack_A40) {
    for (int i = 0; i < 10; ++i) l.inject(with_ts(l.peer(ack, 0, 1, "old"), 1003));
    EXPECT_EQ(l.sent_one().flags, ack);
}

TEST_F(TimeWaitTest, a_fin_without_ack_is_dropped) {
    l.inject(l.peer(wire::fin_flag, 1, 0));
    EXPECT_TRUE(l.sent().empty());
}

TEST_F(TimeWaitTest, a_syn_ack_is_challenged) {
    l.inject(with_ts(l.peer(syn_ack, 500, 2), 2000));
    EXPECT_EQ(l.sent_one().flags, ack);
    EXPECT_EQ(l.host.tcp.time_waits(), 1U);
}

TEST_F(TimeWaitTest, a_syn_with_a_later_timestamp_begins_anew__rfc6191_2) {
    l.inject(anew(0x8000'0000, 1003));  // its number is of no importance
    const Seg r = l.sent_one();
    EXPECT_EQ(r.flags, syn_ack);
    EXPECT_TRUE(before(l.iss + 65'537, r.seq + 1));  // beyond all of the old connection
    EXPECT_EQ(l.host.tcp.time_waits(), 0U);
    EXPECT_EQ(l.host.tcp.connections(), 1U);
}

TEST_F(TimeWaitTest, a_syn_with_an_older_timestamp_is_acknowledged_only__rfc6191_2) {
    l.inject(anew(500, 900));
    EXPECT_EQ(l.sent_one().flags, ack);
    EXPECT_EQ(l.host.tcp.time_waits(), 1U);
}

TEST_F(TimeWaitTest, with_equal_timestamps_the_sequence_number_decides__rfc6191_2) {
    l.inject(anew(1, 1002));
    EXPECT_EQ(l.sent_one().flags, ack);
    l.inject(anew(500, 1002));
    EXPECT_EQ(l.sent_one().flags, syn_ack);
}

TEST_F(TimeWaitWithoutTimestamps, a_syn_beyond_the_old_numbers_begins_anew__rfc9293_may_2) {
    l.inject(anew(2, 0));
    EXPECT_EQ(l.sent_one().flags, ack);
    l.inject(anew(3, 0));
    EXPECT_EQ(l.sent_one().flags, syn_ack);
}

TEST_F(TimeWaitTest, an_active_opener_may_take_its_place_after_a_second__rfc6191) {
    const auto at_once = l.host.try_connect(80, l.remote);
    EXPECT_EQ(error_of(at_once), Errno::address_not_available);
    EXPECT_TRUE(l.host.tcp.in_use({l.local, l.remote}, l.now));
    l.run(milliseconds{1001});
    EXPECT_FALSE(l.host.tcp.in_use({l.local, l.remote}, l.now));
    const auto later = l.host.try_connect(80, l.remote);
    ASSERT_TRUE(later);
    const Seg r = l.sent_one();
    EXPECT_EQ(r.flags, syn);
    EXPECT_TRUE(before(l.iss + 2, r.seq));
    EXPECT_EQ(l.host.tcp.time_waits(), 0U);
}

TEST_F(TimeWaitWithoutTimestamps,
       an_active_opener_waits_2_msl_without_timestamps__rfc9293_must_13) {
    l.run(seconds{239});
    EXPECT_EQ(error_of(l.host.try_connect(80, l.remote)), Errno::address_not_available);
    l.run(seconds{2});
    EXPECT_TRUE(l.host.try_connect(80, l.remote));
}

TEST_F(TimeWaitTest, is_seen_in_snapshots_and_port_use) {
    std::vector<trace::ConnectionSnapshot> all;
    l.host.tcp.snapshots(all, l.now);
    ASSERT_EQ(all.size(), 1U);
    EXPECT_EQ(all[0].state, State::time_wait);
    const auto use = l.host.tcp.port_use({wire::IpAddress::any(wire::Family::ipv4), l.local.port});
    EXPECT_EQ(use.connections, 0U);
    EXPECT_EQ(use.time_waits, 1U);
    EXPECT_EQ(use.last_time_wait_ends, l.now + seconds{240});
}

TEST(TimeWaitTable, a_full_one_lets_its_oldest_record_go) {
    Given g;
    g.limits.time_waits = 3;
    Pair p{g};
    p.listener = p.b.listen(80);
    for (std::uint16_t i = 0; i < 6; ++i) {
        const auto c = p.a.connect(static_cast<std::uint16_t>(1000 + i), p.b.at(80));
        p.run(milliseconds{50});
        p.a.close(c);
        p.run(milliseconds{50});
        p.b.close(*p.b.accept(p.listener));
        p.run(milliseconds{50});
    }
    EXPECT_EQ(p.a.tcp.time_waits(), 3U);
    std::size_t ports = 0;
    for (std::uint16_t i = 0; i < 6; ++i)
        ports += p.a.tcp.port_use(p.a.at(static_cast<std::uint16_t>(1000 + i))).time_waits;
    EXPECT_EQ(ports, 3U);
    EXPECT_EQ(p.a.tcp.port_use(p.a.at(1000)).time_waits, 0U);
}

TEST(TimeWaitTable, a_hundred_thousand_connects_to_one_port_reuse_its_records__rfc6191) {
    Given g;
    g.limits.time_waits = 1'000'000;
    Pair p{g};
    p.keep_segments = false;
    p.delay = microseconds{10};
    p.listener = p.b.listen(80);
    std::uint16_t port = 32'768;
    for (int i = 0; i < 100'000; ++i) {
        const auto c = p.a.try_connect(port, p.b.at(80));
        ASSERT_TRUE(c) << i;
        p.run(microseconds{30});
        const auto s = p.b.accept(p.listener);
        ASSERT_TRUE(s) << i;
        p.a.close(*c);
        p.run(microseconds{30});
        p.b.close(*s);
        p.run(microseconds{30});
        p.a.heard.sent.clear();
        p.b.heard.sent.clear();
        port = port == 60'999 ? std::uint16_t{32'768} : static_cast<std::uint16_t>(port + 1);
    }
    EXPECT_EQ(p.a.tcp.connections(), 0U);
    EXPECT_EQ(p.b.tcp.connections(), 0U);
    EXPECT_EQ(p.a.tcp.time_waits(), 28'232U);
}

}  // namespace
}  // namespace handfast::tcp
