// A stand-in is the AF_UNIX socket that a program holds in place of an Internet socket. All that
// must be known of it by number alone is on the socket itself, so that it is the same socket for
// every process that it is passed to:
//
//   mark   what it stands for, and how far it has come: in SO_INCOMING_CPU, which AF_UNIX keeps and
//          never uses
//   key    SO_COOKIE, unique on the machine
//
//   SO_INCOMING_CPU   30         19 18         11  10   9   8   7   3  2     1   0
//                     [ signature  ][ protocol  ][v6][dg][ 0 ][ beside ][ stage ][told]
#pragma once

#include <cstdint>
#include <optional>

#include "core/berkeley/calls.hpp"
#include "core/berkeley/errno.hpp"
#include "core/control/message.hpp"
#include "host/link/file_descriptor.hpp"

namespace handfast::run {

// How far the file itself has come; what TCP makes of it only netd knows.
enum class Stage : std::uint8_t {
    fresh,
    connecting,  // connected to netd, its send buffer full until the handshake ends
    connected,
    burnt,  // its connection has failed: it can never be connected again
};

// What recvmsg(2) is to tell beside a datagram. Of an IPv6 socket, its own options of the same
// meaning.
struct Beside {
    bool packet_info{false};           // IP_PKTINFO, IPV6_RECVPKTINFO
    bool hop_limit{false};             // IP_RECVTTL, IPV6_RECVHOPLIMIT
    bool traffic_class{false};         // IP_RECVTOS, IPV6_RECVTCLASS
    bool time_in_microseconds{false};  // SO_TIMESTAMP
    bool time_in_nanoseconds{false};   // SO_TIMESTAMPNS

    friend constexpr bool operator==(const Beside&, const Beside&) = default;
};

struct Mark {
    wire::Family family{wire::Family::ipv4};
    berkeley::SocketType type{berkeley::SocketType::stream};
    std::uint8_t protocol{0};
    Beside beside{};
    Stage stage{Stage::fresh};
    bool told{false};  // netd has heard of it

    friend constexpr bool operator==(const Mark&, const Mark&) = default;
};

[[nodiscard]] int to_number(const Mark& mark);
// nullopt: no mark of ours.
[[nodiscard]] std::optional<Mark> parse_mark(int number);

[[nodiscard]] std::optional<Mark> mark_of(int socket);
void set_mark(int socket, const Mark& mark);
[[nodiscard]] control::SocketKey key_of(int socket);

struct Pair {
    link::FileDescriptor near;  // the program's
    link::FileDescriptor far;   // netd's
};

// A fresh, marked socket. `flags`: SOCK_NONBLOCK or nothing.
[[nodiscard]] berkeley::Result<link::FileDescriptor> make_stream(const Mark& mark, int flags);
[[nodiscard]] berkeley::Result<Pair> make_datagram(const Mark& mark, int flags);

// Gives the socket a name in the folder, for the time that it takes to open that name: the result
// (O_PATH) is the test of life and the door, and no other way leads to it.
[[nodiscard]] berkeley::Result<link::FileDescriptor> name_in(int folder, int socket);

// Where stand-ins are connected to, so that netd gets their far ends.
class Meeting {
public:
    [[nodiscard]] static berkeley::Result<Meeting> open(int folder);

    // Connects the socket; the result is its far end. Never waits.
    [[nodiscard]] berkeley::Result<link::FileDescriptor> connect(int socket) const;

private:
    Meeting(link::FileDescriptor listener, link::FileDescriptor name)
        : listener_{std::move(listener)}, name_{std::move(name)} {}

    link::FileDescriptor listener_;
    link::FileDescriptor name_;
};

// The options that the kernel obeys on the file itself, as the other file has them: accept(2) gives
// a listener's to its connections.
void copy_file_options(int from, int to);

// The send buffer that a connected socket needs. The octet that is held unread keeps the whole of
// its buffer, which sendfile(2) makes as long as 17 pages: the socket must be writable beside it.
void give_send_buffer(int socket);

// The octet that always lies unread in netd's end: see docs/flows/run.md.
[[nodiscard]] berkeley::Result<void> send_held_octet(int socket);
// Until the socket takes no more: it is not writable for who polls it. Its send buffer is small
// from then on.
void fill(int socket);

// How far the connection is that a filled socket waits for: netd reads the filler, or closes the
// far end.
enum class Progress : std::uint8_t { under_way, established, failed };
[[nodiscard]] Progress progress_of(int socket);

}  // namespace handfast::run
