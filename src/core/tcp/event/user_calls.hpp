// The user's calls on a connection: SEND, RECEIVE, CLOSE, ABORT (RFC 9293 §3.10.2-5).
#pragma once

#include "core/tcp/tables.hpp"

namespace handfast::tcp {

template <class T>
using Result = berkeley::Result<T>;

// Whether text can be sent: the error to tell otherwise.
[[nodiscard]] Result<void> may_send(Connection& c);
[[nodiscard]] Result<std::size_t> send(
    Tables& t, Connection& c, Bytes text, berkeley::MessageFlags flags, Instant now);
[[nodiscard]] Result<std::size_t> send(Tables& t,
                                       Connection& c,
                                       buf::Packet::Slices& text,
                                       berkeley::MessageFlags flags);
[[nodiscard]] Result<std::size_t> receive(Tables& t,
                                          Connection& c,
                                          MutableBytes into,
                                          berkeley::MessageFlags flags);
[[nodiscard]] Result<std::size_t> receive(Tables& t,
                                          Connection& c,
                                          std::size_t most,
                                          buf::Packet::Slices& into);
// Octets left the receive buffer: is the window worth telling?
void after_read(Tables& t, Connection& c);

[[nodiscard]] Result<void> shutdown(Tables& t,
                                    Connection& c,
                                    berkeley::ShutdownHow how,
                                    Instant now);
void close(Tables& t, Connection& c, Instant now);
void abort(Tables& t, Connection& c, trace::Why why, Instant now);
void change(Tables& t, Connection& c, const Settings& settings, Instant now);

[[nodiscard]] berkeley::Ready readiness(const Connection& c, const Limits& limits);
[[nodiscard]] trace::ConnectionSnapshot snapshot(const Connection& c, Instant now);

}  // namespace handfast::tcp
