// A controller whose state is large, behind a pointer: connections that chose another one do not
// carry room for it.
#pragma once

#include "core/base/box.hpp"
#include "core/tcp/congestion/controller.hpp"

namespace handfast::tcp {

template <CongestionController C>
class Boxed {
public:
    Boxed() : Boxed{C{}} {}
    explicit Boxed(const C& of) : held_{of} {}

    void on_ack(const AckSample& s) { held_->on_ack(s); }
    void on_loss(const LossSample& s) { held_->on_loss(s); }
    void on_ecn(const LossSample& s) { held_->on_ecn(s); }
    void on_recovered() { held_->on_recovered(); }
    void on_undo() { held_->on_undo(); }
    void on_idle() { held_->on_idle(); }
    void on_unused() { held_->on_unused(); }
    [[nodiscard]] std::uint32_t window_bytes() const { return held_->window_bytes(); }
    [[nodiscard]] std::uint32_t slow_start_threshold() const {
        return held_->slow_start_threshold();
    }
    [[nodiscard]] std::uint64_t pacing_rate() const { return held_->pacing_rate(); }
    friend bool operator==(const Boxed& a, const Boxed& b) { return a.held_ == b.held_; }

private:
    Box<C> held_;
};

}  // namespace handfast::tcp
