// TCP options as they come: RFC 9293 §3.1, §3.2.
#include <gtest/gtest.h>

#include "support/script.hpp"

namespace handfast::script {
namespace {

TEST(TcpOptions, are_taken_in_any_segment__rfc9293_must_5) {
    Script s;
    Sock c = s.accepted("mss 1460,sackOK,ts 100/0");
    s.in("P. 1:11(10) ack 1 <nop,nop,ts 101/*>").takes();
    s.out(". 1:1(0) ack 11 <nop,nop,ts */101>");
}

TEST(TcpOptions, that_nobody_knows_are_skipped__rfc9293_must_6_68) {
    Script s;
    Sock c = s.accepted();
    for (const char* option : {"0xfd04cafe", "0x4502", "0xff0600000000", "0x0602", "0x0e03ff"}) {
        s.in("P. 1:11(10) ack 1 <" + std::string{option} + ">");
        s.out(". 1:1(0) ack 11");
    }
    c.read(10);
}

TEST(TcpOptions, need_no_alignment__rfc9293_must_64) {
    Script s;
    Sock c = s.accepted("mss 1460,ts 100/0");
    s.in("P. 1:11(10) ack 1 <nop,ts 105/*>").takes();
    s.out(". 1:1(0) ack 11 <nop,nop,ts */105>");
}

TEST(TcpOptions, end_at_end_of_list__rfc9293_must_4_69) {
    Script s;
    s.socket().bind(own_port).listen();
    s.in("S 0:0(0) <eol,0x01,0x01,0x01,mss 1460>");  // the size behind it is padding
    s.out("S. 0:0(0) ack 1");
    s.forget();
}

TEST(TcpOptions, of_an_illegal_length_drop_the_segment__rfc9293_must_7) {
    Script s;
    Sock c = s.accepted();
    for (const char* option : {"0xfd00", "0xfd01", "0xfd0a", "0x02", "0x0101010a"})
        s.in("P. 1:11(10) ack 1 <" + std::string{option} +
             (std::string_view{option} == "0x02" ? "02,0x0302,0x05ff>" : ">"));
    s.forget();
    s.in("P. 1:11(10) ack 1 <0xfd000000>").drops(Drop::tcp_malformed);
    s.in("P. 1:11(10) ack 1 <0xfd010000>").drops(Drop::tcp_malformed);
    s.in("P. 1:11(10) ack 1 <0xfd0a0000>").drops(Drop::tcp_malformed);
    s.in("P. 1:11(10) ack 1 <nop,nop,nop,0xfd>").drops(Drop::tcp_malformed);
    s.silent(1s);
    c.state_is(TcpState::established);
}

TEST(TcpOptions, of_a_known_kind_with_another_length_are_not_taken__rfc9293_must_7) {
    Script s;
    s.socket().bind(own_port).listen();
    s.in("S 0:0(0) <0x020302,nop>");  // an MSS of three octets
    s.out("S. 0:0(0) ack 1");
    s.peer(2).in("S 0:0(0) <mss 1460,0x080600000000,nop,nop>");  // timestamps of six
    s.out("S. 0:0(0) ack 1 <mss 1460>");
}

TEST(TcpOptions, of_a_syn_mean_nothing_later__rfc9293_must_65) {
    Script s;
    Sock c = s.accepted("mss 1460");
    s.in("P. 1:11(10) ack 1 <mss 200,sackOK,nop,nop,nop,wscale 7>").takes();
    s.out(". 1:1(0) ack 11");
    c.write(1460);
    s.out("P. 1:1461(1460) ack 11 <>");
    EXPECT_EQ(c.info().snd_wscale, 0);
    EXPECT_FALSE(c.info().sack);
}

TEST(TcpOptions, that_say_the_same_twice_are_no_harm) {
    Script s;
    s.socket().bind(own_port).listen();
    s.in("S 0:0(0) <mss 1460,mss 500,sackOK,sackOK>");
    s.out("S. 0:0(0) ack 1 <mss 1460,nop,nop,sackOK>");
}

TEST(TcpOptions, fill_forty_octets__rfc9293_3_1) {
    Script s;
    s.socket().bind(own_port).listen();
    s.in(
        "S 0:0(0) <mss 1460,sackOK,ts 100/0,wscale "
        "7,0xfd1500000000000000000000000000000000000000>");
    s.out("S. 0:0(0) ack 1 <mss 1460,sackOK,ts */100,nop,wscale *>");
}

TEST(TcpOptions, with_sack_blocks_that_were_not_agreed_are_ignored__rfc2018_2) {
    Script s;
    Sock c = s.accepted();
    c.write(100);
    s.out("P. 1:101(100) ack 1");
    s.in(". 1:1(0) ack 1 <nop,nop,sack 51:101>").takes();
    s.at(200ms).out("P. 1:101(100) ack 1");
}

TEST(TcpFlags, reserved_ones_are_ignored__rfc9293_3_1) {
    Script s;
    Sock c = s.accepted();
    Octets datagram = s.octets("PEW. 1:11(10) ack 1");
    s.in_raw(datagram, "PEW. 1:11(10) ack 1").takes();
    s.out(". 1:1(0) ack 11");
    c.read(10);
}

}  // namespace
}  // namespace handfast::script
