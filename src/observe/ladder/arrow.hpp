// Arrows: the lower half of a rung, composed from the sender to the receiver and turned around when
// the sender stands on the right.
#pragma once

#include <cstddef>
#include <string>

#include "observe/ladder/step.hpp"
#include "observe/text/line.hpp"

namespace handfast::observe::ladder {

// Exactly `columns` wide, from rail to rail. Shows the fate of what was lost if it fits.
[[nodiscard]] Line arrow(const Step& step, std::size_t columns);
[[nodiscard]] bool shows_fate(const Step& step, std::size_t columns);

// What departed earlier comes to its end.
[[nodiscard]] Line arriving_arrow(const Step& step, std::size_t columns);

}  // namespace handfast::observe::ladder
