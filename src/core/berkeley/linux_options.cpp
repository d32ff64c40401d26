// The numbers of Linux's socket options: include/uapi/asm-generic/socket.h, linux/tcp.h, linux/in.h
// and linux/in6.h name them so, and their values are part of its promise to programs.
#include <algorithm>
#include <array>

#include "core/base/check.hpp"
#include "core/berkeley/linux_abi.hpp"

namespace handfast::berkeley::linux_abi {
namespace {

struct Row {
    Option option;
    OptionName name;
};

constexpr auto rows = std::to_array<Row>({
    {Option::so_debug, {sol_socket, 1}},
    {Option::so_reuseaddr, {sol_socket, 2}},
    {Option::so_type, {sol_socket, 3}},
    {Option::so_error, {sol_socket, 4}},
    {Option::so_dontroute, {sol_socket, 5}},
    {Option::so_broadcast, {sol_socket, 6}},
    {Option::so_sndbuf, {sol_socket, 7}},
    {Option::so_rcvbuf, {sol_socket, 8}},
    {Option::so_keepalive, {sol_socket, 9}},
    {Option::so_oobinline, {sol_socket, 10}},
    {Option::so_no_check, {sol_socket, 11}},
    {Option::so_priority, {sol_socket, 12}},
    {Option::so_bsdcompat, {sol_socket, 14}},
    {Option::so_reuseport, {sol_socket, 15}},
    {Option::so_passcred, {sol_socket, 16}},
    {Option::so_rcvlowat, {sol_socket, 18}},
    {Option::so_sndlowat, {sol_socket, 19}},
    {Option::so_timestamp, {sol_socket, 29}},
    {Option::so_acceptconn, {sol_socket, 30}},
    {Option::so_sndbufforce, {sol_socket, 32}},
    {Option::so_rcvbufforce, {sol_socket, 33}},
    {Option::so_timestampns, {sol_socket, 35}},
    {Option::so_mark, {sol_socket, 36}},
    {Option::so_protocol, {sol_socket, 38}},
    {Option::so_domain, {sol_socket, 39}},
    {Option::so_rxq_ovfl, {sol_socket, 40}},
    {Option::so_select_err_queue, {sol_socket, 45}},
    {Option::so_busy_poll, {sol_socket, 46}},
    {Option::so_max_pacing_rate, {sol_socket, 47}},
    {Option::so_incoming_cpu, {sol_socket, 49}},
    {Option::so_incoming_napi_id, {sol_socket, 56}},
    {Option::so_cookie, {sol_socket, 57}},
    {Option::so_zerocopy, {sol_socket, 60}},
    {Option::so_timestamp, {sol_socket, 63}},    // SO_TIMESTAMP_NEW: the same on 64-bit machines
    {Option::so_timestampns, {sol_socket, 64}},  // SO_TIMESTAMPNS_NEW
    {Option::so_prefer_busy_poll, {sol_socket, 69}},

    {Option::tcp_nodelay, {sol_tcp, 1}},
    {Option::tcp_maxseg, {sol_tcp, 2}},
    {Option::tcp_cork, {sol_tcp, 3}},
    {Option::tcp_keepidle, {sol_tcp, 4}},
    {Option::tcp_keepintvl, {sol_tcp, 5}},
    {Option::tcp_keepcnt, {sol_tcp, 6}},
    {Option::tcp_syncnt, {sol_tcp, 7}},
    {Option::tcp_linger2, {sol_tcp, 8}},
    {Option::tcp_defer_accept, {sol_tcp, 9}},
    {Option::tcp_window_clamp, {sol_tcp, 10}},
    {Option::tcp_quickack, {sol_tcp, 12}},
    {Option::tcp_thin_linear_timeouts, {sol_tcp, 16}},
    {Option::tcp_thin_dupack, {sol_tcp, 17}},
    {Option::tcp_user_timeout, {sol_tcp, 18}},
    {Option::tcp_fastopen, {sol_tcp, 23}},
    {Option::tcp_timestamp, {sol_tcp, 24}},
    {Option::tcp_notsent_lowat, {sol_tcp, 25}},
    {Option::tcp_save_syn, {sol_tcp, 27}},
    {Option::tcp_fastopen_connect, {sol_tcp, 30}},
    {Option::tcp_fastopen_no_cookie, {sol_tcp, 34}},
    {Option::tcp_inq, {sol_tcp, 36}},
    {Option::tcp_tx_delay, {sol_tcp, 37}},
    {Option::tcp_is_mptcp, {sol_tcp, 43}},
    // Ours, at numbers that Linux is far from.
    {Option::tcp_tells_user_timeout, {sol_tcp, 0x4801}},
    {Option::tcp_soft_errors, {sol_tcp, 0x4802}},

    {Option::ip_tos, {sol_ip, 1}},
    {Option::ip_ttl, {sol_ip, 2}},
    {Option::ip_hdrincl, {sol_ip, 3}},
    {Option::ip_recvopts, {sol_ip, 6}},
    {Option::ip_retopts, {sol_ip, 7}},
    {Option::ip_pktinfo, {sol_ip, 8}},
    {Option::ip_mtu_discover, {sol_ip, 10}},
    {Option::ip_recverr, {sol_ip, 11}},
    {Option::ip_recvttl, {sol_ip, 12}},
    {Option::ip_recvtos, {sol_ip, 13}},
    {Option::ip_mtu, {sol_ip, 14}},
    {Option::ip_freebind, {sol_ip, 15}},
    {Option::ip_passsec, {sol_ip, 18}},
    {Option::ip_transparent, {sol_ip, 19}},
    {Option::ip_recvorigdstaddr, {sol_ip, 20}},
    {Option::ip_minttl, {sol_ip, 21}},
    {Option::ip_nodefrag, {sol_ip, 22}},
    {Option::ip_checksum, {sol_ip, 23}},
    {Option::ip_bind_address_no_port, {sol_ip, 24}},
    {Option::ip_recvfragsize, {sol_ip, 25}},
    {Option::ip_multicast_ttl, {sol_ip, 33}},
    {Option::ip_multicast_loop, {sol_ip, 34}},
    {Option::ip_multicast_all, {sol_ip, 49}},
    {Option::ip_unicast_if, {sol_ip, 50}},
    {Option::ip_local_port_range, {sol_ip, 51}},

    {Option::ipv6_unicast_hops, {sol_ipv6, 16}},
    {Option::ipv6_multicast_hops, {sol_ipv6, 18}},
    {Option::ipv6_multicast_loop, {sol_ipv6, 19}},
    {Option::ipv6_mtu_discover, {sol_ipv6, 23}},
    {Option::ipv6_recverr, {sol_ipv6, 25}},
    {Option::ipv6_v6only, {sol_ipv6, 26}},
    {Option::ipv6_recvpktinfo, {sol_ipv6, 49}},
    {Option::ipv6_recvhoplimit, {sol_ipv6, 51}},
    {Option::ipv6_dontfrag, {sol_ipv6, 62}},
    {Option::ipv6_recvtclass, {sol_ipv6, 66}},
    {Option::ipv6_tclass, {sol_ipv6, 67}},
});

struct StructuredRow {
    Structured option;
    OptionName name;
};

constexpr auto structured_rows = std::to_array<StructuredRow>({
    {Structured::linger, {sol_socket, 13}},
    {Structured::peer_credentials, {sol_socket, 17}},
    {Structured::receive_timeout, {sol_socket, 20}},
    {Structured::send_timeout, {sol_socket, 21}},
    {Structured::bind_to_device, {sol_socket, 25}},
    {Structured::max_pacing_rate, {sol_socket, 47}},
    {Structured::memory_info, {sol_socket, 55}},
    {Structured::cookie, {sol_socket, 57}},
    {Structured::receive_timeout, {sol_socket, 66}},  // SO_RCVTIMEO_NEW: the same on 64 bits
    {Structured::send_timeout, {sol_socket, 67}},     // SO_SNDTIMEO_NEW
    {Structured::tcp_info, {sol_tcp, 11}},
    {Structured::tcp_congestion, {sol_tcp, 13}},
    {Structured::tcp_cc_info, {sol_tcp, 26}},
    {Structured::tcp_saved_syn, {sol_tcp, 28}},
    {Structured::tcp_ulp, {sol_tcp, 31}},
    {Structured::tcp_fastopen_key, {sol_tcp, 33}},
    {Structured::ip_options, {sol_ip, 4}},
});

}  // namespace

std::optional<Option> find_option(OptionName name) {
    const auto* const row = std::ranges::find(rows, name, &Row::name);
    if (row == rows.end()) return std::nullopt;
    return row->option;
}

OptionName name_of(Option option) {
    const auto* const row = std::ranges::find(rows, option, &Row::option);
    HF_CHECK(row != rows.end());
    return row->name;
}

std::optional<Structured> find_structured(OptionName name) {
    const auto* const row = std::ranges::find(structured_rows, name, &StructuredRow::name);
    if (row == structured_rows.end()) return std::nullopt;
    return row->option;
}

MessageFlags message_flags(int flags) {
    return {.peek = (flags & msg_peek) != 0,
            .truncate = (flags & msg_trunc) != 0,
            .out_of_band = (flags & msg_oob) != 0,
            .more = (flags & msg_more) != 0,
            .end_of_record = (flags & msg_eor) != 0,
            .fast_open = (flags & msg_fastopen) != 0};
}

std::optional<ShutdownHow> shutdown_how(int how) {
    switch (how) {
        case 0:
            return ShutdownHow::read;
        case 1:
            return ShutdownHow::write;
        case 2:
            return ShutdownHow::both;
        default:
            return std::nullopt;
    }
}

}  // namespace handfast::berkeley::linux_abi
