// UTF-8 as a terminal shows it: how many columns a text takes, and text from strangers made safe.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace handfast::observe {

// One character taken from the front of a text. Octets that are no UTF-8 are one U+FFFD each.
struct Character {
    char32_t code{0};
    std::size_t octets{0};
};
[[nodiscard]] Character first_character(std::string_view text);

// Columns of one character: 0 for what combines with the one before, 2 for East Asian wide ones
// (Unicode Standard Annex #11), else 1.
[[nodiscard]] std::size_t display_width(char32_t character);
[[nodiscard]] std::size_t display_width(std::string_view text);

// As much of the text as fits; what was cut shows as an ellipsis.
[[nodiscard]] std::string clipped(std::string_view text, std::size_t columns);

// Controls, escapes, marks of direction and broken UTF-8 become dots: octets that came over a
// network must not steer the terminal that shows them.
[[nodiscard]] std::string printable(std::string_view text);

// The same number of columns in ASCII: │ as |, ▶ as >, what has no likeness as ?.
[[nodiscard]] std::string ascii(std::string_view text);

}  // namespace handfast::observe
