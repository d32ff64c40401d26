#include "unit/observe/golden.hpp"

#include <cstdlib>
#include <fstream>
#include <gtest/gtest.h>
#include <sstream>

namespace handfast::observe::test {

std::string joined(const std::vector<std::string>& lines) {
    std::string out;
    for (const std::string& line : lines) out += line + "\n";
    return out;
}

void expect_golden(const std::string& name, const std::string& found) {
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
