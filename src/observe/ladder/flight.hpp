// A packet under way, as the ladder follows it from its sending to its end.
//
// A super-segment is as many frames as a wire would see. Links tell the fate of each, receivers
// tell what octets they got; runs of frames that fared alike are drawn as one rung.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/trace/event.hpp"
#include "observe/ladder/label.hpp"
#include "observe/ladder/sequence_names.hpp"
#include "observe/ladder/step.hpp"

namespace handfast::observe::ladder {

// What is known of a packet when it is sent.
struct Sending {
    std::uint64_t id{0};
    Side from{Side::left};
    Instant at{};
    trace::Why why{trace::Why::none};
    std::uint16_t attempt{0};
    Content content{};
    StateMark sender{};
    std::string preview{};
    std::uint64_t ordinal{0};  // in its conversation
};

// What its receiver did with it.
struct Receipt {
    Instant at{};
    std::optional<trace::Drop> refused{};
    StateMark receiver{};
};

class Flight {
public:
    Flight(Sending sending, const SequenceNames& names);

    // ---- What links tell ----------------------------------------------------------------------
    // A link that judges single frames tells a super-segment's fate frame by frame, in order; one
    // that does not, once.
    void passed(const trace::FrameFate& fate);
    void seen_on_link() { seen_on_link_ = true; }
    // Its way leads back to its own host: there is nothing but the way up.
    void loops() { loops_ = true; }
    // A host ended it: the receiver, or, when no link has seen it, the sender itself.
    void dropped(trace::Drop reason, Instant at);
    // Who takes it: of a broadcast, the first.
    [[nodiscard]] bool is_taken_by(trace::HostId host);

    // ---- What the receiver tells --------------------------------------------------------------
    // These octets of sequence space; true when they are news, false for a second copy.
    [[nodiscard]] bool received(const trace::TcpSummary& segment, const Receipt& receipt);
    // All that is still flying.
    [[nodiscard]] bool arrived(const Receipt& receipt);

    // Its preview comes with its frame, after the segment was told.
    void set_preview(std::string preview) { sending_.preview = std::move(preview); }

    // ---- Drawing ------------------------------------------------------------------------------
    // Rungs for all that has not been drawn; what still flies departs under this number.
    void draw(std::vector<Step>& out, std::size_t number);
    // The arrivals and losses of what had departed.
    void draw_ends(std::vector<Step>& out);
    // A second copy came in, of all or, when it is told, of this.
    [[nodiscard]] Step second_copy(const Receipt& receipt, const trace::TcpSummary* segment) const;

    [[nodiscard]] bool flying();
    [[nodiscard]] bool departed() const { return number_ != 0; }
    [[nodiscard]] bool on_link() const { return seen_on_link_; }
    [[nodiscard]] const Sending& sending() const { return sending_; }
    // When the last link said that it would arrive.
    [[nodiscard]] Deadline expected() const { return expected_; }

private:
    // How one wire-sized frame fares, and how much of that the ladder shows already.
    struct Frame {
        enum class Status : std::uint8_t { flying, arrived, lost };
        enum class Drawn : std::uint8_t { nothing, departure, all };

        Status status{Status::flying};
        std::optional<trace::Drop> reason;  // of loss or of refusal
        Instant at;
        bool corrupted{false};
        Drawn drawn{Drawn::nothing};
        StateMark receiver;
    };
    // [begin, end) of frames that fared alike.
    struct Run {
        std::size_t begin{0};
        std::size_t end{0};
    };

    [[nodiscard]] Run run_at(std::size_t begin) const;
    [[nodiscard]] std::vector<Piece> label_of_run(const Run& run) const;
    [[nodiscard]] Step rung(const Run& run) const;
    void tell_end(Step& step, const Run& run) const;
    void mark(const Run& run, Frame::Drawn drawn);
    [[nodiscard]] bool is_whole(const Run& run) const {
        return run.end - run.begin == frames_.size();
    }
    static void land(Frame& frame, const Receipt& receipt);
    void drop(Frame& frame, trace::Drop reason, Instant at) const;
    static void pass(Frame& frame, const trace::FrameFate& fate);
    // Lays what was told since on the frames that came as far as that link.
    void resolve();
    void resolve(std::vector<trace::FrameFate>& fates, std::size_t& next);

    Sending sending_;
    SequenceNames names_;  // as they stood when it was sent
    std::vector<Frame> frames_;
    std::size_t segment_{0};  // octets of text a frame; 0: one frame
    std::size_t number_{0};
    bool seen_on_link_{false};
    std::optional<trace::HostId> taker_;
    Deadline expected_;
    bool loops_{false};

    // Fates not yet laid on frames, and how far that came. A link tells all of a packet's fates at
    // once: one that stands alone is that of all frames.
    bool split_{false};
    std::vector<trace::FrameFate> up_;
    std::vector<trace::FrameFate> down_;
    std::size_t next_up_{0};
    std::size_t next_down_{0};
};

}  // namespace handfast::observe::ladder
