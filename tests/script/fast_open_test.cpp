// TCP Fast Open on the wire (RFC 7413): options, text on SYNs, what happens without luck.
#include "core/tcp/fast_open.hpp"

#include <gtest/gtest.h>
#include <string>

#include "support/script.hpp"

namespace handfast::script {
namespace {

Given serving() {
    Given g;
    g.profile.fast_open.server = true;
    return g;
}

// "FO 0123…": the cookie that the host of a script makes for its peer.
std::string own_cookie(Script& s) {
    const auto cookie =
        tcp::fast_open_cookie(s.shard().tcp().fast_open_keys().primary, peer_address, own_address);
    std::string text = "FO ";
    for (const std::byte b : cookie.bytes()) {
        constexpr std::string_view digits = "0123456789abcdef";
        text += digits[std::to_integer<unsigned>(b) >> 4];
        text += digits[std::to_integer<unsigned>(b) & 0xf];
    }
    return text;
}

// A first connection, to a port of its own, that brings the cookie abcd1234.
void learn(Script& s, std::string_view mss = "1460") {
    s.to_port(5000);
    Sock first = s.socket();
    first.write_early(0, 0);
    s.out("S 0:0(0) <mss 1460,sackOK,ts *,nop,wscale *,FO,nop,nop>");
    s.in("S. 0:0(0) ack 1 <mss " + std::string{mss} + ",FO abcd1234,nop,nop>");
    s.out(". 1:1(0) ack 1");
    first.abort();
    s.forget();
    s.to_port(own_port);
}

TEST(FastOpenWire, the_request_stands_last_padded_with_nops__rfc7413_4_1_1) {
    Script s;
    learn(s);
}

TEST(FastOpenWire, cookie_and_text_go_with_the_second_syn__rfc7413_4_2_1) {
    Script s;
    learn(s);
    Sock c = s.socket();
    c.write_early(100, 100);
    s.out("S 0:100(100) <mss 1460,sackOK,ts *,nop,wscale *,FO abcd1234,nop,nop>");
    s.in("S. 0:0(0) ack 101 <mss 1460>");
    s.out(". 101:101(0) ack 1");
    c.state_is(TcpState::established);
    c.write(50);
    s.out("P. 101:151(50) ack 1");
}

TEST(FastOpenWire, a_long_write_is_cut_to_the_known_mss_less_forty_octets__rfc7413_4_1_3) {
    Script s;
    learn(s, "940");
    Sock c = s.socket();
    c.write_early(2000, 900);
    s.out("S 0:900(900)");
}

TEST(FastOpenWire, a_server_that_forgot_its_cookie_gets_the_text_again__rfc7413_4_2_1) {
    Script s;
    learn(s);
    Sock c = s.socket();
    c.write_early(100, 100);
    s.out("S 0:100(100)");
    s.in("S. 0:0(0) ack 1 <mss 1460>");
    s.out("P. 1:101(100) ack 1");
    s.in(". 1:1(0) ack 101");
}

TEST(FastOpenWire, a_lost_syn_is_repeated_bare__rfc7413_4_2_1) {
    Script s;
    learn(s);
    s.zero();
    Sock c = s.socket();
    c.write_early(100, 100);
    s.out("S 0:100(100)");
    s.at(1s).out("S 0:0(0) <mss 1460,sackOK,ts *,nop,wscale *>");
    s.in("S. 0:0(0) ack 1 <mss 1460>");
    s.out("P. 1:101(100) ack 1");
}

TEST(FastOpenWire, a_server_takes_text_of_a_known_client_and_answers_at_once__rfc7413_4_2_2) {
    Script s{serving()};
    Sock l = s.socket().bind(own_port).listen();
    l.set(berkeley::Option::tcp_fastopen, 4);
    s.in("S 0:100(100) <mss 1460," + own_cookie(s) + ",nop,nop>");
    s.out("S. 0:0(0) ack 101 <mss 1460>");
    Sock c = l.accept();
    c.state_is(TcpState::syn_received);
    c.write(30);
    s.out("P. 1:31(30) ack 101");
    s.in(". 101:101(0) ack 31");
    c.state_is(TcpState::established);
}

TEST(FastOpenWire, a_server_gives_its_cookie_to_who_asks__rfc7413_4_1_2) {
    Script s{serving()};
    Sock l = s.socket().bind(own_port).listen();
    l.set(berkeley::Option::tcp_fastopen, 4);
    s.in("S 0:0(0) <mss 1460,FO,nop,nop>");
    s.out("S. 0:0(0) ack 1 <mss 1460," + own_cookie(s) + ",nop,nop>");
    l.nothing_to_accept();
    s.in(". 1:1(0) ack 1");
    l.accept().state_is(TcpState::established);
}

TEST(FastOpenAttack,
     text_with_a_guessed_cookie_is_dropped_and_a_plain_handshake_follows__rfc7413_5_2) {
    Script s{serving()};
    Sock l = s.socket().bind(own_port).listen();
    l.set(berkeley::Option::tcp_fastopen, 4);
    s.in("S 0:100(100) <mss 1460,FO 0102030405060708,nop,nop>");
    s.out("S. 0:0(0) ack 1 <mss 1460," + own_cookie(s) + ",nop,nop>");
    l.nothing_to_accept();
    s.in(". 1:1(0) ack 1");
    l.accept().read_nothing();
}

TEST(FastOpenAttack, a_replayed_syn_is_answered_with_the_same_syn_ack__rfc7413_6_1) {
    Script s{serving()};
    Sock l = s.socket().bind(own_port).listen();
    l.set(berkeley::Option::tcp_fastopen, 4);
    const std::string syn = "S 0:100(100) <mss 1460," + own_cookie(s) + ",nop,nop>";
    s.in(syn);
    s.out("S. 0:0(0) ack 101 <mss 1460>");
    s.in(syn);
    s.out("S. 0:0(0) ack 101 <mss 1460>");
    (void)l.accept();
    l.nothing_to_accept();
}

TEST(FastOpenAttack, a_flood_of_one_known_client_is_held_by_the_queue__rfc7413_5_1) {
    Script s{serving()};
    Sock l = s.socket().bind(own_port).listen();
    l.set(berkeley::Option::tcp_fastopen, 8);
    const std::string syn = "S 0:100(100) <mss 1460," + own_cookie(s) + ",nop,nop>";
    for (std::uint16_t port = 2000; port < 2008; ++port) {
        s.peer(port).in(syn);
        s.out("S. 0:0(0) ack 101");
    }
    for (std::uint16_t port = 3000; port < 3100; ++port) {
        s.peer(port).in(syn);
        s.out("S. 0:0(0) ack 1");
    }
    for (int n = 0; n < 8; ++n) (void)l.accept();
    l.nothing_to_accept();
}

}  // namespace
}  // namespace handfast::script
