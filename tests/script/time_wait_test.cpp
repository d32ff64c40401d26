// TIME-WAIT: RFC 9293 §3.6.1, §3.10.7.4; RFC 1337; RFC 6191.
#include <gtest/gtest.h>

#include "support/script.hpp"

namespace handfast::script {
namespace {

using berkeley::Option;

// Closed by the host first; the record's numbers are 2 and 2.
void to_time_wait(Script& s, std::string_view options = "mss 1460") {
    Sock c = s.accepted(options);
    c.close();
    s.out("F. 1:1(0) ack 1");
    s.in("F. 1:1(0) ack 2");
    s.out(". 2:2(0) ack 2");
    s.state_is(TcpState::time_wait).zero();
}

constexpr std::string_view with_timestamps = "mss 1460,nop,nop,ts 100/0";

TEST(TimeWait, acknowledges_the_fin_again_and_begins_anew__rfc9293_3_10_7_4) {
    Script s;
    to_time_wait(s);
    s.at(200s).in("F. 1:1(0) ack 2");
    s.out(". 2:2(0) ack 2");
    s.at(439s).state_is(TcpState::time_wait);
    s.at(441s).state_is(TcpState::closed);
}

TEST(TimeWait, acknowledges_what_is_unacceptable__rfc9293_3_10_7_4) {
    Script s;
    to_time_wait(s);
    s.at(1s).in("P. 2:12(10) ack 2");
    s.out(". 2:2(0) ack 2");
    s.at(2s).in(". 1:1(0) ack 2");
    s.out(". 2:2(0) ack 2");
    s.at(3s).in("S. 0:0(0) ack 1");
    s.out(". 2:2(0) ack 2");
}

TEST(TimeWait, is_silent_to_a_plain_ack) {
    Script s;
    to_time_wait(s);
    s.in(". 2:2(0) ack 2").drops(Drop::tcp_time_wait);
    s.in("- 2:2(0)").drops(Drop::tcp_no_ack_bit);
    s.silent(1s);
}

TEST(TimeWait, answers_forged_segments_no_faster_than_challenges__attack_a40) {
    Script s;
    to_time_wait(s);
    s.at(1s).in("P. 2:12(10) ack 2");
    s.out(". 2:2(0) ack 2");
    s.in("P. 2:12(10) ack 2");
    s.silent(499ms);
    s.after(10ms).in("P. 2:12(10) ack 2");
    s.out(". 2:2(0) ack 2");
}

TEST(TimeWait, is_not_assassinated_by_a_reset__rfc1337) {
    Script s;
    to_time_wait(s);
    s.in("R 2:2(0)").drops(Drop::tcp_time_wait);
    s.in("R. 2:2(0) ack 2").drops(Drop::tcp_time_wait);
    EXPECT_EQ(s.counted(Counter::tcp_ext_rfc1337_ignored), 2U);
    s.state_is(TcpState::time_wait);
}

TEST(TimeWait, ends_by_an_exact_reset_when_the_profile_says_so) {
    Given given;
    given.profile.rfc1337 = false;
    Script s{given};
    to_time_wait(s);
    s.in("R 3:3(0)").drops(Drop::tcp_time_wait);
    s.in("R 2:2(0)");
    s.state_is(TcpState::closed);
}

TEST(TimeWait, gives_way_to_a_syn_beyond_its_numbers__rfc9293_may_2) {
    Script s;
    to_time_wait(s);
    const wire::SeqNum old = s.flow().iss;
    s.at(1s).in("S 5000:5000(0) <mss 1460>");
    s.out("S. 0:0(0) ack 5001");
    EXPECT_GT(s.flow().iss - old, 65'536);  // ours lie beyond the old ones too
    s.in("P. 5001:5011(10) ack 1");
    s.out(". 1:1(0) ack 5011");
    s.state_is(TcpState::established);
}

TEST(TimeWait, acknowledges_an_old_syn__rfc9293_3_6_1) {
    Script s;
    to_time_wait(s);
    s.at(1s).in("S 1:1(0) <mss 1460>").drops(Drop::tcp_time_wait);
    s.out(". 2:2(0) ack 2");
    s.state_is(TcpState::time_wait);
}

TEST(TimeWait, gives_way_to_a_syn_with_a_newer_timestamp__rfc6191_2) {
    Script s;
    to_time_wait(s, with_timestamps);
    s.at(5s).in("S 1:1(0) <mss 1460,nop,nop,ts 101/0>");
    s.out("S. 0:0(0) ack 2");
}

TEST(TimeWait, acknowledges_a_syn_with_an_older_timestamp__rfc6191_2) {
    Script s;
    to_time_wait(s, with_timestamps);
    s.at(5s).in("S 5000:5000(0) <mss 1460,nop,nop,ts 99/0>").drops(Drop::tcp_time_wait);
    s.out(". 2:2(0) ack 2 <nop,nop,ts */100>");
}

TEST(TimeWait, compares_numbers_when_the_timestamps_are_equal__rfc6191_2) {
    Script s;
    to_time_wait(s, with_timestamps);
    s.at(5s).in("S 2:2(0) <mss 1460,nop,nop,ts 100/0>").drops(Drop::tcp_time_wait);
    s.out(". 2:2(0) ack 2");
    s.at(6s).in("S 3:3(0) <mss 1460,nop,nop,ts 100/0>");
    s.out("S. 0:0(0) ack 4");
}

TEST(TimeWait, is_reused_by_an_active_open_after_a_second_with_timestamps__rfc6191_2) {
    Script s;
    Sock first = s.socket().set(Option::so_reuseaddr, 1).connect();
    s.out("S 0:0(0)");
    s.in("S. 0:0(0) ack 1 <mss 1460,nop,nop,ts 100/0>");
    s.out(". 1:1(0) ack 1");
    first.close();
    s.out("F. 1:1(0) ack 1");
    s.in("F. 1:1(0) ack 2");
    s.out(". 2:2(0) ack 2");
    s.at(500ms);
    Sock again = s.socket().set(Option::so_reuseaddr, 1).bind(own_port);
    again.connect_fails(Errno::address_not_available, s.flow().remote);
    const wire::SeqNum old = s.flow().iss;
    s.at(1100ms);
    again.connect();
    s.out("S 0:0(0)");
    EXPECT_GT(s.flow().iss - old, 65'536);
}

TEST(TimeWait, records_are_bounded_and_the_oldest_gives_way) {
    Given given;
    given.limits.tcp.time_waits = 2;
    Script s{given};
    for (std::uint16_t port = 1; port <= 3; ++port) {
        s.peer(port).to_port(port);
        to_time_wait(s);
    }
    EXPECT_EQ(s.shard().tcp().time_waits(), 2U);
    s.peer(1).to_port(1).state_is(TcpState::closed);
}

}  // namespace
}  // namespace handfast::script
