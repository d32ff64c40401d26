#include "host/runtime/patience.hpp"

#include <algorithm>
#include <sched.h>

namespace handfast::runtime {

Processor this_processor() {
    return Processor{static_cast<std::int16_t>(::sched_getcpu())};
}

void Patience::learn(Duration waited) {
    const int before = trust_.load(std::memory_order_relaxed);
    const int after = std::clamp(before + (waited <= short_wait ? 1 : -1), -most_trust, most_trust);
    if (after != before) trust_.store(static_cast<std::int16_t>(after), std::memory_order_relaxed);
}

}  // namespace handfast::runtime
