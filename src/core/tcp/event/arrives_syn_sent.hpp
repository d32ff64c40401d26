// SEGMENT ARRIVES in SYN-SENT (RFC 9293 §3.10.7.3).
#pragma once

#include "core/tcp/event/arrives.hpp"

namespace handfast::tcp {

Verdict arrives_syn_sent(Tables& t, Connection& c, Segment& segment, Instant now);

}  // namespace handfast::tcp
