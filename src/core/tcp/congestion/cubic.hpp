// CUBIC's window: a function of the time since the last loss (RFC 9438, MAY-18), after HyStart++
// (RFC 9406).
//
//   window                                  .
//   W_max - - - - - - - - - . . . . ' - - - - -    W_cubic(t) = C (t - K)^3 + W_max
//                    . '
//                .                                 K = cbrt((W_max - window at the start) / C)
//             .
//           '                                      never below Reno's window W_est
//   ---------+-----------------K-------------> t
//
// Windows are told in octets; the RFC's functions are computed in segments and seconds.
#pragma once

#include <cstdint>

#include "core/base/box.hpp"
#include "core/tcp/congestion/controller.hpp"
#include "core/tcp/congestion/hystart.hpp"

namespace handfast::tcp {

class Cubic {
public:
    using Start = WindowStart;

    // RFC 9438 §4.1, §4.6
    static constexpr double c = 0.4;
    static constexpr double beta = 0.7;

    Cubic() : Cubic{Start{}} {}
    explicit Cubic(Start s);

    void on_ack(const AckSample& s);
    void on_loss(const LossSample& s);
    void on_ecn(const LossSample& s);
    void on_recovered();
    void on_undo();
    void on_idle();
    void on_unused();

    [[nodiscard]] std::uint32_t window_bytes() const { return octets_; }
    [[nodiscard]] std::uint32_t slow_start_threshold() const { return threshold_; }
    [[nodiscard]] std::uint64_t pacing_rate() const { return 0; }
    [[nodiscard]] HyStart::Phase slow_start() const { return hystart_.phase(); }
    friend bool operator==(const Cubic&, const Cubic&) = default;

private:
    // Figure 1's curve, and where it stands. All of it is what an undo restores (§4.9).
    struct Curve {
        double w_max{0};   // segments; 0: no loss yet
        double w_est{0};   // Reno's window (§4.3)
        double prior{0};   // the window when the last loss came
        double k{0};       // seconds
        double origin{0};  // W_max of the curve that is followed now (K is 0: where it began)
        Instant began{};   // of this congestion avoidance
        bool running{false};
        bool fresh{true};  // no loss since slow start or a timeout: K is 0 (§4.8, §4.10)

        friend bool operator==(const Curve&, const Curve&) = default;
    };

    // What a loss took away, until it is proved to have been one.
    struct Before {
        double window{0};
        std::uint32_t threshold{0};
        Curve curve;

        friend bool operator==(const Before&, const Before&) = default;
    };

    void set_window(double segments);
    void begin_again_at(double segments);
    void begin_avoidance(Instant now);
    void avoid(const AckSample& s);
    [[nodiscard]] double on_curve(double seconds) const;

    std::uint32_t mss_;
    std::uint32_t initial_;
    double window_;  // segments
    std::uint32_t octets_;
    std::uint32_t threshold_{no_threshold};
    Curve curve_;
    Instant last_used_{};  // when the window was last seen to be full
    Duration last_rtt_{0};
    HyStart hystart_;
    Box<Before> before_;  // since the first loss
};
static_assert(CongestionController<Cubic>);

}  // namespace handfast::tcp
