// The clock of a trial, and the way to wait for the next deadline: real time, or virtual.
#pragma once

#include <algorithm>
#include <ctime>
#include <poll.h>
#include <stdexcept>
#include <vector>

#include "host/runtime/clock.hpp"
#include "impaired/trial.hpp"

namespace handfast::bench::impaired {

class Clock {
public:
    explicit Clock(Time time) : time_{time} {}

    [[nodiscard]] Instant now() const {
        return time_ == Time::real ? runtime::now() : virtual_now_;
    }
    // Until then, or until one of the descriptors has news.
    void sleep(Deadline until, std::vector<pollfd>& watched) {
        if (time_ == Time::virtual_time) {
            if (!until) throw std::runtime_error{"nothing is left to happen"};
            virtual_now_ = std::max(virtual_now_, *until);
            return;
        }
        const Instant begin = now();
        const Instant latest = begin + longest_sleep;
        const Instant wanted = std::min(until.value_or(latest), latest);
        const Duration left = std::max(wanted - begin, Duration::zero());
        const timespec wait{.tv_sec = 0, .tv_nsec = static_cast<long>(left.count())};
        (void)::ppoll(watched.data(), watched.size(), &wait, nullptr);
        if (until) worst_ = std::max(worst_, now() - *until);
    }
    // Milliseconds that it once woke too late.
    [[nodiscard]] double worst_stall() const {
        return std::chrono::duration<double, std::milli>{worst_}.count();
    }

private:
    // Without a deadline only a socket can have news.
    static constexpr auto longest_sleep = milliseconds{100};

    Time time_;
    Instant virtual_now_{seconds{1'000}};
    Duration worst_{};
};

}  // namespace handfast::bench::impaired
