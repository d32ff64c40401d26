// Time that cannot be read: instants come in as arguments, and nothing here asks a clock.
#pragma once

#include <algorithm>
#include <chrono>
#include <compare>
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

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::nanoseconds;
using std::chrono::seconds;

// When something is due; nullopt: nothing is awaited. Used like a std::optional<Instant>, but one
// number, whose absence is the end of time: rooms ask each other for deadlines several times for
// every packet, and an optional that is returned and copied stalls the processor each time.
class Deadline {
public:
    constexpr Deadline() = default;
    constexpr Deadline(std::nullopt_t) {}
    constexpr Deadline(Instant at) : at_{at} {}

    [[nodiscard]] constexpr bool has_value() const { return at_ != never; }
    [[nodiscard]] constexpr explicit operator bool() const { return has_value(); }
    [[nodiscard]] constexpr Instant operator*() const { return at_; }
    [[nodiscard]] constexpr const Instant* operator->() const { return &at_; }
    [[nodiscard]] constexpr Instant value_or(Instant other) const {
        return has_value() ? at_ : other;
    }
    constexpr void reset() { at_ = never; }

    friend constexpr bool operator==(Deadline, Deadline) = default;
    // None comes after all instants.
    friend constexpr auto operator<=>(Deadline, Deadline) = default;

private:
    static constexpr Instant never = Instant::max();

    Instant at_{never};
};

[[nodiscard]] constexpr Deadline earlier(Deadline a, Deadline b) {
    return std::min(a.value_or(Instant::max()), b.value_or(Instant::max()));
}

// Whole milliseconds since the clock's origin.
[[nodiscard]] constexpr std::uint64_t to_ms(Instant t) {
    return static_cast<std::uint64_t>(
        std::chrono::duration_cast<milliseconds>(t.time_since_epoch()).count());
}

}  // namespace handfast
