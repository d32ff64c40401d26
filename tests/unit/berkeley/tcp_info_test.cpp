// The image of TCP_INFO, field by field, against the system's struct.
#include "core/berkeley/tcp_info.hpp"

#include <linux/tcp.h>

#include <cstddef>
#include <cstring>
#include <gtest/gtest.h>

namespace handfast::berkeley::linux_abi {
namespace {

struct tcp_info as_system_sees(const TcpInfo& info) {
    const auto octets = image(info);
    struct tcp_info theirs{};
    static_assert(sizeof theirs <= tcp_info_size);
    std::memcpy(&theirs, octets.data(), sizeof theirs);
    return theirs;
}

TEST(TcpInfo, numbers_states_as_the_system_does) {
    enum { established = 1, close = 7, listen = 10, closing = 11 };  // netinet/tcp.h's
    EXPECT_EQ(static_cast<int>(TcpInfoState::established), established);
    EXPECT_EQ(static_cast<int>(TcpInfoState::close), close);
    EXPECT_EQ(static_cast<int>(TcpInfoState::listen), listen);
    EXPECT_EQ(static_cast<int>(TcpInfoState::closing), closing);
    EXPECT_EQ(static_cast<int>(CongestionState::recovery), TCP_CA_Recovery);
    EXPECT_EQ(static_cast<int>(CongestionState::loss), TCP_CA_Loss);
}

TEST(TcpInfo, bits_stand_where_the_system_has_them) {
    const auto theirs = as_system_sees({.timestamps = true,
                                        .sack = false,
                                        .window_scaling = true,
                                        .snd_wscale = 7,
                                        .rcv_wscale = 9});
    EXPECT_EQ(theirs.tcpi_options, TCPI_OPT_TIMESTAMPS | TCPI_OPT_WSCALE);
    EXPECT_EQ(theirs.tcpi_snd_wscale, 7);
    EXPECT_EQ(theirs.tcpi_rcv_wscale, 9);
}

// A value put into our field is found in theirs.
template <class T, class U>
void expect_same(T TcpInfo::* ours, U tcp_info::* theirs, const char* name) {
    TcpInfo info;
    info.*ours = static_cast<T>(0xa1b2c3d4);
    EXPECT_EQ(as_system_sees(info).*theirs, info.*ours) << name;
}

TEST(TcpInfo, every_field_stands_where_the_system_has_it) {
    expect_same(&TcpInfo::rto_us, &tcp_info::tcpi_rto, "rto_us");
    expect_same(&TcpInfo::ato_us, &tcp_info::tcpi_ato, "ato_us");
    expect_same(&TcpInfo::snd_mss, &tcp_info::tcpi_snd_mss, "snd_mss");
    expect_same(&TcpInfo::rcv_mss, &tcp_info::tcpi_rcv_mss, "rcv_mss");
    expect_same(&TcpInfo::unacked, &tcp_info::tcpi_unacked, "unacked");
    expect_same(&TcpInfo::sacked, &tcp_info::tcpi_sacked, "sacked");
    expect_same(&TcpInfo::lost, &tcp_info::tcpi_lost, "lost");
    expect_same(&TcpInfo::retrans, &tcp_info::tcpi_retrans, "retrans");
    expect_same(&TcpInfo::last_data_sent_ms, &tcp_info::tcpi_last_data_sent, "last_data_sent_ms");
    expect_same(&TcpInfo::last_data_recv_ms, &tcp_info::tcpi_last_data_recv, "last_data_recv_ms");
    expect_same(&TcpInfo::last_ack_recv_ms, &tcp_info::tcpi_last_ack_recv, "last_ack_recv_ms");
    expect_same(&TcpInfo::pmtu, &tcp_info::tcpi_pmtu, "pmtu");
    expect_same(&TcpInfo::rcv_ssthresh, &tcp_info::tcpi_rcv_ssthresh, "rcv_ssthresh");
    expect_same(&TcpInfo::rtt_us, &tcp_info::tcpi_rtt, "rtt_us");
    expect_same(&TcpInfo::rttvar_us, &tcp_info::tcpi_rttvar, "rttvar_us");
    expect_same(&TcpInfo::snd_ssthresh, &tcp_info::tcpi_snd_ssthresh, "snd_ssthresh");
    expect_same(&TcpInfo::snd_cwnd, &tcp_info::tcpi_snd_cwnd, "snd_cwnd");
    expect_same(&TcpInfo::advmss, &tcp_info::tcpi_advmss, "advmss");
    expect_same(&TcpInfo::reordering, &tcp_info::tcpi_reordering, "reordering");
    expect_same(&TcpInfo::rcv_rtt_us, &tcp_info::tcpi_rcv_rtt, "rcv_rtt_us");
    expect_same(&TcpInfo::rcv_space, &tcp_info::tcpi_rcv_space, "rcv_space");
    expect_same(&TcpInfo::total_retrans, &tcp_info::tcpi_total_retrans, "total_retrans");
    expect_same(&TcpInfo::pacing_rate, &tcp_info::tcpi_pacing_rate, "pacing_rate");
    expect_same(&TcpInfo::max_pacing_rate, &tcp_info::tcpi_max_pacing_rate, "max_pacing_rate");
    expect_same(&TcpInfo::bytes_acked, &tcp_info::tcpi_bytes_acked, "bytes_acked");
    expect_same(&TcpInfo::bytes_received, &tcp_info::tcpi_bytes_received, "bytes_received");
    expect_same(&TcpInfo::segs_out, &tcp_info::tcpi_segs_out, "segs_out");
    expect_same(&TcpInfo::segs_in, &tcp_info::tcpi_segs_in, "segs_in");
    expect_same(&TcpInfo::notsent_bytes, &tcp_info::tcpi_notsent_bytes, "notsent_bytes");
    expect_same(&TcpInfo::min_rtt_us, &tcp_info::tcpi_min_rtt, "min_rtt_us");
    expect_same(&TcpInfo::data_segs_in, &tcp_info::tcpi_data_segs_in, "data_segs_in");
    expect_same(&TcpInfo::data_segs_out, &tcp_info::tcpi_data_segs_out, "data_segs_out");
    expect_same(&TcpInfo::delivery_rate, &tcp_info::tcpi_delivery_rate, "delivery_rate");
    expect_same(&TcpInfo::busy_time_us, &tcp_info::tcpi_busy_time, "busy_time_us");
    expect_same(&TcpInfo::rwnd_limited_us, &tcp_info::tcpi_rwnd_limited, "rwnd_limited_us");
    expect_same(&TcpInfo::sndbuf_limited_us, &tcp_info::tcpi_sndbuf_limited, "sndbuf_limited_us");
    expect_same(&TcpInfo::delivered, &tcp_info::tcpi_delivered, "delivered");
    expect_same(&TcpInfo::bytes_sent, &tcp_info::tcpi_bytes_sent, "bytes_sent");
    expect_same(&TcpInfo::bytes_retrans, &tcp_info::tcpi_bytes_retrans, "bytes_retrans");
    expect_same(&TcpInfo::dsack_dups, &tcp_info::tcpi_dsack_dups, "dsack_dups");
    expect_same(&TcpInfo::reord_seen, &tcp_info::tcpi_reord_seen, "reord_seen");
    expect_same(&TcpInfo::rcv_ooopack, &tcp_info::tcpi_rcv_ooopack, "rcv_ooopack");
    expect_same(&TcpInfo::snd_wnd, &tcp_info::tcpi_snd_wnd, "snd_wnd");
}

}  // namespace
}  // namespace handfast::berkeley::linux_abi
