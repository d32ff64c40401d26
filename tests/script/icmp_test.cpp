// What ICMP says, and what of it is believed: RFC 1122 §3.2.2, §4.2.3.9; RFC 5927; RFC 1191.
#include <gtest/gtest.h>

#include "support/script.hpp"

namespace handfast::script {
namespace {

// ---- About a connection
// --------------------------------------------------------------------------

TEST(IcmpAboutTcp, soft_errors_do_not_end_a_connection__rfc9293_must_56) {
    Script s;
    Sock c = s.accepted();
    c.write(10);
    s.out("P. 1:11(10) ack 1");
    for (const char* error : {"icmp unreachable net [1:11(10)]",
                              "icmp unreachable host [1:11(10)]",
                              "icmp unreachable source_route [1:11(10)]",
                              "icmp time_exceeded ttl [1:11(10)]",
                              "icmp time_exceeded reassembly [1:11(10)]",
                              "icmp parameter_problem 20 [1:11(10)]"}) {
        s.in(error).takes();
        c.state_is(TcpState::established);
    }
    s.at(200ms).out("P. 1:11(10) ack 1");
    s.in(". 1:1(0) ack 11");
}

TEST(IcmpAboutTcp, soft_errors_are_told_to_the_application__rfc9293_must_47_54__shld_25) {
    Script s;
    Sock c = s.accepted();
    c.write(10);
    s.out("P. 1:11(10) ack 1");
    s.in("icmp unreachable host [1:11(10)]");
    c.error_is(Errno::host_unreachable).error_is(std::nullopt);
    s.in(". 1:1(0) ack 11");
}

TEST(IcmpAboutTcp, soft_errors_can_be_switched_off__rfc9293_shld_20) {
    Script s;
    Sock c = s.accepted();
    EXPECT_EQ(c.get(berkeley::Option::tcp_soft_errors), 1);
    c.set(berkeley::Option::tcp_soft_errors, 0).write(10);
    s.out("P. 1:11(10) ack 1");
    s.in("icmp unreachable host [1:11(10)]");
    c.error_is(std::nullopt);
    s.in("R. 1:1(0) ack 11");
    c.error_is(Errno::connection_reset);  // that is no soft one
}

TEST(IcmpAboutTcp, is_the_reason_when_a_connection_times_out__rfc9293_must_54) {
    Script s;
    Sock c = s.accepted();
    c.set(berkeley::Option::tcp_user_timeout, 500).write(10);
    s.out("P. 1:11(10) ack 1");
    s.in("icmp unreachable host [1:11(10)]");
    s.advance(2s);
    s.forget();
    c.read_fails(Errno::host_unreachable);
}

TEST(IcmpAboutTcp, hard_errors_do_not_end_an_established_connection__rfc5927_5_2) {
    Script s;
    Sock c = s.accepted();
    c.write(10);
    s.out("P. 1:11(10) ack 1");
    for (const char* error : {"icmp unreachable protocol [1:11(10)]",
                              "icmp unreachable port [1:11(10)]",
                              "icmp unreachable prohibited [1:11(10)]"}) {
        s.in(error).takes();
        c.state_is(TcpState::established);
    }
    s.in(". 1:1(0) ack 11");
}

TEST(IcmpAboutTcp, hard_errors_end_an_attempt_to_open__rfc9293_shld_26) {
    struct Case {
        const char* code;
        Errno error;
    };
    for (const Case& c :
         {Case{"port", Errno::connection_refused}, Case{"protocol", Errno::no_protocol_option}}) {
        Script s;
        Sock opening = s.socket().connect();
        s.out("S 0:0(0)");
        s.in("icmp unreachable " + std::string{c.code} + " [0:0(0)]").takes();
        opening.error_is(c.error);
        s.silent(10s);
    }
}

TEST(IcmpAboutTcp, soft_errors_do_not_end_an_attempt_to_open__rfc9293_must_56) {
    Script s;
    Sock c = s.socket().connect();
    s.out("S 0:0(0)");
    s.in("icmp unreachable host [0:0(0)]").takes();
    s.at(1s).out("S 0:0(0)");
    s.in("S. 0:0(0) ack 1 <mss 1460>");
    s.out(". 1:1(0) ack 1");
    c.is_connected();
}

TEST(IcmpAboutTcp, must_quote_what_is_in_flight__rfc5927_4_1__attack_a10) {
    Script s;
    Sock c = s.accepted();
    c.write(10);
    s.out("P. 1:11(10) ack 1");
    s.in("icmp unreachable port [0:10(10)]").drops(Drop::icmp_not_in_flight);
    s.in("icmp unreachable port [11:21(10)]").drops(Drop::icmp_not_in_flight);
    s.in("icmp unreachable port [90000:90010(10)]").drops(Drop::icmp_not_in_flight);
    c.error_is(std::nullopt);
    s.in(". 1:1(0) ack 11");
    s.in("icmp unreachable port [1:11(10)]").drops(Drop::icmp_not_in_flight);  // not any more
}

TEST(IcmpAboutTcp, of_another_flow_is_dropped) {
    Script s;
    s.in("icmp unreachable port [1:11(10)]").drops(Drop::icmp_no_flow);
    s.in("icmp unreachable frag_needed mtu 600 [1:11(10)]").drops(Drop::icmp_no_flow);
    s.silent(1s);
}

TEST(IcmpAboutTcp, source_quench_is_ignored__rfc9293_must_55__rfc6633) {
    Script s;
    Sock c = s.accepted();
    c.write(10);
    s.out("P. 1:11(10) ack 1");
    const std::uint32_t window = c.info().congestion_window;
    s.in("icmp source_quench 0 [1:11(10)]").drops(Drop::icmp_source_quench);
    EXPECT_EQ(c.info().congestion_window, window);
    s.in(". 1:1(0) ack 11");
}

TEST(IcmpAboutTcp, redirect_is_not_heeded__attack_a13) {
    Script s;
    s.in("icmp redirect 1 [1:11(10)]").drops(Drop::icmp_unknown_type);
    s.silent(1s);
}

// ---- Path MTU -----------------------------------------------------------------------------------

TEST(PathMtu, makes_smaller_segments_and_repeats_what_was_too_long__rfc1191_6_4) {
    Script s;
    Sock c = s.accepted();
    c.write(2920);
    EXPECT_TRUE(s.out(". 1:1461(1460) ack 1").dont_fragment);
    s.out("P. 1461:2921(1460) ack 1");
    s.in("icmp unreachable frag_needed mtu 1000 [1:1461(1460)]").takes();
    s.out(". 1:961(960) ack 1");
    s.out(". 961:1921(960) ack 1");
    s.out(". 1921:2881(960) ack 1");
    s.out("P. 2881:2921(40) ack 1");
    s.in(". 1:1(0) ack 2921");
}

TEST(PathMtu, is_told_by_ip_mtu__rfc1191_6_1) {
    for (const std::string_view options : {"mss 1460", "mss 1460,ts 1/0"}) {
        Script s;
        Sock c = s.accepted(options);
        EXPECT_EQ(c.get(berkeley::Option::ip_mtu), 1500);
        c.write(1400);
        s.forget();
        s.in("icmp unreachable frag_needed mtu 1300 [1:1401(1400)]").forget();
        EXPECT_EQ(c.get(berkeley::Option::ip_mtu), 1300);
        s.in(". 1:1(0) ack 1401");
    }
    Script s;
    EXPECT_EQ(s.accepted("mss 500").get(berkeley::Option::ip_mtu), 1500);  // the peer is small
}

TEST(PathMtu, has_a_floor__attack_a11) {
    Script s;
    Sock c = s.accepted();
    c.write(1460);
    s.out("P. 1:1461(1460) ack 1");
    s.in("icmp unreachable frag_needed mtu 68 [1:1461(1460)]");
    s.out(". 1:513(512) ack 1");
    s.out(". 513:1025(512) ack 1");
    s.out("P. 1025:1461(436) ack 1");
    s.in(". 1:1(0) ack 1461");
}

TEST(PathMtu, never_grows_by_an_error__rfc1191_3) {
    Script s;
    Sock c = s.accepted();
    c.write(1460);
    s.out("P. 1:1461(1460) ack 1");
    s.in("icmp unreachable frag_needed mtu 9000 [1:1461(1460)]");
    s.silent();
    s.in(". 1:1(0) ack 1461");
    c.write(1461);
    s.out(". 1461:2921(1460) ack 1");
    s.out("P. 2921:2922(1) ack 1");
}

TEST(PathMtu, is_not_believed_without_proof__rfc5927_7__attack_a11) {
    Script s;
    Sock c = s.accepted();
    c.write(1460);
    s.out("P. 1:1461(1460) ack 1");
    s.in("icmp unreachable frag_needed mtu 600 [5000:6460(1460)]").drops(Drop::icmp_not_in_flight);
    s.silent();
    s.in(". 1:1(0) ack 1461");
}

// ---- Echo ---------------------------------------------------------------------------------------

TEST(Echo, is_answered_with_the_same_octets_from_the_same_address__rfc1122_3_2_2_6) {
    Script s;
    s.in("icmp echo 7/1 (56)");
    const Seen& reply = s.out("icmp echo_reply 7/1 (56)");
    EXPECT_EQ(reply.source.address, own_address);
    EXPECT_EQ(reply.destination.address, peer_address);
    for (std::uint32_t i = 0; i < 56; ++i) EXPECT_EQ(reply.octets[28 + i], octet_at(i));
}

TEST(Echo, may_be_empty_or_fill_a_datagram) {
    Script s;
    s.in("icmp echo 7/1");
    s.out("icmp echo_reply 7/1");
    s.in("icmp echo 7/2 (1472)");
    s.out("icmp echo_reply 7/2 (1472)");
}

TEST(Echo, to_everybody_is_not_answered__rfc1122_3_2_2_6__attack_a45) {
    Script s;
    s.in("icmp echo 7/1 (8)", {.destination = subnet_broadcast}).drops(Drop::icmp_broadcast_echo);
    s.in("icmp echo 7/1 (8)", {.destination = wire::IpAddress::v4(255, 255, 255, 255)})
        .drops(Drop::icmp_broadcast_echo);
    s.silent(1s);
}

TEST(Echo, reply_that_nobody_waits_for_is_dropped) {
    Script s;
    s.in("icmp echo_reply 7/1 (56)").drops(Drop::icmp_no_flow);
}

TEST(Echo, of_ours_brings_a_reply__rfc1122_3_2_2_6) {
    Script s;
    ASSERT_TRUE(s.shard().send_echo(peer_address, 9, 1, 10, 64, s.now()));
    s.advance({});
    s.out_any();
    s.after(5ms).in("icmp echo_reply 9/1 (10)").takes();
    std::vector<stack::EchoReply> replies;
    s.shard().take_echo_replies(replies);
    ASSERT_EQ(replies.size(), 1U);
    EXPECT_EQ(replies.front().length, 10U);
}

// ---- In general ---------------------------------------------------------------------------------

TEST(Icmp, of_unknown_type_is_dropped_silently__rfc1122_3_2_2) {
    Script s;
    s.in("icmp 42 0").drops(Drop::icmp_unknown_type);
    s.in("icmp timestamp 0").drops(Drop::icmp_unknown_type);
    s.silent(1s);
}

TEST(Icmp, with_a_wrong_checksum_is_dropped) {
    Script s;
    s.in("icmp echo 7/1 (56)", {.wrong = Wrong::checksum}).drops(Drop::icmp_bad_checksum);
    s.silent(1s);
}

}  // namespace
}  // namespace handfast::script
