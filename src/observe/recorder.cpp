#include "observe/recorder.hpp"

#include <algorithm>

namespace handfast::observe {
namespace {

struct Teller {
    const Recorder& recorder;
    Observer& to;

    void operator()(const RecordedFrame& f) const {
        const Bytes octets = recorder.octets(f);
        to.on(trace::FrameSeen{.at = f.at,
                               .host = f.host,
                               .direction = f.direction,
                               .medium = f.medium,
                               .id = f.id,
                               .why = f.why,
                               .attempt = f.attempt,
                               .gso_size = f.gso_size,
                               .parts = {&octets, 1}});
    }
    template <class Event>
    void operator()(const Event& event) const {
        to.on(event);
    }
};

}  // namespace

void Recorder::on(const trace::FrameSeen& e) {
    std::size_t size = 0;
    for (const Bytes part : e.parts) size += part.size();
    size = std::min(size, limits_.snap_length);
    if (events_.size() == limits_.events || size > limits_.frame_octets - octets_.size()) {
        ++lost_;
        return;
    }
    const std::size_t begin = octets_.size();
    for (const Bytes part : e.parts) {
        const std::size_t wanted = begin + size - octets_.size();
        const Bytes taken = part.first(std::min(part.size(), wanted));
        octets_.insert(octets_.end(), taken.begin(), taken.end());
    }
    events_.emplace_back(RecordedFrame{.at = e.at,
                                       .host = e.host,
                                       .direction = e.direction,
                                       .medium = e.medium,
                                       .id = e.id,
                                       .why = e.why,
                                       .attempt = e.attempt,
                                       .gso_size = e.gso_size,
                                       .octets_at = begin,
                                       .octets = size});
}

void Recorder::replay(Observer& to) const {
    for (const RecordedEvent& event : events_) std::visit(Teller{*this, to}, event);
}

void Recorder::clear() {
    events_.clear();
    octets_.clear();
    lost_ = 0;
}

Bytes Recorder::octets(const RecordedFrame& frame) const {
    return Bytes{octets_}.subspan(frame.octets_at, frame.octets);
}

}  // namespace handfast::observe
