// One stream, as fast as it goes: a thread writes 64 KiB at a time, another reads.
#pragma once

#include <atomic>
#include <cstddef>
#include <thread>
#include <vector>

#include "meter.hpp"
#include "placement.hpp"

namespace handfast::bench {

inline constexpr std::size_t bulk_write_size = 65'536;

// In Gbit/s; an operation is one write.
template <class From, class To, class Wakeups>
[[nodiscard]] Score bulk(
    const Effort& effort, From& from, To& to, const Placement& placement, Wakeups&& wakeups) {
    Meter octets;
    std::atomic<bool> stop{false};
    std::jthread reader{[&] {
        const Pinned pinned{placement.far};
        std::vector<std::byte> room(bulk_write_size);
        while (const std::size_t n = to.read_some(room)) octets.add(n);
    }};
    std::jthread writer{[&] {
        const Pinned pinned{placement.near};
        const std::vector<std::byte> text(bulk_write_size, std::byte{'x'});
        while (!stop.load(std::memory_order_relaxed)) from.write(text);
        from.finish();
    }};
    const Window window = watch(effort, octets, wakeups);
    stop = true;
    return score(window, window.per_second() * 8e-9, bulk_write_size);
}

}  // namespace handfast::bench
