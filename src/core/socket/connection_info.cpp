#include "core/socket/connection_info.hpp"

#include <algorithm>
#include <limits>

namespace handfast::socket {

using berkeley::linux_abi::CongestionState;
using berkeley::linux_abi::TcpInfo;
using berkeley::linux_abi::TcpInfoState;
using trace::ConnectionSnapshot;
using trace::TcpState;

namespace {

constexpr std::uint32_t endless_threshold = 0x7fff'ffff;  // Linux: TCP_INFINITE_SSTHRESH
constexpr std::uint64_t no_limit = std::numeric_limits<std::uint64_t>::max();

TcpInfoState state_of(TcpState state) {
    switch (state) {
        case TcpState::listen:
            return TcpInfoState::listen;
        case TcpState::syn_sent:
            return TcpInfoState::syn_sent;
        case TcpState::syn_received:
            return TcpInfoState::syn_recv;
        case TcpState::established:
            return TcpInfoState::established;
        case TcpState::fin_wait_1:
            return TcpInfoState::fin_wait_1;
        case TcpState::fin_wait_2:
            return TcpInfoState::fin_wait_2;
        case TcpState::close_wait:
            return TcpInfoState::close_wait;
        case TcpState::closing:
            return TcpInfoState::closing;
        case TcpState::last_ack:
            return TcpInfoState::last_ack;
        default:
            return TcpInfoState::close;  // Linux keeps TIME-WAIT apart from the socket
    }
}

std::uint32_t bounded(std::uint64_t n) {
    return static_cast<std::uint32_t>(
        std::min<std::uint64_t>(n, std::numeric_limits<std::uint32_t>::max()));
}
std::uint8_t octet(std::uint32_t n) {
    return static_cast<std::uint8_t>(std::min(n, 255U));
}

std::uint64_t micros(Duration d) {
    return static_cast<std::uint64_t>(std::chrono::duration_cast<microseconds>(d).count());
}
std::uint32_t micros32(Duration d) {
    return bounded(micros(d));
}
std::uint32_t millis(Duration d) {
    return bounded(static_cast<std::uint64_t>(std::chrono::duration_cast<milliseconds>(d).count()));
}

// Linux counts windows and flights in segments.
std::uint32_t segments(std::uint64_t octets, std::uint32_t mss) {
    return mss == 0 ? 0 : bounded((octets + mss - 1) / mss);
}

CongestionState congestion_state(const ConnectionSnapshot& c) {
    if (c.in_loss) return CongestionState::loss;
    if (c.in_recovery) return CongestionState::recovery;
    if (c.in_reduction) return CongestionState::window_reduced;
    return c.in_disorder ? CongestionState::disorder : CongestionState::open;
}

void fill_sender(TcpInfo& info, const ConnectionSnapshot& c) {
    info.ca_state = congestion_state(c);
    info.retransmits = octet(c.retransmits);
    info.probes = octet(c.probes);
    info.backoff = octet(c.backoff);
    info.unacked = segments(c.in_flight, c.mss);
    info.sacked = segments(c.sacked, c.mss);
    info.lost = segments(std::uint64_t{c.lost} + c.repeated, c.mss);  // Linux counts both
    info.retrans = segments(c.repeated, c.mss);
    info.delivered = segments(c.delivered, c.mss) + (c.syn_delivered ? 1U : 0U);
    info.snd_cwnd = segments(c.congestion_window, c.mss);
    info.snd_ssthresh = c.slow_start_threshold >= endless_threshold
                            ? endless_threshold
                            : segments(c.slow_start_threshold, c.mss);
    info.total_retrans = bounded(c.total_retransmissions);
    info.notsent_bytes = c.send_unsent;
    info.bytes_acked = c.bytes_acked;
    info.bytes_sent = c.bytes_sent;
    info.bytes_retrans = c.bytes_retransmitted;
    info.snd_wnd = c.snd_wnd;
    info.pacing_rate = c.pacing_rate != 0 ? c.pacing_rate : no_limit;
    info.max_pacing_rate = c.max_pacing_rate;
    info.delivery_rate = c.delivery_rate;
}

void fill_times(TcpInfo& info, const ConnectionSnapshot& c) {
    using trace::Limit;
    info.rto_us = micros32(c.rto);
    info.rtt_us = micros32(c.srtt);
    info.rttvar_us = micros32(c.rtt_variation);
    info.min_rtt_us = micros32(c.min_rtt);
    info.last_data_sent_ms = millis(c.since_last_data_sent);
    info.last_data_recv_ms = millis(c.since_last_data_received);
    info.last_ack_recv_ms = millis(c.since_last_ack_received);
    info.rwnd_limited_us = micros(c.limited[Limit::receive_window]);
    info.sndbuf_limited_us = micros(c.limited[Limit::send_buffer]);
    // Busy is whatever time the sender had octets that were not acknowledged.
    info.busy_time_us = info.rwnd_limited_us + info.sndbuf_limited_us +
                        micros(c.limited[Limit::congestion_window] + c.limited[Limit::pacing] +
                               c.limited[Limit::recovery] + c.limited[Limit::application]);
}

void fill_receiver(TcpInfo& info, const ConnectionSnapshot& c) {
    info.bytes_received = c.bytes_received;
    info.segs_in = bounded(c.segments_in);
    info.segs_out = bounded(c.segments_out);
    info.data_segs_in = bounded(c.data_segments_in);
    info.data_segs_out = bounded(c.data_segments_out);
    info.rcv_wnd = c.rcv_wnd;
    info.rcv_ssthresh = c.rcv_wnd;
    info.rcv_space = c.rcv_wnd;
    info.rcv_mss = c.received_mss;
    info.advmss = c.advertised_mss;
}

}  // namespace

ConnectionSnapshot snapshot(const Room& room, const Socket& s, Instant now) {
    if (s.phase == Phase::connection) return room.tcp().snapshot(s.connection, now);
    ConnectionSnapshot c;
    c.tuple = {.local = s.local, .remote = s.peer};
    c.state = s.phase == Phase::listening ? TcpState::listen : TcpState::closed;
    if (s.progress == Progress::deferred) c.state = TcpState::syn_sent;
    c.socket = s.id.raw();
    return c;
}

std::uint16_t path_mtu(const ConnectionSnapshot& c, std::uint16_t link_mtu) {
    constexpr std::uint32_t timestamps_size = 12;
    const std::uint32_t headers = c.tuple.remote.address.is_v4() ? 40 : 60;
    const std::uint32_t segment = c.mss + (c.timestamps ? timestamps_size : 0);
    const bool by_path = segment < std::min(c.received_mss, c.advertised_mss);
    return by_path ? static_cast<std::uint16_t>(segment + headers) : link_mtu;
}

TcpInfo tcp_info(const Room& room, const Socket& s, Instant now) {
    const ConnectionSnapshot c = snapshot(room, s, now);
    TcpInfo info;
    info.state = state_of(c.state);
    info.timestamps = c.timestamps;
    info.sack = c.sack;
    info.window_scaling = c.window_scaling;
    info.ecn = c.ecn;
    info.syn_data = c.early_text_acknowledged;
    info.fastopen_client_fail = c.fast_open_failure;
    info.snd_wscale = c.snd_wscale;
    info.rcv_wscale = c.rcv_wscale;
    info.snd_mss = c.mss;
    // What was measured. RACK adapts a time, not this count (RFC 8985 §6.2).
    info.reordering = std::max(room.shard.config().profile.duplicate_ack_threshold,
                               segments(c.reordering, c.mss));
    if (const auto way = room.shard.way_to(c.tuple.remote.address, std::nullopt);
        s.phase == Phase::connection && way)
        info.pmtu = path_mtu(c, way->mtu);
    // Of a listener Linux tells the length of its accept queue here.
    if (s.listener) info.unacked = bounded(room.tcp().acceptable(s.listener));
    if (s.phase != Phase::connection) return info;
    fill_sender(info, c);
    fill_times(info, c);
    fill_receiver(info, c);
    if (c.bytes_received > 0) info.ato_us = micros32(room.shard.config().profile.delayed_ack);
    return info;
}

}  // namespace handfast::socket
