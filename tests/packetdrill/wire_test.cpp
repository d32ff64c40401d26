// The wire and the clock: packets in and out, and time that passes only when it is asked for.
#include <gtest/gtest.h>

#include "host/host.hpp"

namespace handfast::packetdrill {

namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(PacketdrillWire, answers_a_packet_before_it_takes_the_next) {
    Host host{"ip=4"};
    const Fd fd = host.listener();
    host.in("S 0:0(0) win 65535 <mss 1000,sackOK,nop,nop,nop,wscale 7>");
    host.out("S. 0:0(0) ack 1 <mss 1460,nop,nop,sackOK,nop,wscale 8>");
    EXPECT_EQ(host.close(fd), 0);
}

TEST(PacketdrillWire, tells_the_moment_at_which_a_packet_left_and_not_that_of_the_question) {
    Host host{"ip=4"};
    const Fd fd = host.listener();
    host.pass(milliseconds{100});
    const long long before = host.now();
    host.in("S 0:0(0) win 65535 <mss 1000>");
    host.pass(milliseconds{100});
    host.out("S. 0:0(0) ack 1");
    EXPECT_LE(host.sent_at(), before + 100);
    EXPECT_EQ(host.close(fd), 0);
}

TEST(PacketdrillWire, waits_in_virtual_time_for_what_a_timer_sends) {
    Host host{"ip=4"};
    const Fd fd = host.listener();
    host.in("S 0:0(0) win 65535 <mss 1000>");
    host.out("S. 0:0(0) ack 1");
    const long long first = host.sent_at();
    host.out("S. 0:0(0) ack 1");
    EXPECT_NEAR(static_cast<double>(host.sent_at() - first), 1e6, 5e3);
    EXPECT_EQ(host.close(fd), 0);
}

TEST(PacketdrillWire, says_that_nothing_will_come) {
    Host host{"ip=4"};
    const Fd fd = host.listener();
    host.silent();
    EXPECT_EQ(host.close(fd), 0);
}

TEST(PacketdrillWire, takes_packets_before_there_is_a_socket_and_forgets_them) {
    Host host{"ip=4"};
    host.in("S 0:0(0) win 65535");
    host.silent();
}

TEST(PacketdrillWire, sends_no_segment_beyond_the_mss) {
    Host host{"ip=4,mtu=576"};
    const Fd fd = host.accepted();
    EXPECT_EQ(host.write(fd, 1072), 1072);
    host.out(". 1:537(536) ack 1");
    host.out("P. 537:1073(536) ack 1");
    EXPECT_EQ(host.close(fd), 0);
}

TEST(PacketdrillWire, completes_checksums) {
    Host host{"ip=4"};
    const Fd fd = host.accepted();
    EXPECT_EQ(host.write(fd, 11), 11);
    EXPECT_EQ(host.out("P. 1:12(11) ack 1").fault, "");
    EXPECT_EQ(host.close(fd), 0);
}

TEST(PacketdrillWire, is_whatever_address_a_packet_goes_to) {
    Host host{"ip=4,local=10.9.8.7"};
    const Fd fd = host.socket(AF_INET, SOCK_STREAM);
    sockaddr_in any{};
    any.sin_family = AF_INET;
    any.sin_port = htons(wire::number(own_endpoint().port));
    EXPECT_EQ(
        host.call(
            &packetdrill_interface::bind, fd, reinterpret_cast<const sockaddr*>(&any), sizeof any),
        0);
    EXPECT_EQ(host.call(&packetdrill_interface::listen, fd, 1), 0);
    host.in("S 0:0(0) win 65535 <mss 1000>");
    host.out("S. 0:0(0) ack 1");
    EXPECT_EQ(host.close(fd), 0);
}

TEST(PacketdrillClock, advances_when_it_is_asked_so_that_nobody_spins_for_ever) {
    Host host{"ip=4"};
    const long long first = host.now();
    EXPECT_GT(host.now(), first);
}

TEST(PacketdrillClock, sleeps_exactly_as_long_as_it_was_told_to) {
    Host host{"ip=4"};
    const long long before = host.now();
    host.pass(seconds{900});
    EXPECT_EQ(host.now(), before + microseconds{seconds{900}}.count() + 1);
}

TEST(PacketdrillClock, fires_timers_while_it_sleeps) {
    Host host{"ip=4"};
    const Fd fd = host.listener();
    host.in("S 0:0(0) win 65535 <mss 1000>");
    host.pass(milliseconds{1500});
    host.out("S. 0:0(0) ack 1");
    host.out("S. 0:0(0) ack 1");
    EXPECT_LT(host.sent_at(), host.now());
    EXPECT_EQ(host.close(fd), 0);
}

}  // namespace

}  // namespace handfast::packetdrill
