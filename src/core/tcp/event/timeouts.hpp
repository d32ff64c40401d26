// Time-outs (RFC 9293 §3.10.8; RFC 6298 §5.4-5.7).
#pragma once

#include "core/tcp/tables.hpp"

namespace handfast::tcp {

// A deadline of the connection has come: everything that is due at `now`.
void on_timer(Tables& t, Connection& c, Instant now);

// Gives up: RST to a peer that may be there, the error to the owner.
void give_up(Tables& t, Connection& c, berkeley::Errno error, trace::Why why, Instant now);

}  // namespace handfast::tcp
