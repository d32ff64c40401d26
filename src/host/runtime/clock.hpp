// The only now() of the whole tree.
#pragma once

#include "core/base/time.hpp"

namespace handfast::runtime {

// CLOCK_MONOTONIC: it never goes back, and futexes and poll agree with it.
[[nodiscard]] Instant now();

}  // namespace handfast::runtime
