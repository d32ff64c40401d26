// What is asked of descriptors and told to them: options, fcntl, ioctl.
#include <linux/sockios.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>

#include <array>
#include <cstring>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <string_view>

#include "host/host.hpp"

namespace handfast::packetdrill {

namespace {

using Interface = packetdrill_interface;

// What getsockopt() gives, with the length that it says.
struct Value {
    long result{0};
    socklen_t length{0};
    std::array<std::byte, 512> octets{};

    [[nodiscard]] int number() const {
        int n = 0;
        std::memcpy(&n, octets.data(), sizeof n);
        return n;
    }
};

Value get(Host& host, Fd fd, int level, int name) {
    Value value;
    value.length = value.octets.size();
    value.result =
        host.call(&Interface::getsockopt, fd, level, name, value.octets.data(), &value.length);
    return value;
}

TEST(PacketdrillOptions, tells_of_a_connection_in_the_layout_of_linux) {
    Host host{"ip=4"};
    const Fd fd = host.accepted();
    const Value info = get(host, fd, IPPROTO_TCP, TCP_INFO);
    EXPECT_EQ(info.result, 0);
    EXPECT_GE(info.length, 280U);
    tcp_info told{};
    std::memcpy(&told, info.octets.data(), sizeof told);
    EXPECT_EQ(told.tcpi_state, TCP_ESTABLISHED);
    EXPECT_EQ(told.tcpi_snd_cwnd, 10U);
    EXPECT_EQ(told.tcpi_snd_mss, 1000U);
    EXPECT_EQ(host.close(fd), 0);
}

TEST(PacketdrillOptions, has_the_three_that_every_check_of_a_script_asks_for) {
    Host host{"ip=4"};
    const Fd fd = host.accepted();
    constexpr int tcp_cc_info = 26;
    constexpr int so_meminfo = 55;
    EXPECT_EQ(get(host, fd, IPPROTO_TCP, TCP_INFO).result, 0);
    EXPECT_EQ(get(host, fd, IPPROTO_TCP, tcp_cc_info).result, 0);
    EXPECT_EQ(get(host, fd, SOL_SOCKET, so_meminfo).length, 9 * sizeof(std::uint32_t));
    EXPECT_EQ(host.close(fd), 0);
}

TEST(PacketdrillOptions, doubles_buffers_as_linux_does) {
    Host host{"ip=4"};
    const Fd fd = host.socket(AF_INET, SOCK_STREAM);
    constexpr int size = 21'000;
    EXPECT_EQ(host.call(&Interface::setsockopt, fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size), 0);
    const Value value = get(host, fd, SOL_SOCKET, SO_SNDBUF);
    EXPECT_EQ(value.length, sizeof(int));
    EXPECT_EQ(value.number(), 2 * size);
    EXPECT_EQ(host.close(fd), 0);
}

TEST(PacketdrillOptions, takes_and_tells_the_name_of_a_controller) {
    Host host{"ip=4"};
    const Fd fd = host.socket(AF_INET, SOCK_STREAM);
    constexpr std::string_view name = "reno";
    EXPECT_EQ(host.call(&Interface::setsockopt, fd, IPPROTO_TCP, TCP_CONGESTION, name.data(), 4U),
              0);
    const Value value = get(host, fd, IPPROTO_TCP, TCP_CONGESTION);
    EXPECT_EQ(reinterpret_cast<const char*>(value.octets.data()), name);
    EXPECT_EQ(host.close(fd), 0);
}

TEST(PacketdrillOptions, names_what_is_wrong) {
    Host host{"ip=4"};
    const Fd fd = host.socket(AF_INET, SOCK_STREAM);
    constexpr int none = 9999;
    int value = 1;
    socklen_t length = sizeof value;
    EXPECT_EQ(get(host, none, SOL_SOCKET, SO_TYPE).result, -EBADF);
    EXPECT_EQ(get(host, fd, IPPROTO_TCP, none).result, -ENOPROTOOPT);
    EXPECT_EQ(host.call(&Interface::getsockopt, fd, SOL_SOCKET, SO_TYPE, nullptr, &length),
              -EFAULT);
    EXPECT_EQ(host.call(&Interface::getsockopt, fd, SOL_SOCKET, SO_TYPE, &value, nullptr), -EFAULT);
    EXPECT_EQ(host.call(&Interface::setsockopt, fd, SOL_SOCKET, SO_KEEPALIVE, nullptr, length),
              -EFAULT);
    EXPECT_EQ(host.call(&Interface::setsockopt, fd, SOL_SOCKET, SO_KEEPALIVE, &value, 1), -EINVAL);
    EXPECT_EQ(host.close(fd), 0);
}

TEST(PacketdrillOptions, counts_what_is_queued_in_both_directions) {
    Host host{"ip=4"};
    const Fd fd = host.accepted();
    host.in("P. 1:101(100) ack 1");
    host.in("F. 101:101(0) ack 1");
    EXPECT_EQ(host.write(fd, 40), 40);
    int value = 0;
    EXPECT_EQ(host.ioctl(fd, SIOCINQ, &value), 0);
    EXPECT_EQ(value, 100);
    EXPECT_EQ(host.ioctl(fd, SIOCOUTQ, &value), 0);
    EXPECT_EQ(value, 40);
    EXPECT_EQ(host.ioctl(fd, SIOCOUTQNSD, &value), 0);
    EXPECT_EQ(value, 0);
    EXPECT_EQ(host.ioctl(fd, SIOCATMARK, &value), 0);
    EXPECT_EQ(value, 0);
    EXPECT_EQ(host.ioctl(fd, SIOCINQ, nullptr), -EFAULT);
    EXPECT_EQ(host.ioctl(fd, FIOASYNC, &value), -ENOTTY);
    EXPECT_EQ(host.close(fd), 0);
}

TEST(PacketdrillOptions, keeps_whether_a_descriptor_waits) {
    Host host{"ip=4"};
    const Fd fd = host.accepted();
    EXPECT_EQ(host.fcntl(fd, F_GETFL, 0), O_RDWR);
    EXPECT_EQ(host.fcntl(fd, F_SETFL, O_RDWR | O_NONBLOCK), 0);
    EXPECT_EQ(host.fcntl(fd, F_GETFL, 0), O_RDWR | O_NONBLOCK);
    EXPECT_EQ(host.read(fd, 10), -EAGAIN);
    int off = 0;
    EXPECT_EQ(host.ioctl(fd, FIONBIO, &off), 0);
    EXPECT_EQ(host.fcntl(fd, F_GETFL, 0), O_RDWR);
    EXPECT_EQ(host.fcntl(fd, F_GETFD, 0), FD_CLOEXEC);
    EXPECT_EQ(host.fcntl(fd, F_DUPFD, 0), -EINVAL);
    EXPECT_EQ(host.close(fd), 0);
}

}  // namespace

}  // namespace handfast::packetdrill
