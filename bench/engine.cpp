// The engine without sockets' waiting and without threads: one thread does everything of both
// hosts.
#include <array>
#include <chrono>
#include <vector>

#include "allocations.hpp"
#include "engine_pair.hpp"
#include "rows_shared.hpp"

namespace handfast::bench {

namespace {

constexpr std::size_t write_size = 65'536;

// Calls once() again and again: what one call takes, and how often it allocates when all is warm.
template <class Once>
[[nodiscard]] Score repeat(const Effort& effort, Once&& once) {
    using Clock = std::chrono::steady_clock;
    using Seconds = std::chrono::duration<double>;
    constexpr int batch = 64;
    const auto for_seconds = [&](double seconds) {
        std::uint64_t calls = 0;
        const auto begin = Clock::now();
        while (Clock::now() - begin < Seconds{seconds}) {
            for (int i = 0; i < batch; ++i) once();
            calls += batch;
        }
        return Seconds{Clock::now() - begin}.count() / static_cast<double>(calls);
    };
    (void)for_seconds(effort.seconds / 4);
    const std::uint64_t before = allocations();
    const double each = for_seconds(effort.seconds);
    const double allocated = static_cast<double>(allocations() - before);
    return {.value = each * 1e9, .allocations_per_op = allocated * each / effort.seconds};
}

[[nodiscard]] Score bulk(const Effort& effort) {
    EnginePair pair;
    const std::vector<std::byte> octets(write_size);
    std::vector<std::byte> room(octets.size());
    std::size_t got = 0;
    Score score = repeat(effort, [&] {
        pair.send(octets);
        pair.turn();
        while (const std::size_t n = pair.receive(room)) got += n;
        pair.turn();
    });
    HF_CHECK(got > 0 && got % write_size == 0);
    score.value = write_size * 8 / score.value;
    return score;
}

[[nodiscard]] Score round_trip(const Effort& effort) {
    EnginePair pair;
    std::array<std::byte, 1> octet{};
    return repeat(effort, [&] {
        pair.send(octet);
        pair.turn();
        HF_CHECK(pair.receive(octet) == 1);
        pair.send_back(octet);
        pair.turn();
        HF_CHECK(pair.receive_back(octet) == 1);
    });
}

}  // namespace

void add_engine_rows(std::vector<Row>& rows) {
    rows.push_back({.name = "engine/bulk",
                    .unit = "Gbit/s",
                    .limit = "a copy in and a copy out, by one thread",
                    .ours = bulk,
                    .kernel = kernel_bulk});
    rows.push_back({.name = "engine/rr",
                    .unit = "ns",
                    .better = Better::less,
                    .limit = "a segment each way through both stacks, four calls of sockets",
                    .ours = round_trip,
                    .kernel = [](const Effort& e) {
                        Score score = kernel_round_trips(e);
                        score.value = 1e6 / score.value;  // from thousands a second
                        return score;
                    }});
}

}  // namespace handfast::bench
