// docs/impaired.md: what was measured, as tables.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "impaired/results.hpp"

namespace handfast::bench::impaired {

// Ratios to the kernel alone, by cell, and the geometric means; a table for each controller.
[[nodiscard]] std::string page_tables(const Results& results);
// Behind the tables comes what stands in these files, if they are there.
void write_page(const std::filesystem::path& file,
                const Results& results,
                const std::vector<std::filesystem::path>& sections);

}  // namespace handfast::bench::impaired
