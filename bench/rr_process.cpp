// Ping-pong of one octet between two threads.
#include <array>
#include <thread>

#include "meter.hpp"
#include "placement.hpp"
#include "rows_shared.hpp"
#include "worlds.hpp"

namespace handfast::bench {

namespace {

template <class World>
[[nodiscard]] Score ping_pong(const Effort& effort, const Placement& placement) {
    const Pinned near{placement.near};  // also what turns the engine of the world by itself
    World world;
    auto pair = world.connected();
    Meter round_trips;
    std::atomic<bool> stop{false};
    std::jthread server{[&] {
        const Pinned pinned{placement.far};
        std::array<std::byte, 1> octet{};
        while (pair.server.read_some(octet) == 1) pair.server.write(octet);
        pair.server.finish();
    }};
    std::jthread client{[&] {
        const Pinned pinned{placement.near};
        std::array<std::byte, 1> octet{};
        while (!stop.load(std::memory_order_relaxed)) {
            pair.client.write(octet);
            pair.client.read_some(octet);
            round_trips.add(1);
        }
        pair.client.finish();
    }};
    const Window window = watch(effort, round_trips, [&] { return world.wakeups(); });
    stop = true;
    return score(window, window.per_second() * 1e-3, 1);
}

[[nodiscard]] Row row(const char* name, const char* limit, const Placement& placement) {
    return {.name = name,
            .unit = "k/s",
            .limit = limit,
            .ours = [=](const Effort& e) { return ping_pong<OurWorld>(e, placement); },
            .kernel = [=](const Effort& e) { return ping_pong<KernelWorld>(e, placement); }};
}

}  // namespace

Score kernel_round_trips(const Effort& effort) {
    return ping_pong<KernelWorld>(effort, one_processor);
}

void add_round_trip_rows(std::vector<Row>& rows) {
    rows.push_back(
        row("rr1/process/1core", "two wake-ups a round trip, on one processor", one_processor));
    rows.push_back(row("rr1/process/2cores",
                       "waking the other processor; ours looks a while before it sleeps",
                       two_processors));
}

}  // namespace handfast::bench
