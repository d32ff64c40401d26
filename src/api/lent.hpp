// What stands behind a public Buffer: slices of a network's pool, and whose receive buffer they
// count against.
#pragma once

#include <memory>

#include "core/buf/packet.hpp"
#include "core/socket/sockets.hpp"
#include "host/runtime/engine.hpp"
#include <handfast/buffer.hpp>

namespace handfast {

struct Buffer::Parts {
    enum class Origin : std::uint8_t { read, allocated };

    Parts(std::shared_ptr<runtime::Engine> e, Origin o) : engine{std::move(e)}, origin{o} {}
    Parts(const Parts&) = delete;
    Parts& operator=(const Parts&) = delete;
    Parts(Parts&&) = delete;
    Parts& operator=(Parts&&) = delete;
    ~Parts();

    // Called with the engine held: the lender gets its room back.
    void give_back(network::Network& network, Instant now);

    std::shared_ptr<runtime::Engine> engine;
    Origin origin;
    trace::HostId host{};
    socket::SocketId lender;
    std::size_t lent{0};  // octets that the lender counts
    buf::Packet::Slices slices;
};

}  // namespace handfast
