#include "observe/text/utf8.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <string>

namespace handfast::observe {
namespace {

TEST(Utf8, counts_columns_as_a_terminal_does) {
    EXPECT_EQ(display_width("abc"), 3U);
    EXPECT_EQ(display_width("├──▶"), 4U);
    EXPECT_EQ(display_width("日本"), 4U);
    EXPECT_EQ(display_width("e\xcc\x81"), 1U);  // e and a combining acute
    EXPECT_EQ(display_width("🙂"), 2U);
    EXPECT_EQ(display_width(""), 0U);
}

TEST(Utf8, takes_octets_that_are_no_utf8_one_by_one__rfc3629_3) {
    for (const std::string_view broken :
         {"\xff", "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82"}) {
        const Character first = first_character(broken);
        EXPECT_EQ(first.code, char32_t{0xfffd});
        EXPECT_EQ(first.octets, 1U);
    }
}

TEST(Utf8, clips_with_an_ellipsis_inside_the_columns) {
    EXPECT_EQ(clipped("abcdef", 6), "abcdef");
    EXPECT_EQ(clipped("abcdef", 4), "abc…");
    EXPECT_EQ(clipped("日本語", 4), "日…");
    EXPECT_EQ(clipped("abc", 0), "");
}

TEST(Utf8, makes_controls_and_marks_of_direction_visible_dots) {
    EXPECT_EQ(printable("a\x1b[31mb"), "a.[31mb");
    EXPECT_EQ(printable("a\xe2\x80\xae"
                        "b"),
              "a.b");  // right-to-left override
    EXPECT_EQ(printable("\xc2\x9b"
                        "1m"),
              ".1m");  // CSI in its C1 form
    EXPECT_EQ(printable("\xff"), ".");
    EXPECT_EQ(printable("grüße →"), "grüße →");
}

TEST(Utf8, has_an_ascii_likeness_of_the_same_width) {
    EXPECT_EQ(ascii("├──▶ ✗ 3×1448"), "|--> X 3x1448");
    EXPECT_EQ(ascii("日"), "??");
}

RC_GTEST_PROP(Utf8, never_clips_to_more_than_was_asked, (const std::string& text)) {
    const auto columns = *rc::gen::inRange<std::size_t>(0, 20);
    RC_ASSERT(display_width(clipped(text, columns)) <= columns);
}

RC_GTEST_PROP(Utf8, makes_every_text_printable, (const std::string& text)) {
    const std::string safe = printable(text);
    RC_ASSERT(std::ranges::none_of(
        safe, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }));
    RC_ASSERT(printable(safe) == safe);
    RC_ASSERT(ascii(safe).size() == display_width(safe));
}

}  // namespace
}  // namespace handfast::observe
