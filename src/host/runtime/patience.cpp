#include "host/runtime/patience.hpp"

#include <algorithm>
#include <sched.h>

namespace handfast::runtime {

namespace {

int ask_for_processors() {
    cpu_set_t set;
    CPU_ZERO(&set);
    return ::sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
}

// A fact about the calling thread, and nothing but a cache of what the kernel knows.
int& known_processors() {
    thread_local int known = ask_for_processors();
    return known;
}

}  // namespace

void Patience::learn(Duration waited) {
    const int before = trust_.load(std::memory_order_relaxed);
    const int after = std::clamp(before + (waited <= short_wait ? 1 : -1), -most_trust, most_trust);
    if (after != before) trust_.store(static_cast<std::int16_t>(after), std::memory_order_relaxed);
}

int processors() {
    return known_processors();
}

void ask_for_processors_again() {
    known_processors() = ask_for_processors();
}

}  // namespace handfast::runtime
