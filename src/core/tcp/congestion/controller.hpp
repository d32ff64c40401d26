// What a congestion controller is: a pure value. Samples in, a window and a pacing rate out. It
// holds no pointer to a connection, reads no clock and sends nothing, so it can be tested by a
// table of samples.
#pragma once

#include <concepts>
#include <cstdint>

#include "core/base/time.hpp"

namespace handfast::tcp {

// What the path delivered while one segment was on its way
// (draft-cheng-iccrg-delivery-rate-estimation §3).
struct RateSample {
    std::uint64_t delivered{0};        // octets, since it was sent
    std::uint64_t prior_delivered{0};  // octets, when it was sent
    std::uint64_t lost{0};             // octets, since it was sent
    std::uint32_t in_flight_when_sent{0};
    Duration interval{0};  // in which they were delivered; 0: none that proves a rate
    bool app_limited{false};
    bool round_start{false};  // what was sent when the last round trip began was delivered

    [[nodiscard]] std::uint64_t bytes_per_second() const {  // 0: no sample
        if (interval == Duration{0}) return 0;
        constexpr double second = 1e9;
        return static_cast<std::uint64_t>(static_cast<double>(delivered) * second /
                                          static_cast<double>(interval.count()));
    }
};

// One acknowledgment, as the sender understood it.
struct AckSample {
    Instant now;
    std::uint32_t newly_acked_bytes{0};  // delivered: acknowledged or SACKed for the first time
    // SND.UNA moved. What is only SACKed lets no window grow (RFC 5681 §3.1, RFC 3042 §2).
    bool in_order{true};
    std::uint32_t in_flight_bytes{0};  // before this acknowledgment
    bool window_limited{false};        // the sender had wanted to send more than the window let it
    bool round_start{false};           // what was sent when the last round began is acknowledged
    bool in_recovery{false};
    Duration rtt{0};  // of what was delivered last; 0: no sample (Karn)
    std::uint32_t in_flight_after{0};
    std::uint32_t newly_lost_bytes{0};
    RateSample rate{};
};

struct LossSample {
    Instant now;
    std::uint32_t in_flight_bytes{0};
    bool by_timeout{false};
    // The window was not used: this of it was, at most (RFC 7661 §4.4.3). 0: all of it.
    std::uint32_t pipe_bytes{0};
};

template <class C>
concept CongestionController =
    std::regular<C> && requires(C c, const C k, AckSample a, LossSample l) {
        { c.on_ack(a) } -> std::same_as<void>;
        { c.on_loss(l) } -> std::same_as<void>;
        { c.on_ecn(l) } -> std::same_as<void>;  // the network marked instead of losing: RFC 3168
        { c.on_recovered() } -> std::same_as<void>;
        { c.on_undo() } -> std::same_as<void>;    // the last loss was none: RFC 4015
        { c.on_idle() } -> std::same_as<void>;    // nothing was sent for an RTO: RFC 5681 §4.1
        { c.on_unused() } -> std::same_as<void>;  // for minutes it was not filled: RFC 7661 §4.4.2
        { k.window_bytes() } -> std::same_as<std::uint32_t>;
        { k.slow_start_threshold() } -> std::same_as<std::uint32_t>;
        // Octets a second at which to send; 0: as acknowledgments come.
        { k.pacing_rate() } -> std::same_as<std::uint64_t>;
    };

// Where a window begins (RFC 6928 §2).
struct WindowStart {
    std::uint32_t mss{1460};
    std::uint32_t segments{10};
};

inline constexpr std::uint32_t congestion_window_max = 1U << 30;
inline constexpr std::uint32_t no_threshold = 0xffff'ffff;

}  // namespace handfast::tcp
