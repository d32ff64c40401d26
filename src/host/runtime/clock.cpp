#include "host/runtime/clock.hpp"

#include <ctime>

namespace handfast::runtime {

Instant now() {
    timespec t{};
    ::clock_gettime(CLOCK_MONOTONIC, &t);
    return Instant{seconds{t.tv_sec} + nanoseconds{t.tv_nsec}};
}

}  // namespace handfast::runtime
