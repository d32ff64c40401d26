#include "observe/ladder/flight.hpp"

#include <algorithm>

#include "observe/text/words.hpp"

namespace handfast::observe::ladder {
namespace {

// No super-segment is larger: what claims to be is drawn as one frame.
constexpr std::size_t max_frames = 128;

[[nodiscard]] std::size_t segment_size(const Content& content) {
    const auto* tcp = std::get_if<trace::TcpSummary>(&content);
    if (tcp == nullptr || tcp->gso_size == 0 || tcp->length <= tcp->gso_size) return 0;
    return tcp->length / tcp->gso_size < max_frames ? tcp->gso_size : 0;
}

[[nodiscard]] std::size_t frame_count(const Content& content) {
    const std::size_t segment = segment_size(content);
    if (segment == 0) return 1;
    return (std::get<trace::TcpSummary>(content).length + segment - 1) / segment;
}

[[nodiscard]] bool is_repetition(trace::Why why) {
    using enum trace::Why;
    return why == rto_retransmission || why == fast_retransmission ||
           why == partial_ack_retransmission || why == tail_loss_probe || why == window_probe ||
           why == keep_alive;
}

}  // namespace

Flight::Flight(Sending sending, const SequenceNames& names)
    : sending_{std::move(sending)},
      names_{names},
      frames_(frame_count(sending_.content)),
      segment_{segment_size(sending_.content)} {}

void Flight::passed(const trace::FrameFate& fate) {
    seen_on_link_ = true;
    if (fate.duplicate) return;
    const bool up = fate.direction == trace::Direction::up;
    if (!up) resolve(up_, next_up_);
    std::vector<trace::FrameFate>& told = up ? up_ : down_;
    if (told.size() < frames_.size()) told.push_back(fate);
    if ((!up || loops_) && !fate.lost) expected_ = fate.arrives;
}

void Flight::pass(Frame& frame, const trace::FrameFate& fate) {
    frame.corrupted = frame.corrupted || fate.corrupted;
    if (!fate.lost || frame.status != Frame::Status::flying) return;
    frame.status = Frame::Status::lost;
    frame.reason = fate.lost;
    frame.at = fate.at;
}

void Flight::resolve(std::vector<trace::FrameFate>& fates, std::size_t& next) {
    split_ = split_ || fates.size() > 1;
    for (const trace::FrameFate& fate : fates) {
        if (!split_) {
            for (Frame& frame : frames_) pass(frame, fate);
            continue;
        }
        while (next < frames_.size() && frames_[next].status == Frame::Status::lost) ++next;
        if (next < frames_.size()) pass(frames_[next++], fate);
    }
    fates.clear();
}

void Flight::resolve() {
    resolve(up_, next_up_);
    resolve(down_, next_down_);
}

bool Flight::is_taken_by(trace::HostId host) {
    if (!taker_) taker_ = host;
    return *taker_ == host;
}

// Of frames that a link took one by one, a host drops one by one: the damaged one, most likely.
void Flight::dropped(trace::Drop reason, Instant at) {
    resolve();
    if (!split_) {
        for (Frame& frame : frames_) drop(frame, reason, at);
        return;
    }
    const auto is_flying = [](const Frame& f) { return f.status == Frame::Status::flying; };
    auto one =
        std::ranges::find_if(frames_, [&](const Frame& f) { return is_flying(f) && f.corrupted; });
    if (one == frames_.end()) one = std::ranges::find_if(frames_, is_flying);
    if (one != frames_.end()) drop(*one, reason, at);
}

void Flight::drop(Frame& frame, trace::Drop reason, Instant at) const {
    if (frame.reason) return;
    frame.reason = reason;
    if (frame.status != Frame::Status::flying) return;
    frame.status = seen_on_link_ ? Frame::Status::arrived : Frame::Status::lost;
    frame.at = at;
}

void Flight::land(Frame& frame, const Receipt& receipt) {
    frame.status = Frame::Status::arrived;
    frame.at = receipt.at;
    frame.reason = receipt.refused;
    frame.receiver = receipt.receiver;
}

bool Flight::received(const trace::TcpSummary& segment, const Receipt& receipt) {
    resolve();
    const auto* tcp = std::get_if<trace::TcpSummary>(&sending_.content);
    if (tcp == nullptr || segment_ == 0) return arrived(receipt);
    const std::uint32_t offset = wire::octets_between(tcp->seq, segment.seq);
    if (offset >= tcp->length) return arrived(receipt);
    const std::size_t begin = offset / segment_;
    const std::size_t octets = std::max<std::size_t>(segment.length, 1);
    const std::size_t end = std::min(frames_.size(), (offset + octets + segment_ - 1) / segment_);
    bool news = false;
    for (std::size_t i = begin; i < end; ++i) {
        if (frames_[i].status != Frame::Status::flying) continue;
        land(frames_[i], receipt);
        news = true;
    }
    return news;
}

bool Flight::arrived(const Receipt& receipt) {
    resolve();
    bool news = false;
    for (Frame& frame : frames_) {
        if (frame.status != Frame::Status::flying) continue;
        land(frame, receipt);
        news = true;
    }
    return news;
}

bool Flight::flying() {
    resolve();
    return std::ranges::any_of(frames_,
                               [](const Frame& f) { return f.status == Frame::Status::flying; });
}

Flight::Run Flight::run_at(std::size_t begin) const {
    const Frame& first = frames_[begin];
    std::size_t end = begin + 1;
    while (end < frames_.size() && frames_[end].status == first.status &&
           frames_[end].reason == first.reason && frames_[end].drawn == first.drawn) {
        ++end;
    }
    return {.begin = begin, .end = end};
}

std::vector<Piece> Flight::label_of_run(const Run& run) const {
    if (is_whole(run)) return label_of(sending_.content, sending_.from, names_);
    auto part = std::get<trace::TcpSummary>(sending_.content);
    const auto offset = static_cast<std::uint32_t>(run.begin * segment_);
    const auto size = static_cast<std::uint32_t>((run.end - run.begin) * segment_);
    const bool last = run.end == frames_.size();
    part.seq = part.seq + offset;
    part.length = std::min(size, part.length - offset);
    // PSH and FIN stand on the last frame of a super-segment only.
    constexpr std::uint8_t of_last = wire::TcpFlags::psh_bit | wire::TcpFlags::fin_bit;
    if (!last) part.flags.bits &= static_cast<std::uint8_t>(~of_last);
    return label_of(part, sending_.from, names_);
}

Step Flight::rung(const Run& run) const {
    Step step{.side = sending_.from,
              .at = sending_.at,
              .label = label_of_run(run),
              .reason = reason_text(sending_.why, sending_.attempt),
              .preview = run.begin == 0 ? sending_.preview : std::string{},
              .style = is_repetition(sending_.why) ? Style::again : style_of(sending_.content),
              .sender = sending_.sender};
    step.frames = run.end - run.begin;
    if (sending_.why == trace::Why::none || sending_.why == trace::Why::foreign)
        step.reason.clear();
    return step;
}

void Flight::tell_end(Step& step, const Run& run) const {
    const Frame& last = frames_[run.end - 1];
    const std::string_view reason = last.reason ? trace::text(*last.reason) : std::string_view{};
    if (last.status == Frame::Status::lost) {
        step.fate = reason;
        return;
    }
    step.receiver = last.receiver;
    step.verdict = reason;
    if (last.corrupted) {
        step.verdict = "corrupted on the way";
        if (last.reason) step.verdict.append(": ").append(reason);
    }
}

void Flight::mark(const Run& run, Frame::Drawn drawn) {
    for (std::size_t i = run.begin; i < run.end; ++i) frames_[i].drawn = drawn;
}

void Flight::draw(std::vector<Step>& out, std::size_t number) {
    resolve();
    for (std::size_t i = 0; i < frames_.size();) {
        const Run run = run_at(i);
        i = run.end;
        const Frame& last = frames_[run.end - 1];
        if (last.drawn != Frame::Drawn::nothing) continue;
        Step step = rung(run);
        if (last.status == Frame::Status::flying) {
            step.kind = Step::Kind::departure;
            step.number = number_ = number;
            mark(run, Frame::Drawn::departure);
        } else {
            tell_end(step, run);
            if (last.status == Frame::Status::arrived) step.flight_time = last.at - step.at;
            mark(run, Frame::Drawn::all);
        }
        out.push_back(std::move(step));
    }
}

void Flight::draw_ends(std::vector<Step>& out) {
    resolve();
    for (std::size_t i = 0; i < frames_.size();) {
        const Run run = run_at(i);
        i = run.end;
        const Frame& last = frames_[run.end - 1];
        if (last.drawn != Frame::Drawn::departure) continue;
        if (last.status == Frame::Status::flying) continue;
        Step step = rung(run);
        step.kind = Step::Kind::arrival;
        step.at = last.at;
        step.number = number_;
        tell_end(step, run);
        mark(run, Frame::Drawn::all);
        out.push_back(std::move(step));
    }
}

Step Flight::second_copy(const Receipt& receipt, const trace::TcpSummary* segment) const {
    Step step = rung({.begin = 0, .end = frames_.size()});
    if (segment != nullptr) step.label = label_of(*segment, sending_.from, names_);
    step.kind = Step::Kind::arrival;
    step.at = receipt.at;
    step.number = number_;
    step.is_second_copy = true;
    step.receiver = receipt.receiver;
    if (receipt.refused) step.verdict = trace::text(*receipt.refused);
    return step;
}

}  // namespace handfast::observe::ladder
