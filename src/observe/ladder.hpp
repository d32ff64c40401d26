// Ladder diagrams: two hosts, their states, and every packet between them with the reason why it
// was sent and what became of it.
//
//                 client                                    server
//          192.168.21.1:40312                        192.168.21.253:8898
//       0     SYN_SENT │ SYN seq=J win=64240                  │ LISTEN
//  +20 ms              ├─────────── handshake ───────────────▶│ SYN_RCVD
//
// A whole ladder is drawn from a Recorder; LadderStream draws while things happen. A packet is
// drawn when its end is known (it arrived, it was lost) or when something else happens before: then
// it departs and arrives in two steps (ladder/conversation.hpp).
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "observe/note.hpp"
#include "observe/recorder.hpp"
#include "observe/text/line.hpp"

namespace handfast::observe {

struct LadderHost {
    trace::HostId id{};
    std::string name;
    std::vector<wire::IpAddress> addresses;
};

struct LadderOptions {
    std::size_t width{80};  // columns; no line is longer
    Look look;
    // Our hosts. The states of all others are inferred from their packets and stand in parentheses;
    // with none listed, every host counts as ours.
    std::vector<LadderHost> hosts;
    bool show_arp{false};
    std::optional<Instant> origin;        // time zero; nullopt: the first event
    std::size_t max_conversations{1024};  // followed at once; the one that rested longest gives way
};

// One ladder for each conversation, in the order of their beginning; an empty line between.
[[nodiscard]] std::vector<std::string> render(const Recorder& recorder,
                                              const LadderOptions& options);

// Draws as events come. Conversations are interleaved: a line of its own says whose turn it is.
class LadderStream final : public Observer {
public:
    using Emit = std::function<void(std::string_view line)>;  // without a line break

    LadderStream(LadderOptions options, Emit emit);
    ~LadderStream() override;
    LadderStream(const LadderStream&) = delete;
    LadderStream& operator=(const LadderStream&) = delete;
    LadderStream(LadderStream&&) = delete;
    LadderStream& operator=(LadderStream&&) = delete;

    void on(const trace::SegmentSent& event) override;
    void on(const trace::SegmentReceived& event) override;
    void on(const trace::StateEdge& event) override;
    void on(const trace::TimerFired& event) override;
    void on(const trace::PacketDropped& event) override;
    void on(const trace::FrameSeen& event) override;
    void on(const trace::FrameFate& event) override;
    void on(const Note& note) override;
    using Observer::on;

    // A host of ours that was not there at first.
    void know(LadderHost host);
    // Tell it when the engine comes to rest: a step may wait for what the same instant still
    // brings.
    void rest();
    // Draws what is still under way, and the closing lines. Nothing may be told afterwards.
    void finish();

private:
    struct Rooms;
    std::unique_ptr<Rooms> rooms_;
};

}  // namespace handfast::observe
