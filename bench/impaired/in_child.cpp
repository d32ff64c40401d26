#include "impaired/in_child.hpp"

#include <fmt/format.h>
#include <sstream>
#include <stdexcept>

#include "own_namespace.hpp"

namespace handfast::bench::impaired {

namespace {

constexpr double longest_stall = 3;  // milliseconds
constexpr int attempts = 3;

[[nodiscard]] std::string to_text(const Outcome& o) {
    return fmt::format("{} {} {} {} {} {}",
                       o.mbits,
                       o.retransmissions,
                       o.lost,
                       o.worst_stall,
                       o.mean_wait,
                       o.wait_95);
}

[[nodiscard]] Outcome from_text(const std::string& text) {
    std::istringstream in{text};
    Outcome o;
    in >> o.mbits >> o.retransmissions >> o.lost >> o.worst_stall >> o.mean_wait >> o.wait_95;
    if (!in) throw std::runtime_error{"a trial failed"};
    return o;
}

}  // namespace

Outcome run_in_child(const Trial& trial) {
    Outcome best;
    for (int i = 0; i < attempts; ++i) {
        const Outcome outcome = from_text(text_from_own_namespace([&] {
            (void)become_real_time();
            return to_text(run_trial(trial, nullptr));
        }));
        if (i == 0 || outcome.worst_stall < best.worst_stall) best = outcome;
        if (best.worst_stall <= longest_stall) break;
    }
    return best;
}

}  // namespace handfast::bench::impaired
