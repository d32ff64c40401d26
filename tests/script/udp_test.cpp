// UDP: RFC 768; RFC 1122 §4.1.
#include <array>
#include <gtest/gtest.h>

#include "core/wire/checksum.hpp"
#include "support/script.hpp"

namespace handfast::script {
namespace {

using berkeley::Option;
using berkeley::Ready;

TEST(Udp, brings_a_datagram_and_its_source__rfc768) {
    Script s;
    Sock u = s.datagram().bind(own_port);
    s.in("udp (100)").takes();
    const berkeley::DatagramInfo info = u.read_datagram(100);
    EXPECT_EQ(info.source, (wire::Endpoint{peer_address, wire::Port{peer_port}}));
    EXPECT_EQ(info.destination, own_address);
    u.read_nothing();
}

TEST(Udp, sends_a_datagram_with_a_checksum__rfc1122_4_1_3_4) {
    Script s;
    Sock u = s.datagram().bind(own_port).connect();
    u.write(100);
    const Seen& seen = s.out("udp (100)");
    EXPECT_NE(load_be16(seen.octets, 26), 0);
    EXPECT_EQ(seen.source, (wire::Endpoint{own_address, wire::Port{own_port}}));
}

TEST(Udp, sends_none_when_asked__rfc1122_4_1_3_4) {
    Script s;
    Sock u = s.datagram().bind(own_port).set(Option::so_no_check, 1).connect();
    u.write(100);
    EXPECT_EQ(load_be16(s.out("udp (100)").octets, 26), 0);
}

TEST(Udp, takes_a_datagram_without_checksum__rfc768) {
    Script s;
    Sock u = s.datagram().bind(own_port);
    s.in("udp (100)", {.wrong = Wrong::no_checksum}).takes();
    u.read_datagram(100);
}

TEST(Udp, drops_a_datagram_with_a_wrong_checksum_silently__rfc1122_4_1_3_4) {
    Script s;
    Sock u = s.datagram().bind(own_port);
    s.in("udp (100)", {.wrong = Wrong::checksum}).drops(Drop::udp_bad_checksum);
    s.silent(1s);
    u.read_nothing();
    EXPECT_EQ(s.counted(Counter::udp_in_errors), 1U);
}

TEST(Udp, carries_datagrams_without_octets__rfc768) {
    Script s;
    Sock u = s.datagram().bind(own_port).connect();
    s.in("udp (0)").takes();
    EXPECT_TRUE(u.ready().any(Ready::in_bit));
    u.read_datagram(0);
    u.read_nothing();
    u.write(0);
    s.out("udp (0)");
}

TEST(Udp, answers_for_a_port_without_owner__rfc1122_4_1_3_1) {
    Script s;
    s.in("udp (100)").drops(Drop::udp_no_port);
    s.out("icmp unreachable port [udp (100)]");
    EXPECT_EQ(s.counted(Counter::udp_no_ports), 1U);
}

TEST(Udp, keeps_the_boundaries_of_datagrams__rfc768) {
    Script s;
    Sock u = s.datagram().bind(own_port);
    s.in("udp (10)");
    s.in("udp (20)");
    u.read_datagram(10);
    u.read_datagram(20);
    u.read_nothing();
}

TEST(Udp, cuts_what_the_reader_has_no_room_for) {
    Script s;
    Sock u = s.datagram().bind(own_port);
    s.in("udp (100)");
    s.in("udp (7)");
    const berkeley::DatagramInfo info = u.read_datagram(30);
    EXPECT_EQ(info.length, 100U);
    EXPECT_TRUE(info.truncated());
    u.read_datagram(7);  // the rest is gone
}

TEST(Udp, connected_hears_its_peer_only) {
    Script s;
    Sock u = s.datagram().bind(own_port).connect();
    s.in("udp (10)").takes();
    u.read_datagram(10);
    s.peer(1).in("udp (10)").drops(Drop::udp_no_port);
    s.out("icmp unreachable port");
    u.read_nothing();
}

TEST(Udp, connected_is_told_of_errors__rfc1122_4_1_3_3) {
    Script s;
    Sock u = s.datagram().bind(own_port).connect();
    u.write(10);
    s.out("udp (10)");
    s.in("icmp unreachable port [udp (10)]").takes();
    EXPECT_TRUE(u.ready().any(Ready::err_bit));
    u.read_fails(Errno::connection_refused);
    u.write(10);  // told once
    s.out("udp (10)");
}

TEST(Udp, connected_is_told_of_errors_when_it_writes__rfc1122_4_1_3_3) {
    Script s;
    Sock u = s.datagram().bind(own_port).connect();
    u.write(10);
    s.out("udp (10)");
    s.in("icmp unreachable port [udp (10)]");
    u.write_fails(Errno::connection_refused);
    u.write(10);
    s.out("udp (10)");
}

TEST(Udp, unconnected_is_not_told_of_errors_as_on_linux) {
    Script s;
    Sock u = s.datagram().bind(own_port);
    u.send_to(10, s.flow().remote);
    s.out("udp (10)");
    s.in("icmp unreachable port [udp (10)]");
    u.read_nothing();
}

TEST(Udp, sends_from_the_address_that_it_is_bound_to__rfc1122_4_1_3_5) {
    const auto second = wire::IpAddress::v4(10, 0, 0, 7);
    Script s{{.more_addresses = {second}}};
    Sock u = s.datagram().bind(own_port, second);
    u.send_to(10, s.flow().remote);
    EXPECT_EQ(s.out("udp (10)").source.address, second);
    s.in("udp (10)").drops(Drop::udp_no_port);  // to the other address
    s.out("icmp unreachable port");
}

TEST(Udp, to_everybody_needs_permission) {
    Script s;
    Sock u = s.datagram().bind(own_port);
    const wire::Endpoint all{subnet_broadcast, wire::Port{9}};
    u.send_to(10, all, Errno::permission_denied);
    u.set(Option::so_broadcast, 1);
    s.peer(9, subnet_broadcast);
    u.send_to(10, all);
    s.out("udp (10)");
}

TEST(Udp, to_everybody_is_heard__rfc1122_3_3_6) {
    Script s;
    Sock u = s.datagram().bind(own_port);
    s.in("udp (10)", {.destination = subnet_broadcast}).takes();
    EXPECT_EQ(u.read_datagram(10).destination, subnet_broadcast);
}

TEST(Udp, has_the_time_to_live_and_class_that_was_asked_for__rfc1122_4_1_4) {
    Script s;
    Sock u = s.datagram().bind(own_port).connect();
    u.set(Option::ip_ttl, 3).set(Option::ip_tos, 0x28).write(1);
    const Seen& seen = s.out("udp (1)");
    EXPECT_EQ(seen.ttl, 3);
    EXPECT_EQ(seen.tos, 0x28);
}

TEST(Udp, tells_the_time_to_live_that_was_received) {
    Script s;
    Sock u = s.datagram().bind(own_port);
    s.in("udp (1)", {.ttl = 17, .tos = 0x2e});
    const berkeley::DatagramInfo info = u.read_datagram(1);
    EXPECT_EQ(info.ttl, 17);
    EXPECT_EQ(info.tos, 0x2e);
}

TEST(Udp, queue_is_bounded) {
    Script s;
    Sock u = s.datagram().bind(own_port).set(Option::so_rcvbuf, 8192);
    for (int i = 0; i < 100; ++i) s.in("udp (1000)");
    EXPECT_GT(s.dropped(Drop::udp_queue_full), 70U);
    EXPECT_GE(s.counted(Counter::udp_rcvbuf_errors), s.dropped(Drop::udp_queue_full));
    s.silent();
    u.read_datagram(1000);
    s.in("udp (1000)").takes();
}

TEST(Udp, refuses_what_no_datagram_can_hold) {
    Script s;
    Sock u = s.datagram().bind(own_port);
    u.send_to(65'508, s.flow().remote, Errno::message_size);
    s.silent();
}

TEST(Udp, may_refuse_to_be_fragmented) {
    Script s;
    constexpr int always = 2;  // IP_PMTUDISC_DO
    Sock u = s.datagram().bind(own_port).set(Option::ip_mtu_discover, always);
    u.send_to(1473, s.flow().remote, Errno::message_size);
    u.send_to(1472, s.flow().remote);
    EXPECT_TRUE(s.out("udp (1472)").dont_fragment);
}

TEST(Udp, source_port_zero_is_taken__rfc768) {
    Script s;
    Sock u = s.datagram().bind(own_port);
    s.peer(0).in("udp (10)").takes();
    EXPECT_EQ(wire::number(u.read_datagram(10).source.port), 0);
}

TEST(Udp, checksum_that_comes_out_as_zero_is_sent_as_all_ones__rfc768) {
    Script s;
    Sock u = s.datagram().bind(own_port).connect();
    // Two octets can make any sum: find those that make this one zero.
    for (std::uint32_t guess = 0; guess < 0x1'0000; ++guess) {
        const std::array octets{static_cast<std::byte>(guess >> 8),
                                static_cast<std::byte>(guess & 0xff)};
        wire::Checksum sum;
        std::array<std::byte, 8> header{};
        store_be16(header, 0, own_port);
        store_be16(header, 2, peer_port);
        store_be16(header, 4, 10);
        sum.add_pseudo_header(own_address, peer_address, wire::Protocol::udp, 10);
        if (sum.add(header).add(octets).finish() != 0) continue;
        ASSERT_TRUE(s.sockets().send(u.id(), octets, {}, s.now()));
        s.advance({});
        EXPECT_EQ(load_be16(s.out("udp (2)").octets, 26), 0xffff);
        return;
    }
    FAIL() << "no octets make a zero sum";
}

}  // namespace
}  // namespace handfast::script
