// netd's answers to ListSockets and ListHosts: all sockets of a network or of a host, what
// `handfast ss` shows; the network and its hosts, what `handfast network` and `handfast link` show.
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
    std::string program;      // empty: nobody's any more (TIME-WAIT, or still sending)
    std::int32_t process{0};  // who opened or accepted it; 0: unknown
    berkeley::SocketType type{berkeley::SocketType::stream};
    std::optional<trace::TcpState> state;  // of a stream that has one
    wire::Endpoint local;
    std::optional<wire::Endpoint> remote;
    std::uint64_t receive_queue{0};   // octets; of a listener: connections that wait
    std::uint64_t send_queue{0};      // octets; of a listener: its backlog
    std::optional<Duration> ends_in;  // of TIME-WAIT
    std::optional<ConnectionFacts> facts;

    friend bool operator==(const ListedSocket&, const ListedSocket&) = default;
};

using Listing = std::vector<ListedSocket>;

struct ListedHost {
    std::string name;
    std::string mac;
    std::vector<wire::Prefix> addresses;
    std::vector<LinkOption> link;  // all that is not perfect
    Duration msl{};
    std::uint64_t programs{0};  // that `run` started and that still run
    std::uint64_t sockets{0};

    friend bool operator==(const ListedHost&, const ListedHost&) = default;
};

struct ListedNetwork {
    std::string name;
    std::string build;
    std::int32_t process{0};
    Duration started{};  // since 1970
    Duration msl{};
    std::optional<std::uint64_t> seed;
    bool keep{false};
    std::vector<ListedHost> hosts;

    friend bool operator==(const ListedNetwork&, const ListedNetwork&) = default;
};

void encode(const Listing& listing, Octets& into);
[[nodiscard]] std::optional<Listing> decode_listing(Bytes octets);
void encode(const ListedNetwork& network, Octets& into);
[[nodiscard]] std::optional<ListedNetwork> decode_network(Bytes octets);

}  // namespace handfast::control
