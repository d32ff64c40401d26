// SEGMENT ARRIVES where there is no connection: CLOSED, LISTEN (RFC 9293 §3.10.7.1-2), TIME-WAIT.
#pragma once

#include "core/tcp/event/arrives.hpp"

namespace handfast::tcp {

void arrives_elsewhere(Tables& t, Segment& segment, const PathFacts& path, Instant now);

// An acknowledgment in the name of a TIME-WAIT record.
[[nodiscard]] Reply acknowledgment_of(const Tables& t,
                                      const TimeWait& w,
                                      trace::Why why,
                                      Instant now);

}  // namespace handfast::tcp
