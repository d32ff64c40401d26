#include "observe/ladder/timeline.hpp"

#include <algorithm>
#include <utility>

namespace handfast::observe::ladder {

// ---- What happens -------------------------------------------------------------------------------

Flight& Timeline::depart(Sending sending, const SequenceNames& names) {
    const std::uint64_t id = sending.id;
    interrupt_towards(sending.from);
    if (flights_.contains(id)) {
        cut(id, next_number_++);
        std::erase(by_age_, id);
    }
    if (flights_.size() >= max_flights) retire_oldest();
    sending.ordinal = next_ordinal_++;
    by_age_.push_back(id);
    whole_.push_back(id);
    entries_.push_back({.steps = {}, .flight = id});
    return *(flights_[id] = std::make_unique<Flight>(std::move(sending), names));
}

void Timeline::land(Flight& flight) {
    // An arrival that is a step of its own is something that happens, like any other.
    if (flight.departed()) {
        cut_if([&flight](const Flight& other) { return &other != &flight; });
        draw_ends(flight);
        return;
    }
    const Sending& landed = flight.sending();
    cut_if([&](const Flight& other) {
        const bool overtaken = other.sending().ordinal < landed.ordinal;
        return overtaken || other.sending().from != landed.from;
    });
}

void Timeline::land_again(const Flight& flight,
                          const Receipt& receipt,
                          const trace::TcpSummary* segment) {
    cut_if([&flight](const Flight& other) { return &other != &flight; });
    note(flight.second_copy(receipt, segment));
}

void Timeline::note(Step step) {
    entries_.push_back({.steps = {}, .flight = {}});
    entries_.back().steps.push_back(std::move(step));
}

void Timeline::interrupt_towards(Side side) {
    cut_if([side](const Flight& flight) { return flight.sending().from != side; });
}

void Timeline::interrupt_all() {
    cut_if([](const Flight&) { return true; });
}

// ---- Cutting ------------------------------------------------------------------------------------

template <class Predicate>
void Timeline::cut_if(Predicate predicate) {
    for (const Flight* flight : whole()) {
        if (predicate(*flight)) cut(flight->sending().id, next_number_++);
    }
}

void Timeline::cut(std::uint64_t id, std::size_t number) {
    std::erase(whole_, id);
    const auto entry = std::ranges::find(entries_, std::optional{id}, &Entry::flight);
    if (entry == entries_.end()) return;
    std::vector<Step> steps;
    find(id)->draw(steps, number);
    entry->steps.assign(steps.begin(), steps.end());
    entry->flight.reset();
}

void Timeline::retire_oldest() {
    const std::uint64_t id = by_age_.front();
    by_age_.pop_front();
    cut(id, next_number_++);
    flights_.erase(id);
}

void Timeline::draw_ends(Flight& flight) {
    std::vector<Step> steps;
    flight.draw_ends(steps);
    for (Step& step : steps) note(std::move(step));
}

void Timeline::draw_late_ends() {
    for (const std::uint64_t id : std::exchange(ended_late_, {})) {
        Flight* const flight = find(id);
        if (flight != nullptr && flight->departed()) draw_ends(*flight);
    }
}

// ---- What is ready ------------------------------------------------------------------------------

bool Timeline::is_settled(const Entry& entry) {
    return !entry.flight || !find(*entry.flight)->flying();
}

bool Timeline::has_begun() {
    if (begun_) return true;
    const auto packet = std::ranges::find_if(entries_, [](const Entry& entry) {
        return entry.flight || entry.steps.back().kind != Step::Kind::note;
    });
    begun_ = packet != entries_.end() && is_settled(*packet);
    return begun_;
}

std::optional<Step> Timeline::next() {
    draw_late_ends();
    while (!entries_.empty() && is_settled(entries_.front())) {
        Entry& entry = entries_.front();
        if (entry.flight) cut(*entry.flight, 0);
        if (entry.steps.empty()) {
            entries_.pop_front();
            continue;
        }
        Step step = std::move(entry.steps.front());
        entry.steps.pop_front();
        if (entry.steps.empty()) entries_.pop_front();
        return step;
    }
    return std::nullopt;
}

void Timeline::give_up() {
    for (const Flight* flight : whole()) cut(flight->sending().id, 0);
}

// ---- Questions ----------------------------------------------------------------------------------

Flight* Timeline::find(std::uint64_t id) {
    const auto found = flights_.find(id);
    return found == flights_.end() ? nullptr : found->second.get();
}

std::vector<Flight*> Timeline::whole() {
    std::erase_if(whole_, [this](std::uint64_t id) { return !find(id)->flying(); });
    std::vector<Flight*> out;
    out.reserve(whole_.size());
    for (const std::uint64_t id : whole_) out.push_back(find(id));
    return out;
}

Step* Timeline::last_note() {
    if (entries_.empty() || entries_.back().steps.empty()) return nullptr;
    Step& last = entries_.back().steps.back();
    return last.kind == Step::Kind::note ? &last : nullptr;
}

}  // namespace handfast::observe::ladder
