// Sequence numbers as TCP's textbooks name them: J and K are the initial ones of the two ends, M
// and N those of their FINs, and all others count from these.
#pragma once

#include <optional>
#include <string>

#include "core/trace/event.hpp"
#include "core/wire/seq_num.hpp"
#include "observe/ladder/step.hpp"

namespace handfast::observe::ladder {

class SequenceNames {
public:
    // A segment of this side: what SYN, FIN and, when the beginning was not seen, any segment
    // teach.
    void learn(Side side, const trace::TcpSummary& segment);
    // The other end refused a SYN of this side: the next SYN may have another number.
    void refused(Side side, const trace::TcpSummary& syn);

    // "J", "J+1", "M"; a plain number while nothing is known of this side.
    [[nodiscard]] std::string name(Side side, wire::SeqNum number) const;
    // What the letters stand for: "J = 2864434397   M = J+12"; empty when none is known.
    [[nodiscard]] std::string legend() const;

    [[nodiscard]] std::optional<wire::SeqNum> initial(Side side) const { return ends_[side].isn; }
    [[nodiscard]] std::optional<wire::SeqNum> fin(Side side) const { return ends_[side].fin; }

private:
    struct End {
        std::optional<wire::SeqNum> isn;
        bool isn_was_refused{false};
        std::optional<wire::SeqNum> fin;
    };

    [[nodiscard]] std::string name_from_start(Side side, wire::SeqNum number) const;

    Pair<End> ends_;
};

}  // namespace handfast::observe::ladder
