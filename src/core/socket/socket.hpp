// The record of one socket: what Berkeley semantics add to TCP's connection or UDP's binding.
//
//                      listen                        accept
//   stream:    idle ----------> listening    (born)  --------> connection
//                \                                                ^  |
//                 \-------------------- connect ------------------/  | connect told of the failure,
//                  ^-------------------------------------------------/ or connect to AF_UNSPEC
//   datagram:  idle <---> binding      (bind, or the first send or connect; disconnect)
//
// Fresh is idle without a port, bound is idle with one, failed is a connection that has ended.
#pragma once

#include <cstdint>

#include "core/base/slab.hpp"
#include "core/berkeley/calls.hpp"
#include "core/berkeley/errno.hpp"
#include "core/berkeley/options.hpp"
#include "core/socket/sockets.hpp"
#include "core/tcp/tcp.hpp"
#include "core/udp/udp.hpp"
#include "core/wire/address.hpp"

namespace handfast::socket {

enum class Phase : std::uint8_t { idle, listening, connection, binding };

// How far connect() came. A connection may be established while its socket is still `connecting`:
// Linux tells it once, to the next call of connect(). Given up: shutdown() was called when an
// attempt had failed; only connect() to AF_UNSPEC helps. Deferred: connect() has succeeded, and the
// SYN waits for the first octets to carry them (TCP_FASTOPEN_CONNECT).
enum class Progress : std::uint8_t { unconnected, connecting, connected, given_up, deferred };

// Settings that wait for a connection or a binding to apply to.
struct Wishes {
    tcp::Settings stream;
    udp::Settings datagram;
};

struct Extras;  // extras.hpp: options that few sockets set

struct Socket {
    SocketId id;
    wire::Family family{wire::Family::ipv4};
    berkeley::SocketType type{berkeley::SocketType::stream};
    Phase phase{Phase::idle};
    Progress progress{Progress::unconnected};

    // Names. Addresses inside are what the engine speaks: IPv4, also for an IPv6 socket.
    bool holds_port{false};      // local.port is ours (Linux: inet_num)
    bool address_locked{false};  // bind() chose the address: disconnecting keeps it
    bool port_locked{false};     // bind() chose the port
    bool only_v6{false};         // IPV6_V6ONLY: IPv4 never sees this socket
    bool mapped{false};          // bind() gave an IPv4-mapped address: IPv4 only
    bool listed{false};          // it stands in a bucket of the port table
    bool connected{false};       // datagram: has a peer

    bool reuse_address{false};
    bool reuse_port{false};
    bool pingpong{false};   // TCP_QUICKACK was switched off
    bool shut_read{false};  // shutdown() while there was no connection or binding
    bool shut_write{false};
    bool ready_marked{false};  // it stands in the list of take_ready()

    berkeley::Errno error{};  // SO_ERROR of a socket without connection; 0: none
    berkeley::Linger linger;

    tcp::ConnectionId connection;
    tcp::ListenerId listener;
    udp::BindingId binding;
    wire::Endpoint local;
    wire::Endpoint peer;

    Handle<Wishes> wishes;
    Handle<Extras> extras;
    SocketId next_at_port;  // those that bound the same port: port_table.hpp
    std::uint64_t user_data{0};

    [[nodiscard]] bool is_stream() const { return type == berkeley::SocketType::stream; }
};

static_assert(sizeof(Socket) <= 200, "a socket is a small thing: a million of them must fit");

}  // namespace handfast::socket
