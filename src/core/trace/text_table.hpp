// Words for the enumerators of a vocabulary: a table that does not compile with a row missing, out
// of order or empty.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace handfast::trace {

template <class E>
struct TextRow {
    E of;
    std::string_view text;
};

template <class Row, std::size_t n>
[[nodiscard]] consteval bool rows_in_order(const std::array<Row, n>& rows) {
    for (std::size_t i = 0; i < n; ++i) {
        if (static_cast<std::size_t>(rows[i].of) != i) return false;
    }
    return n == static_cast<std::size_t>(decltype(Row::of)::count);
}

template <class E, std::size_t n>
[[nodiscard]] consteval bool complete(const std::array<TextRow<E>, n>& rows) {
    for (const TextRow<E>& row : rows) {
        if (row.text.empty()) return false;
    }
    return rows_in_order(rows);
}

// The row of a value; one that is no enumerator (from outside) has the text "?".
template <class E, std::size_t n>
[[nodiscard]] constexpr std::string_view text_in(const std::array<TextRow<E>, n>& rows, E value) {
    const auto at = static_cast<std::size_t>(value);
    return at < n ? rows[at].text : "?";
}

}  // namespace handfast::trace
