// Bulk transfer between two threads of one process.
#include "bulk.hpp"
#include "rows_shared.hpp"
#include "worlds.hpp"

namespace handfast::bench {

namespace {

[[nodiscard]] Score ours(const Effort& effort, Frames frames, const Placement& placement) {
    const Pinned pinned{placement.near};  // also what turns the engine by itself
    OurWorld world{frames};
    auto pair = world.connected();
    return bulk(effort, pair.client, pair.server, placement, [&] { return world.wakeups(); });
}

}  // namespace

Score kernel_bulk(const Effort& effort) {
    KernelWorld world;
    auto pair = world.connected();
    return bulk(effort, pair.client, pair.server, two_processors, [] { return std::uint64_t{0}; });
}

void add_bulk_rows(std::vector<Row>& rows) {
    rows.push_back(
        {.name = "bulk/process/1",
         .unit = "Gbit/s",
         .limit = "a copy in and a copy out, on two processors",
         .ours = [](const Effort& e) { return ours(e, Frames::super_segments, two_processors); },
         .kernel = kernel_bulk});
    // The kernel's loopback never makes wire-sized frames: its figure would say nothing.
    rows.push_back(
        {.name = "bulk/process/mtu1500",
         .unit = "Gbit/s",
         .limit = "1,448 octets a frame, checksum computed and verified; one processor",
         .ours = [](const Effort& e) { return ours(e, Frames::wire_sized, one_processor); }});
}

}  // namespace handfast::bench
