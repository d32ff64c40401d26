// Draws steps: columns for time and states, rails, arrows between them.
//
//        time  left state │ zone between the rails                 │ right state
//   |<--- 9 -->|<- 11/13 >| everything that is left of the width   |<- 11/13 ->|
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "core/base/time.hpp"
#include "observe/ladder/conversation.hpp"
#include "observe/ladder/step.hpp"
#include "observe/text/line.hpp"

namespace handfast::observe::ladder {

class Painter {
public:
    // Draws one conversation for a terminal of this width; below min_width lines are cut.
    Painter(const Conversation& conversation, std::size_t width, Instant origin);

    static constexpr std::size_t min_width = 60;

    [[nodiscard]] std::vector<Line> heading(const Conversation& conversation) const;
    // One line that says whose steps follow, where conversations are interleaved.
    [[nodiscard]] Line reminder(const Conversation& conversation) const;
    [[nodiscard]] std::vector<Line> draw(const Step& step);
    [[nodiscard]] std::vector<Line> closing(const Conversation& conversation) const;

private:
    // What stands in a row beside the zone.
    struct Row {
        std::string time{};
        StateMark left{};
        StateMark right{};
        std::string_view left_rail{"│"};
        std::string_view right_rail{"│"};
        Style rails{Style::quiet};
    };

    [[nodiscard]] Line row(const Row& row, const Line& zone) const;
    [[nodiscard]] Row marked(Side side, const StateMark& mark) const;
    [[nodiscard]] Line placed(const Line& text, Side side) const;
    [[nodiscard]] std::string time_text(Instant at);
    [[nodiscard]] std::optional<Line> gap_before(const Step& step);

    void draw_labels(std::vector<Line>& out, const Step& step);
    void draw_arrow(std::vector<Line>& out, const Step& step) const;
    void draw_arrival(std::vector<Line>& out, const Step& step);
    void draw_note(std::vector<Line>& out, const Step& step);
    void draw_verdict(std::vector<Line>& out, const Step& step) const;
    [[nodiscard]] Line centered_on_rails(const Pair<std::string>& texts, Style style) const;
    [[nodiscard]] Line rule(std::string_view crossing) const;

    std::size_t width_;
    Instant origin_;
    Pair<std::size_t> states_;  // widths of the state columns
    std::size_t zone_;
    std::string last_time_;
    std::optional<Instant> last_end_;
};

}  // namespace handfast::observe::ladder
