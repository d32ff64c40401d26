// The controller that a connection has chosen: one of those that there are, behind the concept's
// face.
#pragma once

#include <cstdint>
#include <variant>

#include "core/tcp/congestion/bbr.hpp"
#include "core/tcp/congestion/boxed.hpp"
#include "core/tcp/congestion/controller.hpp"
#include "core/tcp/congestion/cubic.hpp"
#include "core/tcp/congestion/new_reno.hpp"

namespace handfast::tcp {

class Congestion {
public:
    Congestion() = default;
    explicit Congestion(const Cubic& chosen) : chosen_{chosen} {}
    explicit Congestion(const NewReno& chosen) : chosen_{chosen} {}
    explicit Congestion(const Bbr& chosen) : chosen_{Boxed{chosen}} {}

    void on_ack(const AckSample& s) {
        std::visit([&](auto& c) { c.on_ack(s); }, chosen_);
    }
    void on_loss(const LossSample& s) {
        std::visit([&](auto& c) { c.on_loss(s); }, chosen_);
    }
    void on_ecn(const LossSample& s) {
        std::visit([&](auto& c) { c.on_ecn(s); }, chosen_);
    }
    void on_recovered() {
        std::visit([](auto& c) { c.on_recovered(); }, chosen_);
    }
    void on_undo() {
        std::visit([](auto& c) { c.on_undo(); }, chosen_);
    }
    void on_idle() {
        std::visit([](auto& c) { c.on_idle(); }, chosen_);
    }
    void on_unused() {
        std::visit([](auto& c) { c.on_unused(); }, chosen_);
    }
    [[nodiscard]] std::uint32_t window_bytes() const {
        return std::visit([](const auto& c) { return c.window_bytes(); }, chosen_);
    }
    [[nodiscard]] std::uint32_t slow_start_threshold() const {
        return std::visit([](const auto& c) { return c.slow_start_threshold(); }, chosen_);
    }
    [[nodiscard]] std::uint64_t pacing_rate() const {
        return std::visit([](const auto& c) { return c.pacing_rate(); }, chosen_);
    }
    friend bool operator==(const Congestion&, const Congestion&) = default;

private:
    std::variant<Cubic, NewReno, Boxed<Bbr>> chosen_;
};
static_assert(CongestionController<Congestion>);

}  // namespace handfast::tcp
