// Whether a thread that must wait should look for a while before it sleeps.
//
// Waking a processor that has gone idle takes 25 to 60 us on virtual machines, a look through the
// cache 0.3 us. Looking pays when who answers runs on another processor and answers soon; it keeps
// him from running when he is on the same one, and is waste when the answer takes long. So: look if
// who rang last time rang from elsewhere, as long as recent waits were short.
#pragma once

#include <atomic>
#include <cstdint>

#include "core/base/time.hpp"

namespace handfast::runtime {

// A processor of the machine, by number.
enum class Processor : std::int16_t { unknown = -1 };

// The one that the calling thread runs on: a moment ago, that is.
[[nodiscard]] Processor this_processor();

class Patience {
public:
    static constexpr Duration longest_look = microseconds{50};
    // A wait this short had been better spent looking, the way back from sleep being in it.
    static constexpr Duration short_wait = microseconds{150};

    // How long to look before sleeping; zero: not at all.
    [[nodiscard]] Duration look() const {
        return trust_.load(std::memory_order_relaxed) > 0 ? longest_look : Duration{0};
    }
    // A wait took this long.
    void learn(Duration waited);

private:
    static constexpr int most_trust = 8;

    // Rises with short waits, falls with long ones. Threads that learn at once may lose one lesson.
    std::atomic<std::int16_t> trust_{1};
};

}  // namespace handfast::runtime
