// What to send next: a pure look at a connection. RFC 9293 §3.7.4 (Nagle), §3.8.6.2.1 (silly-window
// avoidance), RFC 5681 (congestion window).
#pragma once

#include <cstdint>
#include <optional>

#include "core/tcp/tcb.hpp"

namespace handfast::tcp {

struct Plan {
    wire::SeqNum seq;
    std::uint32_t length{0};  // octets of text
    std::uint16_t attempt{0};
    bool syn{false};
    bool fin{false};
    bool push{false};
    bool asks_path{false};  // one segment that is longer than others: does it get through?
    std::optional<wire::SeqNum> burst_end{};  // of the segments that this one begins or continues
    trace::Why why{trace::Why::none};

    [[nodiscard]] wire::SeqNum text_seq() const { return syn ? seq + 1 : seq; }
};

// What keeps a sender from sending more text now.
struct Held {
    trace::Limit limit{trace::Limit::idle};
    bool window_closed{false};  // the peer's window: probes are due
    bool by_user{false};        // cork or MSG_MORE: a timer is due
};

struct Planned {
    std::optional<Plan> plan{};
    Held held{};
};

[[nodiscard]] Planned plan_next(const Connection& c);

// There is no text that may have to go, no FIN, acknowledgment or probe: what holds the sender
// back. Cheaper than a plan, for it is asked after each segment; none: make a plan.
[[nodiscard]] std::optional<trace::Limit> has_nothing_to_send(const Connection& c);

}  // namespace handfast::tcp
