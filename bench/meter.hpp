// Counts what threads do while others look on.
//
//   |--- warm-up ---|------ window ------|      the threads work all the time; only what they did
//   in
//                   count             count     the window is told
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <thread>

#include "row.hpp"

namespace handfast::bench {

// Written by one thread, in a cache line of its own.
class alignas(64) Meter {
public:
    void add(std::uint64_t n) {
        done_.store(done_.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
    }
    [[nodiscard]] std::uint64_t done() const { return done_.load(std::memory_order_relaxed); }

private:
    std::atomic<std::uint64_t> done_{0};
};

// What was done in a window of time.
struct Window {
    double seconds{0};
    double done{0};
    double wakeups{0};

    [[nodiscard]] double per_second() const { return done / seconds; }
};

// `wakeups()` counts those since the beginning.
template <class Wakeups>
[[nodiscard]] Window watch(const Effort& effort, const Meter& meter, Wakeups&& wakeups) {
    using Clock = std::chrono::steady_clock;
    using Seconds = std::chrono::duration<double>;
    std::this_thread::sleep_for(Seconds{std::min(0.1, effort.seconds / 2)});
    const auto begin = Clock::now();
    const std::uint64_t done = meter.done();
    const std::uint64_t woken = wakeups();
    std::this_thread::sleep_for(Seconds{effort.seconds});
    const Seconds passed = Clock::now() - begin;
    return {.seconds = passed.count(),
            .done = static_cast<double>(meter.done() - done),
            .wakeups = static_cast<double>(wakeups() - woken)};
}

// An operation is so much of what the window counted.
[[nodiscard]] inline Score score(const Window& window, double value, double per_operation) {
    Score result{.value = value};
    if (window.done > 0) result.wakeups_per_op = window.wakeups / window.done * per_operation;
    return result;
}

}  // namespace handfast::bench
