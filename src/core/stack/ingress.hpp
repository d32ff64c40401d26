// The way in: frames of a burst to transports.
//
//   frame -> headers pulled, checksums verified -> segments of one flow joined (GRO)
//         -> link header off -> IP -> TCP | UDP | ICMP
//
// Whoever ends a packet names the drop.
#pragma once

#include <cstdint>
#include <span>

#include "core/base/time.hpp"
#include "core/buf/packet.hpp"
#include "core/ip/ip.hpp"
#include "core/stack/links.hpp"
#include "core/stack/news.hpp"
#include "core/tcp/tcp.hpp"
#include "core/udp/udp.hpp"

namespace handfast::stack {

class Ingress {
public:
    struct Doors {
        const Links& links;
        ip::Ip& ip;
        tcp::Tcp& tcp;
        udp::Udp& udp;
        News& news;
        ip::Ledger& ledger;
    };

    explicit Ingress(const Doors& doors) : doors_{doors} {}

    // Frames that came by links.
    void frames(std::span<buf::Packet> burst, Instant now);
    // An IP packet that came by the loopback, or out of a frame. Takes it.
    void datagram(buf::Packet&& packet, Instant now);

private:
    void same_link(std::span<buf::Packet> burst, Instant now);
    void ethernet(buf::Packet& frame, Instant now);
    void to_tcp(ip::Arrived& arrived, Instant now);
    void to_udp(ip::Arrived& arrived, Instant now);
    void to_icmp(ip::Arrived& arrived, Instant now);

    Doors doors_;
};

}  // namespace handfast::stack
