// Datagram sockets: a binding of UDP and, perhaps, a peer.
#pragma once

#include "core/socket/room.hpp"

namespace handfast::socket::datagram {

inline constexpr std::size_t payload_max = 65'507;  // what the headers of IPv4 and UDP leave

// Sets or changes the peer at once.
[[nodiscard]] Result<void> connect(Room& room,
                                   Socket& s,
                                   const wire::Endpoint& remote,
                                   Instant now);
// Forgets the peer, and what connect() or the first send chose of the local name.
void disconnect(Room& room, Socket& s, Instant now);

// To the peer.
[[nodiscard]] Result<std::size_t> send(
    Room& room, Socket& s, Bytes octets, berkeley::MessageFlags flags, Instant now);
[[nodiscard]] Result<std::size_t> send_to(Room& room,
                                          Socket& s,
                                          Bytes octets,
                                          const wire::Endpoint& to,
                                          berkeley::MessageFlags flags,
                                          Instant now);
[[nodiscard]] Result<berkeley::DatagramInfo> receive(Room& room,
                                                     Socket& s,
                                                     MutableBytes into,
                                                     berkeley::MessageFlags flags);

[[nodiscard]] Result<void> shutdown(Room& room, Socket& s, berkeley::ShutdownHow how);
void close(Room& room, Socket& s);

}  // namespace handfast::socket::datagram
