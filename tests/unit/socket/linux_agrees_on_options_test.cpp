// setsockopt() and getsockopt(): what a new socket has, which numbers pass and come back, lengths.
#include <linux/in6.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <array>

#include "unit/socket/agreement.hpp"

namespace handfast::socket::test {
namespace {

// Numbers at the edges of all ranges that options have.
constexpr std::array edges{
    -1, 0, 1, 2, 6, 7, 88, 127, 128, 255, 256, 32'767, 32'768, 2'147'483'647};

void try_numbers(Script& t, int s, int level, int option) {
    t.get(s, level, option);
    for (const int value : edges) {
        t.set(s, level, option, value);
        t.get(s, level, option);
    }
}

void truths_of_a_stream(Script& t) {
    const int s = t.tcp();
    for (const int option : {SO_DEBUG,
                             SO_REUSEADDR,
                             SO_DONTROUTE,
                             SO_BROADCAST,
                             SO_KEEPALIVE,
                             SO_OOBINLINE,
                             SO_NO_CHECK,
                             SO_BSDCOMPAT,
                             SO_REUSEPORT,
                             SO_TIMESTAMP,
                             SO_TIMESTAMPNS,
                             SO_RXQ_OVFL,
                             SO_SELECT_ERR_QUEUE})
        try_numbers(t, s, SOL_SOCKET, option);
}

void truths_of_a_datagram_socket(Script& t) {
    const int s = t.udp();
    for (const int option : {SO_DEBUG,
                             SO_REUSEADDR,
                             SO_DONTROUTE,
                             SO_BROADCAST,
                             SO_KEEPALIVE,
                             SO_OOBINLINE,
                             SO_NO_CHECK,
                             SO_BSDCOMPAT,
                             SO_REUSEPORT,
                             SO_TIMESTAMP,
                             SO_TIMESTAMPNS,
                             SO_RXQ_OVFL,
                             SO_SELECT_ERR_QUEUE})
        try_numbers(t, s, SOL_SOCKET, option);
}

void time_stamps_of_one_kind(Script& t) {
    const int s = t.udp();
    t.set(s, SOL_SOCKET, SO_TIMESTAMP, 1);
    t.set(s, SOL_SOCKET, SO_TIMESTAMPNS, 1);
    t.get(s, SOL_SOCKET, SO_TIMESTAMP);
    t.get(s, SOL_SOCKET, SO_TIMESTAMPNS);
}

void facts(Script& t, int s) {
    for (const int option :
         {SO_TYPE, SO_ERROR, SO_DOMAIN, SO_PROTOCOL, SO_ACCEPTCONN, SO_SNDLOWAT}) {
        t.get(s, SOL_SOCKET, option);
        t.set(s, SOL_SOCKET, option, 1);
    }
}

void facts_of_a_stream(Script& t) {
    facts(t, t.tcp());
    facts(t, t.listener());
    facts(t, t.tcp6());
}

void facts_of_a_datagram_socket(Script& t) {
    facts(t, t.udp());
    facts(t, t.udp6());
}

void numbers_of_sockets(Script& t) {
    for (const int s : {t.tcp(), t.udp()}) {
        try_numbers(t, s, SOL_SOCKET, SO_PRIORITY);
        try_numbers(t, s, SOL_SOCKET, SO_MARK);
        try_numbers(t, s, SOL_SOCKET, SO_BUSY_POLL);
    }
}

void buffers(Script& t) {
    for (const int s : {t.tcp(), t.udp()}) {
        for (const int option : {SO_SNDBUF, SO_RCVBUF}) {
            for (const int value : {0, 1, 1000, 2304, 4096, 10'000, 100'000}) {
                t.set(s, SOL_SOCKET, option, value);
                t.get(s, SOL_SOCKET, option);
            }
        }
        t.get(s, SOL_SOCKET, SO_SNDBUFFORCE);
        t.get(s, SOL_SOCKET, SO_RCVBUFFORCE);
    }
}

void low_water_marks(Script& t) {
    for (const int s : {t.tcp(), t.udp()}) {
        t.get(s, SOL_SOCKET, SO_RCVLOWAT);
        for (const int value : {0, 1, 2, 1000, 100'000}) {
            t.set(s, SOL_SOCKET, SO_RCVLOWAT, value);
            t.get(s, SOL_SOCKET, SO_RCVLOWAT);
        }
    }
}

void lingering(Script& t) {
    const int s = t.tcp();
    t.get(s, SOL_SOCKET, SO_LINGER, 8);
    const std::array<int, 2> on{1, 30};
    t.set_octets(s, SOL_SOCKET, SO_LINGER, octets_of(on[0]) + octets_of(on[1]));
    t.get(s, SOL_SOCKET, SO_LINGER, 8);
    t.get(s, SOL_SOCKET, SO_LINGER, 5);
    t.set_octets(s, SOL_SOCKET, SO_LINGER, octets_of(7) + octets_of(0));
    t.get(s, SOL_SOCKET, SO_LINGER, 8);
    t.set_octets(s, SOL_SOCKET, SO_LINGER, octets_of(0) + octets_of(9));
    t.get(s, SOL_SOCKET, SO_LINGER, 12);
    t.set(s, SOL_SOCKET, SO_LINGER, 1);
}

std::string timeval_of(long whole, long micros) {
    const timeval value{.tv_sec = whole, .tv_usec = micros};
    return {reinterpret_cast<const char*>(&value), sizeof value};
}

void time_outs(Script& t) {
    const int s = t.tcp();
    for (const int option : {SO_RCVTIMEO, SO_SNDTIMEO}) {
        t.get(s, SOL_SOCKET, option, 16);
        t.set_octets(s, SOL_SOCKET, option, timeval_of(3, 500'000));
        t.get(s, SOL_SOCKET, option, 16);
        t.set_octets(s, SOL_SOCKET, option, timeval_of(0, 1'000'000));
        t.set_octets(s, SOL_SOCKET, option, timeval_of(0, -1));
        t.set_octets(s, SOL_SOCKET, option, timeval_of(-1, 0));
        t.get(s, SOL_SOCKET, option, 16);
        t.set_octets(s, SOL_SOCKET, option, timeval_of(0, 0));
        t.get(s, SOL_SOCKET, option, 16);
        t.set(s, SOL_SOCKET, option, 1);
    }
}

void numbers_of_tcp(Script& t) {
    const int s = t.tcp();
    for (const int option : {TCP_NODELAY,
                             TCP_MAXSEG,
                             TCP_CORK,
                             TCP_KEEPIDLE,
                             TCP_KEEPINTVL,
                             TCP_KEEPCNT,
                             TCP_SYNCNT,
                             TCP_LINGER2,
                             TCP_WINDOW_CLAMP,
                             TCP_QUICKACK,
                             TCP_THIN_LINEAR_TIMEOUTS,
                             TCP_THIN_DUPACK,
                             TCP_USER_TIMEOUT,
                             TCP_SAVE_SYN,
                             TCP_INQ,
                             TCP_FASTOPEN_NO_COOKIE})
        try_numbers(t, s, IPPROTO_TCP, option);
}

void deferred_accept(Script& t) {
    try_numbers(t, t.tcp(), IPPROTO_TCP, TCP_DEFER_ACCEPT);
}

void not_sent_low_water(Script& t) {
    const int s = t.tcp();
    t.get(s, IPPROTO_TCP, TCP_NOTSENT_LOWAT);
    for (const int value : {0, 1, 16'384, 2'147'483'647}) {
        t.set(s, IPPROTO_TCP, TCP_NOTSENT_LOWAT, value);
        t.get(s, IPPROTO_TCP, TCP_NOTSENT_LOWAT);
    }
}

void fast_open(Script& t) {
    const int s = t.tcp();
    try_numbers(t, s, IPPROTO_TCP, TCP_FASTOPEN);
    const auto p = t.pair();
    t.set(p.client, IPPROTO_TCP, TCP_FASTOPEN, 1);
}

void unknown_options(Script& t) {
    for (const int s : {t.tcp(), t.udp()}) {
        for (const int level : {SOL_SOCKET,
                                int{IPPROTO_TCP},
                                int{IPPROTO_IP},
                                int{IPPROTO_UDP},
                                int{IPPROTO_IPV6},
                                0x7777}) {
            t.set(s, level, 9999, 1);
            t.get(s, level, 9999);
        }
        t.set(s, IPPROTO_IPV6, IPV6_V6ONLY, 1);
        t.get(s, IPPROTO_IPV6, IPV6_V6ONLY);
    }
    for (const int s : {t.tcp6(), t.udp6()}) {
        t.set(s, 0x7777, 1, 1);
        t.get(s, 0x7777, 1);
    }
}

void lengths(Script& t) {
    const int s = t.tcp();
    t.set_octets(s, SOL_SOCKET, SO_REUSEADDR, "");
    t.set_octets(s, SOL_SOCKET, SO_REUSEADDR, "\1");
    t.set_octets(s, SOL_SOCKET, SO_REUSEADDR, octets_of(1) + "more");
    t.set_octets(s, SOL_SOCKET, 9999, "\1");
    t.set_octets(s, IPPROTO_TCP, TCP_NODELAY, "\1\0\0");
    t.set_octets(s, IPPROTO_TCP, 9999, "\1");
    t.set(s, IPPROTO_TCP, TCP_KEEPIDLE, 0x1234);
    for (const std::size_t room : {0U, 1U, 2U, 3U, 4U, 8U}) {
        t.get(s, SOL_SOCKET, SO_REUSEADDR, room);
        t.get(s, IPPROTO_TCP, TCP_KEEPIDLE, room);
    }
}

void lengths_at_the_level_of_ip(Script& t) {
    for (const int s : {t.tcp(), t.udp()}) {
        for (const int option : {IP_TOS,
                                 IP_TTL,
                                 IP_RECVTTL,
                                 IP_PKTINFO,
                                 IP_MINTTL,
                                 IP_FREEBIND,
                                 IP_TRANSPARENT,
                                 IP_MULTICAST_LOOP,
                                 IP_MTU_DISCOVER,
                                 IP_RECVERR}) {
            t.set_octets(s, IPPROTO_IP, option, "");
            t.get(s, IPPROTO_IP, option);
            t.set_octets(s, IPPROTO_IP, option, "\2");
            t.set_octets(s, IPPROTO_IP, option, "\1\7\7");
            for (const std::size_t room : {0U, 1U, 2U, 3U, 4U, 8U})
                t.get(s, IPPROTO_IP, option, room);
        }
    }
}

void numbers_of_ip(Script& t) {
    for (const int s : {t.tcp(), t.udp()}) {
        for (const int option : {IP_TOS,
                                 IP_TTL,
                                 IP_RECVOPTS,
                                 IP_RETOPTS,
                                 IP_PKTINFO,
                                 IP_MTU_DISCOVER,
                                 IP_RECVERR,
                                 IP_RECVTTL,
                                 IP_RECVTOS,
                                 IP_FREEBIND,
                                 IP_PASSSEC,
                                 IP_TRANSPARENT,
                                 IP_RECVORIGDSTADDR,
                                 IP_MINTTL,
                                 IP_CHECKSUM,
                                 IP_BIND_ADDRESS_NO_PORT,
                                 IP_MULTICAST_LOOP,
                                 IP_MULTICAST_ALL})
            try_numbers(t, s, IPPROTO_IP, option);
    }
    try_numbers(t, t.udp(), IPPROTO_IP, IP_MULTICAST_TTL);
}

void ip_options(Script& t) {
    const int s = t.tcp();
    t.get(s, IPPROTO_IP, IP_OPTIONS, 40);
    t.set_octets(s, IPPROTO_IP, IP_OPTIONS, "");
    t.set_octets(s, IPPROTO_IP, IP_OPTIONS, std::string(41, '\1'));
    t.get(s, IPPROTO_IP, IP_OPTIONS, 40);
}

void path_mtu(Script& t) {
    const int s = t.tcp();
    t.get(s, IPPROTO_IP, IP_MTU);
    t.set(s, IPPROTO_IP, IP_MTU, 1400);
    const int u = t.udp();
    t.get(u, IPPROTO_IP, IP_MTU);
    t.connect(u, "127.0.0.1", 9);
    t.get(u, IPPROTO_IP, IP_MTU);
    const auto p = t.pair();
    t.get(p.client, IPPROTO_IP, IP_MTU);
}

void numbers_of_ipv6(Script& t) {
    const int s = t.udp6();
    for (const int option : {IPV6_UNICAST_HOPS,
                             IPV6_MULTICAST_HOPS,
                             IPV6_MULTICAST_LOOP,
                             IPV6_MTU_DISCOVER,
                             IPV6_RECVERR,
                             IPV6_V6ONLY,
                             IPV6_RECVPKTINFO,
                             IPV6_RECVHOPLIMIT,
                             IPV6_RECVTCLASS,
                             IPV6_TCLASS})
        for (const int value : {-1, 0, 1}) t.set(s, IPPROTO_IPV6, option, value);
    t.get(s, IPPROTO_IPV6, IPV6_RECVPKTINFO);
    t.get(s, IPPROTO_IPV6, IPV6_V6ONLY);
    t.bind(s, "::", 0);
    t.set(s, IPPROTO_IPV6, IPV6_V6ONLY, 0);
    t.set(s, IPPROTO_IP, IP_TOS, 16);
    t.get(s, IPPROTO_IP, IP_TOS);
}

void accepted_sockets_inherit(Script& t) {
    const int l = t.tcp();
    t.set(l, SOL_SOCKET, SO_KEEPALIVE, 1);
    t.set(l, SOL_SOCKET, SO_REUSEADDR, 1);
    t.set(l, SOL_SOCKET, SO_PRIORITY, 4);
    t.set(l, IPPROTO_TCP, TCP_NODELAY, 1);
    t.set(l, IPPROTO_TCP, TCP_KEEPCNT, 3);
    t.set(l, IPPROTO_TCP, TCP_USER_TIMEOUT, 4321);
    t.set(l, IPPROTO_IP, IP_TTL, 33);
    t.set(l, IPPROTO_IP, IP_TOS, 16);
    t.set(l, SOL_SOCKET, SO_RCVLOWAT, 3);
    t.set_octets(l, SOL_SOCKET, SO_LINGER, octets_of(1) + octets_of(5));
    t.set_octets(l, SOL_SOCKET, SO_RCVTIMEO, timeval_of(8, 0));
    t.bind(l, "127.0.0.1", 0);
    t.listen(l, 3);
    const int c = t.tcp();
    t.connect(c, "127.0.0.1", t.port_of(l));
    const int s = t.accept(l);
    for (const int option : {SO_KEEPALIVE, SO_REUSEADDR, SO_PRIORITY, SO_RCVLOWAT, SO_ACCEPTCONN})
        t.get(s, SOL_SOCKET, option);
    for (const int option : {TCP_NODELAY, TCP_KEEPCNT, TCP_USER_TIMEOUT})
        t.get(s, IPPROTO_TCP, option);
    t.get(s, IPPROTO_IP, IP_TTL);
    t.get(s, IPPROTO_IP, IP_TOS);
    t.get(s, SOL_SOCKET, SO_LINGER, 8);
    t.get(s, SOL_SOCKET, SO_RCVTIMEO, 16);
}

void options_of_a_connection(Script& t) {
    const auto p = t.pair();
    for (const int option : {TCP_NODELAY,
                             TCP_CORK,
                             TCP_KEEPIDLE,
                             TCP_KEEPCNT,
                             TCP_USER_TIMEOUT,
                             TCP_SYNCNT,
                             TCP_LINGER2}) {
        t.get(p.client, IPPROTO_TCP, option);
        t.set(p.client, IPPROTO_TCP, option, 1);
        t.get(p.client, IPPROTO_TCP, option);
    }
    t.set(p.client, IPPROTO_TCP, TCP_WINDOW_CLAMP, 0);
    t.set(p.client, IPPROTO_TCP, TCP_WINDOW_CLAMP, 20'000);
    t.get(p.client, IPPROTO_TCP, TCP_WINDOW_CLAMP);
}

// 32 and 64 bits wide; all ones say that there is none.
void limits_of_pacing(Script& t) {
    const int s = t.tcp();
    const auto look = [&] {
        t.get(s, SOL_SOCKET, SO_MAX_PACING_RATE, 8);
        t.get(s, SOL_SOCKET, SO_MAX_PACING_RATE, 4);
    };
    const auto octets = [](std::uint64_t n) {
        return std::string{reinterpret_cast<const char*>(&n), sizeof n};
    };
    look();
    for (const int rate : {1'000'000, 0, -2, -1}) {
        t.set(s, SOL_SOCKET, SO_MAX_PACING_RATE, rate);
        look();
    }
    for (const std::uint64_t rate : {3'000'000ULL, 5'000'000'000ULL, ~0ULL}) {
        t.set_octets(s, SOL_SOCKET, SO_MAX_PACING_RATE, octets(rate));
        look();
    }
    t.set_octets(s, SOL_SOCKET, SO_MAX_PACING_RATE, "abc");
}

void congestion_controllers(Script& t) {
    const int s = t.tcp();
    t.set_octets(s, IPPROTO_TCP, TCP_CONGESTION, "reno");
    t.get(s, IPPROTO_TCP, TCP_CONGESTION, 16);
    t.get(s, IPPROTO_TCP, TCP_CONGESTION, 3);
    t.set_octets(s, IPPROTO_TCP, TCP_CONGESTION, "nonesuch");
    t.set_octets(s, IPPROTO_TCP, TCP_CONGESTION, "");
    t.set_octets(s, IPPROTO_TCP, TCP_CONGESTION, std::string("reno\0junk", 9));
    const int u = t.udp();
    t.set_octets(u, IPPROTO_TCP, TCP_CONGESTION, "reno");
    t.get(u, IPPROTO_TCP, TCP_CONGESTION, 16);
}

void empty_answers(Script& t) {
    const int s = t.tcp();
    t.get(s, SOL_SOCKET, SO_BINDTODEVICE, 16);
    t.set_octets(s, SOL_SOCKET, SO_BINDTODEVICE, "");
    t.set_octets(s, SOL_SOCKET, SO_BINDTODEVICE, "nonesuch0");
    t.get(s, SOL_SOCKET, SO_PEERCRED, 12);
    t.get(s, SOL_SOCKET, SO_PASSCRED);
    t.get(s, IPPROTO_TCP, TCP_SAVED_SYN, 100);
    t.get(s, IPPROTO_TCP, TCP_ULP, 16);
    t.set_octets(s, IPPROTO_TCP, TCP_ULP, "nonesuch");
    t.set(s, IPPROTO_TCP, TCP_INFO, 1);
}

const std::vector<Case> cases{
    {"truths_of_a_stream", truths_of_a_stream},
    {"truths_of_a_datagram_socket", truths_of_a_datagram_socket},
    {"time_stamps_of_one_kind", time_stamps_of_one_kind},
    {"facts_of_a_stream", facts_of_a_stream},
    {"facts_of_a_datagram_socket", facts_of_a_datagram_socket},
    {"numbers_of_sockets", numbers_of_sockets},
    {"buffers", buffers},
    {"low_water_marks", low_water_marks},
    {"lingering", lingering},
    {"time_outs", time_outs},
    {"numbers_of_tcp", numbers_of_tcp},
    {"deferred_accept", deferred_accept},
    {"not_sent_low_water", not_sent_low_water},
    {"fast_open", fast_open},
    {"unknown_options", unknown_options},
    {"lengths", lengths},
    {"lengths_at_the_level_of_ip", lengths_at_the_level_of_ip},
    {"numbers_of_ip", numbers_of_ip},
    {"ip_options", ip_options},
    {"path_mtu", path_mtu},
    {"numbers_of_ipv6", numbers_of_ipv6},
    {"accepted_sockets_inherit", accepted_sockets_inherit},
    {"options_of_a_connection", options_of_a_connection},
    {"limits_of_pacing", limits_of_pacing},
    {"congestion_controllers", congestion_controllers},
    {"empty_answers", empty_answers},
};

INSTANTIATE_TEST_SUITE_P(OnOptions, LinuxAgrees, testing::ValuesIn(cases), case_name);

}  // namespace
}  // namespace handfast::socket::test
