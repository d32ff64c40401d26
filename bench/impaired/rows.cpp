// Six cells for the usual table: ours to ours beside the kernel to the kernel, the same fates.
#include <memory>

#include "impaired/in_child.hpp"
#include "own_namespace.hpp"
#include "row.hpp"

namespace handfast::bench {

namespace {

using impaired::Stack;

constexpr auto length = seconds{4};

// The n-th measurement has the n-th seed, on either side.
[[nodiscard]] Measurement measurement(const impaired::Cell& cell, Stack stack) {
    return [cell, stack, seed = std::make_shared<std::uint64_t>(0)](const Effort&) {
        const impaired::Trial trial{.cell = cell,
                                    .pairing = {.sender = stack, .receiver = stack},
                                    .seed = ++*seed,
                                    .length = length,
                                    .buffers = impaired::ample_buffers};
        const impaired::Outcome outcome = impaired::run_in_child(trial);
        return Score{.value = outcome.mbits};
    };
}

}  // namespace

void add_impaired_rows(std::vector<Row>& rows) {
    const std::string why_not = why_no_namespace();
    for (const impaired::Cell& cell : impaired::representative_cells()) {
        rows.push_back({.name = "impaired/" + cell.name(),
                        .unit = "Mbit/s",
                        .limit = "one stream of 4 s at 100 Mbit/s; the same losses for both",
                        .ours = measurement(cell, Stack::ours),
                        .kernel = measurement(cell, Stack::kernel),
                        .why_skipped = why_not});
    }
}

}  // namespace handfast::bench
