// The eleven states of a connection and the edges between them (RFC 9293 §3.3.2, Figure 5).
#pragma once

#include "core/trace/tcp_state.hpp"

namespace handfast::tcp {

using State = trace::TcpState;

// True when Figure 5, or an abort that it leaves out, leads from one state to the other.
[[nodiscard]] bool is_legal_edge(State from, State target);

// SYN has been exchanged in both directions (RFC 9293 §3.3.2: "synchronized").
[[nodiscard]] constexpr bool is_synchronized(State s) {
    return s >= State::established;
}
// The peer may still send text.
[[nodiscard]] constexpr bool may_receive_text(State s) {
    return s == State::established || s == State::fin_wait_1 || s == State::fin_wait_2;
}
// The user may still send text.
[[nodiscard]] constexpr bool may_send_text(State s) {
    return s == State::established || s == State::close_wait;
}
// Our FIN was sent or is queued behind the text.
[[nodiscard]] constexpr bool has_closed(State s) {
    return s == State::fin_wait_1 || s == State::fin_wait_2 || s == State::closing ||
           s == State::last_ack || s == State::time_wait;
}

}  // namespace handfast::tcp
