#include "host/run/calls/kinds.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <gtest/gtest.h>

namespace handfast::run::calls {
namespace {

using berkeley::Errno;

TEST(Kinds, tcp_and_udp_are_served) {
    const auto tcp = mark_for({.family = AF_INET6, .type = SOCK_STREAM, .protocol = 0});
    ASSERT_TRUE(tcp);
    EXPECT_EQ(tcp->family, wire::Family::ipv6);
    EXPECT_EQ(tcp->protocol, IPPROTO_TCP);
    const auto udp = mark_for({.family = AF_INET, .type = SOCK_DGRAM, .protocol = IPPROTO_UDP});
    ASSERT_TRUE(udp);
    EXPECT_EQ(udp->type, berkeley::SocketType::datagram);
}

struct Refused {
    SocketRequest request;
    int error;
};

TEST(Kinds, what_is_not_served_is_refused_as_linux_does) {
    for (const auto& [request, error] :
         {Refused{{AF_INET, SOCK_STREAM, IPPROTO_MPTCP}, EPROTONOSUPPORT},
          Refused{{AF_INET, SOCK_STREAM, IPPROTO_UDP}, EPROTONOSUPPORT},
          Refused{{AF_INET, SOCK_DGRAM, IPPROTO_TCP}, EPROTONOSUPPORT},
          Refused{{AF_INET, SOCK_DGRAM, IPPROTO_ICMP}, EACCES},
          Refused{{AF_INET, SOCK_RAW, IPPROTO_ICMP}, EPERM},
          Refused{{AF_INET, SOCK_SEQPACKET, 0}, ESOCKTNOSUPPORT},
          Refused{{AF_INET, SOCK_STREAM, -1}, EINVAL},
          Refused{{AF_INET, 15, 0}, EINVAL}}) {
        const auto mark = mark_for(request);
        ASSERT_FALSE(mark) << request.type << " " << request.protocol;
        EXPECT_EQ(mark.error(), static_cast<Errno>(error))
            << request.type << " " << request.protocol;
    }
}

}  // namespace
}  // namespace handfast::run::calls
