// All sockets of a network, or of a host: netd's answer to ListSockets, what `handfast ss` shows.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/bytes.hpp"
#include "core/control/message.hpp"
#include "core/trace/tcp_state.hpp"

namespace handfast::control {

// A connection's inner life, beside what every socket has.
struct ConnectionFacts {
    Duration round_trip{};
    Duration retransmission_timeout{};
    std::uint32_t congestion_window{0};  // octets
    std::uint32_t send_window{0};
    std::uint32_t receive_window{0};
    std::uint32_t mss{0};
    std::uint64_t octets_acknowledged{0};
    std::uint64_t octets_received{0};
    std::uint64_t retransmissions{0};

    friend bool operator==(const ConnectionFacts&, const ConnectionFacts&) = default;
};

struct ListedSocket {
    std::string host;
    std::string program;  // empty: nobody's any more (TIME-WAIT, or still sending)
    berkeley::SocketType type{berkeley::SocketType::stream};
    std::optional<trace::TcpState> state;  // of a stream that has one
    wire::Endpoint local;
    std::optional<wire::Endpoint> remote;
    std::uint64_t receive_queue{0};  // octets; of a listener: connections that wait
    std::uint64_t send_queue{0};     // octets
    std::optional<ConnectionFacts> facts;

    friend bool operator==(const ListedSocket&, const ListedSocket&) = default;
};

using Listing = std::vector<ListedSocket>;

void encode(const Listing& listing, Octets& into);
[[nodiscard]] std::optional<Listing> decode_listing(Bytes octets);

}  // namespace handfast::control
