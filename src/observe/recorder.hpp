// Keeps what a network told, to be told again: to a ladder, to a test, to a report.
//
// Bounded: when it is full, later events are lost and counted, and what was kept stays a whole
// beginning. It belongs to the thread that turns the engine; read it when that rests.
#pragma once

#include <cstddef>
#include <cstdint>
#include <variant>
#include <vector>

#include "observe/note.hpp"

namespace handfast::observe {

// A frame with the place of its octets in the recorder's store.
struct RecordedFrame {
    Instant at;
    trace::HostId host{};
    trace::Direction direction{};
    trace::Medium medium{};
    std::uint64_t id{0};
    trace::Why why{};
    std::uint16_t attempt{0};
    std::uint16_t gso_size{0};
    std::size_t octets_at{0};
    std::size_t octets{0};
};

using RecordedEvent = std::variant<trace::SegmentSent,
                                   trace::SegmentReceived,
                                   trace::StateEdge,
                                   trace::TimerFired,
                                   trace::RttSample,
                                   trace::WindowChange,
                                   trace::LossMarked,
                                   trace::PacketDropped,
                                   trace::FrameFate,
                                   RecordedFrame,
                                   Note>;

class Recorder final : public Observer {
public:
    struct Limits {
        std::size_t events{1'000'000};
        std::size_t frame_octets{64U << 20};  // of all frames together
        std::size_t snap_length{256};  // kept of each frame: headers and a little of the text
    };

    explicit Recorder(const Limits& limits) : limits_{limits} {}

    void on(const trace::SegmentSent& e) override { keep(e); }
    void on(const trace::SegmentReceived& e) override { keep(e); }
    void on(const trace::StateEdge& e) override { keep(e); }
    void on(const trace::TimerFired& e) override { keep(e); }
    void on(const trace::RttSample& e) override { keep(e); }
    void on(const trace::WindowChange& e) override { keep(e); }
    void on(const trace::LossMarked& e) override { keep(e); }
    void on(const trace::PacketDropped& e) override { keep(e); }
    void on(const trace::FrameFate& e) override { keep(e); }
    void on(const trace::FrameSeen& e) override;
    void on(const Note& e) override { keep(e); }

    // Tells everything again, in order.
    void replay(Observer& to) const;
    void clear();

    [[nodiscard]] const std::vector<RecordedEvent>& events() const { return events_; }
    [[nodiscard]] Bytes octets(const RecordedFrame& frame) const;
    [[nodiscard]] std::uint64_t lost() const { return lost_; }  // events that found no room

private:
    template <class Event>
    void keep(const Event& event) {
        if (events_.size() == limits_.events) {
            ++lost_;
            return;
        }
        events_.emplace_back(event);
    }

    Limits limits_;
    std::vector<RecordedEvent> events_;
    std::vector<std::byte> octets_;
    std::uint64_t lost_{0};
};

}  // namespace handfast::observe
