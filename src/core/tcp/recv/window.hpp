// The receive window: what we offer, and when it is worth saying so (RFC 9293 §3.8.6).
#pragma once

#include <algorithm>
#include <cstdint>

#include "core/tcp/tcb.hpp"

namespace handfast::tcp {

[[nodiscard]] inline std::uint32_t receive_buffer(const Connection& c, const Limits& limits) {
    // As on Linux none is smaller: windows are told in units of a few hundred octets.
    constexpr std::uint32_t least = 2304;
    const std::uint32_t wanted = c.settings.receive_buffer;
    if (wanted != 0) return std::max(wanted, least);
    return std::max(c.rcv.tuning.buffer, limits.receive_buffer);
}

// Octets that there is room for, beyond what waits to be read, is lent, or lies beyond a hole. What
// lies beyond a hole is inside the window already, so it takes nothing off it.
[[nodiscard]] inline std::uint32_t free_space(const Connection& c, const Limits& limits) {
    const std::size_t held = c.rcv.queue.true_size() + c.rcv.lent;
    const std::uint32_t buffer = receive_buffer(c, limits);
    std::uint32_t room = held >= buffer ? 0 : buffer - static_cast<std::uint32_t>(held);
    if (c.settings.window_clamp != 0) room = std::min(room, c.settings.window_clamp);
    return std::min(room, 0xffffU << c.negotiated.rcv_wscale);
}

// The right edge to offer now. It never moves left (SHLD-14).
[[nodiscard]] inline wire::SeqNum right_edge(const Connection& c, const Limits& limits) {
    const wire::SeqNum known = c.rcv.advertised;
    const std::uint32_t unit = 1U << c.negotiated.rcv_wscale;
    const std::uint32_t room = free_space(c, limits) / unit * unit;
    const wire::SeqNum edge = c.rcv.nxt + room;
    if (!before(known, edge)) return known;
    const std::uint32_t least =
        std::min<std::uint32_t>(receive_buffer(c, limits) / 2, c.negotiated.own_mss);
    return wire::octets_between(known, edge) < least ? known : edge;  // MUST-39
}

}  // namespace handfast::tcp
