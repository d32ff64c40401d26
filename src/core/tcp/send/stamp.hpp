// What the sender knew when it sent: the marks that delivery-rate estimation, RACK and BBR put on a
// transmission (draft-cheng-iccrg-delivery-rate-estimation §3.1.2, RFC 8985 §5.2).
#pragma once

#include <cstdint>

#include "core/base/time.hpp"
#include "core/wire/seq_num.hpp"

namespace handfast::tcp {

struct Stamp {
    Instant sent_at{};
    Instant first_sent_at{};     // when the flight began that it was sent in
    Instant delivered_at{};      // when `delivered` was reached
    std::uint64_t delivered{0};  // octets delivered so far
    std::uint64_t lost{0};       // octets marked lost so far
    std::uint32_t in_flight{0};  // with it
    bool app_limited{false};
    friend bool operator==(const Stamp&, const Stamp&) = default;
};

// When a segment was sent whose timestamp comes back is told in milliseconds. None comes after all
// others, so that "earlier than" needs no question.
inline constexpr std::uint64_t no_echo = 0xffff'ffff'ffff'ffff;

// RFC 8985 §5.2: by time, then by sequence number.
struct SendOrder {
    Instant sent_at;
    wire::SeqNum end;

    [[nodiscard]] bool is_after(const SendOrder& other) const {
        if (sent_at != other.sent_at) return sent_at > other.sent_at;
        return before(other.end, end);
    }
};

// Of what an acknowledgment delivered, what was sent last.
struct Delivery {
    wire::SeqNum end;
    Stamp stamp;

    [[nodiscard]] SendOrder order() const { return {.sent_at = stamp.sent_at, .end = end}; }
};

}  // namespace handfast::tcp
