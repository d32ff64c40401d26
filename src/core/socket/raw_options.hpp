// Socket options as programs hand them over: numbers, lengths and layouts of Linux.
#pragma once

#include "core/socket/room.hpp"

namespace handfast::socket {

struct RawOption {
    int level{0};
    int name{0};
};

[[nodiscard]] Result<void> set_raw(
    Room& room, Socket& s, RawOption option, Bytes value, Instant now);
// Says how many octets of `value` were filled.
[[nodiscard]] Result<std::size_t> get_raw(
    Room& room, Socket& s, RawOption option, MutableBytes value, Instant now);

}  // namespace handfast::socket
