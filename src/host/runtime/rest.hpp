// Where the runtime thread rests: until an instant, until a wire is readable, or until it is
// disturbed because something became due earlier.
//
//   holder leaves: due < until_ ?  no  -> nothing           (timers that move later cost nothing)
//                                  yes -> until_ = due, disturb()
#pragma once

#include <atomic>
#include <poll.h>
#include <vector>

#include "core/base/time.hpp"
#include "host/link/file_descriptor.hpp"

namespace handfast::runtime {

class Rest {
public:
    Rest();

    // ---- The runtime thread ---------------------------------------------------------------------
    // Called with the engine held: from now on every deadline is news, until rest() returns.
    void prepare() { until_.store(Instant::max(), std::memory_order_relaxed); }
    // Sleeps. `wires` has a free place in front, for the bell.
    void rest(std::vector<pollfd>& wires);
    [[nodiscard]] bool ended() const { return ended_.load(std::memory_order_acquire); }

    // ---- The holder of the engine ---------------------------------------------------------------
    // True when the runtime thread sleeps for something later than this; it is to be disturbed
    // then, after the engine was left.
    [[nodiscard]] bool is_news(Deadline due);
    // Sees to it that rest() returns.
    void disturb();
    // For good.
    void end();

private:
    link::FileDescriptor bell_;
    std::atomic<Instant> until_{Instant::max()};
    std::atomic<bool> ended_{false};
};

}  // namespace handfast::runtime
