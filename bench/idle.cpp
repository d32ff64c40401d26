// What a connection costs that nobody uses: 100,000 of them, everything counted that the heap gave,
// the application's objects among it.
#include <sys/resource.h>

#include <algorithm>
#include <cstdlib>
#include <fmt/format.h>
#include <fstream>
#include <malloc.h>
#include <string>
#include <vector>

#include "row.hpp"
#include "worlds.hpp"

namespace handfast::bench {

namespace {

constexpr std::size_t our_connections = 100'000;
constexpr std::size_t kernel_connections = 8'000;  // 16,000 descriptors
constexpr std::size_t spare_descriptors = 100;
constexpr std::size_t least_kernel_connections = 1'000;

[[nodiscard]] std::size_t heap_in_use() {
    const auto info = ::mallinfo2();
    return info.uordblks + info.hblkhd;
}

// "VmRSS:  1234 kB" in octets; 0 when the file has no such line.
[[nodiscard]] std::size_t kilobytes_of(const char* file, std::string_view name) {
    std::ifstream in{file};
    for (std::string line; std::getline(in, line);) {
        if (line.starts_with(name))
            return std::strtoull(line.c_str() + name.size(), nullptr, 10) * 1024;
    }
    return 0;
}

[[nodiscard]] Score ours(const Effort&) {
    constexpr std::uint16_t port = 9;
    const OurWorld world;
    TcpListener listener = world.server().listen(port);
    const std::size_t heap = heap_in_use();
    const std::size_t resident = kilobytes_of("/proc/self/status", "VmRSS:");
    std::vector<Pair<OurStream>> pairs(our_connections);
    for (std::uint32_t i = 0; i < pairs.size(); ++i) {
        pairs[i].client = world.client().connect({OurWorld::server_address(i), port});
        pairs[i].server = listener.accept();
    }
    const auto ends = static_cast<double>(2 * our_connections);
    const double grown =
        static_cast<double>(kilobytes_of("/proc/self/status", "VmRSS:") - resident) / ends;
    return {.value = static_cast<double>(heap_in_use() - heap) / ends,
            .remark = fmt::format("resident set: {:.0f}", grown)};
}

[[nodiscard]] std::size_t kernel_memory() {
    return kilobytes_of("/proc/meminfo", "Slab:");
}

[[nodiscard]] std::size_t affordable_connections() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
    limit.rlim_cur = limit.rlim_max;
    (void)::setrlimit(RLIMIT_NOFILE, &limit);
    return std::min<std::size_t>(kernel_connections, (limit.rlim_cur - spare_descriptors) / 2);
}

[[nodiscard]] Score kernels(const Effort&) {
    KernelWorld world;
    std::vector<Pair<KernelStream>> pairs;
    pairs.reserve(affordable_connections());
    const std::size_t before = kernel_memory();
    while (pairs.size() < pairs.capacity()) pairs.push_back(world.connected());
    const auto grown = static_cast<double>(kernel_memory()) - static_cast<double>(before);
    return {.value = grown / static_cast<double>(2 * pairs.size())};
}

}  // namespace

void add_idle_rows(std::vector<Row>& rows) {
    Row row{.name = "idle-bytes",
            .unit = "octets",
            .better = Better::less,
            .limit = "an endpoint's state, of 100,000 connections (kernel: slabs, of 8,000)",
            .ours = ours};
    if (affordable_connections() >= least_kernel_connections && kernel_memory() > 0)
        row.kernel = kernels;
    rows.push_back(std::move(row));
}

}  // namespace handfast::bench
