// The transmission control block: what a connection is made of (RFC 9293 §3.3.1). Parts only; what
// happens to them stands in event/.
//
//   send sequence space                          receive sequence space
//     una        nxt      max    end of queue      nxt            advertised
//   ---|##########|~~~~~~~~|.........|          ---|...............|----
//      in flight   again    not sent               window
//   Positions in queues are octets since the beginning: position p is sequence number ISS+1+p.
#pragma once

#include <boost/intrusive/list.hpp>
#include <boost/intrusive/unordered_set.hpp>
#include <cstdint>
#include <memory>
#include <optional>

#include "core/base/timer_wheel.hpp"
#include "core/buf/slice_queue.hpp"
#include "core/tcp/congestion/congestion.hpp"
#include "core/tcp/limit_clock.hpp"
#include "core/tcp/recv/reassembler.hpp"
#include "core/tcp/recv/sack_blocks.hpp"
#include "core/tcp/send/delivery_rate.hpp"
#include "core/tcp/send/pacer.hpp"
#include "core/tcp/send/path_search.hpp"
#include "core/tcp/send/prr.hpp"
#include "core/tcp/send/rack.hpp"
#include "core/tcp/send/record_ends.hpp"
#include "core/tcp/send/rtt.hpp"
#include "core/tcp/send/scoreboard.hpp"
#include "core/tcp/send/tail_probe.hpp"
#include "core/tcp/send/undo.hpp"
#include "core/tcp/send/validation.hpp"
#include "core/tcp/state.hpp"
#include "core/tcp/tcp.hpp"
#include "core/tcp/timers.hpp"
#include "core/trace/why.hpp"
#include "core/wire/seq_num.hpp"
#include "core/wire/tcp.hpp"

namespace handfast::tcp {

// What the two ends agreed on, and the sizes that follow.
struct Negotiated {
    std::uint16_t mss{536};       // text of a full segment, options taken off
    std::uint16_t peer_mss{536};  // as the peer's option said (MUST-15)
    std::uint16_t own_mss{1460};  // as our option says
    std::uint8_t snd_wscale{0};   // the peer's windows are shifted by this …
    std::uint8_t rcv_wscale{0};   // … and ours by this
    bool scaling{false};
    bool timestamps{false};
    bool sack{false};
    bool ecn{false};  // during the handshake: our side's wish
    std::uint32_t timestamp_offset{0};
    std::uint32_t max_super_segment{0};
    std::uint16_t link_mtu{1500};

    static constexpr std::uint16_t timestamps_size = 12;  // with two NOPs
    // Text and the options beside it: what a path is asked to carry.
    [[nodiscard]] std::uint32_t full_segment() const {
        return mss + (timestamps ? std::uint32_t{timestamps_size} : 0U);
    }
};

// The recovery that a sender is in: RFC 6675 and RFC 8985 with SACK, RFC 6582 without.
struct Recovery {
    // F-RTO (RFC 5682 §3): which acknowledgment after the timeout is to prove it spurious.
    enum class Forward : std::uint8_t { off, first_ack, second_ack };

    wire::SeqNum recover;         // the highest sequence number sent when it began
    std::uint32_t duplicates{0};  // without SACK: ACKs in a row …
    std::uint32_t inflation{0};   // … and octets that they say have left the network
    bool fast{false};
    bool after_timeout{false};  // without SACK, snd_nxt was pulled back
    bool marked{false};         // the window falls because the network marked: RFC 3168
    Forward forward{Forward::off};
    Undo undo;
};

struct Sender {
    wire::SeqNum iss, una, nxt, max;
    wire::SeqNum wl1, wl2;  // segment of the last window update
    std::uint32_t wnd{0};   // the peer's window, scaled
    std::uint32_t max_wnd{0};
    buf::SliceQueue queue;  // from una (or ISS+1) on
    RttEstimator rtt;
    Congestion congestion;
    Recovery recovery;
    Scoreboard board;  // of text and FIN; empty during the handshake
    Rack rack;
    TailProbe probe;
    Prr prr;
    DeliveryRate rate;
    Pacer pacer;
    wire::SeqNum reduced_end;  // of what was sent before the window last fell
    wire::SeqNum limited_end;  // up to here the congestion window held text back
    // The most that was in flight at once since the octet at `most_flight_end` was not sent yet.
    std::uint32_t most_flight{0};
    wire::SeqNum most_flight_end;
    Validation validation;
    Deadline timed;  // when the SYN was sent, while its round trip counts; text has the scoreboard
    Instant oldest_sent{};                   // since when una, or a window probe, is unanswered
    std::uint32_t repetitions{0};            // of the segment at una, by timeout
    std::uint32_t probes{0};                 // of a closed window or an idle peer, unanswered
    wire::SeqNum small_end;                  // end of the last segment shorter than a full one
    wire::SeqNum burst_end;                  // of the segments that go out together now
    wire::SeqNum push_end;                   // text before it was written without MSG_MORE
    std::optional<wire::SeqNum> urgent_end;  // the octet after the urgent one
    // Small segments up to here go out whatever Nagle, cork or silly-window avoidance say.
    std::optional<wire::SeqNum> flush_end;
    std::unique_ptr<RecordEnds> records;     // of those that were written with MSG_EOR, if any
    std::unique_ptr<PathSearch> path;        // while one goes on
    trace::Why why_first{trace::Why::none};  // set: the segment at una is to be sent again now
    bool fin_queued{false};
    bool tail_probe_due{false};
    bool reduction_due{false};  // new text is to tell that the window fell: CWR
    bool probe_window{false};
    bool probe_idle{false};
    bool more{false};               // the last write said MSG_MORE, and no ACK came since
    std::uint32_t tuned_buffer{0};  // what send/buffer has come to; 0: never more than Limits say
    bool writer_waits{false};       // it was refused, and is to be told of room
    bool timeout_due{false};        // the next segment that has room is to tell the user timeout

    explicit Sender(const Profile& p) : rtt{p} {}

    [[nodiscard]] wire::SeqNum seq_of(std::uint64_t position) const {
        return iss + 1 + static_cast<std::uint32_t>(position);
    }
    [[nodiscard]] std::uint64_t position_of(wire::SeqNum seq) const {
        return queue.begin_position() + wire::octets_between(seq_of(queue.begin_position()), seq);
    }
    [[nodiscard]] wire::SeqNum text_end() const { return seq_of(queue.end_position()); }
    // Where a segment that begins here ends at the latest: with its record, or all that there is.
    [[nodiscard]] wire::SeqNum record_end(wire::SeqNum seq) const {
        return records ? records->next(seq, text_end()) : text_end();
    }
    // Octets that were written and never sent.
    [[nodiscard]] std::uint32_t unsent() const {
        const wire::SeqNum next = wire::later(max, iss + 1);
        return before(next, text_end()) ? wire::octets_between(next, text_end()) : 0;
    }
    [[nodiscard]] std::uint32_t in_flight() const { return wire::octets_between(una, nxt); }
    [[nodiscard]] bool fin_sent() const { return fin_queued && max == text_end() + 1; }
};

// What recv/auto_tuning remembers.
struct BufferTuning {
    std::uint64_t read_before{0};  // octets that had been read when this round began
    Instant round_ends{};
    std::uint32_t buffer{0};  // octets; 0: it was never more than Limits say
};

struct Receiver {
    wire::SeqNum irs, nxt;
    wire::SeqNum advertised;  // the right edge of the window that the peer knows
    buf::SliceQueue queue;
    Reassembler beyond;
    SackBlocks sack;
    BufferTuning tuning;
    std::uint32_t lent{0};  // octets that the application holds by zero-copy reads
    std::uint32_t ts_recent{0};
    Instant ts_recent_at{};
    wire::SeqNum last_ack_sent;
    std::optional<wire::SeqNum> fin;         // where the peer's text ends, once known
    std::optional<wire::SeqNum> urgent_end;  // the octet after the urgent one
    std::uint32_t quick_acks{0};             // segments that are still acknowledged at once
    std::uint32_t largest_segment{536};      // text of one segment, as the peer makes them
    trace::Why why_ack{trace::Why::none};    // set: an acknowledgment is to be sent now
    bool has_timestamp{false};
    bool pushed{false};  // PSH came with what is not acknowledged yet
    bool fin_taken{false};
    bool shut{false};  // SHUT_RD
    bool urgent_taken{false};
    wire::UserTimeout user_timeout{};  // as the peer advises
    bool echoes_mark{false};  // a mark of the network is told until the peer has heard it: ECE

    [[nodiscard]] wire::SeqNum seq_of(std::uint64_t position) const {
        return irs + 1 + static_cast<std::uint32_t>(position);
    }
    [[nodiscard]] std::uint32_t window() const { return wire::octets_between(nxt, advertised); }
};

// What the counters of TCP_INFO count.
struct Totals {
    std::uint64_t bytes_acked{0}, bytes_received{0}, bytes_sent{0}, bytes_repeated{0};
    std::uint32_t segments_in{0}, segments_out{0}, data_in{0}, data_out{0}, repeated{0};
    Instant last_data_sent{}, last_data_received{}, last_ack_received{}, last_heard{};
};

struct Connection;

// The connection's place in the wheel.
struct ConnectionTimer : TimerWheel::Entry {
    explicit ConnectionTimer(Connection& c) : connection{c} {}
    Connection& connection;
};

struct Connection {
    using ListHook = boost::intrusive::list_member_hook<
        boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;
    using TableHook = boost::intrusive::unordered_set_member_hook<
        boost::intrusive::link_mode<boost::intrusive::safe_link>,
        boost::intrusive::store_hash<true>>;

    Connection(const wire::FlowTuple& t, const Settings& s, const Profile& p)
        : tuple{t}, settings{s}, snd{p}, timer{*this} {}

    ConnectionId id;
    wire::FlowTuple tuple;
    Settings settings;
    Owner owner{0};
    ListenerId listener;  // while it waits to be accepted
    State state{State::closed};
    bool passive{false};  // SYN-RECEIVED came from LISTEN (MUST-11)
    bool closed_by_user{false};
    bool in_table{false};
    bool is_orphan{false};
    bool forgotten{false};
    std::optional<berkeley::Errno> error;       // told once
    std::optional<berkeley::Errno> soft_error;  // MUST-47
    Negotiated negotiated;
    Sender snd;
    Receiver rcv;
    Timers timers;
    Totals totals;
    LimitClock limits;
    std::unique_ptr<FastOpen> fast_open;  // few have it
    Instant challenged{Instant::min()};   // the last challenge ACK (RFC 5961 §7)
    Notice notice;
    std::uint32_t deficit{0};  // octets that it may still send in this round
    ConnectionTimer timer;
    TableHook table_hook;
    ListHook ready_hook;
    ListHook notice_hook;
    ListHook queue_hook;  // of its listener
};

// Accepted with its SYN (RFC 7413 §4.2.2), while the handshake is not done: it may be read and
// written as if it were.
[[nodiscard]] inline bool is_early(const Connection& c) {
    return c.state == State::syn_received && c.fast_open != nullptr && c.fast_open->early;
}
// It waits for the last segment of its handshake in its listener's SYN queue.
[[nodiscard]] inline bool is_half_open(const Connection& c) {
    return c.state == State::syn_received && !is_early(c);
}

}  // namespace handfast::tcp
