// What changes because a segment leaves: what is in flight, what was timed, what is waited for.
#pragma once

#include "core/tcp/send/plan.hpp"
#include "core/tcp/tables.hpp"

namespace handfast::tcp {

// It carries text, SYN or FIN, or nothing changes.
void departs(Tables& t, Connection& c, const Plan& plan, Instant now);

}  // namespace handfast::tcp
