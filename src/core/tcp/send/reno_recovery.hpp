// Recovery when the peer has no SACK: fast retransmit and fast recovery (RFC 5681 §3.2, NewReno's
// part of RFC 6582), limited transmit (RFC 3042), go-back-N after a timeout; Eifel's undo.
#pragma once

#include <cstdint>

#include "core/tcp/send/acknowledgment.hpp"
#include "core/tcp/tcb.hpp"

namespace handfast::tcp::reno {

[[nodiscard]] RecoveryNews on_ack(Connection& c, const Profile& profile, const Acknowledgment& a);
void on_timeout(Connection& c);
// Octets that may be in flight: the congestion window, and what duplicate ACKs say has left.
[[nodiscard]] std::uint32_t allowance(const Connection& c);

}  // namespace handfast::tcp::reno
