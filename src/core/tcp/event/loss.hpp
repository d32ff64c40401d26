// What is lost is found, told and counted: after an acknowledgment, and when the reordering timer
// says so. The timers of RFC 8985.
#pragma once

#include "core/tcp/send/acknowledgment.hpp"
#include "core/tcp/tables.hpp"

namespace handfast::tcp {

void take_acknowledgment(Tables& t, Connection& c, const Acknowledgment& a);
void on_reorder(Tables& t, Connection& c, Instant now);
void on_tail_probe(Tables& t, Connection& c, Instant now);
void arm_tail_probe(Connection& c, Instant now);

}  // namespace handfast::tcp
