// What a congestion controller is: a pure value. Samples in, a window out. It holds no pointer to a
// connection, reads no clock and sends nothing, so it can be tested by a table of samples.
#pragma once

#include <concepts>
#include <cstdint>

#include "core/base/time.hpp"

namespace handfast::tcp {

struct AckSample {
    Instant now;
    std::uint32_t newly_acked_bytes{0};
    std::uint32_t in_flight_bytes{0};  // before this acknowledgment
    bool window_limited{false};        // the sender had wanted to send more than the window let it
};

struct LossSample {
    Instant now;
    std::uint32_t in_flight_bytes{0};
    bool by_timeout{false};
};

template <class C>
concept CongestionController =
    std::regular<C> && requires(C c, const C k, AckSample a, LossSample l) {
        { c.on_ack(a) } -> std::same_as<void>;
        { c.on_loss(l) } -> std::same_as<void>;
        { c.on_recovered() } -> std::same_as<void>;
        { c.on_idle() } -> std::same_as<void>;  // nothing was sent for an RTO: RFC 5681 §4.1
        { k.window_bytes() } -> std::same_as<std::uint32_t>;
        { k.slow_start_threshold() } -> std::same_as<std::uint32_t>;
    };

}  // namespace handfast::tcp
