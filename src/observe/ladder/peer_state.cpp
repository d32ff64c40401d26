#include "observe/ladder/peer_state.hpp"

namespace handfast::observe::ladder {

using trace::TcpState;

void PeerState::sent(const trace::TcpSummary& segment) {
    const wire::TcpFlags flags = segment.flags;
    if (flags.rst()) {
        state_ = TcpState::closed;
        return;
    }
    if (flags.syn()) {
        state_ = flags.ack() ? TcpState::syn_received : TcpState::syn_sent;
        return;
    }
    // Nobody sends text or an acknowledgment before the handshake is done.
    if (!state_ || state_ == TcpState::listen || state_ == TcpState::syn_sent) {
        state_ = TcpState::established;
    }
    if (!flags.fin()) return;
    after_fin_ = segment.seq + segment.length + 1;
    sent_fin();
}

void PeerState::sent_fin() {
    if (state_ == TcpState::close_wait) {
        state_ = TcpState::last_ack;
    } else if (state_ == TcpState::established || state_ == TcpState::syn_received) {
        state_ = TcpState::fin_wait_1;
    }
}

void PeerState::received(const trace::TcpSummary& segment) {
    const wire::TcpFlags flags = segment.flags;
    if (flags.rst()) {
        state_ = TcpState::closed;
        return;
    }
    if (flags.syn()) {
        if (!state_) {
            state_ = TcpState::listen;
        } else if (state_ == TcpState::syn_sent && flags.ack()) {
            state_ = TcpState::established;
        }
        return;
    }
    if (flags.ack()) received_ack(segment.ack);
    if (flags.fin()) received_fin();
}

void PeerState::received_ack(wire::SeqNum ack) {
    if (!state_ || state_ == TcpState::syn_received) state_ = TcpState::established;
    if (!after_fin_ || wire::before(ack, *after_fin_)) return;
    switch (*state_) {
        case TcpState::fin_wait_1:
            state_ = TcpState::fin_wait_2;
            break;
        case TcpState::closing:
            state_ = TcpState::time_wait;
            break;
        case TcpState::last_ack:
            state_ = TcpState::closed;
            break;
        default:
            break;
    }
}

void PeerState::received_fin() {
    switch (state_.value_or(TcpState::closed)) {
        case TcpState::established:
            state_ = TcpState::close_wait;
            break;
        case TcpState::fin_wait_1:
            state_ = TcpState::closing;
            break;
        case TcpState::fin_wait_2:
            state_ = TcpState::time_wait;
            break;
        default:
            break;
    }
}

}  // namespace handfast::observe::ladder
