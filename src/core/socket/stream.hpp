// Streams that connect and carry octets: connect(), send(), receive(), shutdown(), close() on TCP.
#pragma once

#include "core/socket/room.hpp"

namespace handfast::socket::stream {

[[nodiscard]] Result<void> connect(Room& room,
                                   Socket& s,
                                   const wire::Endpoint& remote,
                                   Instant now);
// connect() to AF_UNSPEC; for a listener also shutdown(). Linux: tcp_disconnect().
void disconnect(Room& room, Socket& s, Instant now);

// The parts of connect(). What IP says of the way, for a socket that may have bound an address:
struct Start {
    wire::Endpoint remote;
    stack::Way way;
};
[[nodiscard]] Result<Start> find_way(const Room& room,
                                     const Socket& s,
                                     const wire::Endpoint& remote);
// What TCP is told, with a port of ours;
[[nodiscard]] Result<tcp::ActiveOpen> prepare(Room& room,
                                              const Socket& s,
                                              const Start& start,
                                              Instant now);
// and the socket has a connection.
void begin(Room& room, Socket& s, const tcp::ActiveOpen& active, tcp::ConnectionId connection);

[[nodiscard]] Result<std::size_t> send(
    Room& room, Socket& s, Bytes octets, berkeley::MessageFlags flags, Instant now);
[[nodiscard]] Result<std::size_t> send(
    Room& room, Socket& s, buf::Packet::Slices& octets, berkeley::MessageFlags flags, Instant now);
[[nodiscard]] Result<std::size_t> receive(
    Room& room, Socket& s, MutableBytes into, berkeley::MessageFlags flags, Instant now);
[[nodiscard]] Result<std::size_t> receive(
    Room& room, Socket& s, std::size_t most, buf::Packet::Slices& into, Instant now);
[[nodiscard]] std::size_t send_room(const Room& room, const Socket& s);

[[nodiscard]] Result<void> shutdown(Room& room, Socket& s, berkeley::ShutdownHow how, Instant now);

enum class Farewell : std::uint8_t { orderly, reset };
// The socket is about to go: its connection is on its own from here, a listener's queue is reset.
void close(Room& room, Socket& s, Farewell farewell, Instant now);

}  // namespace handfast::socket::stream

namespace handfast::socket {

// Makes a stream whose connection has ended idle again, so that it may be bound anew; its error
// stays to be asked for.
void settle_ended(Room& room, Socket& s, Instant now);

}  // namespace handfast::socket
