// Explicit congestion notification: RFC 3168 §5, §6.1.
#include "core/wire/ecn.hpp"

#include <gtest/gtest.h>

#include "support/script.hpp"

namespace handfast::script {
namespace {

using berkeley::Option;
using tcp::EcnUse;
using wire::Ecn;

constexpr Ip marked{.tos = 3};

Given with(EcnUse use) {
    Given given;
    given.profile.ecn = use;
    return given;
}

Ecn ecn_of(const Seen& seen) {
    return wire::ecn_of(seen.tos);
}

// The peer asks, and the host agrees; the round trip is 100 ms.
Sock asked(Script& s) {
    Sock listener = s.socket().bind(own_port).listen();
    s.in("SEW 0:0(0) win 65535 <mss 1000,sackOK>");
    EXPECT_EQ(ecn_of(s.out("SE. 0:0(0) ack 1")), Ecn::not_capable);
    s.at(100ms).in(". 1:1(0) ack 1");
    Sock c = listener.accept();
    s.zero();
    return c;
}

void full(Script& s, std::uint32_t first, std::uint32_t count) {
    for (std::uint32_t i = first; i < first + count; ++i)
        EXPECT_EQ(s.out_any().line.seq, 1 + i * 1000);
}

// ---- Negotiation: §6.1.1 ------------------------------------------------------------------------

TEST(Ecn, is_agreed_when_the_peer_asks__rfc3168_6_1_1__rfc9293_shld_8) {
    Script s;
    const Sock c = asked(s);
    EXPECT_TRUE(c.info().ecn);
}

TEST(Ecn, is_not_agreed_when_the_peer_does_not_ask__rfc3168_6_1_1) {
    Script s;
    Sock c = s.accepted();
    EXPECT_FALSE(c.info().ecn);
    c.write(10);
    EXPECT_EQ(ecn_of(s.out("P. 1:11(10) ack 1")), Ecn::not_capable);
}

TEST(Ecn, is_not_agreed_on_half_a_question__rfc3168_6_1_1) {
    for (const std::string_view syn : {"SE 0:0(0)", "SW 0:0(0)"}) {
        Script s;
        s.socket().bind(own_port).listen();
        s.in(syn);
        s.out("S. 0:0(0) ack 1");
    }
}

TEST(Ecn, is_not_agreed_when_it_is_switched_off) {
    Script s{with(EcnUse::off)};
    s.socket().bind(own_port).listen();
    s.in("SEW 0:0(0) <mss 1460>");
    s.out("S. 0:0(0) ack 1");
}

TEST(Ecn, is_not_asked_for_unless_the_host_is_told_to) {
    for (const EcnUse use : {EcnUse::off, EcnUse::answer}) {
        Script s{with(use)};
        s.socket().connect();
        s.out("S 0:0(0)");
    }
}

TEST(Ecn, is_asked_for_with_both_flags_and_no_codepoint__rfc3168_6_1_1) {
    Script s{with(EcnUse::ask)};
    Sock c = s.socket().connect();
    EXPECT_EQ(ecn_of(s.out("SEW 0:0(0)")), Ecn::not_capable);
    s.in("SE. 0:0(0) ack 1 <mss 1000>");
    EXPECT_EQ(ecn_of(s.out(". 1:1(0) ack 1")), Ecn::not_capable);
    EXPECT_TRUE(c.info().ecn);
}

TEST(Ecn, is_off_when_the_answer_is_no__rfc3168_6_1_1) {
    // What reflects all flags of the SYN does not know them.
    for (const std::string_view answer : {"S. 0:0(0) ack 1", "SEW. 0:0(0) ack 1"}) {
        Script s{with(EcnUse::ask)};
        Sock c = s.socket().connect();
        s.out("SEW 0:0(0)");
        s.in(answer);
        s.out(". 1:1(0) ack 1");
        EXPECT_FALSE(c.info().ecn);
    }
}

TEST(Ecn, is_given_up_with_the_third_syn__rfc3168_6_1_1_1) {
    Script s{with(EcnUse::ask)};
    Sock c = s.socket().connect();
    s.out("SEW 0:0(0)");
    s.at(1s).out("SEW 0:0(0)");
    s.at(2s).out("S 0:0(0)");
    s.in("SE. 0:0(0) ack 1");  // to the first: but one that did not ask has followed
    s.out(". 1:1(0) ack 1");
    EXPECT_FALSE(c.info().ecn);
}

TEST(Ecn, is_agreed_when_both_ask_at_once__rfc3168_6_1_1) {
    Script s{with(EcnUse::ask)};
    Sock c = s.socket().connect();
    s.out("SEW 0:0(0)");
    s.in("SEW 0:0(0)");
    s.out("SE. 0:0(0) ack 1");
    s.in(". 1:1(0) ack 1");
    EXPECT_TRUE(c.info().ecn);
}

// ---- The sender: §6.1.2, §6.1.4, §6.1.5 ---------------------------------------------------------

TEST(Ecn, marks_text_as_capable_and_nothing_else__rfc3168_6_1_4_6_1_5) {
    Script s;
    Sock c = asked(s);
    c.set(Option::ip_tos, 0xb8);
    c.write(500);
    EXPECT_EQ(s.out("P. 1:501(500) ack 1").tos, 0xb8 | 2);
    s.in("P. 1:11(10) ack 1");
    EXPECT_EQ(s.out(". 501:501(0) ack 11").tos, 0xb8);  // a pure acknowledgment
    EXPECT_EQ(s.at(300ms).out_any().tos, 0xb8);         // a repetition
    s.in(". 11:11(0) ack 501");
    c.close();
    EXPECT_EQ(ecn_of(s.out_any()), Ecn::not_capable);
}

TEST(Ecn, does_not_mark_probes_of_a_closed_window__rfc3168_6_1_6) {
    Script s;
    Sock c = asked(s);
    s.in(". 1:1(0) ack 1 win 0");
    c.write(500);
    EXPECT_EQ(ecn_of(s.at(300ms).out(". 0:0(0) ack 1")), Ecn::not_capable);
}

TEST(Ecn, echo_lowers_the_window_and_is_answered_on_new_text__rfc3168_6_1_2) {
    Script s;
    Sock c = asked(s);
    c.write(30'000);
    full(s, 0, 10);
    s.at(50ms).in("E. 1:1(0) ack 1001");
    EXPECT_EQ(c.info().slow_start_threshold, 7'000U);
    const Seen& next = s.out("W. 10001:11001(1000) ack 1");
    EXPECT_EQ(ecn_of(next), Ecn::capable_0);
    s.in(". 1:1(0) ack 10001").forget();
    EXPECT_EQ(c.info().congestion_window, 7'000U);
}

TEST(Ecn, window_falls_along_with_what_is_delivered__rfc9937_6) {
    Script s;
    Sock c = asked(s);
    c.write(30'000);
    full(s, 0, 10);
    s.at(50ms);
    for (std::uint32_t i = 1; i <= 10; ++i)
        s.in("E. 1:1(0) ack " + std::to_string(1 + i * 1000)).forget();
    EXPECT_EQ(c.info().data_segments_out, 17U);
}

TEST(Ecn, echo_counts_once_a_round_trip__rfc3168_6_1_2) {
    Script s;
    Sock c = asked(s);
    c.write(60'000);
    full(s, 0, 10);
    s.at(50ms);
    for (std::uint32_t i = 1; i <= 10; ++i) s.in("E. 1:1(0) ack " + std::to_string(1 + i * 1000));
    EXPECT_EQ(c.info().slow_start_threshold, 7'000U);
    s.forget();
    s.in("E. 1:1(0) ack 11001");  // of what was sent after it
    EXPECT_EQ(c.info().slow_start_threshold, 4'900U);
    s.forget();
}

TEST(Ecn, echo_is_for_nothing_when_it_was_not_agreed__rfc3168_6_1_2) {
    Script s;
    Sock c = s.accepted("mss 1000");
    c.write(10'000);
    full(s, 0, 10);
    s.in("E. 1:1(0) ack 1001");
    EXPECT_EQ(c.info().congestion_window, 11'000U);
}

TEST(Ecn, a_loss_is_answered_on_new_text_too__rfc3168_6_1_2) {
    Script s;
    Sock c = asked(s);
    c.write(30'000);
    full(s, 0, 10);
    s.at(50ms).in(". 1:1(0) ack 1 <nop,nop,sack 1001:4001>");
    const Seen& again = s.out(". 1:1001(1000) ack 1");
    EXPECT_EQ(ecn_of(again), Ecn::not_capable);
    s.in(". 1:1(0) ack 10001");
    EXPECT_TRUE(s.out_any().line.flags.cwr());
    EXPECT_FALSE(s.out_any().line.flags.cwr());
    s.forget();
}

TEST(Ecn, a_mark_and_a_loss_of_one_round_trip_count_once__rfc3168_6_1_2) {
    Script s;
    Sock c = asked(s);
    c.write(30'000);
    full(s, 0, 10);
    s.at(50ms).in("E. 1:1(0) ack 1 <nop,nop,sack 1001:4001>");
    EXPECT_EQ(c.info().slow_start_threshold, 7'000U);
    s.forget();
    s.in("E. 1:1(0) ack 1001 <nop,nop,sack 1001:6001>").forget();
    EXPECT_EQ(c.info().slow_start_threshold, 7'000U);
}

TEST(Ecn, window_does_not_grow_while_it_falls__rfc3168_6_1_2) {
    Script s;
    Sock c = s.socket().congestion_control("reno");
    c.bind(own_port).listen();
    s.in("SEW 0:0(0) win 65535 <mss 1000>");  // no SACK
    s.out("SE. 0:0(0) ack 1");
    s.at(100ms).in(". 1:1(0) ack 1");
    Sock a = c.accept();
    s.zero();
    a.write(30'000);
    full(s, 0, 10);
    s.at(50ms).in("E. 1:1(0) ack 1001");
    EXPECT_EQ(a.info().congestion_window, 5'000U);
    s.in("E. 1:1(0) ack 5001");
    EXPECT_EQ(a.info().congestion_window, 5'000U);
}

// One that is marked again and again comes to one segment, and then waits for a timeout with each.
TEST(Ecn, window_of_one_segment_is_slowed_further__rfc3168_6_1_2) {
    for (const std::string_view controller : {"cubic", "reno"}) {
        Script s;
        Sock c = asked(s);
        c.congestion_control(controller);
        c.write(60'000);
        std::uint32_t end = 1;
        std::uint32_t least = 10;
        for (int round = 0; round < 12; ++round) {  // all that is out is acknowledged, and marked
            s.forget();
            const auto now = c.info();
            end = now.snd_nxt.raw() - now.iss.raw();
            least = std::min(least, now.congestion_window / 1000);
            if (now.in_flight == 0) break;
            s.after(50ms).in("E. 1:1(0) ack " + std::to_string(end));
        }
        EXPECT_EQ(least, 1U) << controller;
        EXPECT_EQ(c.info().in_flight, 0U) << controller;
        const Duration rto = c.info().rto;
        s.silent(rto - 1ms);
        s.after(1ms).out("W. " + std::to_string(end) + ":" + std::to_string(end + 1000) +
                         "(1000) ack 1");
        EXPECT_EQ(s.counted(Counter::tcp_ext_timeouts), 0U) << controller;
        s.silent(10ms);
    }
}

// ---- The receiver: §6.1.3 -----------------------------------------------------------------------

TEST(Ecn, a_mark_is_echoed_until_the_sender_answers__rfc3168_6_1_3) {
    Script s;
    Sock c = asked(s);
    s.in(". 1:1001(1000) ack 1", marked);
    s.out("E. 1:1(0) ack 1001");
    s.in(". 1001:2001(1000) ack 1", {.tos = 2});
    s.out("E. 1:1(0) ack 2001");
    c.write(10);
    s.out("PE. 1:11(10) ack 2001");
    s.in("W. 2001:3001(1000) ack 11", {.tos = 2});
    s.out(". 11:11(0) ack 3001");
}

TEST(Ecn, a_mark_on_the_answer_itself_is_echoed__rfc3168_6_1_3) {
    Script s;
    Sock c = asked(s);
    s.in(". 1:1001(1000) ack 1", marked);
    s.out("E. 1:1(0) ack 1001");
    s.in("W. 1001:2001(1000) ack 1", marked);
    s.out("E. 1:1(0) ack 2001");
}

TEST(Ecn, a_mark_beyond_a_hole_is_echoed__rfc3168_6_1_3) {
    Script s;
    Sock c = asked(s);
    s.in(". 1001:2001(1000) ack 1", marked);
    s.out("E. 1:1(0) ack 1");
}

TEST(Ecn, a_mark_on_old_text_is_not_heeded__rfc3168_6_1_5) {
    Script s;
    Sock c = asked(s);
    s.in(". 1:1001(1000) ack 1");
    s.out(". 1:1(0) ack 1001");
    s.in(". 1:1001(1000) ack 1", marked);
    s.out(". 1:1(0) ack 1001");
}

TEST(Ecn, a_mark_is_not_heeded_when_ecn_was_not_agreed) {
    Script s;
    Sock c = s.accepted();
    s.in(". 1:1001(1000) ack 1", marked);
    s.out(". 1:1(0) ack 1001");
}

// ---- Super-segments -----------------------------------------------------------------------------

TEST(Ecn, a_super_segment_answers_once_at_its_front__rfc3168_6_1_2) {
    Given given;
    given.offload = true;
    Script s{given};
    Sock c = asked(s);
    c.write(60'000);
    s.out_any();
    s.at(50ms).in("E. 1:1(0) ack 10001");
    const Seen& next = s.out_any();
    EXPECT_TRUE(next.line.flags.cwr());
    EXPECT_TRUE(next.line.gso.has_value());
    EXPECT_EQ(ecn_of(next), Ecn::capable_0);
}

}  // namespace
}  // namespace handfast::script
