// The way out: pulled by the links, in this order: what IP has ready (ARP, fragments, packets whose
// neighbor was found), ICMP, then UDP and TCP in turn, so that neither starves the other.
//
//   transport's packet -> IP header -> link header -> out, or into the loopback, or it waits for
//   ARP
#pragma once

#include "core/base/time.hpp"
#include "core/buf/packet.hpp"
#include "core/ip/ip.hpp"
#include "core/stack/links.hpp"
#include "core/stack/loopback.hpp"
#include "core/stack/news.hpp"
#include "core/tcp/tcp.hpp"
#include "core/udp/udp.hpp"

namespace handfast::stack {

class Egress {
public:
    struct Doors {
        const Links& links;
        ip::Ip& ip;
        tcp::Tcp& tcp;
        udp::Udp& udp;
        News& news;
        Loopback& loopback;
    };

    explicit Egress(const Doors& doors) : doors_{doors} {}

    // Fills `out` while there is anything to send and room for it.
    void pull(buf::PacketBurst& out, Instant now);
    [[nodiscard]] bool wants_to_transmit() const;

private:
    [[nodiscard]] bool pull_one(buf::PacketBurst& out, Instant now);
    [[nodiscard]] bool pull_udp(buf::PacketBurst& out, Instant now);
    [[nodiscard]] bool pull_tcp(buf::PacketBurst& out, Instant now);
    void send(buf::Packet packet,
              const wire::Envelope& envelope,
              buf::PacketBurst& out,
              Instant now);
    void put(buf::Packet frame, buf::PacketBurst& out, Instant now);

    Doors doors_;
    bool tcp_is_next_{false};
};

}  // namespace handfast::stack
