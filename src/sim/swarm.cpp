#include "sim/swarm.hpp"

#include <fmt/format.h>

#include "observe/fan_out.hpp"
#include "observe/ladder.hpp"
#include "sim/oracle.hpp"
#include "sim/player.hpp"
#include "sim/shrink.hpp"
#include "sim/world.hpp"

namespace handfast::sim {

namespace {

// More virtual time than any conversation may take, harsh weather and all its time-outs included.
constexpr Duration long_enough = std::chrono::hours{48};
constexpr std::size_t most_tries = 3'000;

[[nodiscard]] World::Config config_of(const Plan& plan) {
    return {.network = {.seed = plan.seed, .pool = {.max_bytes = plan.pool_octets}}};
}

// Its last lines are the ones that matter.
[[nodiscard]] std::string ladder_of(const Plan& plan) {
    constexpr std::size_t most_lines = 120;
    std::vector<std::string> lines;
    observe::LadderOptions options;
    options.width = 110;
    for (const HostPlan& host : plan.hosts)
        options.hosts.push_back(
            {.id = trace::HostId{static_cast<std::uint16_t>(&host - plan.hosts.data())},
             .name = fmt::format("host {}", host.name),
             .addresses = {address_of(host).address}});
    observe::LadderStream ladder{std::move(options),
                                 [&](std::string_view line) { lines.emplace_back(line); }};
    (void)run_plan(plan, &ladder);
    ladder.finish();
    std::string text;
    const std::size_t first = lines.size() > most_lines ? lines.size() - most_lines : 0;
    if (first > 0) text += fmt::format("… {} lines …\n", first);
    for (std::size_t i = first; i < lines.size(); ++i) text += lines[i] + "\n";
    return text;
}

}  // namespace

std::optional<Complaint> run_plan(const Plan& plan, trace::Sink* listener) {
    Oracle oracle{plan};
    observe::FanOut ears;
    if (listener != nullptr) ears.add(*listener);
    ears.add(oracle);
    World world{config_of(plan)};
    world.network().set_sink(&ears);
    Player player{world, plan, oracle};
    player.start();
    world.set_after_step([&](World& w) {
        player.check_queues();
        oracle.after_step(w);
    });
    world.run_until(world.start() + long_enough);
    if (!oracle.complaint() && world.unfinished() > 0)
        oracle.complain(Law::end, world.now(), player.unfinished());
    if (!oracle.complaint()) oracle.at_end(world);
    const auto complaint = oracle.complaint();
    world.network().set_sink(nullptr);
    return complaint;
}

std::optional<Failure> run_swarm(std::uint64_t first, std::uint64_t count, const RunPlan& run) {
    for (std::uint64_t seed = first; seed < first + count; ++seed) {
        const Plan plan = draw_plan(seed);
        const auto complaint = run(plan);
        if (!complaint) continue;
        Complaint why = *complaint;
        const auto fails_so = [&](const Plan& candidate) {
            const auto found = run(candidate);
            if (!found || found->law != complaint->law) return false;
            why = *found;
            return true;
        };
        Shrunk shrunk = shrink(plan, fails_so, most_tries);
        return Failure{.plan = plan,
                       .complaint = *complaint,
                       .smallest = std::move(shrunk.plan),
                       .why = why,
                       .tries = shrunk.tries};
    }
    return std::nullopt;
}

std::string report(const Failure& failure, std::string_view command) {
    const auto line = [](const Complaint& c) {
        const auto at = c.at.time_since_epoch() - World::Config{}.start.time_since_epoch();
        return fmt::format(
            "{}: {} (at {:.6f} s)", text(c.law), c.text, std::chrono::duration<double>(at).count());
    };
    return fmt::format(
        "seed {}: {}\ncut down in {} tries: {}\n{}\n{}\nagain: HANDFAST_SEED={} {}\n",
        failure.plan.seed,
        line(failure.complaint),
        failure.tries,
        line(failure.why),
        to_string(failure.smallest),
        ladder_of(failure.smallest),
        failure.plan.seed,
        command);
}

}  // namespace handfast::sim
