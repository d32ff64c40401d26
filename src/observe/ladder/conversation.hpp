// One conversation (a TCP connection, a UDP flow, a ping) told as the steps of a ladder.
//
// Steps come out in the order of their beginning. A packet is one rung when nothing but packets of
// its own direction happens between its sending and its arrival; otherwise it departs and arrives in
// two steps, joined by a number, so that on both rails time never runs backwards:
//
//     A                 B            A                    B
//     ├───── x ────────▶│            ├───── x ─────┄┄┄┄ 1 │
//     ├───── y ────────▶│            │◀───── y ───────────┤
//                                    │ 1 ┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄▶│
//
// So a packet is told when its end is known or when something else happens before.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "observe/frame_summary.hpp"
#include "observe/ladder/flight.hpp"
#include "observe/ladder/rail.hpp"
#include "observe/ladder/sequence_names.hpp"
#include "observe/ladder/step.hpp"
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
    // Packets whose end is awaited; the oldest is then told without it.
    static constexpr std::size_t max_flights = 4096;

    Conversation(Facts facts, StepSink& sink);

    // ---- Events ----------------------------------------------------------------------------------
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

    // Tells what is settled.
    void pump();
    // The engine rests: what came so far stands by itself.
    void rest();
    // Nothing more will come: tells everything.
    void finish();

    // ---- Questions -------------------------------------------------------------------------------
    [[nodiscard]] Side side_of(const wire::Endpoint& endpoint) const;
    [[nodiscard]] const Facts& facts() const { return facts_; }
    [[nodiscard]] const Rail& rail(Side side) const { return rails_[side]; }
    [[nodiscard]] const SequenceNames& names() const { return names_; }
    [[nodiscard]] const Totals& totals() const { return totals_; }
    // True when a SYN with this number from this side begins another connection of the same name.
    [[nodiscard]] bool is_over_for(Side side, std::optional<wire::SeqNum> isn) const;

private:
    // Steps that are ready, or a flight that is awaited.
    struct Entry {
        std::vector<Step> steps;
        std::optional<std::uint64_t> flight;
    };
    struct PendingEdge {
        Side side{Side::left};
        Instant at;
        trace::TcpState from{};
        trace::TcpState to{};
    };

    void depart(Sending sending);
    void depart_unseen(const trace::SegmentReceived& event, Side from);
    [[nodiscard]] StateMark mark_of_sender(Side from, const trace::TcpSummary& tcp, Instant at);
    void land(Flight& flight, const Receipt& receipt, const trace::TcpSummary* segment);
    void land_untold(Flight& flight, Instant at);
    void land_coalesced(const trace::SegmentReceived& event, const Receipt& receipt, Side from);
    void split(std::uint64_t id, std::size_t number);
    template <class Predicate>
    void split_if(Predicate predicate);
    void split_all();
    void retire_oldest();
    void assume_arrivals(Instant now);
    void tell_late_ends();
    void settle_edge(const PendingEdge* taken);
    void tell_edge(const PendingEdge& edge);
    void add_note(Side side, Instant at, std::string text, Style style);
    [[nodiscard]] bool first_packet_is_settled();
    void drain();
    void emit(const Step& step);
    [[nodiscard]] Flight* find(std::uint64_t id);
    [[nodiscard]] bool is_told_by_receiver(const Flight& flight) const;

    Facts facts_;
    StepSink& sink_;
    Pair<Rail> rails_;
    SequenceNames names_;
    Totals totals_;
    std::deque<Entry> entries_;
    std::unordered_map<std::uint64_t, std::unique_ptr<Flight>> flights_;
    std::deque<std::uint64_t> by_age_;      // of flights_
    std::vector<std::uint64_t> attached_;    // not split and perhaps flying, by age
    std::vector<std::uint64_t> ended_late_;  // departed, and something was told of them since
    std::optional<PendingEdge> edge_;
    std::size_t next_number_{1};
    std::uint64_t next_ordinal_{0};
};

}  // namespace handfast::observe::ladder
