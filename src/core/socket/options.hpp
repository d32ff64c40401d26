// Socket options as numbers: setsockopt() and getsockopt() in Linux's units and ranges.
#pragma once

#include "core/socket/option_rules.hpp"
#include "core/socket/room.hpp"

namespace handfast::socket {

[[nodiscard]] Result<void> set_option(
    Room& room, Socket& s, berkeley::Option option, int value, Instant now);
[[nodiscard]] Result<int> get_option(Room& room, Socket& s, berkeley::Option option);

// The value of a remembered option; reading changes nothing.
[[nodiscard]] int value_of(const Room& room, const Socket& s, berkeley::Option option);
// What remembered options are before anybody sets them.
[[nodiscard]] EnumArray<berkeley::Option, int> initial_values();

// SO_LINGER; a time counts only with `on`.
void set_linger(Socket& s, berkeley::Linger linger);

// SO_ERROR: told once.
[[nodiscard]] int take_pending_error(Room& room, Socket& s);

}  // namespace handfast::socket
