#include "apps/netd/poller.hpp"

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <span>
#include <utility>

#include "core/base/check.hpp"

namespace handfast::netd {

namespace {

epoll_event event_of(WatchId id, std::uint32_t events) {
    epoll_event event{};
    event.events = events;
    event.data.u64 = id.raw();
    return event;
}

timespec to_timespec(Duration time) {
    const auto whole = std::chrono::duration_cast<seconds>(time);
    return {.tv_sec = whole.count(), .tv_nsec = (time - whole).count()};
}

}  // namespace

Poller::Poller() : epoll_{::epoll_create1(EPOLL_CLOEXEC)} {
    HF_CHECK(epoll_);
}

WatchId Poller::watch(int descriptor, std::uint32_t events, Watcher& watcher) {
    const WatchId id = watched_.emplace(Watch{&watcher});
    HF_CHECK(id);  // there are fewer descriptors than that
    epoll_event event = event_of(id, events);
    HF_CHECK(::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, descriptor, &event) == 0);
    return id;
}

void Poller::change(WatchId id, int descriptor, std::uint32_t events) {
    epoll_event event = event_of(id, events);
    HF_CHECK(::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, descriptor, &event) == 0);
}

void Poller::unwatch(WatchId id, int descriptor) {
    if (watched_.find(id) == nullptr) return;
    watched_.erase(id);
    HF_CHECK(::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, descriptor, nullptr) == 0);
}

void Poller::wait(std::optional<Duration> time) {
    timespec longest{};
    if (time) longest = to_timespec(std::max(*time, Duration::zero()));
    const int count = ::epoll_pwait2(
        epoll_.get(), events_.data(), int{batch}, time ? &longest : nullptr, nullptr);
    HF_CHECK(count >= 0 || errno == EINTR);
    count_ = static_cast<std::size_t>(std::max(count, 0));
}

void Poller::dispatch() {
    for (const epoll_event& event : std::span{events_}.first(std::exchange(count_, 0))) {
        if (const Watch* const found = watched_.find(WatchId::from_raw(event.data.u64)))
            found->watcher->on_events(event.events);
    }
}

}  // namespace handfast::netd
