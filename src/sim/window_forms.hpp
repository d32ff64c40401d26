// Congestion windows as closed forms of the time since a loss was repaired, in segments and
// seconds: what whole connections are held against, in tests and in plots.
#pragma once

#include <algorithm>
#include <cmath>

namespace handfast::sim {

// RFC 9438 §4.1 to §4.3, §4.6, §4.7.
struct CubicForm {
    static constexpr double c = 0.4;
    static constexpr double beta = 0.7;
    static constexpr double alpha = 3 * (1 - beta) / (1 + beta);

    double before{0};  // the window when the loss came
    double w_max{0};
    double round_trip{0};

    // After a loss at this window; `previous` is the W_max before it (§4.7, fast convergence).
    [[nodiscard]] static CubicForm after(double window, double previous, double round_trip) {
        const double w_max = window < previous ? window * (1 + beta) / 2 : window;
        return {.before = window, .w_max = w_max, .round_trip = round_trip};
    }

    [[nodiscard]] double start() const { return beta * before; }
    [[nodiscard]] double k() const { return std::cbrt((w_max - start()) / c); }
    [[nodiscard]] double curve(double t) const { return (c * std::pow(t - k(), 3)) + w_max; }
    // Reno's: alpha a round trip up to the window before the loss, and then one.
    [[nodiscard]] double reno(double t) const {
        const double rounds = t / round_trip;
        const double slow = (before - start()) / alpha;
        return rounds < slow ? start() + (alpha * rounds) : before + (rounds - slow);
    }
    [[nodiscard]] double window(double t) const { return std::max(curve(t), reno(t)); }
};

// RFC 5681 §3.1: half of what was in flight, and then a segment a round trip.
struct RenoForm {
    double before{0};
    double round_trip{0};

    [[nodiscard]] double window(double t) const { return (before / 2) + (t / round_trip); }
};

}  // namespace handfast::sim
