// Two senders through one bottleneck at once, ours and the kernel's: does each get its half?
//
//   our sender ------\                                        /--- kernel's receiver
//                     [ 100 Mbit/s, a queue of one product ]
//   kernel's sender -/                                        \--- kernel's receiver
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "impaired/cell.hpp"

namespace handfast::bench::impaired {

struct Shares {
    double ours{0};  // Mbit/s
    double kernels{0};
    double worst_stall{0};  // milliseconds

    // Jain's index: 1 when both get the same, 1/2 when one gets all.
    [[nodiscard]] double jain() const {
        const double sum = ours + kernels;
        return sum == 0 ? 0 : sum * sum / (2 * (ours * ours + kernels * kernels));
    }
};

// In a network namespace of the caller's own.
[[nodiscard]] Shares share_with_kernel(const Cell& cell, std::uint64_t seed);

// Several trials in children, told as they come; the table, as Markdown.
[[nodiscard]] std::string fairness_section(const std::vector<std::string>& controllers,
                                           unsigned seeds);

}  // namespace handfast::bench::impaired
