// Octets through every call that carries them, of streams and of datagrams.
#include <netinet/tcp.h>
#include <sys/uio.h>

#include <array>
#include <cstring>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <vector>

#include "host/host.hpp"

namespace handfast::packetdrill {

namespace {

using Interface = packetdrill_interface;

// The peer's octets from `first` on, relative.
bool are_of_stream(Bytes octets, std::uint32_t first) {
    for (std::size_t i = 0; i < octets.size(); ++i)
        if (octets[i] != script::octet_at(first + static_cast<std::uint32_t>(i))) return false;
    return true;
}

TEST(PacketdrillOctets, come_by_every_call_that_reads) {
    Host host{"ip=4"};
    const Fd fd = host.accepted();
    host.in("P. 1:601(600) ack 1");
    host.out(". 1:1(0) ack 601");
    std::array<std::byte, 100> text{};
    EXPECT_EQ(host.call(&Interface::read, fd, text.data(), text.size()), 100);
    EXPECT_TRUE(are_of_stream(text, 1));
    EXPECT_EQ(host.call(&Interface::recv, fd, text.data(), text.size(), MSG_PEEK), 100);
    EXPECT_EQ(host.call(&Interface::recv, fd, text.data(), text.size(), 0), 100);
    EXPECT_TRUE(are_of_stream(text, 101));
    EXPECT_EQ(host.call(&Interface::recvfrom, fd, text.data(), text.size(), 0, nullptr, nullptr),
              100);
    EXPECT_TRUE(are_of_stream(text, 201));
    std::array<iovec, 2> pieces{iovec{.iov_base = text.data(), .iov_len = 30},
                                iovec{.iov_base = text.data() + 30, .iov_len = 70}};
    EXPECT_EQ(host.call(&Interface::readv, fd, pieces.data(), 2), 100);
    EXPECT_TRUE(are_of_stream(text, 301));
    msghdr message{};
    message.msg_iov = pieces.data();
    message.msg_iovlen = pieces.size();
    message.msg_flags = MSG_OOB;
    message.msg_controllen = 77;
    EXPECT_EQ(host.call(&Interface::recvmsg, fd, &message, 0), 100);
    EXPECT_TRUE(are_of_stream(text, 401));
    EXPECT_EQ(message.msg_flags, 0);
    EXPECT_EQ(message.msg_controllen, 0U);
    EXPECT_EQ(host.call(&Interface::recv, fd, nullptr, 100, MSG_TRUNC), 100);
    EXPECT_EQ(host.call(&Interface::recv, fd, text.data(), text.size(), MSG_DONTWAIT), -EAGAIN);
    EXPECT_EQ(host.close(fd), 0);
}

TEST(PacketdrillOctets, go_by_every_call_that_writes) {
    Host host{"ip=4"};
    const Fd fd = host.accepted();
    constexpr int on = 1;
    EXPECT_EQ(host.call(&Interface::setsockopt, fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on), 0);
    std::array<std::byte, 100> text{};
    for (std::uint32_t i = 0; i < text.size(); ++i) text[i] = script::octet_at(1 + i);
    std::array<iovec, 2> pieces{iovec{.iov_base = text.data() + 30, .iov_len = 20},
                                iovec{.iov_base = text.data() + 50, .iov_len = 10}};
    EXPECT_EQ(host.call(&Interface::write, fd, text.data(), 10), 10);
    host.out("P. 1:11(10) ack 1");
    EXPECT_EQ(host.call(&Interface::send, fd, text.data() + 10, 10, 0), 10);
    host.out("P. 11:21(10) ack 1");
    EXPECT_EQ(host.call(&Interface::sendto, fd, text.data() + 20, 10, 0, nullptr, 0), 10);
    host.out("P. 21:31(10) ack 1");
    EXPECT_EQ(host.call(&Interface::writev, fd, pieces.data(), 2), 30);
    host.out("P. 31:61(30) ack 1");
    pieces[0] = {.iov_base = text.data() + 60, .iov_len = 40};
    msghdr message{};
    message.msg_iov = pieces.data();
    message.msg_iovlen = 1;
    EXPECT_EQ(host.call(&Interface::sendmsg, fd, &message, 0), 40);
    host.out("P. 61:101(40) ack 1");
    EXPECT_EQ(host.close(fd), 0);
}

TEST(PacketdrillOctets, are_refused_from_memory_that_is_none) {
    Host host{"ip=4"};
    const Fd fd = host.accepted();
    EXPECT_EQ(host.call(&Interface::write, fd, nullptr, 1000), -EFAULT);
    EXPECT_EQ(host.call(&Interface::write, fd, nullptr, 0), 0);
    EXPECT_EQ(host.call(&Interface::sendmsg, fd, nullptr, 0), -EFAULT);
    EXPECT_EQ(host.call(&Interface::writev, fd, nullptr, -1), -EINVAL);
    host.in("P. 1:11(10) ack 1");
    EXPECT_EQ(host.call(&Interface::read, fd, nullptr, 1000), -EFAULT);
    EXPECT_EQ(host.call(&Interface::recvmsg, fd, nullptr, 0), -EFAULT);
    EXPECT_EQ(host.read(fd, 1000), 10);
    EXPECT_EQ(host.close(fd), 0);
}

TEST(PacketdrillOctets, say_with_tcp_inq_how_many_are_left) {
    Host host{"ip=4"};
    const Fd fd = host.accepted();
    constexpr int tcp_inq = 36;
    constexpr int on = 1;
    EXPECT_EQ(host.call(&Interface::setsockopt, fd, IPPROTO_TCP, tcp_inq, &on, sizeof on), 0);
    host.in("P. 1:601(600) ack 1");
    host.in("F. 601:601(0) ack 1");
    std::array<std::byte, 400> text{};
    std::array<std::byte, 64> control{};
    iovec piece{.iov_base = text.data(), .iov_len = text.size()};
    msghdr message{};
    message.msg_iov = &piece;
    message.msg_iovlen = 1;
    const auto left = [&] {
        message.msg_control = control.data();
        message.msg_controllen = control.size();
        host.call(&Interface::recvmsg, fd, &message, 0);
        const cmsghdr* const header = CMSG_FIRSTHDR(&message);
        int value = -1;
        if (header != nullptr) std::memcpy(&value, CMSG_DATA(header), sizeof value);
        return value;
    };
    EXPECT_EQ(left(), 200);
    EXPECT_EQ(left(), 1);  // the end
    EXPECT_EQ(host.close(fd), 0);
}

TEST(PacketdrillOctets, travel_as_datagrams) {
    Host host{"ip=4"};
    const Fd fd = host.socket(AF_INET, SOCK_DGRAM);
    const sockaddr_in local = address_of(own_endpoint());
    const sockaddr_in peer = address_of(peer_endpoint());
    EXPECT_EQ(
        host.call(&Interface::bind, fd, reinterpret_cast<const sockaddr*>(&local), sizeof local),
        0);
    constexpr int on = 1;
    EXPECT_EQ(host.call(&Interface::setsockopt, fd, IPPROTO_IP, IP_RECVTTL, &on, sizeof on), 0);
    std::array<std::byte, 20> text{};
    EXPECT_EQ(host.call(&Interface::sendto,
                        fd,
                        text.data(),
                        text.size(),
                        0,
                        reinterpret_cast<const sockaddr*>(&peer),
                        sizeof peer),
              20);
    EXPECT_EQ(host.out("udp (20)").line.length, 20U);
    host.in("udp (30)");
    sockaddr_in source{};
    std::array<std::byte, 64> control{};
    iovec piece{.iov_base = text.data(), .iov_len = text.size()};
    msghdr message{};
    message.msg_name = &source;
    message.msg_namelen = sizeof source;
    message.msg_iov = &piece;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    EXPECT_EQ(host.call(&Interface::recvmsg, fd, &message, 0), 20);
    EXPECT_EQ(message.msg_flags, MSG_TRUNC);
    EXPECT_EQ(message.msg_namelen, sizeof source);
    EXPECT_EQ(source.sin_port, peer.sin_port);
    const cmsghdr* const header = CMSG_FIRSTHDR(&message);
    ASSERT_NE(header, nullptr);
    EXPECT_EQ(header->cmsg_type, IP_TTL);
    EXPECT_EQ(host.close(fd), 0);
}

TEST(PacketdrillOctets, go_from_a_connection_into_a_pipe_and_back) {
    Host host{"ip=4"};
    const Fd fd = host.accepted();
    std::array<Fd, 2> pipe{};
    EXPECT_EQ(host.call(&Interface::pipe, pipe.data()), 0);
    host.in("P. 1:101(100) ack 1");
    host.out(". 1:1(0) ack 101");
    loff_t none = 0;
    EXPECT_EQ(host.call(&Interface::splice, fd, &none, pipe[1], &none, 60, 0), 60);
    std::array<std::byte, 60> text{};
    EXPECT_EQ(host.call(&Interface::read, pipe[0], text.data(), text.size()), 60);
    EXPECT_TRUE(are_of_stream(text, 1));
    EXPECT_EQ(host.write(pipe[1], 50), 50);
    EXPECT_EQ(host.call(&Interface::splice, pipe[0], nullptr, fd, nullptr, 100, 0), 50);
    host.out("P. 1:51(50) ack 101");
    loff_t somewhere = 5;
    EXPECT_EQ(host.call(&Interface::splice, fd, &somewhere, pipe[1], nullptr, 1, 0), -ESPIPE);
    EXPECT_EQ(host.call(&Interface::splice, pipe[0], nullptr, pipe[1], nullptr, 1, 0), -EINVAL);
    EXPECT_EQ(host.call(&Interface::splice, fd, nullptr, pipe[1], nullptr, 100, SPLICE_F_NONBLOCK),
              40);
    EXPECT_EQ(host.call(&Interface::splice, fd, nullptr, pipe[1], nullptr, 100, SPLICE_F_NONBLOCK),
              -EAGAIN);
    for (const Fd end : pipe) EXPECT_EQ(host.close(end), 0);
    EXPECT_EQ(host.close(fd), 0);
}

}  // namespace

}  // namespace handfast::packetdrill
