// Why a packet was sent: every packet carries one of these from the rule that made it to whoever
// draws it.
#pragma once

#include <cstdint>
#include <string_view>

namespace handfast::trace {

enum class Why : std::uint16_t {
    none,
    // TCP: opening
    handshake_syn,
    handshake_syn_ack,
    handshake_ack,
    // TCP: text and its repetition (Tag::attempt counts)
    data,
    rto_retransmission,
    fast_retransmission,
    partial_ack_retransmission,
    limited_transmit,
    tail_loss_probe,
    urgent_data,
    // TCP: acknowledgments
    delayed_ack,
    second_segment_ack,
    quick_ack,
    out_of_order_ack,
    hole_filled_ack,
    duplicate_ack,
    fin_ack,
    unacceptable_ack,
    window_update,
    time_wait_ack,
    // TCP: asking
    window_probe,
    keep_alive,
    challenge_ack,
    // TCP: closing
    fin,
    // TCP: refusing
    rst_no_connection,
    rst_bad_ack,
    rst_abort,
    rst_unread_data,
    rst_data_after_close,
    rst_refused,
    rst_timeout,
    // others
    udp_datagram,
    echo_request,
    echo_reply,
    icmp_error,
    arp_request,
    arp_reply,
    foreign,  // came from outside: not ours to explain
    // TCP, repetition: RACK found a hole that SACK tells of
    sack_retransmission,
    mtu_probe,  // longer than others: does the path carry it?
    count
};

// "handshake", "RTO retransmission", … as ladders and captures print it; `attempt` is told apart
// where it is part of the name.
[[nodiscard]] std::string_view text(Why why);

}  // namespace handfast::trace
