// One teller, several listeners: a ladder, a capture and a recorder of the same network.
#pragma once

#include <vector>

#include "observe/note.hpp"

namespace handfast::observe {

class FanOut final : public Observer {
public:
    // Each is told everything, in the order in which they were added; all outlive the fan-out.
    void add(trace::Sink& sink) { sinks_.push_back(&sink); }
    void add(Observer& observer) {
        sinks_.push_back(&observer);
        observers_.push_back(&observer);
    }
    [[nodiscard]] bool empty() const { return sinks_.empty(); }

    void on(const trace::SegmentSent& e) override { tell(e); }
    void on(const trace::SegmentReceived& e) override { tell(e); }
    void on(const trace::StateEdge& e) override { tell(e); }
    void on(const trace::TimerFired& e) override { tell(e); }
    void on(const trace::RttSample& e) override { tell(e); }
    void on(const trace::WindowChange& e) override { tell(e); }
    void on(const trace::LossMarked& e) override { tell(e); }
    void on(const trace::PacketDropped& e) override { tell(e); }
    void on(const trace::FrameSeen& e) override { tell(e); }
    void on(const trace::FrameFate& e) override { tell(e); }
    void on(const Note& note) override {
        for (Observer* observer : observers_) observer->on(note);
    }

private:
    template <class Event>
    void tell(const Event& event) {
        for (trace::Sink* sink : sinks_) sink->on(event);
    }

    std::vector<trace::Sink*> sinks_;
    std::vector<Observer*> observers_;
};

}  // namespace handfast::observe
