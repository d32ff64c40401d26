// The send buffer: how much a writer may still put in.
#pragma once

#include <cstddef>

#include "core/tcp/tcb.hpp"

namespace handfast::tcp {

[[nodiscard]] std::size_t send_room(const Connection& c, const Limits& limits);
// A writer that was refused is told when a third of the buffer is free (as Linux has it), not at
// every acknowledgment.
[[nodiscard]] bool send_room_is_worth_telling(const Connection& c, const Limits& limits);

}  // namespace handfast::tcp
