// Kernel figures that more than one row stands beside.
#pragma once

#include "row.hpp"

namespace handfast::bench {

[[nodiscard]] Score kernel_bulk(const Effort& effort);         // Gbit/s, two processors
[[nodiscard]] Score kernel_round_trips(const Effort& effort);  // thousands a second, one processor

}  // namespace handfast::bench
