// Errors: std::error_code in std::generic_category(), which compares with std::errc.
//
// Every verb comes twice, in Asio's manner: one throws std::system_error, the other takes an
// error_code& as its last argument, clears it or sets it, and throws nothing.
//
//     std::error_code error;
//     const std::size_t n = stream.read_some(buffer, error);
//     if (handfast::is_timeout(error)) ...
//     if (error == std::errc::connection_reset) ...
//
//   | what happened                                             | std::errc |
//   |-----------------------------------------------------------|-----------------------------------|
//   | the call's own timeout is over (timeout 0: it would wait) | resource_unavailable_try_again |
//   | close() in another thread, or before                      | operation_canceled | | an object
//   that holds nothing (moved from, never opened)   | bad_file_descriptor               | | nobody
//   listens there (RFC 9293 §3.10.7.1)                  | connection_refused                | | the
//   peer answers no more (RFC 9293 §3.8.3)                 | timed_out                         | |
//   the peer, or a host on the way, gave the connection up    | connection_reset                  |
//   | written after the connection ended                        | broken_pipe | | no route, no
//   neighbor (RFC 1122 §4.2.3.9)                  | network_unreachable, host_unreachable | | the
//   address or port is taken; is none of this host's      | address_in_use, address_not_available |
//   | a datagram longer than 65,507 octets (RFC 768)            | message_size | | a table or the
//   memory cap is full                         | no_buffer_space                   | | an argument
//   or a text that means nothing                  | invalid_argument                  |
#pragma once

#include <chrono>
#include <optional>
#include <system_error>

namespace handfast {

// How long a call may wait. std::nullopt: as long as it takes; zero: not at all.
//
//     stream.set_timeout(std::chrono::seconds{5});
using Timeout = std::optional<std::chrono::nanoseconds>;

// Waits as long as it takes.
inline constexpr Timeout forever = std::nullopt;

// True when a call gave up because its own timeout was over, and may be tried again. A peer that
// does not answer any more is std::errc::timed_out, which this is not. Thread-safe.
//
//     if (handfast::is_timeout(error)) send_again();
[[nodiscard]] inline bool is_timeout(const std::error_code& error) {
    return error == std::errc::resource_unavailable_try_again;
}

}  // namespace handfast
