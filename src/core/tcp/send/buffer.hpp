// The send buffer: how much a writer may still put in.
#pragma once

#include <cstddef>

#include "core/tcp/tcb.hpp"

namespace handfast::tcp {

// Octets that text may hold, by true size: not sent, or not acknowledged.
[[nodiscard]] std::uint32_t send_buffer(const Connection& c, const Limits& limits);
// A writer waits: the buffer grows to what may be in flight, which stays until it is acknowledged,
// and half as much again, so that something is there to be sent when it is. It never shrinks.
void tune_send_buffer(Connection& c, const Limits& limits);
[[nodiscard]] std::size_t send_room(const Connection& c, const Limits& limits);
// A writer that was refused is told when a third of the buffer is free (as Linux has it), not at
// every acknowledgment.
[[nodiscard]] bool send_room_is_worth_telling(const Connection& c, const Limits& limits);

}  // namespace handfast::tcp
