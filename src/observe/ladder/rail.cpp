#include "observe/ladder/rail.hpp"

namespace handfast::observe::ladder {
namespace {

using trace::TcpState;

// Where a connection stood before the first thing that was heard of it.
[[nodiscard]] TcpState state_before(TcpState first_heard) {
    if (first_heard == TcpState::syn_sent) return TcpState::closed;
    if (first_heard == TcpState::syn_received) return TcpState::listen;
    return first_heard;
}

}  // namespace

void RetransmissionClock::sent(const trace::TcpSummary& segment, trace::Why why, Instant at) {
    const bool counts = segment.length > 0 || segment.flags.syn() || segment.flags.fin();
    if (!counts) return;
    const wire::SeqNum end = segment.seq + segment.length + (segment.flags.syn() ? 1U : 0U) +
                             (segment.flags.fin() ? 1U : 0U);
    const bool idle = !max_ || (una_ && wire::at_or_before(*max_, *una_));
    if (idle || why == trace::Why::rto_retransmission) since_ = at;
    max_ = max_ ? wire::later(*max_, end) : end;
}

void RetransmissionClock::received(const trace::TcpSummary& segment, Instant at) {
    if (!segment.flags.ack()) return;
    if (una_ && wire::at_or_before(segment.ack, *una_)) return;
    una_ = segment.ack;
    since_ = at;
}

StateMark Rail::enters(TcpState state, Instant at) {
    was_first(state_before(state));
    const bool changed = state_ != state;
    if (changed) since_ = at;
    state_ = state;
    return {.text = text_of(state_), .changed = changed};
}

StateMark Rail::infer(Instant at) {
    if (const auto state = inferred_.state()) return enters(*state, at);
    return {};
}

StateMark Rail::sends(const trace::TcpSummary& segment, Instant at) {
    inferred_.sent(segment);
    return infer(at);
}

StateMark Rail::receives(const trace::TcpSummary& segment, Instant at) {
    inferred_.received(segment);
    return infer(at);
}

void Rail::was_first(TcpState state) {
    if (!first_) first_ = state;
}

std::string Rail::text_of(std::optional<TcpState> state) const {
    if (!state) return {};
    const std::string text{trace::text(*state)};
    return is_ours() ? text : "(" + text + ")";
}

}  // namespace handfast::observe::ladder
