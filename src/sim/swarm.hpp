// Swarms of worlds: each is drawn from a seed, run to its end under the oracle's eye, and, when the
// oracle complains, cut down to the smallest that still fails in the same way.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "core/trace/sink.hpp"
#include "sim/flow_rules.hpp"
#include "sim/plan.hpp"

namespace handfast::sim {

// Runs a world until nothing is left to happen. `listener` hears its trace too; nullptr: nobody.
[[nodiscard]] std::optional<Complaint> run_plan(const Plan& plan, trace::Sink* listener);

// How a plan is run: run_plan, or a test's own.
using RunPlan = std::function<std::optional<Complaint>(const Plan&)>;

struct Failure {
    Plan plan;             // as the seed gave it
    Complaint complaint;   // of that
    Plan smallest;         // that fails by the same law
    Complaint why;         // of that
    std::size_t tries{0};  // worlds run to cut it down
};

// Seeds first … first + count - 1, until one fails.
[[nodiscard]] std::optional<Failure> run_swarm(std::uint64_t first,
                                               std::uint64_t count,
                                               const RunPlan& run);
// What went wrong, the smallest plan, its ladder, and the command that repeats it.
[[nodiscard]] std::string report(const Failure& failure, std::string_view command);

}  // namespace handfast::sim
