// Fast retransmit and fast recovery without SACK: RFC 5681 §3.2, NewReno's part of RFC 6582,
// limited transmit (RFC 3042). SACK-based recovery will stand beside this.
#pragma once

#include <cstdint>

#include "core/tcp/tcb.hpp"

namespace handfast::tcp {

struct NewAck {
    wire::SeqNum ack;
    std::uint32_t octets{0};  // newly acknowledged
    std::uint32_t flight{0};  // outstanding before it
    Instant now;
};

enum class DuplicateStep : std::uint8_t { wait, retransmit };

void on_new_ack(Connection& c, const NewAck& ack);
[[nodiscard]] DuplicateStep on_duplicate_ack(Connection& c,
                                             const Profile& profile,
                                             std::uint32_t flight,
                                             Instant now);
void on_timeout(Connection& c, Instant now);

// Octets that may be in flight: the congestion window, and what duplicate ACKs say has left.
[[nodiscard]] std::uint32_t congestion_allowance(const Connection& c);

// A writer that was refused is told when a third of the buffer is free (as Linux has it), not at
// every acknowledgment.
[[nodiscard]] bool send_room_is_worth_telling(const Connection& c, const Limits& limits);
[[nodiscard]] std::size_t send_room(const Connection& c, const Limits& limits);

}  // namespace handfast::tcp
