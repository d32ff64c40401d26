// Receive coalescing (GRO): segments of one flow that follow each other in a burst become one
// super-segment, so that TCP looks at 64 KiB once.
//
// Only what a Splitter would take apart into the very same frames is joined (attack A51): same link
// header, addresses, ports, acknowledgment, window, options (timestamps equal), TOS, TTL and ECN;
// in order; all of one size, the last may be shorter; PSH and FIN only in the last, CWR only in the
// first.
#pragma once

#include <cstddef>
#include <span>

#include "core/buf/packet.hpp"
#include "core/trace/event.hpp"

namespace handfast::offload {

// Joins neighbors in the burst whose checksums are `verified` or `partial` and whose headers stand
// in their heads. The packets that are left move to the front, in order; says how many there are.
// The places behind them hold null packets. A joined packet has gso_size set and a partial checksum
// (which the receiver trusts), at most 65,535 octets of IP, and keeps the facts of its first
// segment.
[[nodiscard]] std::size_t coalesce(std::span<buf::Packet> burst, trace::Medium medium);

}  // namespace handfast::offload
