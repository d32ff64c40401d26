// Options that are settings of TCP, between Linux's units and ours.
#pragma once

#include "core/socket/room.hpp"

namespace handfast::socket {

[[nodiscard]] bool is_stream_setting(berkeley::Option option);
[[nodiscard]] Result<void> set_stream(
    Room& room, Socket& s, berkeley::Option option, int value, Instant now);
[[nodiscard]] Result<int> get_stream(const Room& room, const Socket& s, berkeley::Option option);

// SO_RCVLOWAT as Linux reads it: nothing means one octet, a negative number all that there can be.
[[nodiscard]] int low_water(int asked);

}  // namespace handfast::socket
