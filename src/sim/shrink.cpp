#include "sim/shrink.hpp"

#include <algorithm>

namespace handfast::sim {

namespace {

using weather::Impairments;

// Gathers variants of a plan: change() is applied to a copy, and kept when it changed something.
class Variants {
public:
    explicit Variants(const Plan& plan) : plan_{&plan} {}

    template <class Change>
    void add(Change&& change) {
        Plan plan = *plan_;
        change(plan);
        if (plan != *plan_) all_.push_back(std::move(plan));
    }
    [[nodiscard]] std::vector<Plan> take() { return std::move(all_); }

private:
    const Plan* plan_;
    std::vector<Plan> all_;
};

// A host that nobody talks with.
[[nodiscard]] bool is_idle(const Plan& plan, const HostPlan& host) {
    return std::ranges::none_of(plan.conversations, [&](const Conversation& c) {
        return c.near == host.name || c.far == host.name;
    });
}

void drop_parts(Variants& variants, const Plan& plan) {
    const std::size_t conversations = plan.conversations.size();
    if (conversations > 2) {
        const auto half = static_cast<std::ptrdiff_t>(conversations / 2);
        variants.add([&](Plan& p) {
            p.conversations.erase(p.conversations.begin(), p.conversations.begin() + half);
        });
        variants.add([&](Plan& p) {
            p.conversations.erase(p.conversations.begin() + half, p.conversations.end());
        });
    }
    for (std::size_t i = 0; conversations > 1 && i < conversations; ++i) {
        variants.add([&](Plan& p) {
            p.conversations.erase(p.conversations.begin() + static_cast<std::ptrdiff_t>(i));
        });
    }
    variants.add([](Plan& p) {
        std::erase_if(p.hosts, [&](const HostPlan& host) { return is_idle(p, host); });
    });
}

void calm_lane(Variants& variants, std::size_t host, Impairments HostPlan::* lane) {
    const auto change = [&](auto&& how) {
        variants.add([&](Plan& p) { how(p.hosts[host].*lane); });
    };
    change([](Impairments& w) { w = {}; });
    change([](Impairments& w) { w.loss = 0; });
    change([](Impairments& w) { w.burst = {}; });
    change([](Impairments& w) { w.corrupt = 0; });
    change([](Impairments& w) { w.black_hole = 0; });
    change([](Impairments& w) { w.duplicate = 0; });
    change([](Impairments& w) { w.reorder = 0; });
    change([](Impairments& w) { w.reorder_by = {}; });
    change([](Impairments& w) { w.jitter = {}; });
    change([](Impairments& w) { w.rate = 0; });
    change([](Impairments& w) { w.cuts.clear(); });
    change([](Impairments& w) { w.drops.clear(); });
    change([](Impairments& w) { w.delay = w.jitter = {}; });
    change([](Impairments& w) { w.delay = microseconds{w.delay / microseconds{2}}; });
}

void plain_host(Variants& variants, std::size_t host) {
    const auto change = [&](auto&& how) { variants.add([&](Plan& p) { how(p.hosts[host]); }); };
    change([](HostPlan& h) { h.up = h.down = h.loopback = {}; });
    change([](HostPlan& h) { h.strict = false; });
    change([](HostPlan& h) { h.offload = true; });
    change([](HostPlan& h) { h.timestamps = true; });
    change([](HostPlan& h) { h.sack = true; });
    change([](HostPlan& h) { h.window_scaling = true; });
    change([](HostPlan& h) { h.ecn = HostPlan{}.ecn; });
    change([](HostPlan& h) { h.congestion = HostPlan{}.congestion; });
    change([](HostPlan& h) { h.mtu = 1500; });
    change([](HostPlan& h) { h.send_buffer = 0; });
    change([](HostPlan& h) { h.receive_buffer = 0; });
    for (Impairments HostPlan::* lane : {&HostPlan::up, &HostPlan::down, &HostPlan::loopback})
        calm_lane(variants, host, lane);
}

template <class Change>
void for_script(Variants& variants,
                std::size_t conversation,
                Side Conversation::* side,
                std::size_t actions,
                Change&& how) {
    for (std::size_t i = 0; i < actions; ++i)
        variants.add([&](Plan& p) { how((p.conversations[conversation].*side).script, i); });
}

void shorten_side(Variants& variants,
                  const Plan& plan,
                  std::size_t conversation,
                  Side Conversation::* side) {
    using Script = std::vector<Action>;
    const std::size_t actions = (plan.conversations[conversation].*side).script.size();
    const auto change = [&](auto&& how) {
        variants.add([&](Plan& p) { how(p.conversations[conversation].*side); });
    };
    change([](Side& s) { s = {}; });
    for_script(variants, conversation, side, actions, [](Script& script, std::size_t i) {
        script.erase(script.begin() + static_cast<std::ptrdiff_t>(i));
    });
    change([](Side& s) { s.send_buffer = 0; });
    change([](Side& s) { s.receive_buffer = 0; });
    change([](Side& s) { s.no_delay = s.cork = false; });
    change([](Side& s) { s.reading = {}; });
    change([](Side& s) { s.reading.stall = {}; });
    change([](Side& s) { s.reading.rest = {}; });
    for_script(variants, conversation, side, actions, [](Script& script, std::size_t i) {
        script[i].octets -= script[i].octets / 2;
    });
    for_script(variants, conversation, side, actions, [](Script& script, std::size_t i) {
        script[i].time = {};
    });
    for_script(variants, conversation, side, actions, [](Script& script, std::size_t i) {
        script[i].at_once = Action{}.at_once;
    });
}

void shorten(Variants& variants, const Plan& plan, std::size_t conversation) {
    const auto change = [&](auto&& how) {
        variants.add([&](Plan& p) { how(p.conversations[conversation]); });
    };
    change([](Conversation& c) { c.times = 1; });
    change([](Conversation& c) { c.times -= c.times / 2; });
    change([](Conversation& c) { c.times -= c.times > 1 ? 1 : 0; });
    change([](Conversation& c) { c.every = {}; });
    change([](Conversation& c) { c.backlog = Conversation{}.backlog; });
    change([](Conversation& c) { c.at = {}; });
    change([](Conversation& c) { c.octets -= c.octets > 8 ? c.octets / 2 : 0; });
    for (Side Conversation::* side : {&Conversation::near_side, &Conversation::far_side})
        shorten_side(variants, plan, conversation, side);
}

}  // namespace

std::vector<Plan> simpler(const Plan& plan) {
    Variants variants{plan};
    drop_parts(variants, plan);
    for (std::size_t i = 0; i < plan.conversations.size(); ++i) shorten(variants, plan, i);
    for (std::size_t i = 0; i < plan.hosts.size(); ++i) plain_host(variants, i);
    variants.add([](Plan& p) { p.pool_octets = Plan{}.pool_octets; });
    return variants.take();
}

Shrunk shrink(const Plan& plan,
              const std::function<bool(const Plan&)>& still_fails,
              std::size_t most_tries) {
    Shrunk best{.plan = plan};
    bool shrinking = true;
    while (shrinking) {
        shrinking = false;
        for (Plan& candidate : simpler(best.plan)) {
            if (best.tries == most_tries) return best;
            ++best.tries;
            if (!still_fails(candidate)) continue;
            best.plan = std::move(candidate);
            shrinking = true;
            break;
        }
    }
    return best;
}

}  // namespace handfast::sim
