// A lane: one direction of one link, with its weather.
//
//   push(packet, now) --> split --> fate --> rate and queue --> delay --> pop(now)
//                                    |           |
//                                    +-- lost: counted and told to the sink, by name
//
// A perfect lane is a plain FIFO: packets pass whole, super-segments too, in the instant in which
// they are pushed. An imperfect one judges wire-sized frames. One that does not offload splits and
// computes checksums in either case.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "core/base/time.hpp"
#include "core/buf/packet.hpp"
#include "core/trace/counters.hpp"
#include "core/trace/sink.hpp"
#include "core/weather/closings.hpp"
#include "core/weather/fate.hpp"
#include "core/weather/impairments.hpp"
#include "core/weather/shaper.hpp"
#include "core/weather/transit.hpp"

namespace handfast::weather {

struct LaneConfig {
    trace::HostId host{};  // whose link it is
    trace::Direction direction{trace::Direction::up};
    trace::Medium medium{trace::Medium::ethernet};
    std::uint32_t mtu{1500};  // of IP packets; longer ones (after splitting) are lost
    bool offload{true};       // super-segments and partial checksums may pass
    Impairments impairments{};
};

class Lane {
public:
    struct Limits {
        std::size_t frames{65'536};      // under way; more are lost as by a full queue
        std::size_t octets{256U << 20};  // the same
        std::size_t flows{4096};         // whose packets are counted; the oldest gives way
    };

    // Cuts count from `origin`. The seed is the network's: host and direction are keyed in here.
    Lane(const LaneConfig& config, std::uint64_t seed, Limits limits, Instant origin);
    ~Lane() = default;
    Lane(const Lane&) = delete;
    Lane& operator=(const Lane&) = delete;
    Lane(Lane&&) = delete;
    Lane& operator=(Lane&&) = delete;

    // A packet enters, its first octet that of the link header (Ethernet) or of IP (raw IP). What
    // becomes of it is counted and told. `now` never goes back.
    void push(buf::Packet packet, Instant now);
    // The next packet that has arrived by now, in order of arrival, equal ones in order of entry;
    // its facts().at is the arrival. Null: none has.
    [[nodiscard]] buf::Packet pop(Instant now);
    // The next arrival. When it has come, pop() gives a packet.
    [[nodiscard]] Deadline next_deadline() const { return transit_.next(); }
    [[nodiscard]] bool has_arrived(Instant now) const { return transit_.has_arrived(now); }
    [[nodiscard]] bool empty() const { return transit_.empty(); }
    // True when a packet that enters now leaves in the same instant, unchanged, and none is before
    // it.
    [[nodiscard]] bool is_transparent() const {
        return simple_ && !reverse_->per_packet_ && transit_.empty();
    }
    // What push() and pop() do to a packet while the lane is transparent, without a place to wait.
    // False: the packet is lost, as was told.
    [[nodiscard]] bool passes(buf::Packet& packet, Instant now);

    // New weather for what enters from now on; what is under way keeps its arrival. Changed named
    // drops count from now on.
    void configure(const LaneConfig& config);
    void configure(const Impairments& impairments);
    [[nodiscard]] const LaneConfig& config() const { return config_; }
    // Loses what is under way, for this reason.
    void clear(trace::Drop reason, Instant now);

    // The other direction of the same link: what the two carry together tells which
    // acknowledgment is a connection's last. Without it the lane carries both directions
    // (loopback).
    void share_closings(Lane& reverse);

    // nullptr: nobody listens, nobody counts.
    void set_sink(trace::Sink* sink) { sink_ = sink; }
    void set_counters(trace::Counters* counters) { counters_ = counters; }

private:
    enum class Copy : std::uint8_t { first, second };
    struct Departure {
        Fate fate;
        Copy copy{Copy::first};
    };

    void push_split(buf::Packet packet, Instant now);
    void pass(buf::Packet packet, Instant now);
    void judge(buf::Packet frame, Instant now);
    void send(buf::Packet packet, const Departure& departure, Instant now);
    [[nodiscard]] std::optional<trace::Drop> refusal(buf::Packet& packet, Instant now) const;
    [[nodiscard]] bool too_long(buf::Packet& packet) const;
    [[nodiscard]] bool is_full(const buf::Packet& packet) const {
        return transit_.frames() >= limits_.frames ||
               transit_.octets() + packet.size() > limits_.octets;
    }
    void adopt(const LaneConfig& config);
    void tell_arrival(std::uint64_t id, Instant arrival, const Departure& departure, Instant now);
    void lose(std::uint64_t id, trace::Drop reason, const Departure& departure, Instant now);
    void tell_seen(const buf::Packet& packet, Instant now) const;

    LaneConfig config_;
    Limits limits_;
    Instant origin_;
    std::size_t longest_{0};  // octets a frame may have, its link header among them
    bool per_packet_{false};  // frames are split and judged
    bool simple_{false};      // nothing but the MTU to look at
    Fates fates_;
    Closings own_closings_;
    Closings* closings_{&own_closings_};
    Lane* reverse_{this};
    Shaper shaper_;
    Transit transit_;
    trace::Sink* sink_{nullptr};
    trace::Counters* counters_{nullptr};
};

}  // namespace handfast::weather
