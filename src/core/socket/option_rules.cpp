#include "core/socket/option_rules.hpp"

namespace handfast::socket {
namespace {

using berkeley::Option;

constexpr int int_max = std::numeric_limits<int>::max();

constexpr OptionRule truth(Home home, Owners owners) {
    return {.home = home, .owners = owners, .is_truth = true};
}
constexpr OptionRule number(Home home, Owners owners) {
    return {.home = home, .owners = owners};
}
constexpr OptionRule range(Home home, Owners owners, int least, int most, int initial) {
    return {.home = home, .owners = owners, .least = least, .most = most, .initial = initial};
}
constexpr OptionRule read_only(Owners owners) {
    return {.home = Home::constant, .owners = owners};
}

constexpr void socket_level(OptionRules& r) {
    using enum Home;
    using enum Owners;
    r[Option::so_reuseaddr] = truth(live, all);
    r[Option::so_reuseport] = truth(live, all);
    r[Option::so_keepalive] = truth(live, all);
    r[Option::so_broadcast] = truth(live, all);
    r[Option::so_oobinline] = truth(live, all);
    r[Option::so_no_check] = truth(live, all);
    r[Option::so_sndbuf] = number(live, all);
    r[Option::so_rcvbuf] = number(live, all);
    r[Option::so_sndbufforce] = number(live, all);
    r[Option::so_rcvbufforce] = number(live, all);
    r[Option::so_rcvlowat] = number(live, all);
    r[Option::so_timestamp] = truth(live, all);
    r[Option::so_timestampns] = truth(live, all);

    r[Option::so_error] = read_only(all);
    r[Option::so_type] = read_only(all);
    r[Option::so_domain] = read_only(all);
    r[Option::so_protocol] = read_only(all);
    r[Option::so_acceptconn] = read_only(all);
    r[Option::so_sndlowat] = read_only(all);
    r[Option::so_incoming_napi_id] = read_only(all);
    r[Option::so_cookie] = read_only(all);

    r[Option::so_debug] = truth(remembered, all);
    r[Option::so_dontroute] = truth(remembered, all);
    r[Option::so_rxq_ovfl] = truth(remembered, all);
    r[Option::so_select_err_queue] = truth(remembered, all);
    r[Option::so_prefer_busy_poll] = truth(remembered, all);
    r[Option::so_priority] = number(remembered, all);
    r[Option::so_mark] = number(remembered, all);
    r[Option::so_busy_poll] = range(remembered, all, 0, int_max, 0);
    r[Option::so_incoming_cpu] = {.home = remembered, .initial = -1};
    r[Option::so_max_pacing_rate] = {.home = live, .initial = -1};
    r[Option::so_bsdcompat] = number(ignored, all);
    r[Option::so_passcred] = number(not_supported, all);
}

constexpr void tcp_level(OptionRules& r) {
    using enum Home;
    using enum Owners;
    // Linux: MAX_TCP_KEEPIDLE, MAX_TCP_KEEPCNT and MAX_TCP_SYNCNT.
    constexpr int keep_max = 32'767;
    constexpr int count_max = 127;
    r[Option::tcp_nodelay] = truth(live, streams);
    r[Option::tcp_cork] = truth(live, streams);
    r[Option::tcp_quickack] = truth(live, streams);
    r[Option::tcp_maxseg] = number(live, streams);
    r[Option::tcp_keepidle] = range(live, streams, 1, keep_max, 0);
    r[Option::tcp_keepintvl] = range(live, streams, 1, keep_max, 0);
    r[Option::tcp_keepcnt] = range(live, streams, 1, count_max, 0);
    r[Option::tcp_syncnt] = range(live, streams, 1, count_max, 0);
    r[Option::tcp_linger2] = number(live, streams);
    r[Option::tcp_defer_accept] = number(live, streams);
    r[Option::tcp_window_clamp] = number(live, streams);
    r[Option::tcp_user_timeout] = range(live, streams, 0, int_max, 0);
    r[Option::tcp_notsent_lowat] = number(live, streams);
    r[Option::tcp_fastopen] = range(live, streams, 0, int_max, 0);

    r[Option::tcp_thin_linear_timeouts] = range(live, streams, 0, 1, 0);
    r[Option::tcp_tells_user_timeout] = truth(live, streams);
    r[Option::tcp_soft_errors] = truth(live, streams);
    r[Option::tcp_thin_dupack] = {.home = ignored, .owners = streams, .least = 0, .most = 1};
    r[Option::tcp_save_syn] = range(remembered, streams, 0, 2, 0);
    r[Option::tcp_inq] = range(remembered, streams, 0, 1, 0);
    r[Option::tcp_fastopen_no_cookie] = range(live, streams, 0, 1, 0);
    r[Option::tcp_fastopen_connect] = range(live, streams, 0, 1, 0);
    r[Option::tcp_is_mptcp] = read_only(streams);
}

constexpr void ip_level(OptionRules& r) {
    using enum Home;
    using enum Owners;
    r[Option::ip_tos] = number(live, all);
    r[Option::ip_ttl] = range(live, all, -1, 255, 0);
    r[Option::ip_mtu] = read_only(all);
    r[Option::ip_mtu_discover] = range(live, all, 0, 5, 1);
    r[Option::ip_multicast_ttl] = range(live, datagrams, -1, 255, 0);

    r[Option::ip_recverr] = truth(remembered, all);
    r[Option::ip_pktinfo] = truth(remembered, all);
    r[Option::ip_recvttl] = truth(remembered, all);
    r[Option::ip_recvtos] = truth(remembered, all);
    r[Option::ip_recvopts] = truth(remembered, all);
    r[Option::ip_retopts] = truth(remembered, all);
    r[Option::ip_freebind] = truth(remembered, all);
    r[Option::ip_transparent] = truth(remembered, all);
    r[Option::ip_bind_address_no_port] = truth(remembered, all);
    r[Option::ip_recvorigdstaddr] = truth(remembered, all);
    r[Option::ip_checksum] = truth(remembered, all);
    r[Option::ip_passsec] = truth(remembered, all);
    r[Option::ip_recvfragsize] = truth(remembered, datagrams);
    r[Option::ip_minttl] = range(remembered, all, 0, 255, 0);
    r[Option::ip_multicast_loop] = {
        .home = remembered, .owners = all, .is_truth = true, .initial = 1};
    r[Option::ip_multicast_all] = range(remembered, all, 0, 1, 1);
}

constexpr void ipv6_level(OptionRules& r) {
    using enum Home;
    using enum Owners;
    r[Option::ipv6_v6only] = truth(live, all);
    r[Option::ipv6_unicast_hops] = range(remembered, all, -1, 255, -1);
    r[Option::ipv6_multicast_hops] = range(remembered, datagrams, -1, 255, -1);
    r[Option::ipv6_multicast_loop] = range(remembered, all, 0, 1, 1);
    r[Option::ipv6_mtu_discover] = range(remembered, all, 0, 5, 1);
    r[Option::ipv6_recverr] = truth(remembered, all);
    r[Option::ipv6_recvpktinfo] = truth(remembered, all);
    r[Option::ipv6_recvhoplimit] = truth(remembered, all);
    r[Option::ipv6_recvtclass] = truth(remembered, all);
    r[Option::ipv6_tclass] = range(remembered, all, -1, 255, 0);
    r[Option::ipv6_dontfrag] = truth(remembered, all);
    for (auto i = static_cast<std::size_t>(Option::ipv6_v6only); i < OptionRules::size(); ++i)
        r[static_cast<Option>(i)].only_ipv6 = true;
}

constexpr OptionRules make_rules() {
    OptionRules rules;
    socket_level(rules);
    tcp_level(rules);
    ip_level(rules);
    ipv6_level(rules);
    return rules;
}

constexpr OptionRules rules = make_rules();

}  // namespace

const OptionRules& option_rules() {
    return rules;
}

}  // namespace handfast::socket
