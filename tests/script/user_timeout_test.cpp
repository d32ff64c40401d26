// The user timeout told to the peer, and the peer's advice: RFC 5482.
#include <gtest/gtest.h>

#include "support/script.hpp"

namespace handfast::script {
namespace {

using berkeley::Option;

constexpr int minutes_bit = 0x8000;

// Asks for the option; the profile's R2 is what there is to advise.
Sock telling(Script& s) {
    return s.socket().set(Option::tcp_tells_user_timeout, 1);
}
Given with_r2(Duration r2) {
    Given given;
    given.profile.r2 = r2;
    return given;
}
// The peer opens with this option, and answers to 10 octets nothing more.
Duration waits_for_an_answer(Script& s, std::string_view options) {
    Sock listener = telling(s).bind(own_port).listen();
    s.in("S 0:0(0) <" + std::string{options} + ">");
    s.out_any();
    s.in(". 1:1(0) ack 1");
    Sock c = listener.accept();
    c.write(10);
    const Instant begin = s.now();
    while (c.info().state == TcpState::established && s.now() < begin + 5h) {
        s.advance(1s);
        s.forget();
    }
    c.error_is(Errno::timed_out);
    return s.now() - begin;
}

TEST(UserTimeout, is_not_told_unless_the_user_asks__rfc5482_3_1) {
    Script s;
    Sock c = s.socket().set(Option::tcp_user_timeout, 30'000).connect();
    s.out("S 0:0(0) <mss 1460,sackOK,ts *,nop,wscale 8>");
    EXPECT_EQ(c.get(Option::tcp_tells_user_timeout), 0);
}

TEST(UserTimeout, goes_with_every_syn__rfc5482_3_2) {
    Script s;
    Sock c = telling(s).set(Option::tcp_user_timeout, 30'000).connect();
    s.out("S 0:0(0) <mss 1460,sackOK,ts *,nop,wscale 8,uto 30>");
    s.at(1s).out("S 0:0(0) <mss 1460,sackOK,ts *,nop,wscale 8,uto 30>");
    s.in("S. 0:0(0) ack 1 <mss 1460>");
    s.out(". 1:1(0) ack 1 <>");  // it was told
    EXPECT_EQ(c.get(Option::tcp_tells_user_timeout), 1);
}

TEST(UserTimeout, goes_with_a_syn_ack__rfc5482_3_2) {
    Script s;
    telling(s).bind(own_port).listen();
    s.in("S 0:0(0) <mss 1460>");
    s.out("S. 0:0(0) ack 1 <mss 1460,uto 924>");  // R2
}

TEST(UserTimeout, is_told_in_minutes_when_seconds_are_too_many__rfc5482_3) {
    Script s;
    telling(s).set(Option::tcp_user_timeout, 36'000'001).connect();
    s.out("S 0:0(0) <mss 1460,sackOK,ts *,nop,wscale 8,uto " + std::to_string(minutes_bit | 601) +
          ">");
}

TEST(UserTimeout, is_told_again_when_it_changes__rfc5482_3_2) {
    Script s;
    Sock c = s.accepted();
    c.set(Option::tcp_tells_user_timeout, 1);
    s.out(". 1:1(0) ack 1 <uto 924>");
    c.set(Option::tcp_user_timeout, 20'000);
    s.out(". 1:1(0) ack 1 <uto 20>");
    c.set(Option::tcp_user_timeout, 20'000).write(10);
    s.out("P. 1:11(10) ack 1 <>");
}

TEST(UserTimeout, waits_for_a_segment_that_has_room__rfc9293_must_16) {
    Script s;
    Sock c = s.accepted();
    c.write(2920);
    s.out(". 1:1461(1460) ack 1 <>");
    s.out("P. 1461:2921(1460) ack 1 <>");
    c.set(Option::tcp_tells_user_timeout, 1);
    s.out(". 2921:2921(0) ack 1 <uto 924>");
}

TEST(UserTimeout, of_the_peer_is_heeded__rfc5482_3_1) {
    Script s{with_r2(120s)};
    const Duration waited = waits_for_an_answer(s, "mss 1460,uto 1000");
    EXPECT_GE(waited, 1000s);
    EXPECT_LE(waited, 1001s);
}

TEST(UserTimeout, of_the_peer_may_be_in_minutes__rfc5482_3) {
    Script s{with_r2(120s)};
    const Duration waited =
        waits_for_an_answer(s, "mss 1460,uto " + std::to_string(minutes_bit | 20));
    EXPECT_GE(waited, 1200s);
    EXPECT_LE(waited, 1201s);
}

TEST(UserTimeout, of_the_peer_does_not_shorten_our_own__rfc5482_3_1) {
    Script s{with_r2(200s)};
    EXPECT_GE(waits_for_an_answer(s, "mss 1460,uto 5"), 200s);
}

TEST(UserTimeout, of_the_peer_is_bounded__rfc5482_3_1) {
    for (const int advice : {7200, minutes_bit | 0x7fff}) {
        Script s{with_r2(120s)};
        const Duration waited = waits_for_an_answer(s, "mss 1460,uto " + std::to_string(advice));
        EXPECT_GE(waited, 3600s);
        EXPECT_LE(waited, 3601s);
    }
    Script s{with_r2(5s)};
    EXPECT_GE(waits_for_an_answer(s, "mss 1460,uto 1"), 100s);
}

TEST(UserTimeout, of_zero_is_none__rfc5482_3) {
    for (const int advice : {0, minutes_bit}) {
        Script s{with_r2(120s)};
        EXPECT_LE(waits_for_an_answer(s, "mss 1460,uto " + std::to_string(advice)), 250s);
    }
}

TEST(UserTimeout, of_the_peer_changes_nothing_for_who_set_one__rfc5482_3_1) {
    Script s;
    Sock c = s.accepted();
    c.set(Option::tcp_tells_user_timeout, 1).set(Option::tcp_user_timeout, 1000);
    s.forget();
    s.in(". 1:1(0) ack 1 <uto 1000>");
    c.write(10);
    s.advance(1500ms);
    s.forget();
    c.error_is(Errno::timed_out);
}

TEST(UserTimeout, of_the_peer_is_for_nothing_unless_the_user_asks__rfc5482_3_1) {
    Script s{with_r2(10s)};
    Sock c = s.accepted("mss 1460,uto 1000");
    c.write(10);
    s.advance(30s);
    s.forget();
    c.error_is(Errno::timed_out);
}

TEST(UserTimeout, of_another_length_is_skipped__rfc9293_must_6) {
    Script s{with_r2(120s)};
    EXPECT_LE(waits_for_an_answer(s, "mss 1460,0x1c0503e800"), 250s);
}

}  // namespace
}  // namespace handfast::script
