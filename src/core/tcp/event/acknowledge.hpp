// What an acknowledgment does (RFC 9293 §3.10.7.4, fifth; RFC 5681 §3.2; RFC 6582; RFC 6298).
#pragma once

#include "core/tcp/event/arrives.hpp"

namespace handfast::tcp {

// A round trip was completed: by the clock of our own segment, or by its timestamp.
void sample_round_trip(Tables& t, Connection& c, const Segment& s, Instant now);

Verdict acknowledge(Tables& t, Connection& c, const Segment& s, Instant now);

}  // namespace handfast::tcp
