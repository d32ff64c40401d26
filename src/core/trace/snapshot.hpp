// The state of a connection as a value: what TCP_INFO, `ss`, ladders and the demo's checks read.
#pragma once

#include <cstdint>
#include <string_view>

#include "core/base/enum_array.hpp"
#include "core/base/time.hpp"
#include "core/trace/tcp_state.hpp"
#include "core/wire/address.hpp"
#include "core/wire/seq_num.hpp"

namespace handfast::trace {

// What held a connection's sender back. The times are always kept, so that a connection that was
// opened before anybody looked can be explained.
enum class Limit : std::uint8_t {
    idle,  // nothing was ever asked, or all was acknowledged
    handshake,
    application,  // it had less to send than it could
    send_buffer,  // the buffer was full of unacknowledged octets
    receive_window,
    congestion_window,
    pacing,
    recovery,
    closing,
    count
};

// "receive window"
[[nodiscard]] std::string_view text(Limit limit);

struct ConnectionSnapshot {
    wire::FlowTuple tuple;
    TcpState state{TcpState::closed};
    std::uint64_t socket{0};  // the owning socket's handle, 0 for none (an orphan)

    wire::SeqNum iss, irs, snd_una, snd_nxt, rcv_nxt;
    std::uint32_t snd_wnd{0}, rcv_wnd{0};
    std::uint8_t snd_wscale{0}, rcv_wscale{0};
    bool timestamps{false}, sack{false}, window_scaling{false}, ecn{false};
    std::uint32_t mss{0}, advertised_mss{0}, received_mss{0};

    std::uint32_t send_queued{0};     // octets written and not yet acknowledged
    std::uint32_t send_unsent{0};     // of those, never sent
    std::uint32_t receive_queued{0};  // octets to be read
    std::uint32_t out_of_order{0};    // octets beyond a hole
    std::uint32_t in_flight{0};       // octets
    std::uint32_t sacked{0};          // of those, SACKed …
    std::uint32_t lost{0};            // … thought to be lost …
    std::uint32_t repeated{0};        // … and sent again
    std::uint32_t reordering{0};      // octets that came before one that was sent before them
    std::uint64_t delivered{0};       // octets, acknowledged or SACKed
    bool syn_delivered{false};
    bool early_text_acknowledged{false};  // RFC 7413: the text of its SYN, or of the peer's
    std::uint8_t fast_open_failure{0};    // tcpi_fastopen_client_fail

    std::uint32_t congestion_window{0};  // octets
    std::uint32_t slow_start_threshold{0};
    std::uint64_t pacing_rate{0};      // octets a second; 0: it is not paced
    std::uint64_t max_pacing_rate{0};  // SO_MAX_PACING_RATE
    std::uint64_t delivery_rate{0};    // octets a second; 0: none was measured yet
    Duration srtt{}, rtt_variation{}, rto{}, min_rtt{};
    std::uint32_t retransmits{0};  // of the segment at snd_una, so far
    std::uint32_t probes{0};
    std::uint32_t backoff{0};
    bool in_recovery{false}, in_loss{false};
    bool in_reduction{false};  // the network marked, and the window falls (RFC 3168)
    bool in_disorder{false};  // something was SACKed or acknowledged twice, and is not thought lost

    std::uint64_t bytes_acked{0}, bytes_received{0}, bytes_sent{0}, bytes_retransmitted{0};
    std::uint64_t segments_in{0}, segments_out{0}, data_segments_in{0}, data_segments_out{0};
    std::uint64_t total_retransmissions{0};
    Duration since_last_data_sent{}, since_last_data_received{}, since_last_ack_received{};
    EnumArray<Limit, Duration> limited;
};

}  // namespace handfast::trace
