// Segments that are too long for the path, when nobody says so: RFC 4821, RFC 8899.
#include "rig.hpp"

namespace handfast::tcp {
namespace {

using namespace testing;
using trace::Counter;
using trace::Why;

constexpr std::uint32_t headers = 40;
constexpr std::uint32_t timestamps = 12;

struct BlackHole : ::testing::Test {
    // Nothing longer than this passes from a to b, and no ICMP says so.
    void swallow(Pair& p, std::uint32_t mtu) {
        p.lose_a = [mtu](const Seg& s) {
            const std::uint32_t text = s.gso_size != 0 ? s.gso_size : s.length;
            return text + timestamps + headers > mtu;
        };
    }
    // How long it took.
    Duration transfer(Pair& p, std::size_t octets) {
        const std::string text = pattern(octets);
        const Instant started = p.now;
        std::string got;
        std::size_t written = 0;
        while (got.size() < text.size() && p.now < started + seconds{60}) {
            written += p.a.write(p.ca, std::string_view{text}.substr(written));
            p.run(milliseconds{1});
            got += p.b.read(p.cb);
        }
        EXPECT_TRUE(got == text) << got.size();
        return p.now - started;
    }
    [[nodiscard]] static std::uint32_t path_mtu(Pair& p) {
        return p.a.look(p.ca).mss + timestamps + headers;
    }
};

TEST_F(BlackHole, of_1300_octets_is_found_and_the_transfer_completes__rfc4821_7_7) {
    Pair p;
    p.open();
    swallow(p, 1300);
    EXPECT_LT(transfer(p, 1'000'000), seconds{5});
    EXPECT_LE(path_mtu(p), 1300U);
    EXPECT_GT(path_mtu(p), 1300U - 16);  // RFC 4821 §7.2: what was searched for
}

TEST_F(BlackHole, is_found_by_super_segments_too__rfc4821_7_7) {
    Given given;
    given.max_super_segment = 60'000;
    Pair p{given};
    p.open();
    swallow(p, 1300);
    EXPECT_LT(transfer(p, 1'000'000), seconds{5});
    EXPECT_GT(path_mtu(p), 1300U - 16);
}

TEST_F(BlackHole, that_opens_in_the_midst_is_found__rfc4821_7_7) {
    Pair p;
    p.open();
    (void)transfer(p, 300'000);
    EXPECT_EQ(path_mtu(p), 1500U);
    swallow(p, 1300);
    EXPECT_LT(transfer(p, 5'000'000), seconds{6});
    EXPECT_GT(path_mtu(p), 1300U - 16);
}

TEST_F(BlackHole, below_the_base_is_found_down_to_the_floor__rfc4821_7_7) {
    Pair p;
    p.open();
    swallow(p, 600);
    (void)transfer(p, 50'000);
    EXPECT_LE(path_mtu(p), 600U);
    EXPECT_GE(path_mtu(p), 552U);
}

TEST_F(BlackHole, probes_that_are_lost_cost_no_window__rfc4821_7_5) {
    Pair p;
    p.open();
    swallow(p, 1300);
    (void)transfer(p, 1'000'000);
    EXPECT_EQ(p.a.counted(Counter::tcp_ext_sack_recovery), 0U);
    EXPECT_EQ(p.a.counted(Counter::tcp_ext_mtup_fail), 1U);
    EXPECT_GT(p.a.counted(Counter::tcp_ext_mtup_success), 0U);
}

TEST_F(BlackHole, that_was_a_dead_path_leaves_segments_as_they_were__rfc8899_5_1) {
    Pair p;
    p.open();
    p.lose_a = [](const Seg&) { return true; };
    p.a.write(p.ca, pattern(20'000));
    p.run(seconds{4});
    EXPECT_LT(path_mtu(p), 1500U);
    p.lose_a = nullptr;
    p.run(seconds{10});
    (void)p.b.read(p.cb);
    (void)transfer(p, 200'000);
    EXPECT_EQ(path_mtu(p), 1500U);
}

TEST_F(BlackHole, is_passed_below_without_sack_and_without_a_search__rfc4821_7_7) {
    Given given;
    given.profile.sack = false;
    Pair p{given};
    p.open();
    swallow(p, 1300);
    EXPECT_LT(transfer(p, 1'000'000), seconds{5});
    EXPECT_EQ(path_mtu(p), 1064U);
}

TEST_F(BlackHole, segments_of_ipv6_stay_above_its_least_mtu__rfc8200_5) {
    Given given;
    given.ipv6 = true;
    Pair p{given};
    p.open();
    p.lose_a = [](const Seg&) { return true; };
    p.a.write(p.ca, pattern(20'000));
    p.run(seconds{100});
    EXPECT_EQ(p.a.look(p.ca).mss, 1280U - 60 - timestamps);
}

TEST_F(BlackHole, is_not_suspected_of_small_segments) {
    Pair p;
    p.open();
    p.lose_a = [](const Seg&) { return true; };
    p.a.write(p.ca, pattern(300));
    p.run(seconds{10});
    EXPECT_EQ(path_mtu(p), 1500U);
}

TEST_F(BlackHole, is_not_looked_for_when_that_is_switched_off) {
    Given given;
    given.profile.black_hole_detection = false;
    Pair p{given};
    p.open();
    swallow(p, 1300);
    p.a.write(p.ca, pattern(20'000));
    p.run(seconds{30});
    EXPECT_EQ(path_mtu(p), 1500U);
    EXPECT_EQ(p.b.read(p.cb), "");
}

}  // namespace
}  // namespace handfast::tcp
