// Why a packet ended without delivery. No packet dies anonymously: each reason is a counter.
#pragma once

#include <cstdint>
#include <string_view>

namespace handfast::trace {

enum class Drop : std::uint8_t {
    // link
    frame_truncated,
    frame_not_for_us,
    unknown_ethertype,
    arp_malformed,
    arp_unresolved,  // the neighbor did not answer
    neighbor_queue_full,
    transmit_queue_full,
    no_memory,
    // IP
    ip_truncated,
    ip_malformed,
    ip_bad_version,
    ip_bad_checksum,
    ip_martian_source,
    ip_not_for_us,
    ip_no_route,
    ip_unknown_protocol,
    ip_fragment_malformed,
    ip_fragment_overlap,
    ip_fragment_timeout,
    ip_fragment_limit,
    ip_too_big,
    ip_bad_source,
    // ICMP
    icmp_malformed,
    icmp_bad_checksum,
    icmp_unknown_type,
    icmp_broadcast_echo,
    icmp_no_flow,        // quotes a flow that we do not have
    icmp_not_in_flight,  // quotes a sequence number that is not in flight (RFC 5927)
    icmp_source_quench,
    icmp_rate_limited,
    // UDP
    udp_truncated,
    udp_malformed,
    udp_bad_checksum,
    udp_bad_source,
    udp_no_port,
    udp_queue_full,
    udp_not_the_peer,
    // TCP
    tcp_truncated,
    tcp_malformed,
    tcp_bad_checksum,
    tcp_bad_source,
    tcp_bad_destination,
    tcp_no_connection,
    tcp_no_ack_bit,
    tcp_old_duplicate,
    tcp_out_of_window,
    tcp_paws,
    tcp_bad_ack,
    tcp_bad_syn,
    tcp_bad_rst,
    tcp_syn_queue_full,
    tcp_accept_queue_full,
    tcp_reassembly_full,
    tcp_receive_buffer_full,
    tcp_after_close,
    tcp_time_wait,
    tcp_connection_table_full,
    // weather
    weather_loss,
    weather_burst_loss,
    weather_named,  // --drop kind:n
    weather_cut,
    weather_queue_full,
    weather_mtu,
    no_such_neighbor,  // the segment has no host with that MAC address
    count
};

// The counter's name, "TcpInCsumErrors": Linux's MIB names where one exists, else ours in its
// manner.
[[nodiscard]] std::string_view counter_name(Drop drop);
// "lost by chance", "bad TCP checksum": as ladders print it.
[[nodiscard]] std::string_view text(Drop drop);

}  // namespace handfast::trace
