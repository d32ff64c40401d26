#include "packetdrill/ancillary.hpp"

#include <netinet/in.h>
#include <sys/time.h>

#include <algorithm>
#include <cstring>
#include <vector>

namespace handfast::packetdrill {

using berkeley::Option;
using berkeley::SocketType;

namespace {

constexpr int tcp_cm_inq = 36;  // linux/tcp.h
constexpr int link_index = 2;   // behind the loopback

// One message behind another, as CMSG_NXTHDR() walks them.
class Writer {
public:
    explicit Writer(msghdr& message)
        : message_{message}, room_{message.msg_control == nullptr ? 0 : message.msg_controllen} {}

    template <class T>
    void add(int level, int type, const T& value) {
        if (at_ + CMSG_LEN(sizeof value) > room_) {
            message_.msg_flags |= MSG_CTRUNC;
            return;
        }
        cmsghdr header{};
        header.cmsg_len = CMSG_LEN(sizeof value);
        header.cmsg_level = level;
        header.cmsg_type = type;
        auto* const place = static_cast<std::byte*>(message_.msg_control) + at_;
        std::memcpy(place, &header, sizeof header);
        std::memcpy(place + CMSG_LEN(0), &value, sizeof value);
        at_ = std::min(at_ + CMSG_SPACE(sizeof value), room_);
    }

    void finish() { message_.msg_controllen = at_; }

private:
    msghdr& message_;
    std::size_t room_;
    std::size_t at_{0};
};

timespec time_of(Instant at) {
    const auto since = at.time_since_epoch();
    const auto whole = std::chrono::floor<seconds>(since);
    return {.tv_sec = whole.count(), .tv_nsec = (since - whole).count()};
}

void add_datagram(Writer& to,
                  socket::Sockets& sockets,
                  socket::SocketId id,
                  const berkeley::DatagramInfo& datagram) {
    const auto wants = [&](Option option) {
        return sockets.get_option(id, option).value_or(0) != 0;
    };
    const timespec arrived = time_of(datagram.arrived);
    if (wants(Option::so_timestampns))
        to.add(SOL_SOCKET, SO_TIMESTAMPNS, arrived);
    else if (wants(Option::so_timestamp))
        to.add(SOL_SOCKET,
               SO_TIMESTAMP,
               timeval{.tv_sec = arrived.tv_sec, .tv_usec = arrived.tv_nsec / 1000});
    if (wants(Option::ip_pktinfo)) {
        in_pktinfo info{};
        info.ipi_ifindex = link_index;
        info.ipi_addr.s_addr = htonl(datagram.destination.v4_value());
        info.ipi_spec_dst = info.ipi_addr;
        to.add(IPPROTO_IP, IP_PKTINFO, info);
    }
    if (wants(Option::ip_recvttl)) to.add(IPPROTO_IP, IP_TTL, int{datagram.ttl});
    if (wants(Option::ip_recvtos)) to.add(IPPROTO_IP, IP_TOS, datagram.tos);
}

// What is left to be read; one when only the end is, so that whoever counts reads on.
int left_to_read(socket::Sockets& sockets, socket::SocketId id) {
    const int octets = sockets.pending_in(id).value_or(0);
    const bool at_end = sockets.ready(id).any(berkeley::Ready::rdhup_bit);
    return octets == 0 && at_end ? 1 : octets;
}

}  // namespace

void tell_ancillary(socket::Sockets& sockets,
                    const SocketEnd& end,
                    const berkeley::DatagramInfo& datagram,
                    msghdr& message) {
    Writer to{message};
    if (end.type == SocketType::datagram) add_datagram(to, sockets, end.id, datagram);
    if (end.type == SocketType::stream &&
        sockets.get_option(end.id, Option::tcp_inq).value_or(0) != 0)
        to.add(IPPROTO_TCP, tcp_cm_inq, left_to_read(sockets, end.id));
    to.finish();
}

}  // namespace handfast::packetdrill
