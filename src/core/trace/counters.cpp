#include "core/trace/counters.hpp"

#include "core/trace/text_table.hpp"

namespace handfast::trace {
namespace {

// As `nstat` prints them: the group's name and then the counter's.
constexpr auto names = std::to_array<TextRow<Counter>>({
    {Counter::ip_in_receives, "IpInReceives"},
    {Counter::ip_in_delivers, "IpInDelivers"},
    {Counter::ip_out_requests, "IpOutRequests"},
    {Counter::ip_reasm_reqds, "IpReasmReqds"},
    {Counter::ip_reasm_oks, "IpReasmOKs"},
    {Counter::ip_reasm_fails, "IpReasmFails"},
    {Counter::ip_frag_creates, "IpFragCreates"},
    {Counter::icmp_in_msgs, "IcmpInMsgs"},
    {Counter::icmp_out_msgs, "IcmpOutMsgs"},
    {Counter::icmp_in_echos, "IcmpInEchos"},
    {Counter::icmp_out_echo_reps, "IcmpOutEchoReps"},
    {Counter::icmp_in_dest_unreachs, "IcmpInDestUnreachs"},
    {Counter::icmp_out_dest_unreachs, "IcmpOutDestUnreachs"},
    {Counter::icmp_in_time_excds, "IcmpInTimeExcds"},
    {Counter::icmp_out_rate_limited, "IcmpOutRateLimitGlobal"},
    {Counter::udp_in_datagrams, "UdpInDatagrams"},
    {Counter::udp_out_datagrams, "UdpOutDatagrams"},
    {Counter::udp_no_ports, "UdpNoPorts"},
    {Counter::udp_in_errors, "UdpInErrors"},
    {Counter::udp_rcvbuf_errors, "UdpRcvbufErrors"},
    {Counter::tcp_active_opens, "TcpActiveOpens"},
    {Counter::tcp_passive_opens, "TcpPassiveOpens"},
    {Counter::tcp_attempt_fails, "TcpAttemptFails"},
    {Counter::tcp_estab_resets, "TcpEstabResets"},
    {Counter::tcp_in_segs, "TcpInSegs"},
    {Counter::tcp_out_segs, "TcpOutSegs"},
    {Counter::tcp_retrans_segs, "TcpRetransSegs"},
    {Counter::tcp_in_errs, "TcpInErrs"},
    {Counter::tcp_out_rsts, "TcpOutRsts"},
    {Counter::tcp_ext_listen_overflows, "TcpExtListenOverflows"},
    {Counter::tcp_ext_listen_drops, "TcpExtListenDrops"},
    {Counter::tcp_ext_tw, "TcpExtTW"},
    {Counter::tcp_ext_tw_recycled, "TcpExtTWRecycled"},
    {Counter::tcp_ext_delayed_acks, "TcpExtDelayedACKs"},
    {Counter::tcp_ext_timeouts, "TcpExtTCPTimeouts"},
    {Counter::tcp_ext_fast_retrans, "TcpExtTCPFastRetrans"},
    {Counter::tcp_ext_challenge_ack, "TcpExtTCPChallengeACK"},
    {Counter::tcp_ext_syn_challenge, "TcpExtTCPSYNChallenge"},
    {Counter::tcp_ext_paws_estab, "TcpExtPAWSEstab"},
    {Counter::tcp_ext_abort_on_data, "TcpExtTCPAbortOnData"},
    {Counter::tcp_ext_abort_on_close, "TcpExtTCPAbortOnClose"},
    {Counter::tcp_ext_abort_on_timeout, "TcpExtTCPAbortOnTimeout"},
    {Counter::tcp_ext_abort_on_memory, "TcpExtTCPAbortOnMemory"},
    {Counter::tcp_ext_dsack_old_sent, "TcpExtTCPDSACKOldSent"},
    {Counter::tcp_ext_dsack_ofo_sent, "TcpExtTCPDSACKOfoSent"},
    {Counter::tcp_ext_ofo_queue, "TcpExtTCPOFOQueue"},
    {Counter::tcp_ext_ofo_drop, "TcpExtTCPOFODrop"},
    {Counter::tcp_ext_win_probe, "TcpExtTCPWinProbe"},
    {Counter::tcp_ext_keep_alive, "TcpExtTCPKeepAlive"},
    {Counter::tcp_ext_rfc1337_ignored, "TcpExtTCPRFC1337Ignored"},  // not counted by Linux
    {Counter::tcp_ext_coalesced, "TcpExtTCPRcvCoalesce"},
    {Counter::tcp_ext_sack_recovery, "TcpExtTCPSackRecovery"},
    {Counter::tcp_ext_loss_probes, "TcpExtTCPLossProbes"},
    {Counter::tcp_ext_loss_probe_recovery, "TcpExtTCPLossProbeRecovery"},
    {Counter::tcp_ext_dsack_recv, "TcpExtTCPDSACKRecv"},
    {Counter::tcp_ext_sack_reneging, "TcpExtTCPSACKReneging"},
    {Counter::tcp_ext_full_undo, "TcpExtTCPFullUndo"},
    {Counter::tcp_ext_spurious_rtos, "TcpExtTCPSpuriousRTOs"},
    {Counter::tcp_ext_mtup_fail, "TcpExtTCPMTUPFail"},
    {Counter::tcp_ext_mtup_success, "TcpExtTCPMTUPSuccess"},
    {Counter::tcp_ext_fast_open_active, "TcpExtTCPFastOpenActive"},
    {Counter::tcp_ext_fast_open_active_fail, "TcpExtTCPFastOpenActiveFail"},
    {Counter::tcp_ext_fast_open_passive, "TcpExtTCPFastOpenPassive"},
    {Counter::tcp_ext_fast_open_passive_fail, "TcpExtTCPFastOpenPassiveFail"},
    {Counter::tcp_ext_fast_open_listen_overflow, "TcpExtTCPFastOpenListenOverflow"},
    {Counter::tcp_ext_fast_open_cookie_reqd, "TcpExtTCPFastOpenCookieReqd"},
    {Counter::tcp_ext_fast_open_blackhole, "TcpExtTCPFastOpenBlackhole"},
    {Counter::tcp_ext_paws_active, "TcpExtPAWSActive"},
});
static_assert(complete(names));

}  // namespace

std::string_view counter_name(Counter counter) {
    return text_in(names, counter);
}

}  // namespace handfast::trace
