// Which sockets bound which port themselves: what bind() and listen() must look at, and what TCP
// does not know because no connection or listener is there yet.
//
// Connections that nobody bound by hand (accepted ones, or those with an ephemeral port) are not
// listed, for there may be a million: tcp::Tcp counts them by port, and a bucket only remembers
// whether all of them may be reused. Pages of buckets are made when a port of theirs is first
// bound.
#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include "core/socket/socket.hpp"

namespace handfast::socket {

struct PortBucket {
    SocketId first;  // the head of a list through Socket::next_at_port
    // Linux keeps SO_REUSEADDR and SO_REUSEPORT of a socket through TIME-WAIT: whoever binds again
    // needs both sides' consent.
    bool leftovers_reuse_address{false};
    bool leftovers_reuse_port{false};
};

class PortTable {
public:
    [[nodiscard]] PortBucket& at(wire::Port port) {
        auto& page = pages_[wire::number(port) / page_ports];
        if (!page) page = std::make_unique<Page>();
        return (*page)[wire::number(port) % page_ports];
    }
    // nullptr when nobody ever bound a port near it.
    [[nodiscard]] PortBucket* find(wire::Port port) const {
        const auto& page = pages_[wire::number(port) / page_ports];
        return page ? &(*page)[wire::number(port) % page_ports] : nullptr;
    }

private:
    static constexpr std::size_t page_ports = 256;
    using Page = std::array<PortBucket, page_ports>;

    std::array<std::unique_ptr<Page>, 65'536 / page_ports> pages_;
};

}  // namespace handfast::socket
