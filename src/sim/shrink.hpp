// Cuts a failing plan down: drops what it does not need, while it still fails by the same law.
#pragma once

#include <functional>
#include <vector>

#include "sim/plan.hpp"

namespace handfast::sim {

// Plans that are simpler by one step, the boldest first.
[[nodiscard]] std::vector<Plan> simpler(const Plan& plan);

struct Shrunk {
    Plan plan;
    std::size_t tries{0};
};

// Greedy: goes on from the first simpler plan that still fails, until none does or `most_tries`
// plans were tried.
[[nodiscard]] Shrunk shrink(const Plan& plan,
                            const std::function<bool(const Plan&)>& still_fails,
                            std::size_t most_tries);

}  // namespace handfast::sim
