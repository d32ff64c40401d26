// From events to conversations: finds whose event it is, and begins a conversation when one is new.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

#include "observe/frame_summary.hpp"
#include "observe/ladder.hpp"
#include "observe/ladder/conversation.hpp"
#include "observe/note.hpp"

namespace handfast::observe::ladder {

class Builder final : public Observer {
public:
    // How many packets are remembered, so that late news of them finds its conversation.
    static constexpr std::size_t max_packets = 65'536;
    static constexpr std::size_t max_listeners = 1024;  // whose state is known before a SYN comes
    // Notes that wait for their conversation to begin; later ones are lost.
    static constexpr std::size_t max_waiting_notes = 256;

    Builder(LadderOptions options, StepSink& sink) : options_{std::move(options)}, sink_{sink} {}

    // A host of ours that was not there at first.
    void know(LadderHost host) { options_.hosts.push_back(std::move(host)); }

    void on(const trace::SegmentSent& event) override;
    void on(const trace::SegmentReceived& event) override;
    void on(const trace::StateEdge& event) override;
    void on(const trace::TimerFired& event) override;
    void on(const trace::PacketDropped& event) override;
    void on(const trace::FrameSeen& event) override;
    void on(const trace::FrameFate& event) override;
    void on(const Note& note) override;
    using Observer::on;

    void rest();
    void finish();

    // When the first event happened.
    [[nodiscard]] Instant origin() const { return origin_.value_or(Instant{}); }

private:
    enum class Kind : std::uint8_t { tcp, udp, icmp, arp, other };
    struct Key {
        Kind kind{Kind::tcp};
        wire::Endpoint lower;
        wire::Endpoint higher;
        friend auto operator<=>(const Key&, const Key&) = default;
    };
    struct Entry {
        std::unique_ptr<Conversation> conversation;
        std::uint64_t last_use{0};
        bool touched{false};  // in this instant
    };
    // Where a host was seen last.
    struct Place {
        Key key;
        Side side{Side::left};
    };

    [[nodiscard]] static Kind kind_of(wire::Protocol protocol);
    [[nodiscard]] static Key key_of(Kind kind, const wire::FlowTuple& flow);
    [[nodiscard]] Key key_of(const FrameSummary& summary) const;
    [[nodiscard]] Conversation* find(const Key& key);
    [[nodiscard]] Conversation& at(const Key& key, const wire::FlowTuple& flow);
    // The same for what may begin another connection between the same two ends.
    [[nodiscard]] Conversation& at_beginning(const Key& key,
                                             const wire::FlowTuple& flow,
                                             std::optional<wire::SeqNum> isn);
    [[nodiscard]] Conversation* of_packet(std::uint64_t id);
    void turn_clock(Instant now);
    void end(const Key& key);
    void make_room();
    void listener_changed(const trace::StateEdge& edge);
    [[nodiscard]] bool is_listener(const wire::Endpoint& endpoint) const;
    void remember(std::uint64_t id, const Key& key);
    void saw(trace::HostId host, const Key& key, Side side);
    void sent_on_link(const trace::FrameSeen& frame, const FrameSummary& summary);
    [[nodiscard]] bool is_shown(const FrameSummary& summary) const;
    [[nodiscard]] Rail::Identity identify(const wire::Endpoint& endpoint) const;

    [[nodiscard]] bool is_at(const Key& key, const Conversation& conversation) const;
    [[nodiscard]] std::optional<Place> place_of(const Note& note);
    [[nodiscard]] std::optional<Side> side_of(const Note& note, const Conversation& c) const;
    void give_waiting_notes(const Key& key);

    LadderOptions options_;
    StepSink& sink_;
    std::map<Key, Entry> conversations_;
    std::unordered_map<std::uint64_t, Key> packets_;
    std::deque<std::uint64_t> packets_by_age_;
    std::map<trace::HostId, Place> seen_;
    std::deque<Note> waiting_;
    std::set<wire::Endpoint> listeners_;
    std::optional<Instant> origin_;
    Instant now_;
    std::vector<Key> touched_;
    std::uint64_t uses_{0};
    std::size_t begun_{0};
};

}  // namespace handfast::observe::ladder
