// Rules that the kernel's loopback cannot show: broadcasts, time, limits, what TCP_INFO tells.
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cstring>

#include "unit/socket/one_host.hpp"

namespace handfast::socket::test {
namespace {

class SocketRules : public OneHost {
protected:
    SocketRules() : OneHost{with_a_link()} {}

    static stack::Config with_a_link() {
        stack::Config c = loopback_config();
        stack::LinkConfig link;
        link.medium = trace::Medium::raw_ip;
        link.addresses = {*wire::Prefix::parse("10.0.0.1/24")};
        c.links.push_back(link);
        return c;
    }
    [[nodiscard]] auto send_to(SocketId id, const char* to) {
        const std::array octets{std::byte{1}};
        return sockets.send_to(id, octets, Endpoint::parse(to).value(), MessageFlags{}, now);
    }
    // The server ends the connection first and its half waits in TIME-WAIT at port 80.
    void leave_a_time_wait() {
        const auto p = pair(80);
        ASSERT_TRUE(sockets.close(p.server, now));
        settle();
        ASSERT_TRUE(sockets.close(p.client, now));
        settle();
        ASSERT_TRUE(sockets.close(p.listener, now));
        ASSERT_EQ(shard.tcp().time_waits(), 1U);
    }
};

TEST_F(SocketRules, broadcasts_want_the_option__rfc1122_4_1) {
    const SocketId id = datagram();
    EXPECT_EQ(send_to(id, "10.0.0.255:9").error(), Errno::permission_denied);
    EXPECT_EQ(send_to(id, "255.255.255.255:9").error(), Errno::permission_denied);
    EXPECT_EQ(sockets.connect(id, *Endpoint::parse("10.0.0.255:9"), now).error(),
              Errno::permission_denied);
    ASSERT_TRUE(sockets.set_option(id, Option::so_broadcast, 1, now));
    EXPECT_EQ(send_to(id, "10.0.0.255:9"), 1U);
    EXPECT_TRUE(sockets.connect(id, *Endpoint::parse("10.0.0.255:9"), now));
}

TEST_F(SocketRules, streams_do_not_go_to_broadcasts_or_groups) {
    const SocketId id = stream();
    for (const char* to : {"10.0.0.255:9", "255.255.255.255:9", "224.0.0.1:9"})
        EXPECT_EQ(sockets.connect(id, *Endpoint::parse(to), now).error(),
                  Errno::network_unreachable)
            << to;
}

TEST_F(SocketRules, elsewhere_is_unreachable) {
    EXPECT_EQ(sockets.connect(stream(), *Endpoint::parse("192.0.2.1:9"), now).error(),
              Errno::network_unreachable);
    EXPECT_EQ(send_to(datagram(), "192.0.2.1:9").error(), Errno::network_unreachable);
    EXPECT_EQ(sockets.connect(datagram(), *Endpoint::parse("192.0.2.1:9"), now).error(),
              Errno::network_unreachable);
}

TEST_F(SocketRules, connect_chooses_the_address_of_the_way) {
    const SocketId id = datagram();
    ASSERT_TRUE(sockets.connect(id, *Endpoint::parse("10.0.0.7:9"), now));
    EXPECT_EQ(sockets.local_name(id)->address, IpAddress::v4(10, 0, 0, 1));
    EXPECT_EQ(sockets.get_option(id, Option::ip_mtu), 1500);
}

TEST_F(SocketRules, a_port_in_time_wait_is_free_after_two_msl__rfc9293_3_6_1) {
    leave_a_time_wait();
    EXPECT_EQ(sockets.bind(stream(), at(80), now).error(), Errno::address_in_use);
    now += 2 * shard.config().msl + seconds{1};
    settle();
    EXPECT_TRUE(sockets.bind(stream(), at(80), now));
}

TEST_F(SocketRules, what_was_left_at_a_port_is_forgotten_when_it_is_gone) {
    leave_a_time_wait();
    now += 2 * shard.config().msl + seconds{1};
    settle();
    // This time everybody consents.
    const SocketId l = stream();
    ASSERT_TRUE(sockets.set_option(l, Option::so_reuseaddr, 1, now));
    ASSERT_TRUE(sockets.bind(l, at(80), now));
    ASSERT_TRUE(sockets.listen(l, 4, now));
    const SocketId c = stream();
    (void)sockets.connect(c, at(80), now);
    settle();
    ASSERT_TRUE(sockets.close(sockets.accept(l, now).value(), now));
    settle();
    ASSERT_TRUE(sockets.close(l, now));
    const SocketId again = stream();
    ASSERT_TRUE(sockets.set_option(again, Option::so_reuseaddr, 1, now));
    EXPECT_TRUE(sockets.bind(again, at(80), now));
}

TEST_F(SocketRules, lingering_for_no_time_resets) {
    const auto p = pair();
    ASSERT_TRUE(sockets.set_linger(p.client, {.on = true, .time = seconds{0}}));
    ASSERT_TRUE(sockets.close(p.client, now));
    settle();
    EXPECT_TRUE(sockets.ready(p.server).any(Ready::err_bit));
    EXPECT_EQ(shard.tcp().time_waits(), 0U);
}

TEST_F(SocketRules, lingering_for_no_time_leaves_time_wait_alone) {
    const auto p = pair();
    ASSERT_TRUE(sockets.shutdown(p.client, berkeley::ShutdownHow::write, now));
    settle();
    ASSERT_TRUE(sockets.shutdown(p.server, berkeley::ShutdownHow::write, now));
    settle();
    ASSERT_EQ(shard.tcp().time_waits(), 1U);
    ASSERT_TRUE(sockets.set_linger(p.client, {.on = true, .time = seconds{0}}));
    ASSERT_TRUE(sockets.close(p.client, now));
    settle();
    EXPECT_EQ(shard.tcp().time_waits(), 1U);
}

TEST_F(SocketRules, a_send_buffer_holds_what_it_says) {
    const auto p = pair();
    ASSERT_TRUE(sockets.set_option(p.client, Option::so_sndbuf, 50'000, now));
    EXPECT_EQ(sockets.get_option(p.client, Option::so_sndbuf), 100'000);
    EXPECT_EQ(sockets.send_room(p.client), 100'000U);
}

TEST_F(SocketRules, tcp_info_tells_of_the_connection) {
    const auto p = pair();
    ASSERT_TRUE(send(p.client, std::string(3000, 'x')));
    settle();
    struct tcp_info info{};
    const auto size = sockets.get_option_raw(
        p.client, IPPROTO_TCP, TCP_INFO, std::as_writable_bytes(std::span{&info, 1}), now);
    ASSERT_EQ(size, sizeof info);
    EXPECT_EQ(info.tcpi_state, 1);
    EXPECT_EQ(info.tcpi_options, TCPI_OPT_TIMESTAMPS | TCPI_OPT_SACK | TCPI_OPT_WSCALE);
    EXPECT_EQ(info.tcpi_bytes_sent, 3000U);
    EXPECT_EQ(info.tcpi_bytes_acked, 3000U);
    EXPECT_GT(info.tcpi_snd_mss, 1000U);
    EXPECT_GE(info.tcpi_snd_cwnd, 10U);
    EXPECT_EQ(info.tcpi_pmtu, 65'535U);
    EXPECT_EQ(info.tcpi_unacked, 0U);
}

TEST_F(SocketRules, tcp_info_of_a_listener_counts_those_that_wait) {
    const SocketId l = listener(80);
    for (int i = 0; i < 2; ++i) (void)sockets.connect(stream(), at(80), now);
    settle();
    struct tcp_info info{};
    ASSERT_TRUE(sockets.get_option_raw(
        l, IPPROTO_TCP, TCP_INFO, std::as_writable_bytes(std::span{&info, 1}), now));
    EXPECT_EQ(info.tcpi_state, 10);
    EXPECT_EQ(info.tcpi_unacked, 2U);
}

TEST_F(SocketRules, a_short_room_for_tcp_info_gets_its_front) {
    const auto p = pair();
    std::array<std::byte, 104> room{};
    EXPECT_EQ(sockets.get_option_raw(p.client, IPPROTO_TCP, TCP_INFO, room, now), room.size());
    EXPECT_EQ(room[0], std::byte{1});
}

TEST_F(SocketRules, memory_information_has_nine_numbers) {
    std::array<std::uint32_t, 12> room{};
    const auto octets = std::as_writable_bytes(std::span{room});
    EXPECT_EQ(sockets.get_option_raw(stream(), SOL_SOCKET, SO_MEMINFO, octets, now), 36U);
    EXPECT_GT(room[1], 0U);
    EXPECT_GT(room[3], 0U);
}

TEST_F(SocketRules, cookies_tell_sockets_apart) {
    std::array<std::byte, 8> first{};
    std::array<std::byte, 8> second{};
    EXPECT_EQ(sockets.get_option_raw(stream(), SOL_SOCKET, SO_COOKIE, first, now), 8U);
    EXPECT_EQ(sockets.get_option_raw(stream(), SOL_SOCKET, SO_COOKIE, second, now), 8U);
    EXPECT_NE(first, second);
}

TEST_F(SocketRules, reuse_port_spreads_connections_over_listeners) {
    std::array<SocketId, 2> listeners{stream(), stream()};
    for (const SocketId l : listeners) {
        ASSERT_TRUE(sockets.set_option(l, Option::so_reuseport, 1, now));
        ASSERT_TRUE(sockets.bind(l, at(80), now));
        ASSERT_TRUE(sockets.listen(l, 100, now));
    }
    for (int i = 0; i < 64; ++i) (void)sockets.connect(stream(), at(80), now);
    settle();
    std::array<int, 2> taken{};
    for (std::size_t i = 0; i < 2; ++i)
        while (sockets.accept(listeners[i], now)) ++taken[i];
    EXPECT_EQ(taken[0] + taken[1], 64);
    EXPECT_GT(taken[0], 8);
    EXPECT_GT(taken[1], 8);
}

TEST_F(SocketRules, memory_for_settings_may_run_out_but_not_the_socket) {
    // Settings of a stream live with the connection: connecting gives their room back.
    const SocketId l = listener(80);
    for (int i = 0; i < 200; ++i) {
        const SocketId c = stream();
        ASSERT_TRUE(sockets.set_option(c, Option::tcp_nodelay, 1, now));
        (void)sockets.connect(c, at(80), now);
        settle();
        ASSERT_EQ(sockets.get_option(c, Option::tcp_nodelay), 1);
        ASSERT_TRUE(sockets.close(c, now));
        if (const auto s = sockets.accept(l, now)) (void)sockets.close(*s, now);
        settle();
    }
    EXPECT_EQ(sockets.size(), 1U);
}

}  // namespace
}  // namespace handfast::socket::test
