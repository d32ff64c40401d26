#include "host/runtime/rest.hpp"

#include <sys/eventfd.h>

#include <cstdint>

#include "core/base/check.hpp"
#include "host/runtime/clock.hpp"

namespace handfast::runtime {

namespace {

timespec to_timespec(Duration d) {
    const auto whole = std::chrono::floor<seconds>(d);
    return {.tv_sec = whole.count(), .tv_nsec = (d - whole).count()};
}

}  // namespace

Rest::Rest() : bell_{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)} {
    HF_CHECK(bell_);
}

void Rest::rest(std::vector<pollfd>& wires) {
    wires.front() = {.fd = bell_.get(), .events = POLLIN, .revents = 0};
    const Instant until = until_.load(std::memory_order_relaxed);
    const timespec left = to_timespec(std::max(until - now(), Duration{0}));
    ::ppoll(wires.data(), wires.size(), until == Instant::max() ? nullptr : &left, nullptr);
    if (wires.front().revents != 0) {
        std::uint64_t rings = 0;
        (void)::read(bell_.get(), &rings, sizeof rings);
    }
}

bool Rest::is_news(Deadline due) {
    if (!due || *due >= until_.load(std::memory_order_relaxed)) return false;
    until_.store(*due, std::memory_order_relaxed);
    return true;
}

void Rest::disturb() {
    const std::uint64_t ring = 1;
    (void)::write(bell_.get(), &ring, sizeof ring);
}

void Rest::end() {
    ended_.store(true, std::memory_order_release);
    disturb();
}

}  // namespace handfast::runtime
