#include "observe/text/line.hpp"

#include <gtest/gtest.h>

namespace handfast::observe {
namespace {

TEST(Line, leaves_no_blanks_at_its_end) {
    const Line line = Line{}.add("a", Style::strong).blanks(3).add("  ", Style::quiet);
    EXPECT_EQ(line.width(), 6U);
    EXPECT_EQ(painted(line, 80, {}), "a");
}

TEST(Line, is_cut_with_an_ellipsis_at_the_width_of_the_terminal) {
    const Line line = Line{}.add("abc", Style::strong).add("def");
    EXPECT_EQ(painted(line, 6, {}), "abcdef");
    EXPECT_EQ(painted(line, 5, {}), "abcd…");
    EXPECT_EQ(painted(line, 3, {}), "ab…");
    EXPECT_EQ(painted(line, 0, {}), "");
}

TEST(Line, colors_only_what_has_a_style) {
    const Line line = Line{}.add("a").add("b", Style::strong);
    EXPECT_EQ(painted(line, 80, {.color = Color::ansi}), "a\x1b[1mb\x1b[0m");
}

TEST(Line, has_a_color_for_every_style) {
    for (std::size_t i = 1; i < static_cast<std::size_t>(Style::count); ++i) {
        const Line line = Line{}.add("x", static_cast<Style>(i));
        EXPECT_NE(painted(line, 80, {.color = Color::ansi}), "x") << i;
    }
}

}  // namespace
}  // namespace handfast::observe
