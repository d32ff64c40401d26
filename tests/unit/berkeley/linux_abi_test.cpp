// Numbers and layouts against the system's own headers.
#include "core/berkeley/linux_abi.hpp"

#include <linux/in6.h>
#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <array>
#include <cstring>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <set>
#include <vector>

namespace handfast::berkeley::linux_abi {
namespace {

using wire::Family;
using wire::IpAddress;
using wire::Port;

template <class T>
Bytes octets_of(const T& value) {
    return std::as_bytes(std::span{&value, 1});
}

struct Known {
    Option option;
    OptionName name;
};

const std::vector<Known> known{
    {Option::so_reuseaddr, {SOL_SOCKET, SO_REUSEADDR}},
    {Option::so_reuseport, {SOL_SOCKET, SO_REUSEPORT}},
    {Option::so_keepalive, {SOL_SOCKET, SO_KEEPALIVE}},
    {Option::so_broadcast, {SOL_SOCKET, SO_BROADCAST}},
    {Option::so_oobinline, {SOL_SOCKET, SO_OOBINLINE}},
    {Option::so_sndbuf, {SOL_SOCKET, SO_SNDBUF}},
    {Option::so_rcvbuf, {SOL_SOCKET, SO_RCVBUF}},
    {Option::so_rcvlowat, {SOL_SOCKET, SO_RCVLOWAT}},
    {Option::so_error, {SOL_SOCKET, SO_ERROR}},
    {Option::so_acceptconn, {SOL_SOCKET, SO_ACCEPTCONN}},
    {Option::so_domain, {SOL_SOCKET, SO_DOMAIN}},
    {Option::so_protocol, {SOL_SOCKET, SO_PROTOCOL}},
    {Option::so_type, {SOL_SOCKET, SO_TYPE}},
    {Option::so_timestamp, {SOL_SOCKET, SO_TIMESTAMP}},
    {Option::so_mark, {SOL_SOCKET, SO_MARK}},
    {Option::so_zerocopy, {SOL_SOCKET, SO_ZEROCOPY}},
    {Option::so_max_pacing_rate, {SOL_SOCKET, SO_MAX_PACING_RATE}},
    {Option::tcp_nodelay, {IPPROTO_TCP, TCP_NODELAY}},
    {Option::tcp_cork, {IPPROTO_TCP, TCP_CORK}},
    {Option::tcp_maxseg, {IPPROTO_TCP, TCP_MAXSEG}},
    {Option::tcp_keepidle, {IPPROTO_TCP, TCP_KEEPIDLE}},
    {Option::tcp_keepintvl, {IPPROTO_TCP, TCP_KEEPINTVL}},
    {Option::tcp_keepcnt, {IPPROTO_TCP, TCP_KEEPCNT}},
    {Option::tcp_syncnt, {IPPROTO_TCP, TCP_SYNCNT}},
    {Option::tcp_linger2, {IPPROTO_TCP, TCP_LINGER2}},
    {Option::tcp_defer_accept, {IPPROTO_TCP, TCP_DEFER_ACCEPT}},
    {Option::tcp_window_clamp, {IPPROTO_TCP, TCP_WINDOW_CLAMP}},
    {Option::tcp_quickack, {IPPROTO_TCP, TCP_QUICKACK}},
    {Option::tcp_user_timeout, {IPPROTO_TCP, TCP_USER_TIMEOUT}},
    {Option::tcp_fastopen, {IPPROTO_TCP, TCP_FASTOPEN}},
    {Option::tcp_notsent_lowat, {IPPROTO_TCP, TCP_NOTSENT_LOWAT}},
    {Option::tcp_inq, {IPPROTO_TCP, TCP_INQ}},
    {Option::ip_tos, {IPPROTO_IP, IP_TOS}},
    {Option::ip_ttl, {IPPROTO_IP, IP_TTL}},
    {Option::ip_mtu, {IPPROTO_IP, IP_MTU}},
    {Option::ip_mtu_discover, {IPPROTO_IP, IP_MTU_DISCOVER}},
    {Option::ip_pktinfo, {IPPROTO_IP, IP_PKTINFO}},
    {Option::ip_recverr, {IPPROTO_IP, IP_RECVERR}},
    {Option::ip_recvtos, {IPPROTO_IP, IP_RECVTOS}},
    {Option::ip_multicast_loop, {IPPROTO_IP, IP_MULTICAST_LOOP}},
    {Option::ip_bind_address_no_port, {IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT}},
    {Option::ipv6_v6only, {IPPROTO_IPV6, IPV6_V6ONLY}},
    {Option::ipv6_tclass, {IPPROTO_IPV6, IPV6_TCLASS}},
    {Option::ipv6_recvpktinfo, {IPPROTO_IPV6, IPV6_RECVPKTINFO}},
};

TEST(LinuxAbi, names_options_by_the_systems_numbers) {
    for (const auto& [option, name] : known) {
        EXPECT_EQ(find_option(name), option) << name.level << ' ' << name.name;
        EXPECT_EQ(name_of(option), name) << name.level << ' ' << name.name;
    }
}

TEST(LinuxAbi, every_option_has_a_number_of_its_own) {
    std::set<std::pair<int, int>> seen;
    for (std::size_t i = 0; i < static_cast<std::size_t>(Option::count); ++i) {
        const auto name = name_of(static_cast<Option>(i));
        EXPECT_TRUE(seen.emplace(name.level, name.name).second) << i;
        EXPECT_EQ(find_option(name), static_cast<Option>(i));
    }
}

TEST(LinuxAbi, structured_options_have_the_systems_numbers) {
    EXPECT_EQ(find_structured({SOL_SOCKET, SO_LINGER}), Structured::linger);
    EXPECT_EQ(find_structured({SOL_SOCKET, SO_RCVTIMEO}), Structured::receive_timeout);
    EXPECT_EQ(find_structured({SOL_SOCKET, SO_SNDTIMEO}), Structured::send_timeout);
    EXPECT_EQ(find_structured({SOL_SOCKET, SO_PEERCRED}), Structured::peer_credentials);
    EXPECT_EQ(find_structured({SOL_SOCKET, SO_MEMINFO}), Structured::memory_info);
    EXPECT_EQ(find_structured({SOL_SOCKET, SO_COOKIE}), Structured::cookie);
    EXPECT_EQ(find_structured({IPPROTO_TCP, TCP_INFO}), Structured::tcp_info);
    EXPECT_EQ(find_structured({IPPROTO_TCP, TCP_CONGESTION}), Structured::tcp_congestion);
    EXPECT_EQ(find_structured({IPPROTO_IP, IP_OPTIONS}), Structured::ip_options);
    EXPECT_EQ(find_structured({IPPROTO_TCP, 9999}), std::nullopt);
}

TEST(LinuxAbi, other_numbers_are_the_systems) {
    EXPECT_EQ(af_inet, AF_INET);
    EXPECT_EQ(af_inet6, AF_INET6);
    EXPECT_EQ(msg_oob, MSG_OOB);
    EXPECT_EQ(msg_more, MSG_MORE);
    EXPECT_EQ(msg_eor, MSG_EOR);
    EXPECT_EQ(fionread, static_cast<unsigned>(FIONREAD));
    EXPECT_EQ(tiocoutq, static_cast<unsigned>(TIOCOUTQ));
    EXPECT_EQ(siocoutqnsd, static_cast<unsigned>(SIOCOUTQNSD));
    EXPECT_EQ(siocatmark, static_cast<unsigned>(SIOCATMARK));
    EXPECT_EQ(message_flags(MSG_PEEK | MSG_TRUNC | MSG_DONTWAIT),
              (MessageFlags{.peek = true, .truncate = true}));
    EXPECT_EQ(shutdown_how(SHUT_RDWR), ShutdownHow::both);
    EXPECT_EQ(shutdown_how(3), std::nullopt);
}

TEST(LinuxAbi, writes_the_systems_sockaddr_in) {
    sockaddr_in theirs{};
    const auto size = emit_address({IpAddress::v4(10, 1, 2, 3), Port{8080}},
                                   std::as_writable_bytes(std::span{&theirs, 1}));
    EXPECT_EQ(size, sizeof theirs);
    EXPECT_EQ(theirs.sin_family, AF_INET);
    EXPECT_EQ(theirs.sin_port, htons(8080));
    EXPECT_EQ(theirs.sin_addr.s_addr, htonl(0x0a010203));
}

TEST(LinuxAbi, writes_the_systems_sockaddr_in6) {
    std::array<std::byte, 16> mapped = IpAddress::v4(10, 1, 2, 3).octets();
    sockaddr_in6 theirs{};
    const auto size = emit_address({IpAddress::v6(mapped), Port{53}},
                                   std::as_writable_bytes(std::span{&theirs, 1}));
    EXPECT_EQ(size, sizeof theirs);
    EXPECT_EQ(theirs.sin6_family, AF_INET6);
    EXPECT_EQ(theirs.sin6_port, htons(53));
    EXPECT_EQ(std::memcmp(&theirs.sin6_addr, mapped.data(), 16), 0);
}

TEST(LinuxAbi, a_short_buffer_gets_the_front_of_a_name_and_its_whole_size) {
    std::array<std::byte, 5> little{};
    little[4] = std::byte{0x77};
    const auto size =
        emit_address({IpAddress::v4(10, 1, 2, 3), Port{0x1234}}, MutableBytes{little}.first(4));
    EXPECT_EQ(size, 16U);
    EXPECT_EQ(little[2], std::byte{0x12});
    EXPECT_EQ(little[4], std::byte{0x77});
}

TEST(LinuxAbi, bind_wants_the_sockets_own_family) {
    const sockaddr_in v4{
        .sin_family = AF_INET, .sin_port = htons(7), .sin_addr = {htonl(1)}, .sin_zero = {}};
    const SocketKind stream{Family::ipv4, SocketType::stream};
    EXPECT_EQ(bind_address(octets_of(v4), stream)->address, IpAddress::v4(1));
    EXPECT_EQ(bind_address(octets_of(v4).first(15), stream).error(), Errno::invalid_argument);
    auto unknown = v4;
    unknown.sin_family = AF_APPLETALK;
    EXPECT_EQ(bind_address(octets_of(unknown), stream).error(),
              Errno::address_family_not_supported);
    // 16 octets are too few for an IPv6 socket, whatever they say.
    EXPECT_EQ(bind_address(octets_of(v4), {Family::ipv6, SocketType::stream}).error(),
              Errno::invalid_argument);
}

TEST(LinuxAbi, bind_takes_an_unspecified_family_for_the_wildcard_only) {
    sockaddr_in name{};
    name.sin_port = htons(7);
    const SocketKind socket{Family::ipv4, SocketType::datagram};
    EXPECT_EQ(bind_address(octets_of(name), socket)->port, Port{7});
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(bind_address(octets_of(name), socket).error(), Errno::address_family_not_supported);
}

TEST(LinuxAbi, connect_to_an_unspecified_family_disconnects_however_short) {
    const std::array<std::byte, 2> unspec{};
    const auto asked = connect_address(unspec, {Family::ipv6, SocketType::datagram});
    ASSERT_TRUE(asked);
    EXPECT_EQ(*asked, std::nullopt);
    EXPECT_EQ(connect_address(Bytes{unspec}.first(1), {}).error(), Errno::invalid_argument);
}

TEST(LinuxAbi, an_ipv6_datagram_socket_connects_to_ipv4_names_but_a_stream_does_not) {
    sockaddr_in name{};
    name.sin_family = AF_INET;
    name.sin_addr.s_addr = htonl(0x7f000001);
    const auto given = connect_address(octets_of(name), {Family::ipv6, SocketType::datagram});
    ASSERT_TRUE(given);
    EXPECT_EQ((*given)->address, IpAddress::v4(127, 0, 0, 1));
    sockaddr_in6 large{};
    large.sin6_family = AF_INET;
    EXPECT_EQ(connect_address(octets_of(large), {Family::ipv6, SocketType::stream}).error(),
              Errno::address_family_not_supported);
}

TEST(LinuxAbi, sendto_reads_names_by_the_sockets_family) {
    sockaddr_in name{};
    name.sin_port = htons(9);
    const auto v4 = send_address(octets_of(name), {Family::ipv4, SocketType::datagram});
    ASSERT_TRUE(v4);
    EXPECT_EQ((*v4)->port, Port{9});
    EXPECT_EQ(send_address(octets_of(name), {Family::ipv6, SocketType::datagram}), std::nullopt);
    name.sin_family = AF_APPLETALK;
    EXPECT_EQ(send_address(octets_of(name), {Family::ipv4, SocketType::datagram}).error(),
              Errno::address_family_not_supported);
    EXPECT_EQ(send_address(octets_of(name), {Family::ipv6, SocketType::datagram}).error(),
              Errno::invalid_argument);
}

TEST(LinuxAbi, linger_travels_in_the_systems_layout) {
    const linger theirs{.l_onoff = 5, .l_linger = 30};
    const auto ours = parse_linger(octets_of(theirs));
    ASSERT_TRUE(ours);
    EXPECT_EQ(*ours, (Linger{.on = true, .time = seconds{30}}));
    linger back{};
    emit_linger(*ours, std::as_writable_bytes(std::span<linger, 1>{&back, 1}));
    EXPECT_EQ(back.l_onoff, 1);
    EXPECT_EQ(back.l_linger, 30);
    EXPECT_EQ(parse_linger(octets_of(theirs).first(7)).error(), Errno::invalid_argument);
}

TEST(LinuxAbi, timeouts_travel_in_the_systems_layout) {
    const timeval theirs{.tv_sec = 2, .tv_usec = 500'000};
    const auto ours = parse_timeout(octets_of(theirs));
    ASSERT_TRUE(ours);
    EXPECT_EQ(*ours, milliseconds{2500});
    timeval back{};
    emit_timeout(*ours, std::as_writable_bytes(std::span<timeval, 1>{&back, 1}));
    EXPECT_EQ(back.tv_sec, 2);
    EXPECT_EQ(back.tv_usec, 500'000);
}

TEST(LinuxAbi, a_zero_timeout_is_none_and_a_negative_one_is_at_once) {
    EXPECT_EQ(parse_timeout(octets_of(timeval{0, 0})).value(), std::nullopt);
    EXPECT_EQ(parse_timeout(octets_of(timeval{-3, 0})).value(), Duration{0});
    EXPECT_EQ(parse_timeout(octets_of(timeval{0, 1'000'000})).error(),
              Errno::argument_out_of_domain);
    EXPECT_EQ(parse_timeout(octets_of(timeval{0, -1})).error(), Errno::argument_out_of_domain);
    EXPECT_EQ(parse_timeout(octets_of(timeval{INT64_MAX, 0})).value(), std::nullopt);
}

RC_GTEST_PROP(LinuxAbi, what_it_writes_it_reads, (std::uint32_t address, std::uint16_t port)) {
    const wire::Endpoint name{IpAddress::v4(address), Port{port}};
    std::array<std::byte, sockaddr_in6_size> room{};
    const auto size = emit_address(name, room);
    const auto read = connect_address(Bytes{room}.first(size), {});
    RC_ASSERT(read.has_value());
    RC_ASSERT(*read == name);
}

RC_GTEST_PROP(LinuxAbi, no_length_of_a_hostile_name_is_read_past, (std::vector<std::uint8_t> raw)) {
    // Exactly as large as said, so that a sanitizer sees a step beyond.
    const auto octets = std::as_bytes(std::span{raw});
    for (const auto family : {Family::ipv4, Family::ipv6}) {
        for (const auto type : {SocketType::stream, SocketType::datagram}) {
            const SocketKind kind{family, type};
            const bool too_short = raw.size() < 2;
            RC_ASSERT(!too_short || !bind_address(octets, kind).has_value());
            RC_ASSERT(!too_short || !connect_address(octets, kind).has_value());
            RC_ASSERT(!too_short || !send_address(octets, kind).has_value());
        }
    }
}

}  // namespace
}  // namespace handfast::berkeley::linux_abi
