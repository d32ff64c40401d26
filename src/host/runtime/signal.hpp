// One thread waits for a signal once, another gives it once.
//
//   empty --give()--> given            the waiter looks while it spins: no system call on either
//   side empty --wait()--> asleep --give()--> given + FUTEX_WAKE
#pragma once

#include <atomic>
#include <cstdint>

#include "core/base/time.hpp"
#include "host/runtime/clock.hpp"

namespace handfast::runtime {

// What giving a signal cost.
enum class Wakeup : std::uint8_t { none, issued };

class Signal {
public:
    Signal() = default;
    Signal(const Signal&) = delete;
    Signal& operator=(const Signal&) = delete;
    Signal(Signal&&) = delete;
    Signal& operator=(Signal&&) = delete;
    ~Signal() = default;

    // The waiter may return, and the signal be gone, before this does: touch nothing of it after.
    Wakeup give();
    // Gives it unless the waiter is asleep, so that no system call is made. False: it is asleep.
    [[nodiscard]] bool give_to_awake();

    [[nodiscard]] bool given() const { return word_.load(std::memory_order_acquire) == given_; }
    // Looks for it until `until`, which is soon, and calls meanwhile() between two looks. True: it
    // was given.
    template <class Meanwhile>
    [[nodiscard]] bool look_for(Instant until, Meanwhile&& meanwhile) const;
    // Sleeps until it is given (true) or the deadline has passed (false).
    [[nodiscard]] bool sleep(Deadline deadline);

private:
    static constexpr std::uint32_t empty_ = 0;
    static constexpr std::uint32_t asleep_ = 1;
    static constexpr std::uint32_t given_ = 2;

    std::atomic<std::uint32_t> word_{empty_};
};

// What a waiting processor does between two looks: leaves the pipeline to others.
void pause();

template <class Meanwhile>
bool Signal::look_for(Instant until, Meanwhile&& meanwhile) const {
    constexpr int looks_per_clock_reading = 32;
    do {
        for (int i = 0; i < looks_per_clock_reading; ++i) {
            if (given()) return true;
            meanwhile();
            pause();
        }
    } while (now() < until);
    return given();
}

}  // namespace handfast::runtime
