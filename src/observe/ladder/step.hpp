// What a ladder shows, before it is drawn: one step is one rung, half a rung, or a note on a rail.
//
//   flight       ├────────── data ──────────▶│    sent and arrived (or lost), nothing in between
//   departure    ├────────── data ─────┄┄┄ 1 │    other things happen before it arrives …
//   arrival      │ 1 ┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄▶│    … and here it does
//   note         │◷ RTO after 200 ms         │
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/time.hpp"
#include "observe/text/line.hpp"

namespace handfast::observe::ladder {

enum class Side : std::uint8_t { left, right };

[[nodiscard]] constexpr Side opposite(Side s) {
    return s == Side::left ? Side::right : Side::left;
}

// One of each for the two rails.
template <class T>
struct Pair {
    T left;
    T right;

    [[nodiscard]] T& operator[](Side s) { return s == Side::left ? left : right; }
    [[nodiscard]] const T& operator[](Side s) const { return s == Side::left ? left : right; }
};

// A part of a packet's label: "seq=J+1".
struct Piece {
    enum class Need : std::uint8_t { essential, if_room };

    std::string text;
    Style style{Style::plain};
    Need need{Need::essential};
};

// The state column's text at a step; empty: not known.
struct StateMark {
    std::string text{};
    bool changed{false};
};

struct Step {
    enum class Kind : std::uint8_t { flight, departure, arrival, note };

    Kind kind{Kind::flight};
    Side side{Side::left};  // where the packet comes from; whose note it is
    Instant at{};           // of a flight: when it was sent
    std::optional<Duration> flight_time{};
    std::vector<Piece> label{};
    std::string reason{};   // why it was sent; a note's text
    std::string preview{};  // how its text begins
    Style style{Style::plain};
    std::string fate{};          // how it was lost; empty: it was not
    std::string verdict{};       // why the receiver refused it; empty: it did not
    std::size_t frames{1};       // as a wire counts them
    std::size_t number{0};       // joins departure and arrival
    bool is_second_copy{false};  // an arrival of what had arrived before
    StateMark sender{};          // of a note: whose rail it is
    StateMark receiver{};
};

}  // namespace handfast::observe::ladder
