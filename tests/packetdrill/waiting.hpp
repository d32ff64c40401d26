// How long calls on a descriptor wait.
#pragma once

#include "packetdrill/adaptor.hpp"

namespace handfast::packetdrill {

// Which of a socket's own limits holds for a call: SO_RCVTIMEO or SO_SNDTIMEO.
enum class Direction : std::uint8_t { in, out };

// Does a call on this descriptor with these MSG_ flags wait?
[[nodiscard]] bool may_wait(Adaptor& a, int fd, int flags);
[[nodiscard]] Deadline socket_deadline(Adaptor& a, socket::SocketId id, Direction direction);
// Of poll() and epoll_wait(); a negative one means for ever.
[[nodiscard]] Deadline timeout_deadline(Adaptor& a, int timeout_ms);

// Nothing when the call has to wait, else what it gives.
[[nodiscard]] inline std::optional<Outcome> unless_again(const Outcome& outcome) {
    if (!outcome && outcome.error() == Errno::resource_unavailable_try_again) return std::nullopt;
    return outcome;
}
[[nodiscard]] inline Outcome again() {
    return fail(Errno::resource_unavailable_try_again);
}

}  // namespace handfast::packetdrill
