// What the events tell the sender's loss recovery, and what they ask it. Which kind of recovery a
// connection has is decided here: by SACK when the peer permits it, NewReno else.
#pragma once

#include <cstdint>

#include "core/tcp/send/acknowledgment.hpp"
#include "core/tcp/tcb.hpp"

namespace handfast::tcp {

[[nodiscard]] inline bool has_sack_recovery(const Connection& c) {
    return c.negotiated.sack && is_synchronized(c.state);
}

// The handshake is over: text may be sent.
void begin_sending(Connection& c, const Limits& limits);
void choose_congestion_control(Connection& c, std::uint32_t segments);
// The same window goes on under another controller.
void change_congestion_control(Connection& c);

// Text or FIN left, for the first time or again.
void on_sent(Connection& c, wire::SeqRange range, Instant now);
// The window falls as for a loss, once a round trip, when the network marked (RFC 3168 §6.1.2).
// True: it fell.
[[nodiscard]] bool heed_mark(Connection& c, const Acknowledgment& a);
// After all else: what was sent before it fell has arrived.
void end_reduction(Connection& c);
// The window fell, for whatever reason: CWR tells it.
void tell_reduction(Connection& c);
// What a controller is told of a loss, or of a mark, with so much in flight.
[[nodiscard]] LossSample loss_of(const Connection& c, std::uint32_t flight, Instant now);
// In this order, for each acknowledgment: take it; mark what is lost, until nothing is; conclude.
[[nodiscard]] RecoveryNews take(Connection& c, const Profile& profile, const Acknowledgment& a);
// When something is lost unless it arrives before: the reordering timer.
[[nodiscard]] Deadline next_loss_at(const Connection& c, const Profile& profile);
wire::SeqRange lose_next(Connection& c);
[[nodiscard]] RecoveryNews conclude(Connection& c, const Acknowledgment& a, std::uint32_t lost);
// After lose_next(), when the reordering timer asked.
[[nodiscard]] RecoveryNews conclude(Connection& c, Instant now);
void on_timeout(Connection& c, Instant now);
// The path takes only smaller segments: what is outstanding is sent again, for no fault of the
// network's.
void send_again(Connection& c);
// Shared by both kinds: the controller hears of it.
struct BesideAck {
    std::uint32_t lost{0};         // octets that it made us think lost
    std::uint32_t told_before{0};  // octets of it that duplicate ACKs had told of
};
void tell_congestion(Connection& c, const Acknowledgment& a, const BesideAck& beside);

// When a tail loss probe is due, unless an acknowledgment comes; none: it is not the time for one.
[[nodiscard]] Deadline tail_probe_at(const Connection& c, Instant now);
// Octets that may be in flight.
[[nodiscard]] std::uint32_t congestion_window(const Connection& c);
// Octets that it lets out now.
[[nodiscard]] std::uint32_t congestion_room(const Connection& c);

}  // namespace handfast::tcp
