// The eleven states of RFC 9293 §3.3.2: a word that the connection, its observers and its peers
// share.
#pragma once

#include <cstdint>
#include <string_view>

namespace handfast::trace {

enum class TcpState : std::uint8_t {
    closed,
    listen,
    syn_sent,
    syn_received,
    established,
    fin_wait_1,
    fin_wait_2,
    close_wait,
    closing,
    last_ack,
    time_wait,
    count
};

// "SYN_RCVD": as the text that Handfast grew from spells it, and as netstat does.
[[nodiscard]] std::string_view text(TcpState state);

}  // namespace handfast::trace
