#include "observe/recorder.hpp"

#include <gtest/gtest.h>
#include <string>
#include <vector>

#include "observe/fan_out.hpp"
#include "unit/observe/stage.hpp"

namespace handfast::observe {
namespace {

using namespace test;

// Writes down what it hears.
class Scribe final : public Observer {
public:
    std::vector<std::string> heard;
    std::vector<std::byte> octets;

    using Observer::on;
    void on(const trace::SegmentSent&) override { heard.emplace_back("sent"); }
    void on(const trace::SegmentReceived&) override { heard.emplace_back("received"); }
    void on(const trace::StateEdge&) override { heard.emplace_back("edge"); }
    void on(const trace::TimerFired&) override { heard.emplace_back("timer"); }
    void on(const trace::RttSample&) override { heard.emplace_back("rtt"); }
    void on(const trace::WindowChange&) override { heard.emplace_back("window"); }
    void on(const trace::LossMarked&) override { heard.emplace_back("marked"); }
    void on(const trace::PacketDropped&) override { heard.emplace_back("dropped"); }
    void on(const trace::FrameFate&) override { heard.emplace_back("fate"); }
    void on(const Note& note) override { heard.push_back(note.text); }
    void on(const trace::FrameSeen& frame) override {
        heard.emplace_back("frame");
        octets.clear();
        for (const Bytes part : frame.parts) octets.insert(octets.end(), part.begin(), part.end());
    }
};

void tell_everything(Observer& to) {
    Stage stage{to};
    stage.plays({.flags = wire::syn_flag, .becomes = TcpState::syn_sent});
    stage.timer(Who::client, trace::TimerKind::retransmit, 1);
    stage.dropped(Who::server, 1, trace::Drop::no_memory);
    stage.note(Who::client, "a note");
    to.on(trace::RttSample{});
    to.on(trace::WindowChange{});
    to.on(trace::LossMarked{});
}

TEST(Recorder, tells_again_all_that_it_heard_in_order) {
    Scribe live;
    Recorder recorder{Recorder::Limits{}};
    FanOut both;
    both.add(live);
    both.add(recorder);
    tell_everything(both);
    Scribe again;
    recorder.replay(again);
    EXPECT_EQ(again.heard, live.heard);
    EXPECT_EQ(again.heard.size(), 11U);
    EXPECT_EQ(recorder.lost(), 0U);
}

TEST(Recorder, joins_the_parts_of_a_frame_and_keeps_its_beginning) {
    Recorder recorder{Recorder::Limits{.snap_length = 5}};
    const std::vector<std::byte> head(3, std::byte{1});
    const std::vector<std::byte> tail(4, std::byte{2});
    const std::vector<Bytes> parts{head, tail};
    recorder.on(trace::FrameSeen{.at = {},
                                 .host = {},
                                 .direction = {},
                                 .medium = {},
                                 .id = 1,
                                 .why = {},
                                 .attempt = 0,
                                 .gso_size = 0,
                                 .parts = parts});
    Scribe scribe;
    recorder.replay(scribe);
    const std::vector<std::byte> expected{
        std::byte{1}, std::byte{1}, std::byte{1}, std::byte{2}, std::byte{2}};
    EXPECT_EQ(scribe.octets, expected);
}

TEST(Recorder, loses_later_events_at_its_limit_and_counts_them) {
    Recorder recorder{Recorder::Limits{.events = 2}};
    tell_everything(recorder);
    EXPECT_EQ(recorder.events().size(), 2U);
    EXPECT_EQ(recorder.lost(), 9U);
    recorder.clear();
    EXPECT_EQ(recorder.lost(), 0U);
    EXPECT_TRUE(recorder.events().empty());
}

TEST(Recorder, loses_frames_when_their_store_is_full_and_goes_on_with_events) {
    Recorder recorder{Recorder::Limits{.frame_octets = 10}};
    tell_everything(recorder);
    EXPECT_EQ(recorder.lost(), 1U);
    EXPECT_EQ(recorder.events().size(), 10U);
}

TEST(FanOut, tells_notes_to_observers_and_events_to_all) {
    class Plain final : public trace::Sink {
    public:
        int frames{0};
        using trace::Sink::on;
        void on(const trace::FrameSeen&) override { ++frames; }
    };
    Plain plain;
    Scribe scribe;
    FanOut all;
    EXPECT_TRUE(all.empty());
    all.add(plain);
    all.add(scribe);
    tell_everything(all);
    EXPECT_EQ(plain.frames, 1);
    EXPECT_EQ(scribe.heard.size(), 11U);
}

}  // namespace
}  // namespace handfast::observe
