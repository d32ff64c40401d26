// Who listens. Observing never changes what is sent or its fate; no sink set costs nothing.
#pragma once

#include "core/trace/event.hpp"

namespace handfast::trace {

// Override what you want to hear. Called by the thread that turns the engine: be quick, copy what
// you keep, call nothing of the engine.
class Sink {
public:
    Sink() = default;
    Sink(const Sink&) = delete;
    Sink& operator=(const Sink&) = delete;
    Sink(Sink&&) = delete;
    Sink& operator=(Sink&&) = delete;
    virtual ~Sink() = default;

    virtual void on(const SegmentSent&) {}
    virtual void on(const SegmentReceived&) {}
    virtual void on(const StateEdge&) {}
    virtual void on(const TimerFired&) {}
    virtual void on(const RttSample&) {}
    virtual void on(const WindowChange&) {}
    virtual void on(const LossMarked&) {}
    virtual void on(const PacketDropped&) {}
    virtual void on(const FrameSeen&) {}
    virtual void on(const FrameFate&) {}
};

}  // namespace handfast::trace
