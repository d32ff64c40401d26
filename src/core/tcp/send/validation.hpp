// How much of the congestion window has been used (RFC 7661). A window that the application does
// not fill proves nothing of the path: it does not grow, and this is what becomes of it.
//
//   validated <---(pipeACK is at least half of the window, or less)---> not validated
//   a loss takes its part of the window                a loss takes it of pipeACK: §4.4.3
//                                                      five minutes of it halve the window: §4.4.2
//
// After a rest of a retransmission timeout RFC 5681 §4.1 begins again anyhow (emit.cpp).
#pragma once

#include <algorithm>
#include <cstdint>

#include "core/base/time.hpp"

namespace handfast::tcp {

class Validation {
public:
    struct Ack {
        Instant now;
        std::uint32_t flight{0};  // before it
        std::uint32_t window{0};
        Duration srtt{0};
    };

    // An acknowledgment of text outside of recovery (§4.2). True: the window was not used for so
    // long that it is to fall.
    [[nodiscard]] constexpr bool on_ack(const Ack& a) {
        const auto now = static_cast<std::uint32_t>(to_ms(a.now));
        sample(a, now);
        if (is_valid(a.window)) {
            valid_ms_ = now;
            return false;
        }
        if (now - valid_ms_ < preserved_ms) return false;
        valid_ms_ = now;
        return true;
    }
    // §4.3. No acknowledgment yet: pipeACK is undefined, and the window stands.
    [[nodiscard]] constexpr bool is_valid(std::uint32_t window) const {
        return pipe_ack() == 0 || pipe_ack() >= window / 2;
    }
    // The most that was in flight in one of the last round trips.
    [[nodiscard]] constexpr std::uint32_t pipe_ack() const { return std::max(recent_, before_); }

private:
    static constexpr std::uint32_t preserved_ms = 5 * 60'000;  // §4.4: the non-validated period

    // The maximum of this sampling period and of the one before: one or two of them (§4.2).
    constexpr void sample(const Ack& a, std::uint32_t now) {
        const auto period =
            static_cast<std::uint32_t>(std::max<std::uint64_t>(3 * to_ms(Instant{a.srtt}), 1000));
        const std::uint32_t age = now - began_ms_;
        if (pipe_ack() == 0) valid_ms_ = began_ms_ = now;
        if (pipe_ack() != 0 && age >= period) {
            before_ = age < 2 * period ? recent_ : 0;
            recent_ = 0;
            began_ms_ = now;
        }
        recent_ = std::max(recent_, a.flight);
    }

    std::uint32_t recent_{0};
    std::uint32_t before_{0};
    std::uint32_t began_ms_{0};  // of this sampling period
    std::uint32_t valid_ms_{0};  // when the window was last seen to be used, or fell for that
};

}  // namespace handfast::tcp
