// What few sockets ask for, kept beside the socket's record so that the others do not pay for it:
// time-outs of blocking calls, options that are remembered for whoever asks again, and a datagram
// that is written in pieces.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "core/base/enum_array.hpp"
#include "core/berkeley/options.hpp"
#include "core/tcp/fast_open.hpp"
#include "core/wire/address.hpp"

namespace handfast::socket {

// Sends with MSG_MORE add to a datagram; the first without it lets it go, to where the first piece
// was addressed.
struct Unfinished {
    wire::Endpoint to;
    std::vector<std::byte> octets;
};

struct Extras {
    berkeley::Timeouts timeouts;
    EnumArray<berkeley::Option, int> values;
    std::optional<Unfinished> unfinished;
    std::optional<tcp::FastOpenKeys> fast_open_keys;  // TCP_FASTOPEN_KEY
};

}  // namespace handfast::socket
