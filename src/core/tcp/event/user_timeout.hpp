// The user timeout and the option that tells it to the peer: RFC 5482. Both ends advise, neither
// commands: what is heeded of the peer's advice lies between the profile's bounds.
#pragma once

#include "core/tcp/segment.hpp"
#include "core/tcp/tcb.hpp"

namespace handfast::tcp {

// How long what was sent may stay unacknowledged; nullopt: as long as the profile's R2 says.
[[nodiscard]] std::optional<Duration> user_timeout(const Connection& c, const Profile& profile);

// What is written into a segment; its room is the caller's to look after.
[[nodiscard]] wire::UserTimeout user_timeout_option(const Connection& c, const Profile& profile);
void heed_user_timeout(Connection& c, const Segment& s);

}  // namespace handfast::tcp
