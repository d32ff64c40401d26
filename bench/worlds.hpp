// Two ends and what is between them: our network with two hosts, or the kernel's loopback. A world
// gives connected pairs of streams that have the same verbs.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>

#include "kernel_peer.hpp"
#include <handfast/handfast.hpp>

namespace handfast::bench {

template <class Stream>
struct Pair {
    Stream client;
    Stream server;
};

// A TcpStream that ends its direction by the same word as the kernel's.
class OurStream : public TcpStream {
public:
    OurStream() = default;
    OurStream(TcpStream stream)
        : TcpStream{std::move(stream)} {}  // NOLINT: a stream by another name
    void finish() { shutdown(Shutdown::write); }
};

// What the link between the two hosts takes.
enum class Frames : std::uint8_t {
    super_segments,  // as in memory: up to 64 KiB, checksums left open
    wire_sized,      // as on a card without offload: MTU 1500, checksums computed and verified
};

class OurWorld {
public:
    using Stream = OurStream;

    explicit OurWorld(Frames frames = Frames::super_segments);

    [[nodiscard]] Pair<Stream> connected();
    [[nodiscard]] std::uint64_t wakeups() const { return network_.wakeups(); }
    [[nodiscard]] const Host& client() const { return client_; }
    [[nodiscard]] const Host& server() const { return server_; }

    // The server has several addresses, for those who need more ports than one pair of them has.
    static constexpr std::uint32_t addresses = 16;
    [[nodiscard]] static Address server_address(std::uint32_t nth);

private:
    Network network_;
    Host server_;
    Host client_;
    TcpListener listener_;
};

class KernelWorld {
public:
    using Stream = KernelStream;

    [[nodiscard]] Pair<Stream> connected();
    [[nodiscard]] std::uint64_t wakeups() const { return 0; }

private:
    KernelListener listener_{KernelName{}};
};

}  // namespace handfast::bench
