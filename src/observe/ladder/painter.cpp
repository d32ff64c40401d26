#include "observe/ladder/painter.hpp"

#include <algorithm>
#include <fmt/format.h>

#include "core/wire/format.hpp"
#include "observe/ladder/arrow.hpp"
#include "observe/text/utf8.hpp"
#include "observe/text/words.hpp"

namespace handfast::observe::ladder {
namespace {

constexpr std::size_t time_columns = 9;
constexpr std::size_t state_columns = 11;  // ESTABLISHED
constexpr std::size_t inferred_columns = state_columns + 2;

// A wait that one should see.
constexpr Duration shown_gap = milliseconds{30};

[[nodiscard]] std::size_t state_width(const Conversation& c, Side side) {
    return c.rail(side).is_ours() ? state_columns : inferred_columns;
}

[[nodiscard]] std::string end_text(const Rail::Identity& end) {
    const bool has_port = wire::number(end.endpoint.port) != 0;
    return has_port ? wire::to_string(end.endpoint) : wire::to_string(end.endpoint.address);
}

[[nodiscard]] std::string full_name(const Rail::Identity& end) {
    return end.name.empty() ? end_text(end) : printable(end.name) + " " + end_text(end);
}

[[nodiscard]] Style mark_style(const StateMark& mark) {
    return mark.changed ? Style::strong : Style::quiet;
}

// A label as lines of at most so many columns; what is there only if there is room fills the first.
[[nodiscard]] std::vector<Line> wrapped(const std::vector<Piece>& pieces, std::size_t columns) {
    std::vector<Line> lines(1);
    const auto add = [&](const Piece& piece) {
        const std::size_t used = lines.back().width();
        if (used != 0 && used + 1 + display_width(piece.text) > columns) lines.emplace_back();
        if (lines.back().width() != 0) lines.back().blanks(1);
        lines.back().add(clipped(piece.text, columns), piece.style);
    };
    for (const Piece& piece : pieces) {
        if (piece.need == Piece::Need::essential) add(piece);
    }
    for (const Piece& piece : pieces) {
        const bool fits = lines.back().width() + 1 + display_width(piece.text) <= columns;
        if (piece.need == Piece::Need::if_room && fits) add(piece);
    }
    return lines;
}

}  // namespace

Painter::Painter(const Conversation& conversation, std::size_t width, Instant origin)
    : width_{std::max(width, min_width)},
      origin_{origin},
      states_{.left = state_width(conversation, Side::left),
              .right = state_width(conversation, Side::right)},
      zone_{width_ - time_columns - 1 - states_.left - 1 - 2 - 1 - states_.right} {}

// ---- Rows ---------------------------------------------------------------------------------------

Line Painter::row(const Row& row, const Line& zone) const {
    Line out;
    out.blanks(time_columns - std::min(time_columns, display_width(row.time)));
    out.add(row.time, Style::quiet).blanks(1);
    out.blanks(states_.left - std::min(states_.left, display_width(row.left.text)));
    out.add(row.left.text, mark_style(row.left)).blanks(1);
    out.add(row.left_rail, row.rails).add(zone).add(row.right_rail, row.rails);
    if (!row.right.text.empty()) out.blanks(1).add(row.right.text, mark_style(row.right));
    return out;
}

Painter::Row Painter::marked(Side side, const StateMark& mark) const {
    Row out;
    (side == Side::left ? out.left : out.right) = mark;
    return out;
}

// Text at its side of the zone, one column from the rail.
Line Painter::placed(const Line& text, Side side) const {
    const std::size_t room = zone_ - std::min(zone_, text.width() + 1);
    Line out;
    if (side == Side::left) return out.blanks(1).add(text).blanks(room);
    return out.blanks(room).add(text).blanks(1);
}

// Said once, when it changes.
std::string Painter::time_text(Instant at) {
    std::string text = duration_text(at - origin_);
    if (text == last_time_) return {};
    last_time_ = text;
    return text;
}

std::optional<Line> Painter::gap_before(const Step& step) {
    const Instant end = step.at + step.flight_time.value_or(Duration{});
    const std::optional<Instant> before = last_end_;
    last_end_ = before ? std::max(*before, end) : end;
    if (!before || step.at - *before < shown_gap) return std::nullopt;
    Row gap{.time = "+" + duration_text(step.at - *before)};
    gap.left_rail = gap.right_rail = "┊";
    return row(gap, Line{}.blanks(zone_));
}

// ---- Steps --------------------------------------------------------------------------------------

std::vector<Line> Painter::draw(const Step& step) {
    std::vector<Line> out;
    if (auto gap = gap_before(step)) out.push_back(*gap);
    switch (step.kind) {
        case Step::Kind::flight:
        case Step::Kind::departure:
            draw_labels(out, step);
            draw_arrow(out, step);
            draw_verdict(out, step);
            break;
        case Step::Kind::arrival:
            draw_arrival(out, step);
            draw_verdict(out, step);
            break;
        case Step::Kind::note:
            draw_note(out, step);
            break;
    }
    return out;
}

void Painter::draw_labels(std::vector<Line>& out, const Step& step) {
    bool first = true;
    for (const Line& label : wrapped(step.label, zone_ - 2)) {
        Row beside = first ? marked(step.side, step.sender) : Row{};
        if (first) beside.time = time_text(step.at);
        out.push_back(row(beside, placed(label, step.side)));
        first = false;
    }
}

void Painter::draw_arrow(std::vector<Line>& out, const Step& step) const {
    Row beside = marked(opposite(step.side), step.receiver);
    if (step.flight_time.value_or(Duration{}) > Duration{}) {
        beside.time = "+" + duration_text(*step.flight_time);
    }
    (step.side == Side::left ? beside.left_rail : beside.right_rail) =
        step.side == Side::left ? "├" : "┤";
    out.push_back(row(beside, arrow(step, zone_)));
}

void Painter::draw_arrival(std::vector<Line>& out, const Step& step) {
    Row beside = marked(opposite(step.side), step.receiver);
    beside.time = time_text(step.at);
    out.push_back(row(beside, arriving_arrow(step, zone_)));
}

// What became of it, beside the rail of who decided, when the arrow has no room for it.
void Painter::draw_verdict(std::vector<Line>& out, const Step& step) const {
    const bool arrow_tells = step.kind == Step::Kind::arrival || shows_fate(step, zone_);
    const std::string& text = step.fate.empty() ? step.verdict : step.fate;
    if (text.empty() || (!step.fate.empty() && arrow_tells)) return;
    const Side side = opposite(step.side);
    const std::string cut = clipped(text, zone_ - 4);
    Line line;
    line.add(side == Side::left ? "✗ " + cut : cut + " ✗", Style::lost);
    out.push_back(row({}, placed(line, side)));
}

void Painter::draw_note(std::vector<Line>& out, const Step& step) {
    const bool left = step.side == Side::left;
    const bool timer = step.style == Style::again;
    const std::string_view pointer = left ? "▸" : "◂";
    const std::string_view mark = timer ? "◷" : pointer;
    const std::string text = clipped(printable(step.reason), zone_ - 4);
    Line line;
    line.add(left ? fmt::format("{} {}", mark, text) : fmt::format("{} {}", text, mark),
             step.style);
    Row beside = marked(step.side, step.sender);
    beside.time = time_text(step.at);
    out.push_back(row(beside, placed(line, step.side)));
}

// ---- Above and below ----------------------------------------------------------------------------

Line Painter::centered_on_rails(const Pair<std::string>& texts, Style style) const {
    const std::size_t left_rail = time_columns + 1 + states_.left + 1;
    const std::size_t right_rail = left_rail + zone_ + 1;
    const std::size_t middle = (left_rail + right_rail) / 2;
    const std::string left = clipped(texts.left, middle - 1);
    const std::string right = clipped(texts.right, width_ - middle - 1);
    const std::size_t left_half = display_width(left) / 2;
    const std::size_t left_most = middle - 1 - display_width(left);
    const std::size_t left_at = std::min(left_rail - std::min(left_rail, left_half), left_most);
    const std::size_t right_half = display_width(right) / 2;
    const std::size_t right_most = width_ - display_width(right);
    const std::size_t right_at = std::clamp(right_rail - right_half, middle, right_most);
    Line out;
    out.blanks(left_at).add(left, style);
    out.blanks(right_at - out.width()).add(right, style);
    return out;
}

Line Painter::rule(std::string_view crossing) const {
    const std::size_t left_rail = time_columns + 1 + states_.left + 1;
    Line out;
    out.blanks(time_columns + 1).fill("─", left_rail - time_columns - 1, Style::quiet);
    out.add(crossing, Style::quiet).fill("─", zone_, Style::quiet).add(crossing, Style::quiet);
    return out.fill("─", states_.right + 1, Style::quiet);
}

std::vector<Line> Painter::heading(const Conversation& conversation) const {
    const Pair<Rail::Identity>& ends = conversation.facts().ends;
    std::vector<Line> out;
    const std::string title =
        fmt::format("── {} {} ", conversation.facts().protocol, conversation.facts().number);
    out.push_back(
        Line{}.add(title, Style::title).fill("─", width_ - display_width(title), Style::title));
    const Pair<std::string> names{.left = printable(ends.left.name),
                                  .right = printable(ends.right.name)};
    if (!names.left.empty() || !names.right.empty()) {
        out.push_back(centered_on_rails(names, Style::strong));
    }
    out.push_back(centered_on_rails({.left = end_text(ends.left), .right = end_text(ends.right)},
                                    Style::plain));
    out.push_back(rule("┬"));
    const Row states{.left = {.text = conversation.rail(Side::left).first_state()},
                     .right = {.text = conversation.rail(Side::right).first_state()}};
    if (!states.left.text.empty() || !states.right.text.empty()) {
        out.push_back(row(states, Line{}.blanks(zone_)));
    }
    return out;
}

Line Painter::reminder(const Conversation& conversation) const {
    const Conversation::Facts& facts = conversation.facts();
    const std::string text = fmt::format("── {} {}: {} ↔ {} ",
                                         facts.protocol,
                                         facts.number,
                                         full_name(facts.ends.left),
                                         full_name(facts.ends.right));
    const std::size_t used = std::min(width_, display_width(text));
    return Line{}.add(text, Style::title).fill("─", width_ - used, Style::title);
}

std::vector<Line> Painter::closing(const Conversation& conversation) const {
    std::vector<Line> out{rule("┴")};
    const std::string legend = conversation.names().legend();
    if (!legend.empty()) out.push_back(Line{}.blanks(time_columns + 1).add(legend, Style::quiet));
    const Totals& totals = conversation.totals();
    std::string sum = count_text(totals.packets, "packet");
    if (totals.lost != 0) sum += fmt::format(", {} lost", totals.lost);
    if (totals.repeated != 0) sum += fmt::format(", {} sent again", totals.repeated);
    sum += " in " + duration_text(totals.last - totals.first);
    out.push_back(Line{}.blanks(time_columns + 1).add(sum, Style::quiet));
    return out;
}

}  // namespace handfast::observe::ladder
