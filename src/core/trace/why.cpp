#include "core/trace/why.hpp"

#include "core/trace/text_table.hpp"

namespace handfast::trace {
namespace {

constexpr auto reasons = std::to_array<TextRow<Why>>({
    {Why::none, "no reason given"},
    {Why::handshake_syn, "handshake"},
    {Why::handshake_syn_ack, "handshake"},
    {Why::handshake_ack, "handshake"},
    {Why::data, "data"},
    {Why::rto_retransmission, "RTO retransmission"},
    {Why::fast_retransmission, "fast retransmission"},
    {Why::partial_ack_retransmission, "partial-ACK retransmission"},
    {Why::limited_transmit, "limited transmit"},
    {Why::tail_loss_probe, "tail loss probe"},
    {Why::urgent_data, "urgent data"},
    {Why::delayed_ack, "delayed ACK"},
    {Why::second_segment_ack, "second-segment ACK"},
    {Why::quick_ack, "quick ACK"},
    {Why::out_of_order_ack, "out-of-order ACK"},
    {Why::hole_filled_ack, "hole-filled ACK"},
    {Why::duplicate_ack, "duplicate ACK"},
    {Why::fin_ack, "ACK of FIN"},
    {Why::unacceptable_ack, "ACK: unacceptable segment"},
    {Why::window_update, "window update"},
    {Why::time_wait_ack, "ACK in TIME_WAIT"},
    {Why::window_probe, "window probe"},
    {Why::keep_alive, "keep-alive"},
    {Why::challenge_ack, "challenge ACK"},
    {Why::fin, "FIN"},
    {Why::rst_no_connection, "RST: no connection"},
    {Why::rst_bad_ack, "RST: wrong ack number"},
    {Why::rst_abort, "RST: abort"},
    {Why::rst_unread_data, "RST: closed with unread data"},
    {Why::rst_data_after_close, "RST: data after close"},
    {Why::rst_refused, "RST: refused"},
    {Why::rst_timeout, "RST: timed out"},
    {Why::udp_datagram, "datagram"},
    {Why::echo_request, "echo request"},
    {Why::echo_reply, "echo reply"},
    {Why::icmp_error, "ICMP error"},
    {Why::arp_request, "ARP request"},
    {Why::arp_reply, "ARP reply"},
    {Why::foreign, "from outside"},
    {Why::sack_retransmission, "SACK retransmission"},
    {Why::mtu_probe, "path MTU probe"},
});
static_assert(complete(reasons));

}  // namespace

std::string_view text(Why why) {
    return text_in(reasons, why);
}

}  // namespace handfast::trace
