#include "sim/plan.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>

#include "core/base/check.hpp"
#include "core/weather/parse.hpp"

namespace handfast::sim {

namespace {

using weather::Impairments;

constexpr std::size_t ample_pool = std::size_t{64} << 20;
constexpr Duration long_cut = seconds{25};  // what is longer may outlast a connection's patience
constexpr double heavy_loss = 0.2;          // of both directions and both links together

[[nodiscard]] Duration part_of(Rng& rng, Duration most) {
    const double share = rng.unit() * rng.unit();
    return microseconds{
        static_cast<std::int64_t>(share * static_cast<double>(most / microseconds{1}))};
}

// Three worlds in ten lose nothing; a few lose most.
[[nodiscard]] double draw_loss_scale(Rng& rng) {
    if (rng.chance(0.3)) return 0;
    return rng.chance(0.1) ? 10 : 1;
}

void draw_loss(Rng& rng, Impairments& w, double scale) {
    if (rng.chance(0.4)) w.loss = scale * rng.unit() * 0.05;
    if (rng.chance(0.06)) w.burst = {.rate = scale * rng.unit() * 0.03, .mean_length = 2};
    if (rng.chance(0.25)) w.corrupt = scale * rng.unit() * 0.03;
    if (rng.chance(0.15)) {
        const Duration longest = scale > 1 ? seconds{2'000} : seconds{20};
        w.cuts.push_back({.at = part_of(rng, seconds{20}), .length = part_of(rng, longest)});
    }
    if (rng.chance(0.1)) {
        using enum weather::PacketKind;
        constexpr std::array kinds{syn, syn_ack, ack, data, fin, last_ack, rst, arp};
        w.drops.push_back({.kind = kinds.at(rng.below(kinds.size())), .ordinal = 1 + rng.below(3)});
    }
}

[[nodiscard]] Impairments draw_weather(Rng& rng, double loss_scale) {
    Impairments w;
    if (rng.chance(0.2)) return w;
    if (rng.chance(0.8)) w.delay = part_of(rng, milliseconds{200});
    if (rng.chance(0.3)) w.jitter = part_of(rng, std::max<Duration>(w.delay, microseconds{1}));
    if (rng.chance(0.3)) w.reorder = rng.unit() * 0.2;
    if (rng.chance(0.15)) w.reorder_by = part_of(rng, milliseconds{100});
    if (rng.chance(0.3)) w.duplicate = rng.unit() * 0.1;
    if (rng.chance(0.15)) {
        w.rate = 1'000'000 + rng.below(100'000'000);
        w.queue = 20'000 + rng.below(500'000);
    }
    draw_loss(rng, w, loss_scale);
    return w;
}

[[nodiscard]] HostPlan draw_host(Rng& rng, std::uint32_t name, double loss_scale) {
    constexpr std::array<std::uint16_t, 6> mtus{1500, 1500, 576, 1280, 1492, 9000};
    constexpr std::array<std::uint32_t, 4> buffers{4'096, 20'000, 65'536, 300'000};
    constexpr std::array ecns{tcp::EcnUse::off, tcp::EcnUse::ask, tcp::EcnUse::answer};
    constexpr std::array controls{
        tcp::CongestionControl::cubic, tcp::CongestionControl::reno, tcp::CongestionControl::bbr};
    HostPlan host{.name = name,
                  .strict = rng.chance(0.25),
                  .offload = rng.chance(0.6),
                  .timestamps = rng.chance(0.8),
                  .sack = rng.chance(0.8),
                  .window_scaling = rng.chance(0.8),
                  .mtu = mtus.at(rng.below(mtus.size()))};
    host.ecn = ecns.at(rng.below(ecns.size()));
    host.congestion = controls.at(rng.below(controls.size()));
    if (rng.chance(0.2)) host.mtu = static_cast<std::uint16_t>(256 + rng.below(2'000));
    if (rng.chance(0.3)) host.send_buffer = buffers.at(rng.below(buffers.size()));
    if (rng.chance(0.3)) host.receive_buffer = buffers.at(rng.below(buffers.size()));
    host.up = draw_weather(rng, loss_scale);
    host.down = draw_weather(rng, loss_scale);
    if (rng.chance(0.3)) host.loopback = draw_weather(rng, loss_scale);
    return host;
}

[[nodiscard]] double lost_share(const Impairments& w) {
    return w.loss + w.burst.rate + w.corrupt;
}

[[nodiscard]] std::vector<Impairments> lanes_of(const Plan& plan, const Conversation& c) {
    if (c.near == c.far) {
        const Impairments& own = host_of(plan, c.near).loopback;
        return {own, own};
    }
    const HostPlan& a = host_of(plan, c.near);
    const HostPlan& b = host_of(plan, c.far);
    return {a.up, a.down, b.up, b.down};
}

[[nodiscard]] std::string to_string(const HostPlan& h) {
    std::string text =
        fmt::format("  host {}: {}, mtu {}", h.name, h.strict ? "rfc" : "linux", h.mtu);
    if (!h.offload) text += ", no offload";
    if (!h.timestamps) text += ", no timestamps";
    if (!h.sack) text += ", no sack";
    if (!h.window_scaling) text += ", no window scaling";
    if (h.ecn != HostPlan{}.ecn) text += h.ecn == tcp::EcnUse::off ? ", no ecn" : ", asks for ecn";
    if (h.congestion == tcp::CongestionControl::reno) text += ", reno";
    if (h.congestion == tcp::CongestionControl::bbr) text += ", bbr";
    if (h.send_buffer != 0) text += fmt::format(", sndbuf {}", h.send_buffer);
    if (h.receive_buffer != 0) text += fmt::format(", rcvbuf {}", h.receive_buffer);
    text += '\n';
    if (h.up != Impairments{}) text += "    up:   " + weather::to_string(h.up) + "\n";
    if (h.down != Impairments{}) text += "    down: " + weather::to_string(h.down) + "\n";
    if (h.loopback != Impairments{}) text += "    loop: " + weather::to_string(h.loopback) + "\n";
    return text;
}

}  // namespace

Plan draw_plan(std::uint64_t seed) {
    Rng rng{seed};
    Plan plan{.seed = seed, .pool_octets = ample_pool};
    const std::uint32_t hosts = rng.chance(0.6) ? 2 : 2 + rng.below(7);
    const double loss_scale = draw_loss_scale(rng);
    if (rng.chance(0.04)) plan.pool_octets = 100'000 + rng.below(1'000'000);
    for (std::uint32_t name = 0; name < hosts; ++name)
        plan.hosts.push_back(draw_host(rng, name, loss_scale));
    const Scale scale{.most_octets = rng.chance(0.1) ? 1'000'000U : 200'000U,
                      .breaking = rng.chance(0.6)};
    const std::uint32_t conversations = 1 + rng.below(hosts + 2);
    for (std::uint32_t id = 0; id < conversations; ++id)
        plan.conversations.push_back(draw_conversation(rng, id, hosts, scale));
    return plan;
}

Peril peril_of(const Plan& plan, const Conversation& conversation) {
    Peril peril{.scarce = plan.pool_octets < ample_pool, .breaks = breaks(conversation)};
    double lost = 0;
    for (const Impairments& lane : lanes_of(plan, conversation)) {
        lost += lost_share(lane);
        const auto is_long = [](const weather::Cut& cut) { return cut.length > long_cut; };
        if (std::ranges::any_of(lane.cuts, is_long)) peril.harsh = true;
        if (!lane.cuts.empty() || !lane.drops.empty() || lane.rate > 0 || lane.black_hole > 0)
            peril.lossy = true;
        // A burst lasts so many packets, however long a silent flow takes to send them.
        if (lane.burst.rate > 0) peril.harsh = true;
    }
    // Who opens more connections at once than may wait opens them all again at once.
    if (conversation.times > conversation.backlog) peril.harsh = true;
    peril.lossy = peril.lossy || peril.harsh || lost > 0;
    peril.harsh = peril.harsh || lost > heavy_loss;
    return peril;
}

const HostPlan& host_of(const Plan& plan, std::uint32_t name) {
    const auto found = std::ranges::find(plan.hosts, name, &HostPlan::name);
    HF_CHECK(found != plan.hosts.end());
    return *found;
}

wire::Prefix address_of(const HostPlan& host) {
    return {.address = wire::IpAddress::v4(10, 0, 0, static_cast<std::uint8_t>(host.name + 1)),
            .length = 24};
}

network::HostConfig config_of(const HostPlan& host, std::uint64_t seed) {
    network::HostConfig config{.up = host.up, .down = host.down};
    stack::Config& stack = config.stack;
    stack.links = {{.mtu = host.mtu, .offload = host.offload, .addresses = {address_of(host)}}};
    stack.profile = host.strict ? tcp::Profile::rfc() : tcp::Profile::linux();
    stack.profile.timestamps = host.timestamps;
    stack.profile.sack = host.sack;
    stack.profile.window_scaling = host.window_scaling;
    stack.profile.ecn = host.ecn;
    stack.profile.congestion = host.congestion;
    stack.entropy = entropy_from_seed(mix64(seed) ^ host.name);
    stack.loopback = host.loopback;
    if (host.send_buffer != 0) stack.limits.tcp.send_buffer = host.send_buffer;
    if (host.receive_buffer != 0) stack.limits.tcp.receive_buffer = host.receive_buffer;
    return config;
}

std::string to_string(const Plan& plan) {
    std::string text = fmt::format("seed {}", plan.seed);
    if (plan.pool_octets != ample_pool)
        text += ", memory of " + weather::size_text(plan.pool_octets);
    text += '\n';
    for (const HostPlan& host : plan.hosts) text += to_string(host);
    for (const Conversation& c : plan.conversations) text += to_string(c);
    return text;
}

}  // namespace handfast::sim
