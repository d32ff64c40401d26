// Two hosts on one network, turned by the caller in virtual time: no thread, no system call.
#pragma once

#include "core/network/network.hpp"

namespace handfast::bench {

// An open connection from host 1 to host 2, Nagle's algorithm off.
class EnginePair {
public:
    EnginePair();

    // Time passes by a microsecond a turn, so that delayed acknowledgments and the like have
    // theirs.
    void turn() {
        now_ += microseconds{1};
        net_.turn(now_);
    }
    void send(Bytes octets) { send(client_, from_, octets); }
    std::size_t receive(MutableBytes into) { return receive(server_, to_, into); }
    void send_back(Bytes octets) { send(server_, to_, octets); }
    std::size_t receive_back(MutableBytes into) { return receive(client_, from_, into); }

private:
    [[nodiscard]] trace::HostId add(std::uint8_t n);
    void send(trace::HostId host, socket::SocketId id, Bytes octets);
    std::size_t receive(trace::HostId host, socket::SocketId id, MutableBytes into);

    network::Network net_;
    Instant now_{};
    trace::HostId client_;
    trace::HostId server_;
    socket::SocketId from_;
    socket::SocketId to_;
};

[[nodiscard]] wire::Endpoint engine_endpoint(std::uint8_t host, std::uint16_t port);

}  // namespace handfast::bench
