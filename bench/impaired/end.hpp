// An end of the measured connection: our own host, or the kernel in a network namespace behind a
// TUN device. Both have the same verbs, none of which waits.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <poll.h>
#include <string>

#include "core/network/network.hpp"

namespace handfast::bench::impaired {

// Which end of the connection: the sender connects.
struct EndConfig {
    wire::IpAddress address;
    weather::Impairments up{};
    weather::Impairments down{};
    trace::HostId key{};  // of its link's fates
    int buffers{0};       // octets of SO_SNDBUF and SO_RCVBUF; 0: its own choice
    std::string controller;
};

class End {
public:
    End() = default;
    End(const End&) = delete;
    End& operator=(const End&) = delete;
    End(End&&) = delete;
    End& operator=(End&&) = delete;
    virtual ~End() = default;

    virtual void listen(Instant now) = 0;
    virtual void connect(const wire::IpAddress& to, Instant now) = 0;
    // True: the connection that was waited for is there, now or since before.
    [[nodiscard]] virtual bool accept(Instant now) = 0;
    // Gives the send buffer what it takes, of a few pieces: filling all of it at once would keep
    // the link waiting.
    virtual void send(Instant now) = 0;
    // Reads all there is; says how many octets.
    [[nodiscard]] virtual std::uint64_t receive(Instant now) = 0;
    [[nodiscard]] virtual std::uint64_t retransmissions(Instant now) const = 0;

    // Frames between a device and the network; nothing for a host that is in the network itself.
    virtual void carry_in(Instant) {}
    virtual void carry_out(Instant) {}
    // What to sleep on.
    virtual void watch(std::vector<pollfd>&) const {}
};

inline constexpr std::uint16_t measured_port = 7;
inline constexpr std::size_t piece = 65'536;
inline constexpr int pieces_at_once = 4;

[[nodiscard]] std::unique_ptr<End> make_our_end(network::Network& network,
                                                const EndConfig& config,
                                                Instant now);
// Makes a network namespace for it. The caller is in another one afterwards.
[[nodiscard]] std::unique_ptr<End> make_kernel_end(network::Network& network,
                                                   const EndConfig& config,
                                                   Instant now);

}  // namespace handfast::bench::impaired
