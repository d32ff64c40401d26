// TCP Fast Open at the socket (RFC 7413 §4.2): MSG_FASTOPEN, TCP_FASTOPEN_CONNECT, and what a
// listener is told by TCP_FASTOPEN, TCP_FASTOPEN_KEY and TCP_FASTOPEN_NO_COOKIE.
#pragma once

#include <boost/container/static_vector.hpp>
#include <cstddef>
#include <optional>

#include "core/socket/stream.hpp"

namespace handfast::socket::fast_open {

// ---- Active -------------------------------------------------------------------------------------

// TCP_FASTOPEN_CONNECT is set, and the host does such a thing.
[[nodiscard]] bool is_wanted(const Room& room, const Socket& s);
// connect(): succeeds at once when the SYN may carry text, and waits for it; else the SYN asks for
// a cookie.
[[nodiscard]] Result<void> connect(Room& room, Socket& s, const stream::Start& start, Instant now);

struct How {
    std::optional<wire::Endpoint> to;  // nullopt: to the peer of a deferred connect()
    berkeley::MessageFlags flags;
};
// connect() and send() in one.
[[nodiscard]] Result<std::size_t> send(
    Room& room, Socket& s, Bytes octets, const How& how, Instant now);

// ---- Passive ------------------------------------------------------------------------------------

// The socket begins to listen: hosts may be set up so that this is enough.
void listen(Room& room, Socket& s, std::size_t backlog);
// An option changed.
void tell_listener(Room& room, const Socket& s);

// TCP_FASTOPEN_KEY: one key, or the one before after it. EINVAL: neither 16 nor 32 octets.
[[nodiscard]] Result<void> set_keys(Room& room, Socket& s, Bytes value);
using KeyOctets = boost::container::static_vector<std::byte, 32>;
[[nodiscard]] KeyOctets keys(const Room& room, const Socket& s);

}  // namespace handfast::socket::fast_open
