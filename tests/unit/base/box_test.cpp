#include "core/base/box.hpp"

#include <gtest/gtest.h>
#include <string>

namespace handfast {
namespace {

TEST(Box, holds_nothing_at_first) {
    EXPECT_FALSE(Box<std::string>{});
}
TEST(Box, copies_its_value) {
    const Box<std::string> first{"one"};
    Box<std::string> second{first};
    *second = "two";
    EXPECT_EQ(*first, "one");
    second = first;
    EXPECT_EQ(second->size(), 3U);
}
TEST(Box, copies_that_it_holds_nothing) {
    Box<std::string> full{"one"};
    const Box<std::string> none;
    full = none;
    EXPECT_FALSE(full);
}
TEST(Box, is_compared_by_its_value) {
    EXPECT_EQ(Box<std::string>{"one"}, Box<std::string>{"one"});
    EXPECT_FALSE(Box<std::string>{"one"} == Box<std::string>{"two"});
    EXPECT_FALSE(Box<std::string>{"one"} == Box<std::string>{});
    EXPECT_EQ(Box<std::string>{}, Box<std::string>{});
}

}  // namespace
}  // namespace handfast
