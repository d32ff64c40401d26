// SEGMENT ARRIVES (RFC 9293 §3.10.7).
#pragma once

#include "core/tcp/tables.hpp"

namespace handfast::tcp {

// What a step of SEGMENT ARRIVES says of the segment.
struct [[nodiscard]] Verdict {
    enum class Kind : std::uint8_t { go_on, done, dropped };
    Kind kind{Kind::go_on};
    trace::Drop reason{};

    [[nodiscard]] bool goes_on() const { return kind == Kind::go_on; }
    [[nodiscard]] static Verdict go_on() { return {}; }
    [[nodiscard]] static Verdict done() { return {.kind = Kind::done}; }
    [[nodiscard]] static Verdict drop(trace::Drop d) {
        return {.kind = Kind::dropped, .reason = d};
    }
};

// §3.10.7.1-4: by what the flow is here: nothing, a listener, TIME-WAIT, SYN-SENT, or more.
void segment_arrives(Tables& t, Segment& segment, const PathFacts& path, Instant now);

// §3.10.7.4: SYN-RECEIVED and all synchronized states.
Verdict arrives(Tables& t, Connection& c, Segment& segment, Instant now);

Verdict check_sequence(Tables& t, Connection& c, Segment& s, Instant now);     // first
Verdict check_reset(Tables& t, Connection& c, const Segment& s, Instant now);  // second
Verdict check_syn(Tables& t, Connection& c, const Segment& s, Instant now);    // fourth
Verdict check_ack(Tables& t, Connection& c, const Segment& s, Instant now);    // fifth
Verdict check_urgent(Tables& t, Connection& c, const Segment& s);              // sixth
Verdict take_text(Tables& t, Connection& c, Segment& s, Instant now);          // seventh
Verdict take_fin(Tables& t, Connection& c, const Segment& s, Instant now);     // eighth

// The handshake is done: our SYN was acknowledged.
void establish(Tables& t, Connection& c, const Segment& s, Instant now);
// RFC 5961: an acknowledgment that makes an honest peer show itself; limited per connection.
void challenge(Tables& t, Connection& c, trace::Why why, Instant now);

}  // namespace handfast::tcp
