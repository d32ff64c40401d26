// Names follow Linux's MIBs where one counts exactly this; elsewhere they are ours in its manner.
// No drop shares its name with a trace::Counter, for listings show both.
#include "core/trace/drop.hpp"

#include "core/trace/text_table.hpp"

namespace handfast::trace {
namespace {

struct Row {
    Drop of;
    std::string_view name;
    std::string_view text;
};

constexpr auto drops = std::to_array<Row>({
    {Drop::frame_truncated, "LinkTruncated", "frame cut short"},
    {Drop::frame_not_for_us, "LinkOtherHost", "frame for another host"},
    {Drop::unknown_ethertype, "LinkUnknownEtherType", "unknown EtherType"},
    {Drop::arp_malformed, "ArpMalformed", "malformed ARP"},
    {Drop::arp_unresolved, "ArpUnresolved", "neighbor does not answer"},
    {Drop::neighbor_queue_full, "ArpQueueFull", "neighbor queue full"},
    {Drop::transmit_queue_full, "LinkTransmitQueueFull", "transmit queue full"},
    {Drop::no_memory, "PoolNoMemory", "no memory"},

    {Drop::ip_truncated, "IpExtInTruncatedPkts", "IP packet cut short"},
    {Drop::ip_malformed, "IpInHdrErrors", "malformed IP header"},
    {Drop::ip_bad_version, "IpBadVersion", "wrong IP version"},
    {Drop::ip_bad_checksum, "IpExtInCsumErrors", "bad IP checksum"},
    {Drop::ip_martian_source, "IpMartianSource", "impossible source address"},
    {Drop::ip_not_for_us, "IpInAddrErrors", "not this host's address"},
    {Drop::ip_no_route, "IpOutNoRoutes", "no route"},
    {Drop::ip_unknown_protocol, "IpInUnknownProtos", "unknown protocol"},
    {Drop::ip_fragment_malformed, "IpFragMalformed", "malformed fragment"},
    {Drop::ip_fragment_overlap, "IpFragOverlap", "overlapping fragment"},
    {Drop::ip_fragment_timeout, "IpReasmTimeout", "fragments missing too long"},
    {Drop::ip_fragment_limit, "IpReasmLimit", "too many fragments"},
    {Drop::ip_too_big, "IpFragFails", "larger than the MTU"},
    {Drop::ip_bad_source, "IpBadSource", "illegal source address"},

    {Drop::icmp_malformed, "IcmpInErrors", "malformed ICMP"},
    {Drop::icmp_bad_checksum, "IcmpInCsumErrors", "bad ICMP checksum"},
    {Drop::icmp_unknown_type, "IcmpUnknownType", "unknown ICMP type"},
    {Drop::icmp_broadcast_echo, "IcmpBroadcastEcho", "echo to a broadcast address"},
    {Drop::icmp_no_flow, "IcmpNoFlow", "ICMP about no flow of ours"},
    {Drop::icmp_not_in_flight, "IcmpNotInFlight", "ICMP about nothing in flight"},
    {Drop::icmp_source_quench, "IcmpSourceQuench", "source quench ignored"},
    {Drop::icmp_rate_limited, "IcmpRateLimited", "ICMP rate limit"},

    {Drop::udp_truncated, "UdpTruncated", "UDP datagram cut short"},
    {Drop::udp_malformed, "UdpMalformed", "malformed UDP header"},
    {Drop::udp_bad_checksum, "UdpInCsumErrors", "bad UDP checksum"},
    {Drop::udp_bad_source, "UdpBadSource", "illegal UDP source"},
    {Drop::udp_no_port, "UdpNoPortDrop", "no socket on that port"},
    {Drop::udp_queue_full, "UdpQueueFull", "receive queue full"},
    {Drop::udp_not_the_peer, "UdpNotThePeer", "not from the connected peer"},

    {Drop::tcp_truncated, "TcpTruncated", "TCP segment cut short"},
    {Drop::tcp_malformed, "TcpMalformed", "malformed TCP header"},
    {Drop::tcp_bad_checksum, "TcpInCsumErrors", "bad TCP checksum"},
    {Drop::tcp_bad_source, "TcpBadSource", "illegal TCP source"},
    {Drop::tcp_bad_destination, "TcpBadDestination", "illegal TCP destination"},
    {Drop::tcp_no_connection, "TcpNoConnection", "no such connection"},
    {Drop::tcp_no_ack_bit, "TcpNoAckBit", "no ACK bit"},
    {Drop::tcp_old_duplicate, "TcpOldDuplicate", "old duplicate"},
    {Drop::tcp_out_of_window, "TcpOutOfWindow", "outside the window"},
    {Drop::tcp_paws, "TcpPawsDrop", "timestamp too old (PAWS)"},
    {Drop::tcp_bad_ack, "TcpBadAck", "unacceptable ack number"},
    {Drop::tcp_bad_syn, "TcpBadSyn", "SYN within a connection"},
    {Drop::tcp_bad_rst, "TcpBadRst", "unacceptable RST"},
    {Drop::tcp_syn_queue_full, "TcpExtTCPReqQFullDrop", "SYN queue full"},
    {Drop::tcp_accept_queue_full, "TcpAcceptQueueFull", "accept queue full"},
    {Drop::tcp_reassembly_full, "TcpReassemblyFull", "reassembly full"},
    {Drop::tcp_receive_buffer_full, "TcpExtTCPRcvQDrop", "receive buffer full"},
    {Drop::tcp_after_close, "TcpAfterClose", "text after close"},
    {Drop::tcp_time_wait, "TcpTimeWaitDrop", "connection in TIME_WAIT"},
    {Drop::tcp_connection_table_full, "TcpTableFull", "connection table full"},

    {Drop::weather_loss, "WeatherLoss", "lost by chance"},
    {Drop::weather_burst_loss, "WeatherBurstLoss", "lost in a burst"},
    {Drop::weather_named, "WeatherNamed", "lost on purpose"},
    {Drop::weather_cut, "WeatherCut", "lost: link cut"},
    {Drop::weather_queue_full, "WeatherQueueFull", "lost: link queue full"},
    {Drop::weather_mtu, "WeatherMtu", "lost: larger than the MTU"},
    {Drop::no_such_neighbor, "WeatherNoSuchNeighbor", "lost: no such neighbor"},
});
static_assert(rows_in_order(drops));

[[nodiscard]] const Row& row_of(Drop drop) {
    return drops[static_cast<std::size_t>(drop)];
}

}  // namespace

std::string_view counter_name(Drop drop) {
    return drop < Drop::count ? row_of(drop).name : "?";
}
std::string_view text(Drop drop) {
    return drop < Drop::count ? row_of(drop).text : "?";
}

}  // namespace handfast::trace
