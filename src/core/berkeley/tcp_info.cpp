#include "core/berkeley/tcp_info.hpp"

#include <cstring>

#include "core/base/check.hpp"

namespace handfast::berkeley::linux_abi {
namespace {

// Puts numbers one after the other, each where its alignment wants it, as a C compiler lays out a
// struct.
class Layout {
public:
    template <class... T>
    void put(T... values) {
        (put_one(values), ...);
    }
    void skip(std::size_t octets) { at_ += octets; }
    [[nodiscard]] std::size_t at() const { return at_; }
    [[nodiscard]] const std::array<std::byte, tcp_info_size>& image() const { return image_; }

private:
    template <class T>
    void put_one(T value) {
        at_ = (at_ + alignof(T) - 1) / alignof(T) * alignof(T);
        HF_CHECK(at_ + sizeof value <= image_.size());
        std::memcpy(image_.data() + at_, &value, sizeof value);
        at_ += sizeof value;
    }

    std::array<std::byte, tcp_info_size> image_{};
    std::size_t at_{0};
};

std::uint8_t options(const TcpInfo& i) {  // TCPI_OPT_TIMESTAMPS, _SACK, _WSCALE, _ECN, _SYN_DATA
    return static_cast<std::uint8_t>((i.timestamps ? 1U : 0U) | (i.sack ? 2U : 0U) |
                                     (i.window_scaling ? 4U : 0U) | (i.ecn ? 8U : 0U) |
                                     (i.syn_data ? 32U : 0U));
}

std::uint8_t scales(const TcpInfo& i) {
    return static_cast<std::uint8_t>((i.snd_wscale & 0xfU) | ((i.rcv_wscale & 0xfU) << 4));
}

}  // namespace

std::array<std::byte, tcp_info_size> image(const TcpInfo& i) {
    constexpr std::uint32_t not_told = 0;
    Layout out;
    out.put(i.state, i.ca_state, i.retransmits, i.probes, i.backoff, options(i), scales(i));
    // delivery_rate_app_limited is the first bit.
    out.put(static_cast<std::uint8_t>((i.fastopen_client_fail & 3U) << 1));
    out.put(i.rto_us, i.ato_us, i.snd_mss, i.rcv_mss);
    out.put(i.unacked, i.sacked, i.lost, i.retrans, not_told /* fackets */);
    out.put(
        i.last_data_sent_ms, not_told /* last_ack_sent */, i.last_data_recv_ms, i.last_ack_recv_ms);
    out.put(i.pmtu,
            i.rcv_ssthresh,
            i.rtt_us,
            i.rttvar_us,
            i.snd_ssthresh,
            i.snd_cwnd,
            i.advmss,
            i.reordering);
    out.put(i.rcv_rtt_us, i.rcv_space, i.total_retrans);
    out.put(i.pacing_rate, i.max_pacing_rate, i.bytes_acked, i.bytes_received);
    out.put(i.segs_out, i.segs_in, i.notsent_bytes, i.min_rtt_us, i.data_segs_in, i.data_segs_out);
    out.put(i.delivery_rate, i.busy_time_us, i.rwnd_limited_us, i.sndbuf_limited_us);
    out.put(i.delivered, i.delivered_ce, i.bytes_sent, i.bytes_retrans);
    out.put(i.dsack_dups, i.reord_seen, i.rcv_ooopack, i.snd_wnd, i.rcv_wnd, i.rehash);
    out.put(i.total_rto, i.total_rto_recoveries, i.total_rto_time_ms);
    out.skip(32);  // accurate ECN (RFC 9768), which we do not speak
    HF_CHECK(out.at() == tcp_info_size);
    return out.image();
}

}  // namespace handfast::berkeley::linux_abi
