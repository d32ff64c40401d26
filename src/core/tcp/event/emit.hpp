// The next segment of a connection: planned here, one at a time, when the link asks (DESIGN:
// nothing transmits by its own initiative).
#pragma once

#include <optional>

#include "core/tcp/tables.hpp"

namespace handfast::tcp {

// nullopt: it has nothing to send now, and why is noted in its LimitClock.
[[nodiscard]] std::optional<Outgoing> emit(Tables& t, Connection& c, Instant now);
// True: nothing is to be sent until something happens, which is noted as by emit(), but cheaply.
[[nodiscard]] bool comes_to_rest(Connection& c, Instant now);
// Deficit round robin: after `octets` it is another's turn, unless its quantum is not used up.
void rotate(Tables& t, Connection& c, std::size_t octets);
// The pool was empty: tries again in a little while.
void retry_for_memory(Tables& t, Connection& c, Instant now);
// A segment of no connection.
[[nodiscard]] std::optional<Outgoing> emit(Tables& t, const Reply& reply, Instant now);
// A RST for this connection, at its place in the sequence space: for abort.
[[nodiscard]] Reply reset_of(Tables& t, const Connection& c, trace::Why why, Instant now);

}  // namespace handfast::tcp
