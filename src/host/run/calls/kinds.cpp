#include "host/run/calls/kinds.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

namespace handfast::run::calls {

namespace {

using berkeley::Errno;
using berkeley::SocketType;

constexpr int sock_max = 11;       // include/linux/net.h
constexpr int protocol_max = 263;  // IPPROTO_MAX: one more than MPTCP

}  // namespace

berkeley::Result<Mark> mark_for(const SocketRequest& request) {
    if (request.type < 0 || request.type >= sock_max)
        return berkeley::fail(Errno::invalid_argument);
    if (request.protocol < 0 || request.protocol >= protocol_max)
        return berkeley::fail(Errno::invalid_argument);
    Mark mark{.family = request.family == AF_INET6 ? wire::Family::ipv6 : wire::Family::ipv4};
    switch (request.type) {
        case SOCK_STREAM:
            if (request.protocol != IPPROTO_IP && request.protocol != IPPROTO_TCP)
                return berkeley::fail(Errno::protocol_not_supported);
            mark.type = SocketType::stream;
            mark.protocol = IPPROTO_TCP;
            return mark;
        case SOCK_DGRAM:
            // Echo sockets are for groups that net.ipv4.ping_group_range names: none.
            if (request.protocol == IPPROTO_ICMP || request.protocol == IPPROTO_ICMPV6)
                return berkeley::fail(Errno::permission_denied);
            if (request.protocol != IPPROTO_IP && request.protocol != IPPROTO_UDP)
                return berkeley::fail(Errno::protocol_not_supported);
            mark.type = SocketType::datagram;
            mark.protocol = IPPROTO_UDP;
            return mark;
        case SOCK_RAW:
        case SOCK_PACKET:
            return berkeley::fail(Errno::operation_not_permitted);
        default:
            return berkeley::fail(static_cast<Errno>(ESOCKTNOSUPPORT));
    }
}

}  // namespace handfast::run::calls
