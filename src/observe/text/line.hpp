// A line of text with meaning: what a span says is told apart from how a terminal shows it, so that
// the plain, the colored and the ASCII view of one line cannot differ in their words.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace handfast::observe {

enum class Style : std::uint8_t {
    plain,
    quiet,  // there when one looks for it: rails, times of flight
    strong,
    title,
    opening,  // SYN
    data,
    closing,   // FIN
    refusing,  // RST
    again,     // retransmissions, probes, timers
    lost,
    note,  // what an application did
    count
};

enum class Color : std::uint8_t { none, ansi };
enum class Glyphs : std::uint8_t { unicode, ascii };

struct Look {
    Color color{Color::none};
    Glyphs glyphs{Glyphs::unicode};
};

struct Span {
    std::string text;
    Style style{Style::plain};
};

class Line {
public:
    Line& add(std::string_view text, Style style);
    Line& add(std::string_view text) { return add(text, Style::plain); }
    Line& add(const Line& other);
    // The character n times.
    Line& fill(std::string_view character, std::size_t n, Style style);
    Line& blanks(std::size_t n) { return fill(" ", n, Style::plain); }

    // Columns on the terminal.
    [[nodiscard]] std::size_t width() const { return width_; }
    [[nodiscard]] const std::vector<Span>& spans() const { return spans_; }

private:
    std::vector<Span> spans_;
    std::size_t width_{0};
};

// What goes to the terminal: no trailing blanks, never more than `columns`.
[[nodiscard]] std::string painted(const Line& line, std::size_t columns, Look look);

}  // namespace handfast::observe
