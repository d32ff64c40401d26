// Local fragmentation of what UDP and ICMP send: RFC 791 §3.2, RFC 1122 §3.3.3 (IP4-34).
//
//   payload     | header . data ................................................ |
//   fragments   | IP | n × 8 octets |  | IP | n × 8 octets |  ...  | IP | the rest |
//
// Octets are shared with the packet, never copied.
#pragma once

#include <cstddef>

#include "core/buf/packet.hpp"
#include "core/wire/ipv4.hpp"

namespace handfast::ip {

// Makes a partial transport checksum whole: nobody can, once the payload is cut.
void complete_checksum(buf::Packet& payload, wire::Protocol protocol);

class Fragmenter {
public:
    // `header` is that of the whole datagram; `mtu` holds a header and at least 8 octets.
    Fragmenter(buf::Packet payload, const wire::Ipv4Header& header, std::size_t mtu);

    [[nodiscard]] bool done() const { return at_ == payload_.size(); }
    // The next fragment, its IP header in front. A null packet when the pool refused.
    [[nodiscard]] buf::Packet next();

private:
    [[nodiscard]] bool share(std::size_t length, buf::Packet& into);

    buf::Packet payload_;
    wire::Ipv4Header header_;
    std::size_t step_;  // octets of payload per fragment
    std::size_t at_{0};
    std::size_t slice_{0};  // where octet at_ stands
    std::size_t slice_offset_{0};
    bool settled_;
};

}  // namespace handfast::ip
