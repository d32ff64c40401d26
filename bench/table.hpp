// What was measured, for the terminal and for programs.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "row.hpp"

namespace handfast::bench {

struct Result {
    std::string name;
    std::string unit;
    Better better{Better::more};
    std::string limit;
    unsigned rounds{0};            // 0: skipped, and `limit` says why
    std::optional<double> ours{};  // medians of all rounds
    std::optional<double> kernel{};
    std::optional<double> wakeups_per_op{};
    std::optional<double> allocations_per_op{};

    // How many times as good as the kernel: above 1, ours is better.
    [[nodiscard]] std::optional<double> ratio() const;
};

void print_head();
void print(const Result& result);
// [{"name", "unit", "ours", "kernel", "ratio", "limit", "rounds", "wakeups_per_op",
// "allocations_per_op"}]
[[nodiscard]] std::string to_json(const std::vector<Result>& results);

}  // namespace handfast::bench
