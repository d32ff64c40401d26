// ICMP about TCP: RFC 9293 §3.9.2.2, RFC 5927, RFC 1191.
#include "rig.hpp"

namespace handfast::tcp {
namespace {

using namespace testing;
using berkeley::Errno;
using trace::Drop;
using trace::Why;
using State = trace::TcpState;
using Kind = Tcp::IcmpNews::Kind;

struct Icmp : ::testing::Test {
    std::optional<Drop> tell(Kind kind,
                             std::uint32_t seq,
                             Errno error = {},
                             std::uint16_t mtu = 0) {
        return l.host.tcp.icmp_arrives({.kind = kind,
                                        .error = error,
                                        .mtu = mtu,
                                        .tuple = {l.local, l.remote},
                                        .seq = l.iss + seq},
                                       l.now);
    }
    void syn_sent() {
        l.c = l.host.connect(80, l.remote);
        l.iss = l.sent_one().seq;
    }
    Lone l;
};

TEST_F(Icmp, a_hard_error_ends_an_attempt_to_open__rfc9293_shld_26) {
    syn_sent();
    EXPECT_EQ(tell(Kind::hard, 0, Errno::connection_refused), std::nullopt);
    EXPECT_EQ(l.host.state(l.c), State::closed);
    EXPECT_EQ(l.host.tcp.take_error(l.c), Errno::connection_refused);
}

TEST_F(Icmp, a_soft_error_does_not__rfc9293_must_56_shld_25) {
    syn_sent();
    EXPECT_EQ(tell(Kind::soft, 0, Errno::host_unreachable), std::nullopt);
    EXPECT_EQ(l.host.state(l.c), State::syn_sent);
    l.run(seconds{400});
    EXPECT_EQ(l.host.tcp.take_error(l.c), Errno::host_unreachable);  // better than ETIMEDOUT
}

TEST_F(Icmp, no_error_ends_a_synchronized_connection__rfc5927_5_2_attack_A10) {
    l.accept();
    l.host.write(l.c, "hello");
    (void)l.sent();
    EXPECT_EQ(tell(Kind::hard, 1, Errno::connection_refused), std::nullopt);
    EXPECT_EQ(l.host.state(l.c), State::established);
    EXPECT_EQ(l.host.tcp.take_error(l.c), Errno::connection_refused);  // MUST-47
    EXPECT_EQ(l.host.tcp.take_error(l.c), std::nullopt);
}

TEST_F(Icmp, news_of_a_segment_that_is_not_in_flight_is_dropped__rfc5927_4_1) {
    l.accept();
    l.host.write(l.c, "hello");
    (void)l.sent();
    EXPECT_EQ(tell(Kind::hard, 0, Errno::connection_refused), Drop::icmp_not_in_flight);
    EXPECT_EQ(tell(Kind::hard, 6, Errno::connection_refused), Drop::icmp_not_in_flight);
    EXPECT_EQ(tell(Kind::hard, 1'000, Errno::connection_refused), Drop::icmp_not_in_flight);
    EXPECT_EQ(l.host.tcp.take_error(l.c), std::nullopt);
}

TEST_F(Icmp, news_of_no_connection_is_dropped) {
    EXPECT_EQ(tell(Kind::hard, 0), Drop::icmp_no_flow);
}

TEST_F(Icmp, fragmentation_needed_makes_segments_smaller_and_repeats_them__rfc1191) {
    l.peer_options.mss = 1460;
    l.accept();
    l.host.write(l.c, pattern(5'000));
    EXPECT_EQ(l.sent().at(0).length, 1460U);
    EXPECT_EQ(tell(Kind::fragmentation_needed, 1, {}, 1'000), std::nullopt);
    const auto again = l.sent();
    ASSERT_FALSE(again.empty());
    std::string got;
    for (const auto& s : again) {
        EXPECT_LE(s.length, 960U);
        EXPECT_EQ(l.rel_seq(s), 1 + got.size());
        got += s.text;
    }
    EXPECT_EQ(got, pattern(5'000));
    // The same news of each segment that was in flight begins nothing anew.
    EXPECT_EQ(tell(Kind::fragmentation_needed, 1461, {}, 1'000), std::nullopt);
    EXPECT_TRUE(l.sent().empty());
}

TEST_F(Icmp, fragmentation_needed_has_a_floor__attack_A11) {
    l.peer_options.mss = 1460;
    l.accept();
    l.host.write(l.c, pattern(5'000));
    (void)l.sent();
    EXPECT_EQ(tell(Kind::fragmentation_needed, 1, {}, 68), std::nullopt);
    EXPECT_EQ(l.host.look(l.c).mss, 512U);
}

TEST_F(Icmp, a_larger_mtu_than_is_used_changes_nothing) {
    l.peer_options.mss = 1000;
    l.accept();
    l.host.write(l.c, pattern(5'000));
    (void)l.sent();
    EXPECT_EQ(tell(Kind::fragmentation_needed, 1, {}, 1'400), std::nullopt);
    EXPECT_TRUE(l.sent().empty());
    EXPECT_EQ(l.host.look(l.c).mss, 1000U);
}

TEST_F(Icmp, an_unreachable_destination_ends_an_attempt_to_open_and_nothing_else) {
    syn_sent();
    l.host.tcp.unreachable({}, {l.local, l.remote}, Errno::host_unreachable, l.now);
    EXPECT_EQ(l.host.state(l.c), State::closed);
    EXPECT_EQ(l.host.tcp.take_error(l.c), Errno::host_unreachable);
    Lone m;
    m.accept();
    m.host.tcp.unreachable({}, {m.local, m.remote}, Errno::host_unreachable, m.now);
    EXPECT_EQ(m.host.state(m.c), State::established);
    EXPECT_EQ(m.host.tcp.take_error(m.c), Errno::host_unreachable);
}

}  // namespace
}  // namespace handfast::tcp
