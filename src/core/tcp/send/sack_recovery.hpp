// Recovery by SACK: RACK finds what is lost (RFC 8985), PRR says how much may be sent (RFC 9937),
// and what proves to have been in vain is undone: Eifel and D-SACK (RFC 3522, RFC 3708, RFC 4015),
// F-RTO (RFC 5682).
#pragma once

#include <cstdint>

#include "core/tcp/send/acknowledgment.hpp"
#include "core/tcp/tcb.hpp"

namespace handfast::tcp::sack {

// In this order, for each acknowledgment: take it; mark what is lost, until nothing is; conclude.
[[nodiscard]] RecoveryNews take(Connection& c, const Acknowledgment& a);
[[nodiscard]] Deadline next_loss_at(const Connection& c, const Profile& profile);
[[nodiscard]] RecoveryNews conclude(Connection& c, const Acknowledgment& a, std::uint32_t lost);
// The reordering timer found something lost: no acknowledgment came.
[[nodiscard]] RecoveryNews conclude(Connection& c, Instant now);
void on_timeout(Connection& c);

}  // namespace handfast::tcp::sack
