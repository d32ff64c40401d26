// A link's rate, and the queue in front of it: drop tail.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "core/base/time.hpp"

namespace handfast::weather {

class Shaper {
public:
    // A frame of this size enters the queue: when its last octet leaves, or nullopt when it finds
    // the queue full. A link that is idle takes any frame. Rate 0: at once.
    [[nodiscard]] std::optional<Instant> admit(std::size_t octets,
                                               std::uint64_t bits_per_second,
                                               std::size_t queue,
                                               Instant now);

private:
    Instant free_at_{};  // when all that was admitted has left
    std::uint64_t remainder_{
        0};  // of the division by the rate: no nanosecond is lost over many frames
};

}  // namespace handfast::weather
