// What takes too long, or too many links, for real time: ours to ours in virtual time.
#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <stdexcept>
#include <system_error>

#include "impaired/campaign.hpp"
#include "sim/world.hpp"

namespace handfast::bench::impaired {

namespace {

constexpr std::uint16_t port = 7;
constexpr std::array controllers{"cubic", "reno", "bbr"};

template <class T>
T demand(berkeley::Result<T> result) {
    if (!result) throw std::system_error{std::make_error_code(result.error())};
    if constexpr (!std::is_void_v<T>) return *std::move(result);
}

[[nodiscard]] double in_seconds(Duration d) {
    return std::chrono::duration<double>(d).count();
}

// ---- Long fat paths
// ------------------------------------------------------------------------------

struct FatPath {
    std::string_view name;
    std::uint64_t rate;
    milliseconds round_trip;
};

[[nodiscard]] double fat_mbits(const FatPath& path,
                               const char* controller,
                               double loss,
                               int buffers) {
    const Cell cell{.controller = controller,
                    .round_trip = path.round_trip,
                    .trouble = {.name = "fat", .loss = loss},
                    .rate = path.rate};
    return run_trial({.cell = cell,
                      .pairing = {},
                      .length = seconds{5},
                      .buffers = buffers,
                      .time = Time::virtual_time},
                     nullptr)
        .mbits;
}

[[nodiscard]] std::string fat_table() {
    constexpr std::array paths{
        FatPath{
            .name = "1 Gbit/s × 100 ms", .rate = 1'000'000'000, .round_trip = milliseconds{100}},
        FatPath{
            .name = "10 Gbit/s × 20 ms", .rate = 10'000'000'000, .round_trip = milliseconds{20}}};
    std::string out =
        "| path | control | loss | default buffers, Mbit/s | ample buffers, Mbit/s |\n"
        "|---|---|---|---:|---:|\n";
    for (const FatPath& path : paths) {
        for (const char* controller : controllers) {
            for (const double loss : {0.0, 1e-5}) {
                out += fmt::format("| {} | {} | {:g} % | {:.0f} | {:.0f} |\n",
                                   path.name,
                                   controller,
                                   loss * 100,
                                   fat_mbits(path, controller, loss, 0),
                                   fat_mbits(path, controller, loss, ample_buffers));
            }
        }
    }
    return out;
}

// ---- Worlds
// --------------------------------------------------------------------------------------

[[nodiscard]] network::HostConfig host_config(const std::string& name,
                                              const wire::IpAddress& address) {
    network::HostConfig out;
    out.stack.name = name;
    out.stack.entropy = entropy_from_seed(address.v4_value());
    out.stack.links.push_back({.addresses = {{address, 24}}});
    return out;
}

sim::Host& add_host(sim::World& world,
                    const std::string& name,
                    std::uint8_t number,
                    const weather::Impairments& up,
                    const weather::Impairments& down) {
    const wire::IpAddress address = wire::IpAddress::v4(10, 0, 0, number);
    network::HostConfig config = host_config(name, address);
    config.up = up;
    config.down = down;
    return world.add_host(name, config, {{address, 24}});
}

[[nodiscard]] sim::World::Config world_config(std::uint64_t seed) {
    sim::World::Config out;
    out.network.seed = seed;
    return out;
}

// What the receiver of one flow saw.
struct Flow {
    sim::Listener listener;
    std::uint64_t octets{0};
    std::optional<Instant> ended{};
};

sim::Task<> read_all(sim::World& world, Flow& flow) {
    constexpr std::size_t most = 65'536;
    sim::Stream stream = demand(co_await flow.listener.accept());
    while (true) {
        const std::string text = demand(co_await stream.receive(most));
        if (text.empty()) break;
        flow.octets += text.size();
    }
    flow.ended = world.now();
}

// `octets` of text, from `begin` on.
sim::Task<> write_all(sim::Host& from,
                      wire::Endpoint to,
                      std::string controller,
                      Duration begin,
                      std::uint64_t octets) {
    constexpr std::uint64_t most = 65'536;
    co_await from.world().sleep(begin);
    sim::Stream stream = demand(from.stream());
    demand(from.sockets().set_congestion_control(stream.id(), controller, from.world().now()));
    demand(co_await from.connect(stream, to));
    while (octets > 0) {
        const std::uint64_t n = std::min(octets, most);
        demand(co_await stream.send_all(std::string(n, 'x')));
        octets -= n;
    }
    demand(stream.shutdown(berkeley::ShutdownHow::write));
}

// ---- Fairness
// ------------------------------------------------------------------------------------

[[nodiscard]] weather::Impairments delay_of(Duration delay) {
    weather::Impairments out;
    out.delay = delay;
    return out;
}

struct Share {
    double first{0};  // Mbit/s
    double second{0};

    [[nodiscard]] double jain() const {
        return (first + second) * (first + second) / (2 * (first * first + second * second));
    }
};

// Two flows to one receiver, whose link is the bottleneck; the second begins five seconds later.
// What they get from the 20th to the 80th second.
[[nodiscard]] Share share(const char* controller, Duration first_trip, Duration second_trip) {
    constexpr std::uint64_t rate = 100'000'000;
    constexpr std::uint64_t endless = std::uint64_t{1} << 40;
    sim::World world{world_config(1)};
    weather::Impairments bottleneck;
    bottleneck.rate = rate;
    bottleneck.queue =
        static_cast<std::size_t>(rate / 8.0 * in_seconds(std::max(first_trip, second_trip)));
    sim::Host& receiver = add_host(world, "receiver", 1, {}, bottleneck);
    sim::Host& one = add_host(world, "one", 2, delay_of(first_trip / 2), delay_of(first_trip / 2));
    sim::Host& two =
        add_host(world, "two", 3, delay_of(second_trip / 2), delay_of(second_trip / 2));
    std::array flows{Flow{.listener = demand(receiver.listen(receiver.endpoint(port)))},
                     Flow{.listener = demand(receiver.listen(receiver.endpoint(port + 1)))}};
    for (Flow& flow : flows) world.spawn(read_all(world, flow));
    world.spawn(write_all(one, receiver.endpoint(port), controller, seconds{0}, endless));
    world.spawn(write_all(two, receiver.endpoint(port + 1), controller, seconds{5}, endless));
    constexpr Duration settling = seconds{20};
    constexpr Duration watched = seconds{60};
    world.run_for(settling);
    const std::array before{flows[0].octets, flows[1].octets};
    world.run_for(watched);
    const auto mbits = [&](std::size_t i) {
        return static_cast<double>(flows.at(i).octets - before.at(i)) * 8e-6 / in_seconds(watched);
    };
    return {.first = mbits(0), .second = mbits(1)};
}

[[nodiscard]] std::string fairness_table() {
    constexpr std::array trips{std::pair{milliseconds{50}, milliseconds{50}},
                               std::pair{milliseconds{50}, milliseconds{100}}};
    std::string out =
        "| control | round trips, ms | first, Mbit/s | second, Mbit/s | Jain's index |\n"
        "|---|---|---:|---:|---:|\n";
    for (const char* controller : controllers) {
        for (const auto& [first, second] : trips) {
            const Share s = share(controller, first, second);
            out += fmt::format("| {} | {} and {} | {:.1f} | {:.1f} | {:.3f} |\n",
                               controller,
                               first.count(),
                               second.count(),
                               s.first,
                               s.second,
                               s.jain());
        }
    }
    return out;
}

// ---- Flow completion
// -----------------------------------------------------------------------------

// From connect() to the last octet read, in milliseconds.
[[nodiscard]] double completion(std::uint64_t octets, std::uint64_t seed) {
    sim::World world{world_config(seed)};
    const Cell cell{.controller = "cubic",
                    .round_trip = milliseconds{50},
                    .trouble = {.name = "1%", .loss = 0.01}};
    sim::Host& receiver = add_host(world, "receiver", 1, {}, {});
    sim::Host& sender = add_host(world, "sender", 2, cell.weather(), cell.weather());
    Flow flow{.listener = demand(receiver.listen(receiver.endpoint(port)))};
    world.spawn(read_all(world, flow));
    world.spawn(write_all(sender, receiver.endpoint(port), cell.controller, Duration{0}, octets));
    while (!flow.ended) world.run_for(milliseconds{100});
    return in_seconds(*flow.ended - world.start()) * 1e3;
}

[[nodiscard]] std::string completion_table() {
    constexpr std::uint64_t seeds = 400;
    std::string out =
        "| octets | median, ms | mean | 95 of 100 within | 99 of 100 within |\n"
        "|---:|---:|---:|---:|---:|\n";
    for (const std::uint64_t octets : {10'000U, 100'000U, 1'000'000U}) {
        std::vector<double> times;
        double sum = 0;
        for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
            times.push_back(completion(octets, seed));
            sum += times.back();
        }
        std::ranges::sort(times);
        const auto quantile = [&](double q) {
            return times[static_cast<std::size_t>(q * static_cast<double>(times.size() - 1))];
        };
        out += fmt::format("| {} | {:.0f} | {:.0f} | {:.0f} | {:.0f} |\n",
                           octets,
                           quantile(0.5),
                           sum / static_cast<double>(times.size()),
                           quantile(0.95),
                           quantile(0.99));
    }
    return out;
}

}  // namespace

std::string virtual_tables() {
    return "## Long fat paths\n\nOne flow, five seconds, ours to ours, in virtual time.\n\n" +
           fat_table() +
           "\n## Fairness\n\nTwo flows into one link of 100 Mbit/s with a queue of one "
           "bandwidth-delay product, 20 s to\n80 s.\n\n" +
           fairness_table() +
           "\n## Flow completion\n\nFrom connect() to the last octet: 100 Mbit/s, 50 ms, 1 % loss "
           "in both directions, CUBIC,\n400 seeds.\n\n" +
           completion_table();
}

}  // namespace handfast::bench::impaired
