// All that the verbs of a program's sockets work with, and the steps that they share.
#pragma once

#include <deque>
#include <optional>
#include <unordered_map>

#include "core/berkeley/linux_abi.hpp"
#include "core/control/connection_name.hpp"
#include "host/run/call.hpp"
#include "host/run/daemon_link.hpp"
#include "host/run/parking.hpp"
#include "host/run/process.hpp"
#include "host/run/stand_in.hpp"
#include "host/run/told_before.hpp"

namespace handfast::run {

// A connection that was accepted for a caller who is gone, or who had no room for it.
struct Spilled {
    link::FileDescriptor file;
    control::ConnectionName name;
};

struct Services {
    std::uint64_t network_key{0};  // only netd's ends bear it
    link::FileDescriptor folder;   // of the network
    DaemonLink daemon;
    ToldBefore told;
    Parking parking;
    Meeting meeting;
    Processes processes;
    // The far ends of datagram sockets that netd has not heard of.
    std::unordered_map<control::SocketKey, link::FileDescriptor> far_ends;
    std::unordered_map<control::SocketKey, std::deque<Spilled>> spilled;
};

// The program's socket of a call, in the supervisor's hand. Keep it only while the caller sits in
// the call: its close() would not be seen.
struct Socket {
    link::FileDescriptor file;
    Mark mark;
    control::SocketKey key{};
    pid_t thread{0};  // whose call it is

    [[nodiscard]] bool is_stream() const { return mark.type == berkeley::SocketType::stream; }
    [[nodiscard]] berkeley::linux_abi::SocketKind kind() const {
        return {.family = mark.family, .type = mark.type};
    }
};

// The socket that the call's first argument names. nullopt: there is none of ours, and the call is
// answered, or left to the kernel.
[[nodiscard]] std::optional<Socket> socket_of(Call& call, Services& services);

// Makes sure that netd knows the socket.
[[nodiscard]] Result<void> introduce(Socket& socket, Services& services);

// Whether the program's calls on it wait.
[[nodiscard]] bool waits(int file);
[[nodiscard]] bool listens(const Socket& socket);
void set_stage(int file, Mark& mark, Stage stage);
// Its connection has been made: it gets its send buffer.
void establish(int file, Mark& mark);

// SO_RCVTIMEO or SO_SNDTIMEO of the file, which also the kernel obeys.
[[nodiscard]] std::optional<Duration> timeout_of(int file, int option);
[[nodiscard]] Deadline deadline_of(int file, int option, Instant now);

// Answers 0, or the error.
void answer(Call& call, const Result<void>& result);
void answer(Call& call, const control::Reply& reply);

// A sockaddr of the program's, as octets. EINVAL: of no possible length.
inline constexpr std::size_t max_address = 128;  // sizeof(sockaddr_storage)
[[nodiscard]] Result<control::Octets> read_address(const Call& call,
                                                   std::uint64_t address,
                                                   int length);
// Writes an endpoint as a socket of this family shows it, and its length, as much as there is room
// for: getsockname(2).
[[nodiscard]] Result<void> write_address(const Call& call,
                                         std::uint64_t address,
                                         std::uint64_t length,
                                         const wire::Endpoint& endpoint,
                                         wire::Family family);
[[nodiscard]] wire::Endpoint as_seen(const wire::Endpoint& endpoint, wire::Family family);

}  // namespace handfast::run
