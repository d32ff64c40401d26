// Runs a measurement in a child process with a network namespace of its own: devices and addresses
// that it makes are seen by nobody else, and are gone when it ends.
#pragma once

#include <functional>
#include <string>

#include "row.hpp"

namespace handfast::bench {

// Why that cannot be done here, or nothing.
[[nodiscard]] std::string why_no_namespace();
// What the work says, from that child. Empty: the child failed, and told why.
[[nodiscard]] std::string text_from_own_namespace(const std::function<std::string()>& work);
[[nodiscard]] Score in_own_namespace(const Measurement& measurement, const Effort& effort);

// Runs a command of the shell; the program ends when it fails.
void run(const std::string& command);

}  // namespace handfast::bench
