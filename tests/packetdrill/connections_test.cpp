// Sockets from their making to their end: socket, bind, listen, accept, connect, shutdown, close.
#include <array>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "host/host.hpp"

namespace handfast::packetdrill {

namespace {

using Interface = packetdrill_interface;

const sockaddr* plain(const void* address) {
    return static_cast<const sockaddr*>(address);
}

TEST(PacketdrillConnections, gives_numbers_that_are_real_descriptors) {
    Host host{"ip=4"};
    const Fd fd = host.socket(AF_INET, SOCK_STREAM);
    EXPECT_GE(::fcntl(fd, F_GETFD), 0);
    EXPECT_EQ(host.close(fd), 0);
    EXPECT_LT(::fcntl(fd, F_GETFD), 0);
    EXPECT_EQ(host.close(fd), -EBADF);
}

TEST(PacketdrillConnections, refuses_what_no_socket_is) {
    Host host{"ip=4"};
    EXPECT_EQ(host.socket(AF_UNIX, SOCK_STREAM), -EAFNOSUPPORT);
    EXPECT_EQ(host.socket(AF_INET, SOCK_SEQPACKET), -ESOCKTNOSUPPORT);
    EXPECT_EQ(host.call(&Interface::socket, AF_INET, SOCK_STREAM, IPPROTO_UDP), -EPROTONOSUPPORT);
    EXPECT_EQ(host.call(&Interface::socket, AF_INET, SOCK_STREAM, -1), -EINVAL);
}

TEST(PacketdrillConnections, has_no_sockets_for_packets_of_ipv6) {
    Host host{"ip=6,local=fd3d:a0b:17d6::1"};
    EXPECT_EQ(host.socket(AF_INET6, SOCK_STREAM), -EAFNOSUPPORT);
}

TEST(PacketdrillConnections, speaks_ipv4_through_sockets_of_ipv6) {
    Host host{"ip=46"};
    const Fd fd = host.socket(AF_INET6, SOCK_STREAM);
    sockaddr_in6 local{};
    local.sin6_family = AF_INET6;
    local.sin6_port = htons(wire::number(own_endpoint().port));
    EXPECT_EQ(host.call(&Interface::bind, fd, plain(&local), sizeof local), 0);
    EXPECT_EQ(host.call(&Interface::listen, fd, 1), 0);
    host.in("S 0:0(0) win 65535 <mss 1000>");
    host.out("S. 0:0(0) ack 1");
    host.in(". 1:1(0) ack 1");
    sockaddr_in6 peer{};
    socklen_t size = sizeof peer;
    const Fd accepted = static_cast<Fd>(
        host.call(&Interface::accept, fd, reinterpret_cast<sockaddr*>(&peer), &size));
    EXPECT_EQ(size, sizeof peer);
    EXPECT_TRUE(IN6_IS_ADDR_V4MAPPED(&peer.sin6_addr));
    EXPECT_EQ(host.close(accepted), 0);
    EXPECT_EQ(host.close(fd), 0);
}

TEST(PacketdrillConnections, accepts_with_the_name_of_the_peer) {
    Host host{"ip=4"};
    const Fd fd = host.listener();
    host.in("S 0:0(0) win 65535 <mss 1000>");
    host.out("S. 0:0(0) ack 1");
    host.in(". 1:1(0) ack 1");
    sockaddr_in peer{};
    socklen_t size = sizeof peer;
    const Fd accepted = static_cast<Fd>(
        host.call(&Interface::accept, fd, reinterpret_cast<sockaddr*>(&peer), &size));
    EXPECT_GE(accepted, 0);
    EXPECT_EQ(size, sizeof peer);
    EXPECT_EQ(peer.sin_port, htons(wire::number(peer_endpoint().port)));
    EXPECT_EQ(peer.sin_addr.s_addr, htonl(peer_endpoint().address.v4_value()));
    EXPECT_EQ(host.close(accepted), 0);
    EXPECT_EQ(host.close(fd), 0);
}

TEST(PacketdrillConnections, names_what_is_wrong_with_a_descriptor_or_an_address) {
    Host host{"ip=4"};
    const sockaddr_in address = address_of(own_endpoint());
    constexpr Fd none = 9999;
    EXPECT_EQ(host.call(&Interface::bind, none, plain(&address), sizeof address), -EBADF);
    EXPECT_EQ(host.call(&Interface::listen, STDIN_FILENO, 1), -ENOTSOCK);
    const Fd fd = host.socket(AF_INET, SOCK_STREAM);
    EXPECT_EQ(host.call(&Interface::bind, fd, nullptr, sizeof address), -EFAULT);
    EXPECT_EQ(host.call(&Interface::bind, fd, plain(&address), 4), -EINVAL);
    EXPECT_EQ(host.call(&Interface::accept, fd, nullptr, nullptr), -EINVAL);
    EXPECT_EQ(host.call(&Interface::shutdown, fd, 7), -EINVAL);
    EXPECT_EQ(host.call(&Interface::shutdown, fd, SHUT_WR), -ENOTCONN);
    EXPECT_EQ(host.close(fd), 0);
}

TEST(PacketdrillConnections, connects_without_waiting_when_told_so) {
    Host host{"ip=4"};
    const Fd fd = host.socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK);
    const sockaddr_in peer = address_of(peer_endpoint());
    const auto connect = [&] {
        return host.call(&Interface::connect, fd, plain(&peer), sizeof peer);
    };
    EXPECT_EQ(connect(), -EINPROGRESS);
    host.out("S 0:0(0)");
    EXPECT_EQ(connect(), -EALREADY);
    host.in("S. 0:0(0) ack 1 win 65535 <mss 1000>");
    host.out(". 1:1(0) ack 1");
    EXPECT_EQ(connect(), 0);
    EXPECT_EQ(connect(), -EISCONN);
    EXPECT_EQ(host.close(fd), 0);
}

TEST(PacketdrillConnections, tells_the_main_thread_that_nobody_would_wake_it) {
    Host host{"ip=4"};
    const Fd fd = host.listener();
    EXPECT_EQ(host.call(&Interface::accept, fd, nullptr, nullptr), -EDEADLK);
    EXPECT_EQ(host.close(fd), 0);
}

TEST(PacketdrillConnections, lets_time_pass_for_a_call_of_the_main_thread) {
    Host host{"ip=4"};
    const Fd fd = host.socket(AF_INET, SOCK_STREAM);
    const timeval limit{.tv_sec = 2, .tv_usec = 0};
    EXPECT_EQ(host.call(&Interface::setsockopt, fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit),
              0);
    const sockaddr_in peer = address_of(peer_endpoint());
    const long long before = host.now();
    EXPECT_EQ(host.call(&Interface::connect, fd, plain(&peer), sizeof peer), -EINPROGRESS);
    EXPECT_NEAR(static_cast<double>(host.now() - before), 2e6, 10);
    EXPECT_EQ(host.close(fd), 0);
}

TEST(PacketdrillConnections, goes_through_the_end_of_both_directions) {
    Host host{"ip=4"};
    const Fd fd = host.accepted();
    EXPECT_EQ(host.call(&Interface::shutdown, fd, SHUT_WR), 0);
    host.out("F. 1:1(0) ack 1");
    host.in(". 1:1(0) ack 2");
    host.in("F. 1:1(0) ack 2");
    host.out(". 2:2(0) ack 2");
    EXPECT_EQ(host.read(fd, 100), 0);
    EXPECT_EQ(host.close(fd), 0);
}

TEST(PacketdrillConnections, resets_when_linger_is_on_without_time) {
    Host host{"ip=4"};
    const Fd fd = host.accepted();
    const linger at_once{.l_onoff = 1, .l_linger = 0};
    EXPECT_EQ(
        host.call(&Interface::setsockopt, fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once), 0);
    EXPECT_EQ(host.close(fd), 0);
    host.out("R. 1:1(0) ack 1");
}

TEST(PacketdrillConnections, lingers_until_the_time_is_over) {
    Host host{"ip=4"};
    const Fd fd = host.accepted();
    const linger two_seconds{.l_onoff = 1, .l_linger = 2};
    EXPECT_EQ(
        host.call(
            &Interface::setsockopt, fd, SOL_SOCKET, SO_LINGER, &two_seconds, sizeof two_seconds),
        0);
    const long long before = host.now();
    EXPECT_EQ(host.close(fd), 0);
    EXPECT_NEAR(static_cast<double>(host.now() - before), 2e6, 10);
}

}  // namespace

}  // namespace handfast::packetdrill
