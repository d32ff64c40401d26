// Texts that a test expects as a whole, kept as files beside it.
//
// A test that finds another text prints it. HANDFAST_WRITE_GOLDEN=1 writes the files anew: look at the
// difference before you commit it.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace handfast::observe::test {

[[nodiscard]] inline std::string joined(const std::vector<std::string>& lines) {
    std::string out;
    for (const std::string& line : lines) out += line + "\n";
    return out;
}

inline void expect_golden(const std::string& name, const std::string& found) {
    const std::string path =
        std::string{HANDFAST_SOURCE_DIR} + "/tests/unit/observe/golden/" + name + ".txt";
    if (std::getenv("HANDFAST_WRITE_GOLDEN") != nullptr) {
        std::ofstream{path} << found;
        return;
    }
    std::ifstream file{path};
    ASSERT_TRUE(file) << "missing: " << path;
    std::stringstream expected;
    expected << file.rdbuf();
    EXPECT_EQ(found, expected.str()) << name;
}

}  // namespace handfast::observe::test
