#include "observe/ladder/arrow.hpp"

#include <algorithm>
#include <vector>

#include "observe/text/utf8.hpp"

namespace handfast::observe::ladder {
namespace {

// Spans from the sender's rail to the receiver's.
class Shaft {
public:
    explicit Shaft(Side sender) : sender_{sender} {}

    Shaft& text(std::string_view text, Style style) {
        parts_.push_back({.text = std::string{text}, .style = style});
        return *this;
    }
    Shaft& fill(std::string_view character, std::size_t n, Style style) {
        std::string filled;
        for (std::size_t i = 0; i < n; ++i) filled += character;
        return text(filled, style);
    }
    Shaft& head(Style style) { return text(sender_ == Side::left ? "▶" : "◀", style); }

    [[nodiscard]] Line line() {
        if (sender_ == Side::right) std::ranges::reverse(parts_);
        Line out;
        for (const Span& part : parts_) out.add(part.text, part.style);
        return out;
    }

private:
    Side sender_;
    std::vector<Span> parts_;
};

constexpr std::size_t stub = 3;  // the least that is seen of a shaft

[[nodiscard]] Style shaft_style(const Step& step) {
    if (!step.fate.empty()) return Style::lost;
    return step.style == Style::strong ? Style::plain : step.style;
}

// The reason, and how the text begins, as far as there is room.
[[nodiscard]] std::string words_of(const Step& step, std::size_t room) {
    std::string both = step.reason + (step.reason.empty() ? "" : " ") + step.preview;
    if (!step.preview.empty() && display_width(both) <= room) return both;
    return clipped(step.reason, room);
}

[[nodiscard]] std::string padded(const std::string& words) {
    return words.empty() ? words : " " + words + " ";
}

// ├────────── data ──────────▶
[[nodiscard]] Line whole(const Step& step, std::size_t columns) {
    const Style style = shaft_style(step);
    const std::string words = padded(words_of(step, columns - 2 * stub - 3));
    const std::size_t shaft = columns - 1 - display_width(words);
    return Shaft{step.side}
        .fill("─", shaft / 2, style)
        .text(words, step.style)
        .fill("─", shaft - shaft / 2, style)
        .head(style)
        .line();
}

// ├────────── data ────────✗ lost by chance
[[nodiscard]] Line broken(const Step& step, std::size_t columns) {
    const std::string fate = shows_fate(step, columns) ? step.fate : std::string{};
    const std::size_t end = fate.empty() ? 2 : display_width(fate) + 3;  // "✗ lost "
    const std::size_t room = columns - end;
    const std::string words = padded(words_of(step, room - 2 * stub - 2));
    const std::size_t length =
        std::max(display_width(words) + 2 * stub, std::min(columns * 2 / 3, room));
    const std::size_t shaft = length - display_width(words);
    // The fate reads from left to right on either side.
    const std::string cross = step.side == Side::left ? "✗" + padded(fate) : padded(fate) + "✗";
    return Shaft{step.side}
        .fill("─", shaft / 2, Style::plain)
        .text(words, step.style)
        .fill("─", shaft - shaft / 2, Style::plain)
        .text(cross, Style::lost)
        .fill(" ", columns - length - display_width(cross), Style::plain)
        .line();
}

// ├────────── data ──────┄┄┄┄┄┄┄ 2
[[nodiscard]] Line departing(const Step& step, std::size_t columns) {
    const std::string number = padded(step.number == 0 ? "?" : std::to_string(step.number));
    const std::size_t dots = columns / 4;
    const std::size_t room = columns - number.size() - dots;
    const std::string words = padded(words_of(step, room - 2 * stub));
    const std::size_t solid = room - display_width(words);
    return Shaft{step.side}
        .fill("─", solid / 2, Style::plain)
        .text(words, step.style)
        .fill("─", solid - solid / 2, Style::plain)
        .fill("┄", dots, Style::quiet)
        .text(number, Style::strong)
        .line();
}

//  2 ┄┄┄┄┄┄┄┄┄✗ lost by chance
[[nodiscard]] Line ending(const Step& step, const std::string& number, std::size_t columns) {
    const std::string fate = clipped(step.fate, columns - number.size() - 2 * stub);
    const std::string cross = step.side == Side::left ? "✗" + padded(fate) : padded(fate) + "✗";
    const std::size_t room = columns - number.size() - display_width(cross);
    const std::size_t dots = std::min(room, columns / 2);
    return Shaft{step.side}
        .text(number, Style::strong)
        .fill("┄", dots, Style::quiet)
        .text(cross, Style::lost)
        .fill(" ", room - dots, Style::plain)
        .line();
}

[[nodiscard]] bool begins_with(const Piece& piece, std::string_view prefix) {
    return piece.text.starts_with(prefix);
}

// What is needed to know it again, for it stands whole where it departed: what it brings, or else
// what it acknowledges.
[[nodiscard]] std::string short_label(const Step& step, std::size_t room) {
    const auto has = [&step](std::string_view prefix) {
        return std::ranges::any_of(
            step.label, [prefix](const Piece& piece) { return begins_with(piece, prefix); });
    };
    const bool brings = has("len=") || !has("ack=") || has("SYN") || has("FIN");
    std::string out = step.is_second_copy ? "second copy of" : "";
    for (const Piece& piece : step.label) {
        const bool known = piece.need == Piece::Need::if_room || begins_with(piece, "win=") ||
                           begins_with(piece, brings ? "ack=" : "seq=");
        if (known || display_width(out) + 1 + display_width(piece.text) > room) continue;
        if (!out.empty()) out += ' ';
        out += piece.text;
    }
    return out;
}

}  // namespace

bool shows_fate(const Step& step, std::size_t columns) {
    const std::size_t words = display_width(step.reason) + 2 + 2 * stub;
    return words + 3 + display_width(step.fate) <= columns;
}

Line arrow(const Step& step, std::size_t columns) {
    if (step.kind == Step::Kind::departure) return departing(step, columns);
    return step.fate.empty() ? whole(step, columns) : broken(step, columns);
}

Line arriving_arrow(const Step& step, std::size_t columns) {
    const std::string number = padded(step.number == 0 ? "" : std::to_string(step.number));
    if (!step.fate.empty()) return ending(step, number, columns);
    const std::string label = padded(short_label(step, columns - number.size() - 3 * stub));
    const std::size_t dots = columns - 1 - number.size() - display_width(label);
    return Shaft{step.side}
        .text(number, Style::strong)
        .fill("┄", dots / 2, Style::quiet)
        .text(label, Style::quiet)
        .fill("┄", dots - dots / 2, Style::quiet)
        .head(Style::plain)
        .line();
}

}  // namespace handfast::observe::ladder
