// What our segments say: their TCP header with its options, and the octet of the IP header that ECN
// shares. RFC 9293 §3.1, RFC 7323 (window scale, timestamps), RFC 2018 (SACK), RFC 3168 (ECN).
#pragma once

#include <cstdint>
#include <optional>

#include "core/tcp/send/plan.hpp"
#include "core/tcp/tables.hpp"

namespace handfast::tcp {

// Takes what can be told once: SACK blocks, the window that the peer knows from then on.
[[nodiscard]] wire::TcpHeader header_for(Tables& t, Connection& c, const Plan& plan, Instant now);
// RFC 3168 §6.1.4, §6.1.5: text is sent as ECT(0) once; what is sent again is not, for a mark on it
// would tell of a window that has passed.
[[nodiscard]] std::uint8_t tos_of(const Connection& c, const Plan& plan);
[[nodiscard]] std::optional<wire::TcpTimestamps> timestamps_of(Tables& t,
                                                               const Connection& c,
                                                               Instant now);

[[nodiscard]] bool has_blocks_to_tell(const Connection& c);
// Text that fills its segment leaves none: the path would not carry both (MUST-16).
[[nodiscard]] bool leaves_room_for_blocks(const Connection& c, const Plan& plan);

}  // namespace handfast::tcp
