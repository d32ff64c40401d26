// What a host counts. Names are those of Linux's SNMP and TcpExt MIBs where one exists.
#pragma once

#include <cstdint>
#include <string_view>

#include "core/base/enum_array.hpp"
#include "core/trace/drop.hpp"

namespace handfast::trace {

enum class Counter : std::uint8_t {
    ip_in_receives,
    ip_in_delivers,
    ip_out_requests,
    ip_reasm_reqds,
    ip_reasm_oks,
    ip_reasm_fails,
    ip_frag_creates,
    icmp_in_msgs,
    icmp_out_msgs,
    icmp_in_echos,
    icmp_out_echo_reps,
    icmp_in_dest_unreachs,
    icmp_out_dest_unreachs,
    icmp_in_time_excds,
    icmp_out_rate_limited,
    udp_in_datagrams,
    udp_out_datagrams,
    udp_no_ports,
    udp_in_errors,
    udp_rcvbuf_errors,
    tcp_active_opens,
    tcp_passive_opens,
    tcp_attempt_fails,
    tcp_estab_resets,
    tcp_in_segs,
    tcp_out_segs,
    tcp_retrans_segs,
    tcp_in_errs,
    tcp_out_rsts,
    tcp_ext_listen_overflows,
    tcp_ext_listen_drops,
    tcp_ext_tw,
    tcp_ext_tw_recycled,
    tcp_ext_delayed_acks,
    tcp_ext_timeouts,
    tcp_ext_fast_retrans,
    tcp_ext_challenge_ack,
    tcp_ext_syn_challenge,
    tcp_ext_paws_estab,
    tcp_ext_abort_on_data,
    tcp_ext_abort_on_close,
    tcp_ext_abort_on_timeout,
    tcp_ext_abort_on_memory,
    tcp_ext_dsack_old_sent,
    tcp_ext_dsack_ofo_sent,
    tcp_ext_ofo_queue,
    tcp_ext_ofo_drop,
    tcp_ext_win_probe,
    tcp_ext_keep_alive,
    tcp_ext_rfc1337_ignored,
    tcp_ext_coalesced,
    tcp_ext_sack_recovery,
    tcp_ext_loss_probes,
    tcp_ext_loss_probe_recovery,
    tcp_ext_dsack_recv,
    tcp_ext_sack_reneging,
    tcp_ext_full_undo,
    tcp_ext_spurious_rtos,
    tcp_ext_mtup_fail,
    tcp_ext_mtup_success,
    tcp_ext_fast_open_active,
    tcp_ext_fast_open_active_fail,
    tcp_ext_fast_open_passive,
    tcp_ext_fast_open_passive_fail,
    tcp_ext_fast_open_listen_overflow,
    tcp_ext_fast_open_cookie_reqd,
    tcp_ext_fast_open_blackhole,
    tcp_ext_paws_active,
    count
};

[[nodiscard]] std::string_view counter_name(Counter counter);

struct Counters {
    EnumArray<Counter, std::uint64_t> events;
    EnumArray<Drop, std::uint64_t> drops;

    void count(Counter c, std::uint64_t n = 1) { events[c] += n; }
    void count(Drop d, std::uint64_t n = 1) { drops[d] += n; }

    friend bool operator==(const Counters&, const Counters&) = default;
};

}  // namespace handfast::trace
