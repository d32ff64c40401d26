#include "host/run/calls/ancillary.hpp"

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>
#include <cstring>
#include <span>

namespace handfast::run::calls {

namespace {

// A host has its loopback and one other link.
constexpr int loopback_index = 1;
constexpr int link_index = 2;

class Writer {
public:
    explicit Writer(std::size_t room) : room_{room} {}

    template <class T>
    void add(int level, int type, const T& value) {
        if (result_.cut || result_.octets.size() + CMSG_LEN(sizeof value) > room_) {
            result_.cut = true;
            return;
        }
        cmsghdr header{};
        header.cmsg_len = CMSG_LEN(sizeof value);
        header.cmsg_level = level;
        header.cmsg_type = type;
        const std::size_t at = result_.octets.size();
        // The last one need not be padded.
        result_.octets.resize(std::min(at + CMSG_SPACE(sizeof value), room_));
        std::memcpy(result_.octets.data() + at, &header, sizeof header);
        std::memcpy(result_.octets.data() + at + CMSG_LEN(0), &value, sizeof value);
    }
    [[nodiscard]] Ancillary take() { return std::move(result_); }

private:
    std::size_t room_;
    Ancillary result_;
};

void add_v4(Writer& to, const control::DatagramFacts& facts, const Beside& beside) {
    if (beside.packet_info) {
        in_pktinfo info{};
        info.ipi_ifindex = facts.destination.is_loopback() ? loopback_index : link_index;
        info.ipi_addr.s_addr = htonl(facts.destination.v4_value());
        info.ipi_spec_dst = info.ipi_addr;
        to.add(IPPROTO_IP, IP_PKTINFO, info);
    }
    if (beside.hop_limit) to.add(IPPROTO_IP, IP_TTL, int{facts.ttl});
    if (beside.traffic_class) to.add(IPPROTO_IP, IP_TOS, facts.tos);
}

void add_v6(Writer& to, const control::DatagramFacts& facts, const Beside& beside) {
    if (beside.packet_info) {
        in6_pktinfo info{};
        info.ipi6_ifindex = facts.destination.is_loopback() ? loopback_index : link_index;
        std::memcpy(&info.ipi6_addr, facts.destination.octets().data(), sizeof info.ipi6_addr);
        to.add(IPPROTO_IPV6, IPV6_PKTINFO, info);
    }
    if (beside.hop_limit) to.add(IPPROTO_IPV6, IPV6_HOPLIMIT, int{facts.ttl});
    if (beside.traffic_class) to.add(IPPROTO_IPV6, IPV6_TCLASS, int{facts.tos});
}

}  // namespace

Ancillary ancillary_of(const control::DatagramFacts& facts,
                       const Mark& mark,
                       const timespec& arrived,
                       std::size_t room) {
    Writer to{room};
    if (mark.beside.time_in_nanoseconds)
        to.add(SOL_SOCKET, SO_TIMESTAMPNS, arrived);
    else if (mark.beside.time_in_microseconds)
        to.add(SOL_SOCKET,
               SO_TIMESTAMP,
               timeval{.tv_sec = arrived.tv_sec, .tv_usec = arrived.tv_nsec / 1000});
    if (mark.family == wire::Family::ipv4)
        add_v4(to, facts, mark.beside);
    else
        add_v6(to, facts, mark.beside);
    return to.take();
}

}  // namespace handfast::run::calls
