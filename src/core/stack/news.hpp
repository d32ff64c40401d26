// Bad news on its way up: what ICMP, routing and ARP say about packets of ours, carried to the
// transport that sent them. RFC 1122 §3.2.2 (ICMP4-3), RFC 9293 §3.9.2.2.
#pragma once

#include <cstdint>

#include "core/base/time.hpp"
#include "core/buf/packet.hpp"
#include "core/ip/ip.hpp"
#include "core/tcp/tcp.hpp"
#include "core/udp/udp.hpp"

namespace handfast::stack {

class News {
public:
    News(ip::Ip& ip, tcp::Tcp& tcp, udp::Udp& udp, ip::Ledger& ledger)
        : ip_{ip}, tcp_{tcp}, udp_{udp}, ledger_{ledger} {}

    // An ICMP error, which came in the packet of this id.
    void icmp(const ip::IcmpError& error, std::uint64_t id, Instant now);
    // A transport's packet that IP has no way for.
    void no_route(const buf::Packet& packet, const wire::Envelope& envelope, Instant now);
    // An IP packet whose neighbor did not answer.
    void no_neighbor(buf::Packet packet, Instant now);

private:
    void unsent(Bytes transport,
                const wire::Envelope& envelope,
                berkeley::Errno error,
                Instant now);

    ip::Ip& ip_;
    tcp::Tcp& tcp_;
    udp::Udp& udp_;
    ip::Ledger& ledger_;
};

}  // namespace handfast::stack
