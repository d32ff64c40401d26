#include "core/trace/tcp_state.hpp"

#include "core/trace/text_table.hpp"

namespace handfast::trace {
namespace {

constexpr auto states = std::to_array<TextRow<TcpState>>({
    {TcpState::closed, "CLOSED"},
    {TcpState::listen, "LISTEN"},
    {TcpState::syn_sent, "SYN_SENT"},
    {TcpState::syn_received, "SYN_RCVD"},
    {TcpState::established, "ESTABLISHED"},
    {TcpState::fin_wait_1, "FIN_WAIT_1"},
    {TcpState::fin_wait_2, "FIN_WAIT_2"},
    {TcpState::close_wait, "CLOSE_WAIT"},
    {TcpState::closing, "CLOSING"},
    {TcpState::last_ack, "LAST_ACK"},
    {TcpState::time_wait, "TIME_WAIT"},
});
static_assert(complete(states));

}  // namespace

std::string_view text(TcpState state) {
    return text_in(states, state);
}

}  // namespace handfast::trace
