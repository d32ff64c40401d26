// IPv4 of one host, and what stands beside it: ARP and ICMP. RFC 791, RFC 792, 826, 1122 §3, 6864.
// It knows no transport; the stack carries between them.
//
//   frame --ingress--> datagram_arrives() --> checks --> reassembly --> Arrived --> tcp, udp, icmp
//   egress <-- frames() | wrap() <-- routes, neighbors, identification <-- packets of tcp, udp,
//   icmp
//
// A host, no router: nothing is forwarded (IP4-2). IPv6 would stand beside input and output with
// its own header, neighbor discovery and ICMP; links, routes, hops and the bounded queues are of no
// family.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "core/base/rng.hpp"
#include "core/base/time.hpp"
#include "core/buf/packet.hpp"
#include "core/ip/arrived.hpp"
#include "core/ip/bounded_queue.hpp"
#include "core/ip/hops.hpp"
#include "core/ip/icmp.hpp"
#include "core/ip/identification.hpp"
#include "core/ip/ledger.hpp"
#include "core/ip/limits.hpp"
#include "core/ip/links.hpp"
#include "core/ip/neighbors.hpp"
#include "core/ip/reassembly.hpp"
#include "core/ip/routes.hpp"
#include "core/wire/address.hpp"

namespace handfast::ip {

struct Environment {
    buf::Pool& pool;
    Ledger& ledger;
    Entropy entropy{};
    Limits limits;
    std::uint16_t loopback_mtu{0xffff};
};

// What wrap() made of a packet.
enum class Wrapped : std::uint8_t {
    frame,     // a frame for facts().link
    loopback,  // an IP packet for the loopback
    kept,  // it waits for its neighbor, or its fragments are among the frames: the packet is null
    no_route,  // dropped and told (ENETUNREACH); the packet is as it was, to be looked at
    dropped,   // dropped and told
};

class Ip {
public:
    Ip(const Environment& environment,
       std::vector<Link> links,
       const std::vector<Route>& routes,
       Instant now);
    Ip(const Ip&) = delete;
    Ip& operator=(const Ip&) = delete;
    Ip(Ip&&) = delete;
    Ip& operator=(Ip&&) = delete;
    ~Ip() = default;

    // ---- In -------------------------------------------------------------------------------------
    // A packet whose first octet is the IP header's; facts().link and link_broadcast are set. What
    // it completes, if it is for us.
    [[nodiscard]] std::optional<Arrived> datagram_arrives(buf::Packet packet, Instant now);
    // A packet whose first octet is ARP's.
    void arp_arrives(const buf::Packet& packet, Instant now);
    // The datagram's transport is unknown here, or its port is.
    void refuse(const Arrived& arrived, wire::UnreachableCode code, Instant now);

    // ---- Out ------------------------------------------------------------------------------------
    // Puts IP and link headers in front of a transport's packet.
    [[nodiscard]] Wrapped wrap(buf::Packet& packet, const wire::Envelope& envelope, Instant now);
    // Frames that IP made by itself, or that waited; facts().link says for which link, the
    // loopback's begin with the IP header.
    [[nodiscard]] FrameQueue& frames() { return frames_; }
    [[nodiscard]] Icmp& icmp() { return icmp_; }
    // Packets whose neighbor did not answer, each starting with its IP header; drops are told.
    [[nodiscard]] std::optional<buf::Packet> take_unreachable(Instant now);
    [[nodiscard]] bool has_unreachable() const { return neighbors_.has_unreachable(); }

    // ---- Time -----------------------------------------------------------------------------------
    void advance(Instant now);
    [[nodiscard]] Deadline next_deadline() const;

    // ---- Questions and changes ------------------------------------------------------------------
    [[nodiscard]] Hop way_to(const wire::IpAddress& destination, Instant now) const {
        return hops_.look_up(destination, now);
    }
    [[nodiscard]] const Links& links() const { return links_; }
    [[nodiscard]] std::uint16_t mtu_of(std::uint8_t link) const;
    void add_address(std::uint8_t link, const wire::Prefix& address, Instant now);
    void remove_address(std::uint8_t link, const wire::IpAddress& address);
    void join(std::uint8_t link, const wire::IpAddress& group);
    void leave(std::uint8_t link, const wire::IpAddress& group);
    [[nodiscard]] const Neighbors& neighbors() const { return neighbors_; }
    [[nodiscard]] const Reassembler& reassembler() const { return reassembler_; }

private:
    void start(std::uint8_t link, Instant now);
    [[nodiscard]] std::optional<trace::Drop> objection(const wire::Ipv4View& view,
                                                       const buf::Packet::Facts& facts,
                                                       Cast cast) const;
    [[nodiscard]] bool is_martian(std::uint32_t source, std::uint8_t link) const;
    [[nodiscard]] std::optional<Arrived> deliver(Arrived arrived, Instant now);
    [[nodiscard]] Wrapped fragment(buf::Packet& packet,
                                   const wire::Ipv4Header& header,
                                   Hop& hop,
                                   Instant now);
    [[nodiscard]] const wire::MacAddress* mac_of(Hop& hop, Instant now);
    [[nodiscard]] Wrapped put_on_link(buf::Packet& packet, Hop& hop, Instant now);
    void loop_copy(const buf::Packet& packet, Instant now);

    Ledger& ledger_;
    std::uint16_t loopback_mtu_;
    Limits limits_;
    Links links_;
    Routes routes_;
    Hops hops_;
    FrameQueue frames_;
    Neighbors neighbors_;
    Reassembler reassembler_;
    Identification identification_;
    Icmp icmp_;
};

}  // namespace handfast::ip
