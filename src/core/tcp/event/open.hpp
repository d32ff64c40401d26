// OPEN (RFC 9293 §3.10.1), active and passive, and what a SYN agrees on.
#pragma once

#include "core/tcp/tables.hpp"

namespace handfast::tcp {

[[nodiscard]] berkeley::Result<ConnectionId> open_active(Tables& t,
                                                         const ActiveOpen& active,
                                                         Instant now);
[[nodiscard]] berkeley::Result<ListenerId> open_passive(Tables& t, const PassiveOpen& passive);

// A SYN for a listener: makes a connection in SYN-RECEIVED. The drop reason when it does not.
[[nodiscard]] std::optional<trace::Drop> open_from_syn(
    Tables& t, Listener& listener, Segment& syn, const PathFacts& path, Instant now);
// The same for a SYN that takes the place of a TIME-WAIT record (RFC 6191): our sequence numbers go
// on beyond the old ones.
[[nodiscard]] std::optional<trace::Drop> reopen_from_syn(Tables& t,
                                                         Listener& listener,
                                                         Segment& syn,
                                                         const TimeWait& old,
                                                         const PathFacts& path,
                                                         Instant now);

// Takes over what the peer's SYN offers of what we would have.
void negotiate(Tables& t, Connection& c, const Segment& syn, Instant now);
// RFC 6191: may an active opener take the place of this record?
[[nodiscard]] bool may_reuse(const Tables& t, const TimeWait& old, Instant now);
// The first link carries no more, and our SYN says so.
void shrink_link(Connection& c, std::uint16_t mtu);
// The size of a full segment, when the path carries `path_mss` octets behind TCP's fixed header.
void settle_mss(Tables& t, Connection& c, std::uint16_t path_mss);

}  // namespace handfast::tcp
