// The words on a rung: what a packet says.
#pragma once

#include <cstddef>
#include <variant>
#include <vector>

#include "core/trace/event.hpp"
#include "observe/frame_summary.hpp"
#include "observe/ladder/sequence_names.hpp"
#include "observe/ladder/step.hpp"

namespace handfast::observe::ladder {

using Content = decltype(FrameSummary::content);

// "SYN ACK", "seq=K", "ack=J+1", "win=65160"; the numbers of `from` have its letters.
[[nodiscard]] std::vector<Piece> label_of(const Content& content,
                                          Side from,
                                          const SequenceNames& names);

[[nodiscard]] Style style_of(const Content& content);

}  // namespace handfast::observe::ladder
