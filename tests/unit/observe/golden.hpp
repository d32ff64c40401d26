// Texts that a test expects as a whole, kept as files beside it.
//
// A test that finds another text prints it. HANDFAST_WRITE_GOLDEN=1 writes the files anew: look at
// the difference before you commit it.
#pragma once

#include <string>
#include <vector>

namespace handfast::observe::test {

[[nodiscard]] std::string joined(const std::vector<std::string>& lines);

void expect_golden(const std::string& name, const std::string& found);

}  // namespace handfast::observe::test
