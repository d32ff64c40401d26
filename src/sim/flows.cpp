#include "sim/flows.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <system_error>
#include <type_traits>

#include "sim/world.hpp"

namespace handfast::sim {

namespace {

constexpr std::uint16_t first_port = 7;
constexpr std::size_t at_once = 65'536;

template <class T>
T demand(berkeley::Result<T> result) {
    if (!result) throw std::system_error{std::make_error_code(result.error())};
    if constexpr (!std::is_void_v<T>) return *std::move(result);
}

class Path {
public:
    explicit Path(const PathPlan& plan)
        : plan_{&plan}, flows_(plan.flows.size()), world_{{.network = {.seed = plan.seed}}} {
        receiver_ = &add("receiver", {}, plan.bottleneck, {});
        for (const FlowPlan& flow : plan.flows) {
            const std::string name = fmt::format("sender {}", ++hosts_);
            flows_[hosts_ - 1].host = &add(name, flow.up, flow.down, flow.profile);
        }
    }

    [[nodiscard]] PathTrack run(trace::Sink* sink) {
        world_.network().set_sink(sink);
        for (std::size_t i = 0; i < flows_.size(); ++i) {
            world_.spawn(read(i));
            world_.spawn(write(i));
            world_.spawn(lose(i));
        }
        if (plan_->every > Duration{0}) world_.spawn(watch());
        world_.run_until(world_.start() + plan_->length);
        world_.network().set_sink(nullptr);
        PathTrack out{.receiver = receiver_->shard().counters()};
        for (Flow& flow : flows_) {
            flow.track.sender = flow.host->shard().counters();
            out.flows.push_back(std::move(flow.track));
        }
        return out;
    }

private:
    struct Flow {
        Host* host{nullptr};
        Stream* stream{nullptr};  // while it is open
        std::uint64_t received{0};
        FlowTrack track{};
    };

    Host& add(const std::string& name,
              const weather::Impairments& up,
              const weather::Impairments& down,
              const tcp::Profile& profile) {
        const auto number = static_cast<std::uint8_t>(hosts_ + 1);
        const wire::Prefix address{.address = wire::IpAddress::v4(10, 0, 0, number), .length = 24};
        network::HostConfig config{.up = up, .down = down};
        config.stack.links.push_back({.offload = plan_->offload, .addresses = {address}});
        config.stack.profile = profile;
        config.stack.entropy = entropy_from_seed(mix64(plan_->seed) ^ number);
        return world_.add_host(name, config, {address});
    }
    [[nodiscard]] wire::Endpoint end_of(std::size_t flow) const {
        return receiver_->endpoint(static_cast<std::uint16_t>(first_port + flow));
    }
    [[nodiscard]] Duration now() const { return world_.now() - world_.start(); }

    Task<> read(std::size_t i) {
        Flow& flow = flows_[i];
        Listener listener = demand(receiver_->listen(end_of(i)));
        Stream stream = demand(co_await listener.accept());
        while (true) {
            const std::string text = demand(co_await stream.receive(at_once));
            if (text.empty()) break;
            flow.received += text.size();
        }
        flow.track.ended = true;
        flow.track.end = now();
    }

    Task<> write(std::size_t i) {
        Flow& flow = flows_[i];
        const FlowPlan& plan = plan_->flows[i];
        co_await world_.sleep(plan.begins);
        Stream stream = demand(flow.host->stream());
        demand(flow.host->sockets().set_congestion_control(
            stream.id(), plan.controller, world_.now()));
        demand(co_await flow.host->connect(stream, end_of(i)));
        flow.stream = &stream;
        for (std::uint64_t left = plan.octets; left > 0;) {
            const std::size_t n = std::min<std::uint64_t>(left, at_once);
            demand(co_await stream.send_all(std::string(n, 'x')));
            left -= n;
        }
        demand(stream.shutdown(berkeley::ShutdownHow::write));
        while (!flow.track.ended) co_await world_.sleep(milliseconds{1});
        flow.stream = nullptr;
    }

    Task<> lose(std::size_t i) {
        const FlowPlan& plan = plan_->flows[i];
        for (const Duration at : plan.losses) {
            co_await world_.sleep(at - now());
            weather::Impairments up = plan.up;
            const auto id = flows_[i].host->id();
            world_.network().set_weather(id, up, plan.down, world_.now());
            up.drops.push_back({.kind = weather::PacketKind::data, .ordinal = 1});
            world_.network().set_weather(id, up, plan.down, world_.now());
        }
    }

    Task<> watch() {
        while (true) {
            for (Flow& flow : flows_) {
                if (flow.stream == nullptr) continue;
                flow.track.samples.push_back(
                    {.at = now(), .received = flow.received, .sender = flow.stream->info()});
            }
            co_await world_.sleep(plan_->every);
        }
    }

    const PathPlan* plan_;
    std::vector<Flow> flows_;
    std::size_t hosts_{0};
    World world_;
    Host* receiver_{nullptr};
};

}  // namespace

PathTrack run_path(const PathPlan& plan, trace::Sink* sink) {
    return Path{plan}.run(sink);
}

weather::Impairments half_of(Duration round_trip) {
    weather::Impairments out;
    out.delay = round_trip / 2;
    return out;
}

}  // namespace handfast::sim
