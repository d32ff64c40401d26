// What a host must do below and beside its connections: RFC 1122 §3 and §4.1, RFC 8085 §5.
#include <gtest/gtest.h>
#include <set>

#include "core/wire/checksum.hpp"
#include "support/script.hpp"

namespace handfast::script {
namespace {

using berkeley::Option;

constexpr auto second_address = wire::IpAddress::v4(10, 0, 0, 7);
constexpr std::size_t ip_header = 20;

// An ICMP message of this type, otherwise like an echo.
Octets icmp_of_type(Script& s, std::uint8_t type) {
    Octets datagram = s.octets("icmp echo 7/1 (12)");
    const MutableBytes message = MutableBytes{datagram}.subspan(ip_header);
    store_u8(message, 0, type);
    store_be16(message, 2, 0);
    store_be16(message, 2, wire::Checksum{}.add(message).finish());
    return datagram;
}

// ---- Local addresses
// ------------------------------------------------------------------------------

TEST(UdpAddress, may_be_left_open_and_hears_all_of_the_host__udp_15) {
    Script s{{.more_addresses = {second_address}}};
    Sock u = s.datagram().bind(own_port);
    s.in("udp (10)").takes();
    EXPECT_EQ(u.read_datagram(10).destination, own_address);
    s.in("udp (20)", {.destination = second_address}).takes();
    EXPECT_EQ(u.read_datagram(20).destination, second_address);
    u.send_to(30, s.flow().remote);
    EXPECT_EQ(s.out("udp (30)").source.address, own_address);
}

TEST(UdpAddress, that_was_chosen_is_told__udp_16) {
    Script s;
    Sock u = s.datagram().bind(own_port);
    EXPECT_TRUE(s.sockets().local_name(u.id())->address.is_unspecified());
    u.connect();
    EXPECT_EQ(s.sockets().local_name(u.id())->address, own_address);
}

TEST(UdpAddress, of_another_host_is_nobodys_source__udp_18) {
    Script s;
    Sock u = s.datagram();
    const wire::Endpoint foreign{far_address, wire::Port{own_port}};
    const auto bound = s.sockets().bind(u.id(), foreign, s.now());
    ASSERT_FALSE(bound);
    EXPECT_EQ(bound.error(), Errno::address_not_available);
    u.set(Option::ip_freebind, 1).bind(own_port, far_address);  // Linux lets this pass
    u.send_to(10, s.flow().remote);
    EXPECT_EQ(s.out("udp (10)").source.address, own_address);
}

TEST(UdpPorts, that_the_host_chooses_are_not_to_be_foretold__udp_38) {
    constexpr int sockets = 64;
    Script s;
    std::set<std::uint16_t> chosen;
    std::set<int> steps;
    int last = 0;
    for (int i = 0; i < sockets; ++i) {
        Sock u = s.datagram();
        u.send_to(1, s.flow().remote);
        const int port = wire::number(s.out_any().source.port);
        chosen.insert(static_cast<std::uint16_t>(port));
        if (i > 0) steps.insert(port - last);
        last = port;
    }
    EXPECT_EQ(chosen.size(), static_cast<std::size_t>(sockets));
    EXPECT_GT(steps.size(), static_cast<std::size_t>(sockets) * 3 / 4);
}

TEST(UdpSource, that_is_not_the_peer_is_not_heard_by_a_connected_socket__udp_37) {
    Script s;
    Sock u = s.datagram().bind(own_port).connect();
    s.peer(peer_port, far_address).in("udp (10)").drops(Drop::udp_no_port);
    s.out("icmp unreachable port");
    u.read_nothing();
    s.peer().in("udp (11)").takes();
    EXPECT_EQ(u.read_datagram(11).source.address, peer_address);
}

// ---- No router
// ------------------------------------------------------------------------------------

TEST(Host, forwards_nothing_and_sends_no_redirect__ip4_2__icmp4_8) {
    Script s;
    const auto neighbor = wire::IpAddress::v4(10, 0, 0, 99);
    for (const wire::IpAddress& to : {neighbor, far_address}) {
        s.in("S 0:0(0)", {.destination = to}).drops(Drop::ip_not_for_us);
        s.in("udp (10)", {.destination = to}).drops(Drop::ip_not_for_us);
        s.in("icmp echo 1/1 (8)", {.destination = to}).drops(Drop::ip_not_for_us);
    }
    s.silent(1min);
}

TEST(Icmp, neither_answers_nor_asks_for_information__icmp4_16__rfc6918) {
    Script s;
    constexpr std::uint8_t timestamp = 13;
    constexpr std::uint8_t address_mask_reply = 18;
    for (std::uint8_t type = timestamp; type <= address_mask_reply; ++type)
        s.in_raw(icmp_of_type(s, type), "an obsolete message").drops(Drop::icmp_unknown_type);
    s.silent(1min);
}

// What is dropped has a name and a number, and the sums are right.
TEST(Host, counts_what_it_drops_by_reason__ip4_3) {
    Script s;
    s.in("udp (10)", {.wrong = Wrong::ip_checksum}).drops(Drop::ip_bad_checksum);
    s.in("udp (10)", {.destination = far_address}).drops(Drop::ip_not_for_us);
    s.in("udp (10)", {.destination = far_address}).drops(Drop::ip_not_for_us);
    s.in("udp (10)", {.source = second_address, .wrong = Wrong::checksum})
        .drops(Drop::udp_bad_checksum);
    EXPECT_EQ(s.dropped(Drop::ip_bad_checksum), 1U);
    EXPECT_EQ(s.dropped(Drop::ip_not_for_us), 2U);
    EXPECT_EQ(s.counted(Counter::ip_in_receives), 4U);
    EXPECT_EQ(s.counted(Counter::udp_in_errors), 1U);
}

// ---- What a stranger can make a host say
// ------------------------------------------------------------

// A SYN whose source is a victim: what the victim gets is little, and nothing of a text.
TEST(Reflection, of_a_syn_is_a_few_bare_answers__attack_a46) {
    constexpr std::size_t answers = 8;  // RFC 9293 MUST-23 wants three minutes of them
    Script s;
    s.socket().bind(own_port).listen();
    s.in("PS 0:1000(1000) <mss 1460>");
    std::size_t seen = 0;
    s.out("S. 0:0(0) ack 1");
    for (seen = 1; seen < answers; ++seen) {
        const Duration since_first = seconds{(1 << seen) - 1};
        const std::size_t octets = s.at(since_first).out("S. 0:0(0) ack 1").octets.size();
        EXPECT_LE(octets, 60U);
    }
    s.silent(10min);
}

// The "GET" of a middlebox that was fooled, without a handshake.
TEST(Reflection, of_text_without_a_handshake_is_one_reset__attack_a46) {
    Script s;
    s.socket().bind(own_port).listen();
    s.in("P. 1:1001(1000) ack 1");
    EXPECT_EQ(s.out("R 1:1(0)").octets.size(), 40U);
    s.in("P 1:1001(1000)").silent(10min);
    s.to_port(9).in("P 1:1001(1000)");
    EXPECT_EQ(s.out("R. 0:0(0) ack 1001").octets.size(), 40U);
    s.silent(10min);
}

}  // namespace
}  // namespace handfast::script
