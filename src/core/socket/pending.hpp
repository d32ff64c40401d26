// How much waits: SIOCINQ (FIONREAD), SIOCOUTQ, SIOCOUTQNSD, SIOCATMARK.
#pragma once

#include "core/socket/room.hpp"

namespace handfast::socket {

[[nodiscard]] Result<int> pending_in(const Room& room, const Socket& s);
[[nodiscard]] Result<int> pending_out(const Room& room, const Socket& s);
[[nodiscard]] Result<int> pending_unsent(const Room& room, const Socket& s);
// ENOTTY on datagrams.
[[nodiscard]] Result<bool> at_mark(const Room& room, const Socket& s);

}  // namespace handfast::socket
