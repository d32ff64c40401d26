// One conversation (a TCP connection, a UDP flow, a ping), told as the steps of a ladder.
//
//   events ──▶ Conversation ──▶ Timeline ──▶ steps
//              who did what     in what order
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "observe/frame_summary.hpp"
#include "observe/ladder/flight.hpp"
#include "observe/ladder/rail.hpp"
#include "observe/ladder/sequence_names.hpp"
#include "observe/ladder/step.hpp"
#include "observe/ladder/timeline.hpp"
#include "observe/note.hpp"

namespace handfast::observe::ladder {

class Conversation;

class StepSink {
public:
    StepSink() = default;
    StepSink(const StepSink&) = delete;
    StepSink& operator=(const StepSink&) = delete;
    StepSink(StepSink&&) = delete;
    StepSink& operator=(StepSink&&) = delete;
    virtual ~StepSink() = default;

    virtual void step(const Conversation& conversation, const Step& step) = 0;
    // No step of it will follow.
    virtual void end(const Conversation& conversation) = 0;
};

struct Totals {
    std::uint64_t packets{0};  // as a wire counts them
    std::uint64_t lost{0};
    std::uint64_t repeated{0};  // retransmissions and probes
    Instant first;
    Instant last;
};

class Conversation {
public:
    struct Facts {
        std::size_t number{0};  // from 1
        std::string protocol;   // "TCP"
        Pair<Rail::Identity> ends;
    };
    Conversation(Facts facts, StepSink& sink);

    // ---- Events -------------------------------------------------------------------------------
    void sent(const trace::SegmentSent& event);
    void sent(const trace::FrameSeen& frame, const FrameSummary& summary);
    void received(const trace::SegmentReceived& event);
    void changed(const trace::StateEdge& edge);
    void fired(const trace::TimerFired& timer);
    void noted(const Note& note, Side side);
    // Before anything else: this end was waiting for it.
    void listens(Side side, Instant at);
    // Frames and fates of packets that were sent here.
    void on_link(const trace::FrameSeen& frame, const FrameSummary& summary);
    void delivered(const trace::FrameSeen& frame);
    void passed(const trace::FrameFate& fate);
    void dropped(const trace::PacketDropped& event);

    // The engine rests: what came so far stands by itself.
    void rest();
    // Nothing more will come: tells everything.
    void finish();

    // ---- Questions ----------------------------------------------------------------------------
    [[nodiscard]] Side side_of(const wire::Endpoint& endpoint) const;
    [[nodiscard]] const Facts& facts() const { return facts_; }
    [[nodiscard]] const Rail& rail(Side side) const { return rails_[side]; }
    [[nodiscard]] const SequenceNames& names() const { return names_; }
    [[nodiscard]] const Totals& totals() const { return totals_; }
    // True when a SYN with this number from this side begins another connection of the same name.
    [[nodiscard]] bool is_over_for(Side side, std::optional<wire::SeqNum> isn) const;

private:
    struct PendingEdge {
        Side side{Side::left};
        Instant at;
        trace::TcpState from{};
        trace::TcpState to{};
    };

    Flight& depart(Sending sending);
    Flight& depart_unseen(const trace::SegmentReceived& event, Side from);
    [[nodiscard]] trace::TcpSummary understood(trace::TcpSummary segment, Side from);
    [[nodiscard]] StateMark mark_of_sender(Side from, const trace::TcpSummary& tcp, Instant at);
    void land_untold(Flight& flight, Instant at);
    void land_coalesced(const trace::SegmentReceived& event, const Receipt& receipt, Side from);
    void assume_arrivals(Instant now);
    void settle_edge(const PendingEdge* taken);
    void tell_edge(const PendingEdge& edge);
    void tell_settled();
    void tell_all();
    void tell(Step step);
    [[nodiscard]] bool is_of_one_host() const;
    [[nodiscard]] bool is_told_by_receiver(const Flight& flight) const;

    Facts facts_;
    StepSink& sink_;
    Pair<Rail> rails_;
    Pair<std::string> shown_;  // the states that were told last
    Pair<std::optional<std::uint8_t>> scales_;
    SequenceNames names_;
    Totals totals_;
    Timeline timeline_;
    std::optional<PendingEdge> edge_;
};

}  // namespace handfast::observe::ladder
