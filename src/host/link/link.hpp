// A real wire: whatever packets come from and go to outside of this process.
//
//   device --receive()--> PacketBurst --> network        network --> PacketBurst --transmit()-->
//   device
//
// One family so far (tun.hpp); packet sockets, AF_XDP and VDE are to stand beside it, so the face
// is virtual. Used by the one thread that holds the network; fd() alone is read by the runtime
// thread, which sleeps on it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "core/buf/packet.hpp"
#include "core/buf/pool.hpp"
#include "core/trace/event.hpp"

namespace handfast::link {

struct LinkFacts {
    std::string name;
    trace::Medium medium{trace::Medium::raw_ip};
    std::uint16_t mtu{1500};
    bool offload{false};  // takes and gives super-segments and partial checksums
};

// What the device did not take or give, beside what it did.
struct LinkErrors {
    std::uint64_t transmit{0};  // packets that the device refused
    std::uint64_t receive{0};   // packets that were no packets, or for which there was no room
};

class Link {
public:
    explicit Link(LinkFacts facts) : facts_{std::move(facts)} {}
    Link(const Link&) = delete;
    Link& operator=(const Link&) = delete;
    Link(Link&&) = delete;
    Link& operator=(Link&&) = delete;
    virtual ~Link() = default;

    // Readable when receive() would give something.
    [[nodiscard]] virtual int fd() const = 0;
    // Adds packets that have come in until `into` is full or there are none; says how many. Their
    // octets live in the pool's blocks; at the pool's cap packets are lost, as on a card without
    // buffers, and counted. Never waits.
    virtual std::size_t receive(buf::Pool& pool, buf::PacketBurst& into) = 0;
    // Puts the packets on the wire, in order, and empties the burst. Never waits: what the device
    // does not take is lost, as on any wire, and counted.
    virtual void transmit(buf::PacketBurst& frames) = 0;

    // False: the device is gone, and will not come back.
    [[nodiscard]] bool alive() const { return alive_; }
    [[nodiscard]] const LinkFacts& facts() const { return facts_; }
    [[nodiscard]] const LinkErrors& errors() const { return errors_; }

protected:
    void count_transmit_error() { ++errors_.transmit; }
    void count_receive_error() { ++errors_.receive; }
    void die() { alive_ = false; }

private:
    LinkFacts facts_;
    LinkErrors errors_;
    bool alive_{true};
};

}  // namespace handfast::link
