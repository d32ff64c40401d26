#include "placement.hpp"

#include <sched.h>
#include <vector>

namespace handfast::bench {

namespace {

[[nodiscard]] std::vector<std::size_t> allowed_at_start() {
    cpu_set_t set;
    CPU_ZERO(&set);
    std::vector<std::size_t> all;
    if (::sched_getaffinity(0, sizeof set, &set) == 0) {
        for (std::size_t i = 0; i < CPU_SETSIZE; ++i) {
            if (CPU_ISSET(i, &set)) all.push_back(i);
        }
    }
    if (all.empty()) all.push_back(0);
    return all;
}

// Asked once, before anything was pinned.
const std::vector<std::size_t>& allowed() {
    static const std::vector<std::size_t> all = allowed_at_start();
    return all;
}

void run_on(const std::vector<std::size_t>& which) {
    cpu_set_t set;
    CPU_ZERO(&set);
    for (const std::size_t i : which) CPU_SET(i, &set);
    (void)::sched_setaffinity(0, sizeof set, &set);
}

}  // namespace

std::size_t processors() {
    return allowed().size();
}

Pinned::Pinned(std::size_t nth) {
    run_on({allowed()[nth % allowed().size()]});
}

Pinned::~Pinned() {
    run_on(allowed());
}

}  // namespace handfast::bench
