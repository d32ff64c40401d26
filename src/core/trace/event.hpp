// What may be told. Events are values that live as long as the call; a sink copies what it keeps.
//
// Two kinds of tellers: a shard (segments, states, timers, drops) and a link's weather (frames and
// their fates). A frame's `id` joins them: the sender's segment, its fate, the receiver's verdict.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "core/base/bytes.hpp"
#include "core/base/time.hpp"
#include "core/trace/drop.hpp"
#include "core/trace/tcp_state.hpp"
#include "core/trace/why.hpp"
#include "core/wire/address.hpp"
#include "core/wire/tcp.hpp"

namespace handfast::trace {

// Which host (shard) of a network tells; the network numbers them from 0.
enum class HostId : std::uint16_t {};

enum class Direction : std::uint8_t {
    up,    // from the host to the network
    down,  // from the network to the host
};

enum class Medium : std::uint8_t { ethernet, raw_ip };

// A segment's header and the size of its text; a super-segment is one of these.
struct TcpSummary {
    wire::FlowTuple tuple{};  // as the teller sees it
    wire::SeqNum seq;
    wire::SeqNum ack;
    wire::TcpFlags flags;
    std::uint32_t length{0};      // octets of text
    std::uint16_t gso_size{0};    // 0: one segment
    std::uint16_t raw_window{0};  // as in the header
    std::uint32_t window{0};      // scaled
    std::uint16_t urgent_pointer{0};
    wire::TcpOptions options;
};

struct SegmentSent {
    Instant at{};
    HostId host{};
    std::uint64_t id{};
    Why why{};
    std::uint16_t attempt{};  // 0: first time; n: the n-th retransmission or probe
    TcpState state{};         // after the event that sent it
    TcpSummary tcp{};
};

struct SegmentReceived {
    Instant at{};
    HostId host{};
    std::uint64_t id{};
    std::optional<Drop> drop{};  // nullopt: taken
    TcpState state{};            // after it was processed
    TcpSummary tcp{};
};

struct StateEdge {
    Instant at{};
    HostId host{};
    wire::FlowTuple tuple{};
    TcpState from{};
    TcpState to{};
};

enum class TimerKind : std::uint8_t {
    retransmit,
    tail_probe,
    reorder,
    persist,
    delayed_ack,
    pacing,
    keep_alive,
    linger,
    time_wait,
    count
};

// "RTO", "persist timer": as ladders print it.
[[nodiscard]] std::string_view text(TimerKind timer);

struct TimerFired {
    Instant at{};
    HostId host{};
    wire::FlowTuple tuple{};
    TimerKind timer{};
    std::uint16_t attempt{};
};

struct RttSample {
    Instant at{};
    HostId host{};
    wire::FlowTuple tuple{};
    Duration rtt{};
    Duration srtt{};
    Duration rto{};
};

struct WindowChange {
    Instant at{};
    HostId host{};
    wire::FlowTuple tuple{};
    std::uint32_t congestion_window{};
    std::uint32_t slow_start_threshold{};
    std::uint32_t send_window{};
    std::uint32_t in_flight{};
};

struct LossMarked {
    Instant at{};
    HostId host{};
    wire::FlowTuple tuple{};
    wire::SeqRange range{};
    Why by{};
};

// A packet that ended inside a host, other than a TCP segment with a verdict.
struct PacketDropped {
    Instant at{};
    HostId host{};
    std::uint64_t id{};
    Drop reason{};
};

// The octets of a frame, in parts, as they stand in memory.
using FrameParts = std::span<const Bytes>;

// A frame on a link: as the host gave it (before the link's weather) or as it was delivered.
struct FrameSeen {
    Instant at{};
    HostId host{};
    Direction direction{};
    Medium medium{};
    std::uint64_t id{};
    Why why{};
    std::uint16_t attempt{};
    std::uint16_t gso_size{};  // 0: a frame of its own size; else a capture splits it
    FrameParts parts{};
};

// What became of a frame on a link.
struct FrameFate {
    Instant at{};  // when it was decided
    HostId host{};
    Direction direction{};
    std::uint64_t id{};
    std::optional<Drop> lost{};
    Instant arrives{};      // when not lost
    bool duplicate{false};  // a second copy
    bool corrupted{false};
};

}  // namespace handfast::trace
