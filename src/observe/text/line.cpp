#include "observe/text/line.hpp"

#include "core/base/enum_array.hpp"
#include "observe/text/utf8.hpp"

namespace handfast::observe {
namespace {

// SGR parameters (ECMA-48 §8.3.117); colors from the 256 of xterm, readable on dark and on light.
[[nodiscard]] std::string_view sgr(Style style) {
    switch (style) {
        case Style::quiet:
            return "38;5;244";
        case Style::strong:
            return "1";
        case Style::title:
            return "1;38;5;33";
        case Style::opening:
            return "1;38;5;34";
        case Style::data:
            return "1;38;5;33";
        case Style::closing:
            return "1;38;5;172";
        case Style::refusing:
            return "1;38;5;160";
        case Style::again:
            return "38;5;172";
        case Style::lost:
            return "1;38;5;160";
        case Style::note:
            return "38;5;133";
        case Style::plain:
        case Style::count:
            return "";
    }
    return "";
}

[[nodiscard]] std::vector<Span> without_trailing_blanks(std::vector<Span> spans) {
    while (!spans.empty()) {
        std::string& text = spans.back().text;
        text.erase(text.find_last_not_of(' ') + 1);
        if (!text.empty()) break;
        spans.pop_back();
    }
    return spans;
}

[[nodiscard]] std::size_t width_of(const std::vector<Span>& spans) {
    std::size_t columns = 0;
    for (const Span& span : spans) columns += display_width(span.text);
    return columns;
}

// The first columns; an ellipsis stands for what was cut off.
[[nodiscard]] std::vector<Span> cut(const std::vector<Span>& spans, std::size_t columns) {
    std::vector<Span> out;
    std::size_t left = columns;
    for (const Span& span : spans) {
        const std::size_t width = display_width(span.text);
        if (width >= left) {
            out.push_back({.text = clipped(span.text + "…", left), .style = span.style});
            break;
        }
        out.push_back(span);
        left -= width;
    }
    return out;
}

}  // namespace

Line& Line::add(std::string_view text, Style style) {
    if (text.empty()) return *this;
    width_ += display_width(text);
    if (!spans_.empty() && spans_.back().style == style) {
        spans_.back().text += text;
    } else {
        spans_.push_back({.text = std::string{text}, .style = style});
    }
    return *this;
}

Line& Line::add(const Line& other) {
    for (const Span& span : other.spans_) add(span.text, span.style);
    return *this;
}

Line& Line::fill(std::string_view character, std::size_t n, Style style) {
    std::string text;
    for (std::size_t i = 0; i < n; ++i) text += character;
    return add(text, style);
}

std::string painted(const Line& line, std::size_t columns, Look look) {
    std::vector<Span> spans = without_trailing_blanks(line.spans());
    if (width_of(spans) > columns) spans = cut(spans, columns);
    std::string out;
    for (const Span& span : spans) {
        const std::string text = look.glyphs == Glyphs::ascii ? ascii(span.text) : span.text;
        const std::string_view code = sgr(span.style);
        if (look.color == Color::none || code.empty()) {
            out += text;
        } else {
            out.append("\x1b[").append(code).append("m").append(text).append("\x1b[0m");
        }
    }
    return out;
}

}  // namespace handfast::observe
