// One end of a conversation: who it is, and what state it is in as far as it tells or shows.
#pragma once

#include <optional>
#include <string>

#include "core/base/time.hpp"
#include "core/trace/event.hpp"
#include "observe/ladder/peer_state.hpp"
#include "observe/ladder/step.hpp"

namespace handfast::observe::ladder {

// Since when the retransmission timer runs: RFC 6298 §5.1, §5.3 and §5.5, seen from outside.
class RetransmissionClock {
public:
    void sent(const trace::TcpSummary& segment, trace::Why why, Instant at);
    void received(const trace::TcpSummary& segment, Instant at);
    [[nodiscard]] Deadline since() const { return since_; }

private:
    std::optional<wire::SeqNum> una_;
    std::optional<wire::SeqNum> max_;
    Deadline since_;
};

class Rail {
public:
    enum class Owner : std::uint8_t {
        us,       // it tells its states
        another,  // they are inferred from its packets, and shown in parentheses
    };

    struct Identity {
        wire::Endpoint endpoint;
        std::string name;
        Owner owner{Owner::us};
    };

    explicit Rail(Identity identity) : identity_{std::move(identity)} {}

    // It said so: the mark to show with what it said.
    [[nodiscard]] StateMark enters(trace::TcpState state, Instant at);
    // Segments as they leave it or reach it; the mark is of the state that they make likely.
    [[nodiscard]] StateMark sends(const trace::TcpSummary& segment, Instant at);
    [[nodiscard]] StateMark receives(const trace::TcpSummary& segment, Instant at);
    // It tells its states after all.
    void is_one_of_us() { identity_.owner = Owner::us; }
    // What it was before its first event.
    void was_first(trace::TcpState state);

    [[nodiscard]] StateMark mark() const { return {.text = text_of(state_), .changed = false}; }
    [[nodiscard]] const Identity& identity() const { return identity_; }
    [[nodiscard]] bool is_ours() const { return identity_.owner == Owner::us; }
    [[nodiscard]] std::optional<trace::TcpState> state() const { return state_; }
    [[nodiscard]] std::string first_state() const { return text_of(first_); }
    [[nodiscard]] Instant since() const { return since_; }
    [[nodiscard]] RetransmissionClock& clock() { return clock_; }

private:
    [[nodiscard]] std::string text_of(std::optional<trace::TcpState> state) const;
    [[nodiscard]] StateMark infer(Instant at);

    Identity identity_;
    std::optional<trace::TcpState> first_;
    std::optional<trace::TcpState> state_;
    Instant since_;
    PeerState inferred_;
    RetransmissionClock clock_;
};

}  // namespace handfast::observe::ladder
