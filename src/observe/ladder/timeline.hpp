// The order of steps, and the packets under way in it.
//
// Steps come out in the order of their beginning. A packet is one rung when nothing but packets of
// its own direction happens between its sending and its arrival; otherwise it departs and arrives
// in two steps, joined by a number, so that on both rails time never runs backwards:
//
//     A                 B            A                    B
//     ├───── x ────────▶│            ├───── x ─────┄┄┄┄ 1 │
//     ├───── y ────────▶│            │◀───── y ───────────┤
//                                    │ 1 ┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄▶│
//
// So a packet comes out when its end is known or when something else happens before.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "observe/ladder/flight.hpp"
#include "observe/ladder/sequence_names.hpp"
#include "observe/ladder/step.hpp"

namespace handfast::observe::ladder {

class Timeline {
public:
    // Packets whose end is awaited; the oldest is then drawn without it.
    static constexpr std::size_t max_flights = 4096;

    // ---- What happens -------------------------------------------------------------------------
    Flight& depart(Sending sending, const SequenceNames& names);
    // Some of a packet came in for the first time.
    void land(Flight& flight);
    // Some of it came in again; `segment`: what, where that is told.
    void land_again(const Flight& flight, const Receipt& receipt, const trace::TcpSummary* segment);
    // Something is known of its end that no receiver told.
    void ended_late(const Flight& flight) { ended_late_.push_back(flight.sending().id); }
    // Something happens at one rail: packets that are under way towards it, or all, are cut in two.
    void note(Step step);
    void interrupt_towards(Side side);
    void interrupt_all();

    // ---- What is ready ------------------------------------------------------------------------
    // The next step, in order; nullopt: none, or the next is not settled.
    [[nodiscard]] std::optional<Step> next();
    // Nothing more will come: draws what is under way as it is.
    void give_up();
    // True when a packet, not just notes, is the first thing to come out, or came out before.
    [[nodiscard]] bool has_begun();

    // ---- Questions ----------------------------------------------------------------------------
    [[nodiscard]] Flight* find(std::uint64_t id);
    // Those that may still become one rung, by age. Valid until the next call.
    [[nodiscard]] std::vector<Flight*> whole();
    // The note that was added last, when nothing came after it.
    [[nodiscard]] Step* last_note();

private:
    // Steps that are ready, or a flight that is awaited.
    struct Entry {
        std::deque<Step> steps;
        std::optional<std::uint64_t> flight;
    };

    template <class Predicate>
    void cut_if(Predicate predicate);
    void cut(std::uint64_t id, std::size_t number);
    void retire_oldest();
    void draw_late_ends();
    void draw_ends(Flight& flight);
    [[nodiscard]] bool is_settled(const Entry& entry);

    std::deque<Entry> entries_;
    std::unordered_map<std::uint64_t, std::unique_ptr<Flight>> flights_;
    std::deque<std::uint64_t> by_age_;  // of flights_
    std::vector<std::uint64_t> whole_;  // not cut, perhaps flying, by age
    std::vector<std::uint64_t> ended_late_;
    bool begun_{false};
    std::size_t next_number_{1};
    std::uint64_t next_ordinal_{0};
};

}  // namespace handfast::observe::ladder
