// Checksum offload: TCP's and UDP's sum is made where a frame meets a wire, and checked once.
//
//   partial   the field holds the folded sum of the pseudo-header; summing the transport header and
//             payload, field included, and complementing gives the checksum (RFC 1071 §2 (A))
//
// The headers must stand in the packet's head: see pull_headers().
#pragma once

#include "core/buf/packet.hpp"
#include "core/trace/event.hpp"

namespace handfast::offload {

// Turns a partial checksum into a computed one; facts().checksum is `unknown` then, as of a frame
// that comes from a wire. A packet whose checksum is not partial stays as it is.
void complete_checksum(buf::Packet& frame, trace::Medium medium);

// True when nothing is wrong that can be seen here: the sums of the IPv4 header and of TCP or UDP
// are right (facts().checksum is `verified` then) or were trusted before. Packets without a sum to
// check (fragments, other protocols, malformed ones) are true and stay `unknown`. False is no
// verdict yet: hand the packet on, for ip/, tcp/ and udp/ name the drop.
[[nodiscard]] bool verify_checksum(buf::Packet& frame, trace::Medium medium);

}  // namespace handfast::offload
