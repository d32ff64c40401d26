// The engine of a network: its hosts' shards and the segment between them, turned together by one
// thread at a time (DESIGN.md §3 "Who turns the engine").
//
// Pure like all of core/: turn(now) does everything that is due at `now` and comes to rest. sim/
// turns it with virtual time, host/runtime with real time.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "core/base/time.hpp"
#include "core/buf/packet.hpp"
#include "core/socket/sockets.hpp"
#include "core/stack/config.hpp"
#include "core/trace/sink.hpp"
#include "core/weather/segment.hpp"

namespace handfast::network {

struct Config {
    trace::Medium medium{trace::Medium::ethernet};
    std::uint64_t seed{0};
    buf::Pool::Limits pool{};
    weather::Segment::Limits segment{};
    std::size_t max_hosts{4096};
};

struct HostConfig {
    stack::Config
        stack{};  // links: exactly one, the attachment; id and mac are given by the network
    weather::Impairments up{};
    weather::Impairments down{};
};

struct ReadyEvent {
    trace::HostId host{};
    socket::ReadySocket socket{};
};

class Network {
public:
    Network(const Config& config, Instant now);
    ~Network();
    Network(const Network&) = delete;
    Network& operator=(const Network&) = delete;
    Network(Network&&) = delete;
    Network& operator=(Network&&) = delete;

    // ENOSPC when the table is full, EADDRINUSE when another host has one of its addresses.
    [[nodiscard]] berkeley::Result<trace::HostId> add_host(const HostConfig& config, Instant now);
    // Its connections vanish without a word, as if its power had failed.
    void remove_host(trace::HostId host);
    [[nodiscard]] bool has_host(trace::HostId host) const;
    [[nodiscard]] std::vector<trace::HostId> hosts() const;
    [[nodiscard]] socket::Sockets& sockets(trace::HostId host);
    [[nodiscard]] stack::Shard& shard(trace::HostId host);
    void set_weather(trace::HostId host,
                     const weather::Impairments& up,
                     const weather::Impairments& down,
                     Instant now);

    // A port of the segment that is no host: a TUN device, a test. Frames given to it by
    // wire_receive() enter the network; frames that leave by it are taken with wire_transmit().
    // On a raw-IP segment there is one, opposite to the one host.
    [[nodiscard]] berkeley::Result<weather::PortId> add_wire(const weather::PortConfig& config,
                                                             Instant now);
    void remove_wire(weather::PortId wire);
    void wire_receive(weather::PortId wire, buf::PacketBurst& frames, Instant now);
    [[nodiscard]] bool wire_transmit(weather::PortId wire, buf::PacketBurst& out, Instant now);

    // Says that this host's sockets were called, or frames were put in: turn() will look at it.
    void touch(trace::HostId host);
    // Does everything due at `now`: deadlines, frames, transmissions, hosts in order of their ids,
    // until all is at rest; or until very much was done, and then next_deadline() is `now` again.
    void turn(Instant now);
    // When turn() is next needed if nothing is called before. Frames that wait for wire_transmit()
    // do not count: ask for them after each turn.
    [[nodiscard]] Deadline next_deadline() const;

    // Sockets whose readiness may have changed since the last call; the vector is cleared and
    // filled.
    void take_ready(std::vector<ReadyEvent>& out);

    void set_sink(trace::Sink* sink);  // for all hosts and links; nullptr: none
    [[nodiscard]] buf::Pool& pool();
    [[nodiscard]] weather::Segment& segment();

private:
    struct Rooms;
    std::unique_ptr<Rooms> rooms_;
};

}  // namespace handfast::network
