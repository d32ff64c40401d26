// docs/impaired.md: what was measured, as tables.
#pragma once

#include <filesystem>
#include <string>

#include "impaired/results.hpp"

namespace handfast::bench::impaired {

// Ratios to the kernel alone, by cell, and the geometric means.
[[nodiscard]] std::string page_tables(const Results& results);
void write_page(const std::filesystem::path& file, const Results& results);

}  // namespace handfast::bench::impaired
