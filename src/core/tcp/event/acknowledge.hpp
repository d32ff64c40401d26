// What an acknowledgment does (RFC 9293 §3.10.7.4, fifth; RFC 5681 §3.2; RFC 6582; RFC 6298).
#pragma once

#include "core/tcp/event/arrives.hpp"

namespace handfast::tcp {

// When the segment that this one echoes was sent, by our timestamp clock; or no_echo.
[[nodiscard]] std::uint64_t echoed_ms(const Tables& t,
                                      const Connection& c,
                                      const Segment& s,
                                      Instant now);

// A round trip was completed: by the clock of our own segment, or by its timestamp.
struct RoundTripFacts {
    Deadline sent_at{};  // of text that was sent once
    std::uint64_t echo_ms{no_echo};
};
void sample_round_trip(
    Tables& t, Connection& c, wire::SeqNum ack, const RoundTripFacts& facts, Instant now);

Verdict acknowledge(Tables& t, Connection& c, const Segment& s, Instant now);

}  // namespace handfast::tcp
