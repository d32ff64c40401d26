#include "observe/ladder/conversation.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

#include "observe/text/words.hpp"

namespace handfast::observe::ladder {
namespace {

constexpr std::size_t preview_columns = 26;

[[nodiscard]] const trace::TcpSummary* tcp_of(const Flight& flight) {
    return std::get_if<trace::TcpSummary>(&flight.sending().content);
}

[[nodiscard]] std::string preview_of(const FrameSummary& summary) {
    const bool icmp = std::holds_alternative<IcmpSummary>(summary.content);
    return summary.text.empty() || icmp ? std::string{}
                                        : preview_text(summary.text, preview_columns);
}

// The delayed-ACK and pacing timers show in the reason of what they send.
[[nodiscard]] bool is_shown(trace::TimerKind timer) {
    using enum trace::TimerKind;
    return timer != delayed_ack && timer != pacing && timer != reorder;
}

[[nodiscard]] trace::TcpSummary reversed(const trace::TcpSummary& tcp) {
    trace::TcpSummary out = tcp;
    std::swap(out.tuple.local, out.tuple.remote);
    return out;
}

}  // namespace

Conversation::Conversation(Facts facts, StepSink& sink)
    : facts_{std::move(facts)},
      sink_{sink},
      rails_{.left = Rail{facts_.ends.left}, .right = Rail{facts_.ends.right}} {}

// ---- Packets ------------------------------------------------------------------------------------

void Conversation::sent(const trace::SegmentSent& event) {
    const Side from = side_of(event.tcp.tuple.local);
    const PendingEdge taken{.side = from, .at = event.at, .to = event.state};
    settle_edge(&taken);
    const trace::TcpSummary tcp = understood(event.tcp, from);
    rails_[from].is_one_of_us();
    rails_[from].clock().sent(event.tcp, event.why, event.at);
    static_cast<void>(depart({.id = event.id,
                              .from = from,
                              .at = event.at,
                              .why = event.why,
                              .attempt = event.attempt,
                              .content = tcp,
                              .sender = rails_[from].enters(event.state, event.at)}));
}

void Conversation::sent(const trace::FrameSeen& frame, const FrameSummary& summary) {
    Sending sending{.id = frame.id,
                    .from = side_of(summary.source),
                    .at = frame.at,
                    .why = frame.why,
                    .attempt = frame.attempt,
                    .content = summary.content,
                    .preview = preview_of(summary)};
    // An ICMP error may come from a router: it goes to the end that it tells.
    if (std::holds_alternative<IcmpSummary>(summary.content)) {
        const bool to_left = rails_.left.identity().endpoint.address == summary.destination.address;
        sending.from = to_left ? Side::right : Side::left;
    }
    settle_edge(nullptr);
    if (auto* tcp = std::get_if<trace::TcpSummary>(&sending.content)) {
        tcp->gso_size = frame.gso_size;
        *tcp = understood(*tcp, sending.from);
        sending.sender = mark_of_sender(sending.from, *tcp, frame.at);
    }
    depart(std::move(sending)).seen_on_link();
}

Flight& Conversation::depart(Sending sending) {
    tell_settled();
    assume_arrivals(sending.at);
    return timeline_.depart(std::move(sending), names_);
}

void Conversation::received(const trace::SegmentReceived& event) {
    Flight* flight = timeline_.find(event.id);
    const Side receiver =
        flight != nullptr ? opposite(flight->sending().from) : side_of(event.tcp.tuple.local);
    const PendingEdge taken{.side = receiver, .at = event.at, .to = event.state};
    settle_edge(&taken);
    tell_settled();
    if (flight == nullptr) flight = &depart_unseen(event, opposite(receiver));
    const bool was_ours = rails_[receiver].is_ours();
    rails_[receiver].is_one_of_us();
    rails_[receiver].clock().received(event.tcp, event.at);
    const Receipt receipt{.at = event.at,
                          .refused = event.drop,
                          .receiver = rails_[receiver].enters(event.state, event.at)};
    land_coalesced(event, receipt, opposite(receiver));
    if (event.drop && event.tcp.flags.syn()) names_.refused(opposite(receiver), event.tcp);
    if (flight->received(event.tcp, receipt)) {
        timeline_.land(*flight);
    } else if (was_ours) {
        timeline_.land_again(*flight, receipt, &event.tcp);
    }
}

// It came from where nobody tells: it was sent when it was received, as far as we know.
Flight& Conversation::depart_unseen(const trace::SegmentReceived& event, Side from) {
    const trace::TcpSummary tcp = understood(reversed(event.tcp), from);
    return depart({.id = event.id,
                   .from = from,
                   .at = event.at,
                   .content = tcp,
                   .sender = mark_of_sender(from, tcp, event.at)});
}

// Learns from the segment what its successors mean, and gives it with the window that it means: not
// every teller knows the scale (RFC 7323 §2.2: it counts when both SYNs had one).
trace::TcpSummary Conversation::understood(trace::TcpSummary segment, Side from) {
    names_.learn(from, segment);
    if (segment.flags.syn()) {
        scales_[from] = segment.options.window_scale;
    } else if (scales_.left && scales_.right) {
        segment.window = std::uint32_t{segment.raw_window} << *scales_[from];
    }
    return segment;
}

StateMark Conversation::mark_of_sender(Side from, const trace::TcpSummary& tcp, Instant at) {
    Rail& rail = rails_[from];
    return rail.is_ours() ? rail.mark() : rail.sends(tcp, at);
}

// A receiver may merge segments that follow one another (GRO) and tell them under the first's id.
void Conversation::land_coalesced(const trace::SegmentReceived& event,
                                  const Receipt& receipt,
                                  Side from) {
    const wire::SeqRange range{event.tcp.seq, event.tcp.seq + event.tcp.length};
    for (Flight* const flight : timeline_.whole()) {
        const Sending& sending = flight->sending();
        const trace::TcpSummary* const tcp = tcp_of(*flight);
        if (sending.id == event.id || sending.from != from || tcp == nullptr) continue;
        if (tcp->length == 0 || tcp->seq == range.begin) continue;
        if (!range.contains(wire::SeqRange{tcp->seq, tcp->seq + tcp->length})) continue;
        static_cast<void>(flight->arrived(receipt));
    }
}

void Conversation::on_link(const trace::FrameSeen& frame, const FrameSummary& summary) {
    Flight* const flight = timeline_.find(frame.id);
    if (flight == nullptr) return;
    flight->seen_on_link();
    if (flight->sending().preview.empty()) flight->set_preview(preview_of(summary));
}

void Conversation::delivered(const trace::FrameSeen& frame) {
    Flight* const flight = timeline_.find(frame.id);
    if (flight == nullptr || is_told_by_receiver(*flight)) return;
    if (flight->is_taken_by(frame.host)) land_untold(*flight, frame.at);
}

void Conversation::land_untold(Flight& flight, Instant at) {
    Receipt receipt{.at = at};
    if (const trace::TcpSummary* const tcp = tcp_of(flight)) {
        receipt.receiver = rails_[opposite(flight.sending().from)].receives(*tcp, at);
    }
    if (flight.arrived(receipt)) {
        timeline_.land(flight);
    } else {
        timeline_.land_again(flight, receipt, nullptr);
    }
}

void Conversation::passed(const trace::FrameFate& fate) {
    Flight* const flight = timeline_.find(fate.id);
    if (flight == nullptr) return;
    if (is_of_one_host()) flight->loops();
    flight->passed(fate);
    timeline_.ended_late(*flight);
}

void Conversation::dropped(const trace::PacketDropped& event) {
    Flight* const flight = timeline_.find(event.id);
    if (flight == nullptr) return;
    if (flight->on_link() && !flight->is_taken_by(event.host)) return;
    flight->dropped(event.reason, event.at);
    timeline_.ended_late(*flight);
}

// Ends that are not ours do not say what they received: it came when the link said it would, or at
// once when no link says anything.
void Conversation::assume_arrivals(Instant now) {
    for (Flight* const flight : timeline_.whole()) {
        if (!flight->flying() || is_told_by_receiver(*flight)) continue;
        const Deadline expected = flight->expected();
        const bool due = expected ? *expected < now : !flight->on_link();
        if (due) land_untold(*flight, expected.value_or(flight->sending().at));
    }
    tell_settled();
}

// As far as addresses tell.
bool Conversation::is_of_one_host() const {
    const wire::IpAddress& left = rails_.left.identity().endpoint.address;
    return left.is_loopback() || left == rails_.right.identity().endpoint.address;
}

bool Conversation::is_told_by_receiver(const Flight& flight) const {
    return tcp_of(flight) != nullptr && rails_[opposite(flight.sending().from)].is_ours();
}

// ---- What happens at one end --------------------------------------------------------------------

void Conversation::listens(Side side, Instant at) {
    static_cast<void>(rails_[side].enters(trace::TcpState::listen, at));
}

void Conversation::changed(const trace::StateEdge& edge) {
    const Side side = side_of(edge.tuple.local);
    Rail& rail = rails_[side];
    const bool passive =
        edge.from == trace::TcpState::closed && edge.to == trace::TcpState::syn_received;
    rail.was_first(passive ? trace::TcpState::listen : edge.from);
    if (edge_ && edge_->side == side && edge_->at == edge.at) {
        edge_->to = edge.to;
        return;
    }
    settle_edge(nullptr);
    if (rail.state() == edge.to) return;
    edge_ = PendingEdge{.side = side, .at = edge.at, .from = edge.from, .to = edge.to};
}

// An edge that a packet made, or that made a packet, shows in that packet's step.
void Conversation::settle_edge(const PendingEdge* taken) {
    if (!edge_) return;
    const PendingEdge edge = *edge_;
    edge_.reset();
    const bool is_taken = taken != nullptr && taken->side == edge.side && taken->at == edge.at &&
                          taken->to == edge.to;
    if (!is_taken && rails_[edge.side].state() != edge.to) tell_edge(edge);
}

void Conversation::tell_edge(const PendingEdge& edge) {
    Rail& rail = rails_[edge.side];
    const Instant entered = rail.since();
    const bool was_known = rail.state().has_value();
    const StateMark mark = rail.enters(edge.to, edge.at);
    Step* const last = timeline_.last_note();
    if (last != nullptr && last->side == edge.side && last->at == edge.at) {
        last->sender = mark;
        return;
    }
    const bool is_timer = edge.from == trace::TcpState::time_wait && was_known;
    std::string text = is_timer
                           ? "TIME_WAIT ends after " + duration_text(edge.at - entered)
                           : fmt::format("{} → {}", trace::text(edge.from), trace::text(edge.to));
    timeline_.interrupt_towards(edge.side);
    timeline_.note({.kind = Step::Kind::note,
                    .side = edge.side,
                    .at = edge.at,
                    .reason = std::move(text),
                    .style = is_timer ? Style::again : Style::quiet,
                    .sender = mark});
}

void Conversation::fired(const trace::TimerFired& timer) {
    settle_edge(nullptr);
    tell_settled();
    if (!is_shown(timer.timer)) return;
    assume_arrivals(timer.at);
    const Side side = side_of(timer.tuple.local);
    Rail& rail = rails_[side];
    std::string text = fmt::format("{} fires", trace::text(timer.timer));
    if (timer.timer == trace::TimerKind::retransmit && rail.clock().since()) {
        text = "RTO fires after " + duration_text(timer.at - *rail.clock().since());
    }
    if (timer.timer == trace::TimerKind::time_wait) {
        text = "TIME_WAIT ends after " + duration_text(timer.at - rail.since());
    }
    timeline_.interrupt_all();
    timeline_.note({.kind = Step::Kind::note,
                    .side = side,
                    .at = timer.at,
                    .reason = std::move(text),
                    .style = Style::again,
                    .sender = rail.mark()});
}

void Conversation::noted(const Note& note, Side side) {
    settle_edge(nullptr);
    tell_settled();
    assume_arrivals(note.at);
    timeline_.interrupt_towards(side);
    timeline_.note({.kind = Step::Kind::note,
                    .side = side,
                    .at = note.at,
                    .reason = note.text,
                    .style = Style::note,
                    .sender = rails_[side].mark()});
}

// ---- Telling ------------------------------------------------------------------------------------

void Conversation::tell_settled() {
    // Notes wait for the first packet: by then it is known in what states the ends began.
    if (timeline_.has_begun()) tell_all();
}

void Conversation::tell_all() {
    if (totals_.packets == 0) {
        shown_ = {.left = rails_.left.first_state(), .right = rails_.right.first_state()};
    }
    while (auto step = timeline_.next()) tell(std::move(*step));
}

void Conversation::rest() {
    settle_edge(nullptr);
    tell_settled();
}

void Conversation::finish() {
    settle_edge(nullptr);
    assume_arrivals(Instant::max());
    timeline_.give_up();
    tell_all();
    sink_.end(*this);
}

void Conversation::tell(Step step) {
    const Side receiver = opposite(step.side);
    // Who gets no packet, or nothing that its TCP sees, stays as the ladder showed it last.
    const bool ends = step.kind == Step::Kind::flight || step.kind == Step::Kind::arrival;
    if (ends && step.receiver.text.empty()) step.receiver.text = shown_[receiver];
    if (!step.sender.text.empty()) shown_[step.side] = step.sender.text;
    if (!step.receiver.text.empty()) shown_[receiver] = step.receiver.text;
    if (totals_.packets == 0 && step.kind != Step::Kind::note) totals_.first = step.at;
    const bool begins = step.kind == Step::Kind::flight || step.kind == Step::Kind::departure;
    if (begins) totals_.packets += step.frames;
    if (begins && step.style == Style::again) totals_.repeated += step.frames;
    if (!step.fate.empty()) totals_.lost += step.frames;
    totals_.last = std::max(totals_.last, step.at + step.flight_time.value_or(Duration{}));
    sink_.step(*this, step);
}

// ---- Questions ----------------------------------------------------------------------------------

Side Conversation::side_of(const wire::Endpoint& endpoint) const {
    return rails_.left.identity().endpoint == endpoint ? Side::left : Side::right;
}

bool Conversation::is_over_for(Side side, std::optional<wire::SeqNum> isn) const {
    const auto state = rails_[side].state();
    const bool over = state == trace::TcpState::closed || state == trace::TcpState::time_wait;
    return over && names_.initial(side) && (!isn || names_.initial(side) != isn);
}

}  // namespace handfast::observe::ladder
