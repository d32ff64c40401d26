// Socket options as values: what they are called on Linux, level by level, and how one travels.
#pragma once

#include <cstdint>
#include <optional>

#include "core/base/time.hpp"

namespace handfast::berkeley {

// Options whose value is a number or a truth. Names are Linux's, levels are the prefix.
enum class Option : std::uint8_t {
    // SOL_SOCKET
    so_reuseaddr,
    so_reuseport,
    so_keepalive,
    so_broadcast,
    so_oobinline,
    so_dontroute,
    so_sndbuf,
    so_rcvbuf,
    so_sndbufforce,
    so_rcvbufforce,
    so_rcvlowat,
    so_sndlowat,
    so_error,
    so_type,
    so_domain,
    so_protocol,
    so_acceptconn,
    so_priority,
    so_mark,
    so_timestamp,
    so_timestampns,
    so_passcred,
    so_incoming_cpu,
    so_busy_poll,
    so_max_pacing_rate,
    so_no_check,
    so_debug,
    so_bsdcompat,
    so_rxq_ovfl,
    so_select_err_queue,
    so_zerocopy,
    so_incoming_napi_id,
    so_cookie,
    so_prefer_busy_poll,
    // IPPROTO_TCP
    tcp_nodelay,
    tcp_maxseg,
    tcp_cork,
    tcp_keepidle,
    tcp_keepintvl,
    tcp_keepcnt,
    tcp_syncnt,
    tcp_linger2,
    tcp_defer_accept,
    tcp_window_clamp,
    tcp_quickack,
    tcp_thin_linear_timeouts,
    tcp_thin_dupack,
    tcp_user_timeout,
    tcp_fastopen,
    tcp_fastopen_connect,
    tcp_timestamp,
    tcp_notsent_lowat,
    tcp_save_syn,
    tcp_inq,
    tcp_tx_delay,
    tcp_fastopen_no_cookie,
    tcp_is_mptcp,
    tcp_tells_user_timeout,  // ours: the option of RFC 5482
    tcp_soft_errors,         // ours: SO_ERROR tells what may pass, too (RFC 9293 SHLD-20)
    // IPPROTO_IP
    ip_tos,
    ip_ttl,
    ip_mtu,
    ip_mtu_discover,
    ip_recverr,
    ip_pktinfo,
    ip_recvttl,
    ip_recvtos,
    ip_freebind,
    ip_transparent,
    ip_bind_address_no_port,
    ip_hdrincl,
    ip_recvopts,
    ip_retopts,
    ip_multicast_ttl,
    ip_multicast_loop,
    ip_multicast_all,
    ip_recvorigdstaddr,
    ip_minttl,
    ip_nodefrag,
    ip_checksum,
    ip_passsec,
    ip_unicast_if,
    ip_recvfragsize,
    ip_local_port_range,
    // IPPROTO_IPV6 (a later issue fills the rest in)
    ipv6_v6only,
    ipv6_unicast_hops,
    ipv6_multicast_hops,
    ipv6_multicast_loop,
    ipv6_mtu_discover,
    ipv6_recverr,
    ipv6_recvpktinfo,
    ipv6_recvhoplimit,
    ipv6_recvtclass,
    ipv6_tclass,
    ipv6_dontfrag,
    count
};

struct Linger {  // SO_LINGER
    bool on{false};
    seconds time{0};
    friend constexpr bool operator==(const Linger&, const Linger&) = default;
};

// SO_RCVTIMEO and SO_SNDTIMEO: how long a blocking call waits. nullopt: for ever.
struct Timeouts {
    std::optional<Duration> receive;
    std::optional<Duration> send;
    friend constexpr bool operator==(const Timeouts&, const Timeouts&) = default;
};

}  // namespace handfast::berkeley
