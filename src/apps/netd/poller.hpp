// epoll(7) with owners: who watches a descriptor is called when something happens to it.
//
// A watcher may unwatch any descriptor, also another's, while it is called: events of the same
// batch that name it are left out.
#pragma once

#include <sys/epoll.h>

#include <array>
#include <cstdint>
#include <optional>

#include "core/base/slab.hpp"
#include "core/base/time.hpp"
#include "host/link/file_descriptor.hpp"

namespace handfast::netd {

// Lives at one address as long as it is watched.
class Watcher {
public:
    Watcher() = default;
    Watcher(const Watcher&) = delete;
    Watcher& operator=(const Watcher&) = delete;
    Watcher(Watcher&&) = delete;
    Watcher& operator=(Watcher&&) = delete;
    virtual ~Watcher() = default;

    // EPOLLIN, EPOLLHUP …
    virtual void on_events(std::uint32_t events) = 0;
};

struct Watch {
    Watcher* watcher{nullptr};
};
using WatchId = Handle<Watch>;

class Poller {
public:
    Poller();

    [[nodiscard]] WatchId watch(int descriptor, std::uint32_t events, Watcher& watcher);
    void change(WatchId id, int descriptor, std::uint32_t events);
    // Before the descriptor is closed. A null id is none.
    void unwatch(WatchId id, int descriptor);

    // Waits until something happens, or for so long; nullopt: for ever.
    void wait(std::optional<Duration> time);
    // Calls the watchers of what happened.
    void dispatch();

private:
    static constexpr std::size_t max_watched = std::size_t{1} << 22;
    static constexpr std::size_t batch = 256;

    link::FileDescriptor epoll_;
    std::array<epoll_event, batch> events_{};
    std::size_t count_{0};
    Slab<Watch> watched_{max_watched};
};

}  // namespace handfast::netd
