// TCP_INFO: what Linux tells of a connection, in its units and in its layout (linux/tcp.h, 6.18:
// 280 octets; earlier ones are prefixes of it).
//
// The fields have Linux's names without the prefix, because its documentation is what one reads to
// understand them. Lengths in "segments" count MSSs, times are microseconds or milliseconds as
// said.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace handfast::berkeley::linux_abi {

inline constexpr std::size_t tcp_info_size = 280;

// tcpi_state
enum class TcpInfoState : std::uint8_t {
    established = 1,
    syn_sent,
    syn_recv,
    fin_wait_1,
    fin_wait_2,
    time_wait,
    close,
    close_wait,
    last_ack,
    listen,
    closing,
};

// tcpi_ca_state
enum class CongestionState : std::uint8_t { open, disorder, window_reduced, recovery, loss };

struct TcpInfo {
    TcpInfoState state{TcpInfoState::close};
    CongestionState ca_state{CongestionState::open};
    std::uint8_t retransmits{0};
    std::uint8_t probes{0};
    std::uint8_t backoff{0};
    bool timestamps{false}, sack{false}, window_scaling{false}, ecn{false};  // tcpi_options
    bool syn_data{false};
    std::uint8_t fastopen_client_fail{0};       // 2 bits
    std::uint8_t snd_wscale{0}, rcv_wscale{0};  // 4 bits each

    std::uint32_t rto_us{0}, ato_us{0};
    std::uint32_t snd_mss{0}, rcv_mss{0};
    std::uint32_t unacked{0}, sacked{0}, lost{0}, retrans{0};  // segments in flight, and of those
    std::uint32_t last_data_sent_ms{0}, last_data_recv_ms{0}, last_ack_recv_ms{0};
    std::uint32_t pmtu{0}, rcv_ssthresh{0};
    std::uint32_t rtt_us{0}, rttvar_us{0};
    std::uint32_t snd_ssthresh{0}, snd_cwnd{0};  // segments
    std::uint32_t advmss{0}, reordering{0};
    std::uint32_t rcv_rtt_us{0}, rcv_space{0};
    std::uint32_t total_retrans{0};
    std::uint64_t pacing_rate{0}, max_pacing_rate{0};  // octets per second; all ones: no limit
    std::uint64_t bytes_acked{0}, bytes_received{0};
    std::uint32_t segs_out{0}, segs_in{0};
    std::uint32_t notsent_bytes{0}, min_rtt_us{0};
    std::uint32_t data_segs_in{0}, data_segs_out{0};
    std::uint64_t delivery_rate{0};
    std::uint64_t busy_time_us{0}, rwnd_limited_us{0}, sndbuf_limited_us{0};
    std::uint32_t delivered{0}, delivered_ce{0};
    std::uint64_t bytes_sent{0}, bytes_retrans{0};
    std::uint32_t dsack_dups{0}, reord_seen{0}, rcv_ooopack{0};
    std::uint32_t snd_wnd{0}, rcv_wnd{0};
    std::uint32_t rehash{0};
    std::uint16_t total_rto{0}, total_rto_recoveries{0};
    std::uint32_t total_rto_time_ms{0};
};

[[nodiscard]] std::array<std::byte, tcp_info_size> image(const TcpInfo& info);

}  // namespace handfast::berkeley::linux_abi
