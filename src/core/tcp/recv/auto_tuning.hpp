// How large the receive buffer is when the program does not say: it follows what is read in a round
// trip, so that the window never holds back a sender that the path and the reader would let go on.
#pragma once

#include <cstdint>

#include "core/tcp/tcb.hpp"

namespace handfast::tcp {

struct Tables;
struct Segment;

// Text has come in order. Once in a round trip the buffer grows to twice what was read in it: a
// sender in slow start is about to double that. It never shrinks, and does not grow while the pool
// is under pressure or when SO_RCVBUF says its size.
void tune_receive_buffer(Tables& t, Connection& c, const Segment& s, Instant now);

}  // namespace handfast::tcp
