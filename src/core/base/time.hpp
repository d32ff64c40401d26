// Time that cannot be read: instants come in as arguments, and nothing here asks a clock.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>

namespace handfast {

struct ShardClock {  // A tag, not a Clock: it has no now().
    using rep = std::int64_t;
    using period = std::nano;
    using duration = std::chrono::nanoseconds;
    using time_point = std::chrono::time_point<ShardClock>;
    static constexpr bool is_steady = true;
};

using Duration = ShardClock::duration;
using Instant = ShardClock::time_point;
using Deadline = std::optional<Instant>;  // nullopt: nothing is awaited

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::nanoseconds;
using std::chrono::seconds;

[[nodiscard]] constexpr Deadline earlier(Deadline a, Deadline b) {
    if (!a) return b;
    if (!b) return a;
    return std::min(*a, *b);
}

// Whole milliseconds since the clock's origin.
[[nodiscard]] constexpr std::uint64_t to_ms(Instant t) {
    return static_cast<std::uint64_t>(
        std::chrono::duration_cast<milliseconds>(t.time_since_epoch()).count());
}

}  // namespace handfast
