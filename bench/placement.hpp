// On which processors the threads of a measurement run. Unpinned, they wander, and a round trip
// costs ten times more or less from one run to the next.
#pragma once

#include <cstddef>

namespace handfast::bench {

// How many processors this process may use.
[[nodiscard]] std::size_t processors();

// Where the two ends of a connection run.
struct Placement {
    std::size_t near{0};  // the n-th of the processors, modulo their number
    std::size_t far{1};
};
inline constexpr Placement one_processor{.near = 0, .far = 0};
inline constexpr Placement two_processors{.near = 0, .far = 1};

// Ties the calling thread to a processor, while this lives. Threads that it starts meanwhile
// inherit that.
class Pinned {
public:
    explicit Pinned(std::size_t nth);
    Pinned(const Pinned&) = delete;
    Pinned& operator=(const Pinned&) = delete;
    Pinned(Pinned&&) = delete;
    Pinned& operator=(Pinned&&) = delete;
    ~Pinned();
};

}  // namespace handfast::bench
