// What must hold of every flow, whatever the weather and the workload: told by the trace, so that
// it is judged without asking the engine (RFC 9293 §3.3.2, §3.4, §3.8.6).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "core/trace/event.hpp"

namespace handfast::sim {

enum class Law : std::uint8_t {
    octets,          // a stream is byte-exact
    end_of_stream,   // the end comes after the last octet
    datagram,        // a datagram is one that was sent
    error,           // an error is one that the weather or the other side explains
    edge,            // states change along Figure 5, from where they were
    acknowledgment,  // what was acknowledged stays so
    window,          // the offered edge does not move left, and no text lies beyond it
    deadline,        // what is due is not in the past
    standstill,      // time goes on
    limit,           // queues keep to their limits
    memory,          // what was taken from the pool comes back
    table,           // connections, records and sockets go away
    end,             // every conversation ends
    rest,            // nothing is armed when all has ended
    count
};

[[nodiscard]] std::string_view text(Law law);

struct Complaint {
    Law law{Law::count};
    Instant at{};
    std::string text{};
};

class FlowRules {
public:
    [[nodiscard]] std::optional<Complaint> on(const trace::StateEdge& edge);
    [[nodiscard]] std::optional<Complaint> on(const trace::SegmentSent& sent);

private:
    struct Flow {
        trace::TcpState state{trace::TcpState::closed};
        std::optional<wire::SeqNum> acknowledged;
        std::optional<wire::SeqNum> offered;  // the right edge of the window
        std::uint32_t window_unit{1};
    };

    [[nodiscard]] std::optional<Complaint> check_offer(const trace::SegmentSent& sent, Flow& flow);
    [[nodiscard]] std::optional<Complaint> check_text(const trace::SegmentSent& sent) const;

    std::map<wire::FlowTuple, Flow> flows_;  // as their own end sees them
};

}  // namespace handfast::sim
