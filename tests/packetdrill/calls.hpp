// The calls of a script, one function each: what POSIX says of the call with its name, over the
// adaptor's host. Names and arguments are POSIX's; errors are values.
#pragma once

#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>

#include <cstddef>
#include <optional>
#include <poll.h>
#include <span>

#include "packetdrill/adaptor.hpp"
#include "packetdrill/memory.hpp"
#include "packetdrill/stage.hpp"

namespace handfast::packetdrill {

// Where a call writes an address: POSIX's pair of pointers.
struct AddressRoom {
    sockaddr* address{nullptr};
    socklen_t* length{nullptr};
};

// ---- connections.cpp
[[nodiscard]] Outcome open_socket(Adaptor& a, int domain, int type, int protocol);
[[nodiscard]] Outcome bind(Adaptor& a, int fd, const sockaddr* address, socklen_t length);
[[nodiscard]] Outcome listen(Adaptor& a, int fd, int backlog);
[[nodiscard]] Outcome accept(Adaptor& a, int fd, AddressRoom from);
[[nodiscard]] Outcome connect(Adaptor& a, int fd, const sockaddr* address, socklen_t length);
[[nodiscard]] Outcome shutdown(Adaptor& a, int fd, int how);
[[nodiscard]] Outcome close(Adaptor& a, int fd);

// ---- receiving.cpp
[[nodiscard]] Outcome read(Adaptor& a, int fd, const Memory& into);
[[nodiscard]] Outcome receive(Adaptor& a, int fd, const Memory& into, int flags, AddressRoom from);
[[nodiscard]] Outcome receive_message(Adaptor& a, int fd, msghdr* message, int flags);

// ---- sending.cpp
[[nodiscard]] Outcome write(Adaptor& a, int fd, const Memory& octets);
[[nodiscard]] Outcome send(
    Adaptor& a, int fd, const Memory& octets, int flags, std::span<const std::byte> to);
[[nodiscard]] Outcome send_message(Adaptor& a, int fd, const msghdr* message, int flags);

// ---- options.cpp
[[nodiscard]] Outcome get_option(
    Adaptor& a, int fd, int level, int name, void* value, socklen_t* length);
[[nodiscard]] Outcome set_option(
    Adaptor& a, int fd, int level, int name, const void* value, socklen_t length);
[[nodiscard]] Outcome control_file(Adaptor& a, int fd, int command, long argument);
[[nodiscard]] Outcome control_device(Adaptor& a, int fd, unsigned long request, int* value);

// ---- polling.cpp
[[nodiscard]] Outcome poll(Adaptor& a, std::span<pollfd> fds, int timeout_ms);

// ---- epoll.cpp
[[nodiscard]] Outcome create_epoll(Adaptor& a, int size);
[[nodiscard]] Outcome control_epoll(
    Adaptor& a, int epoll, int operation, int fd, const epoll_event* event);
[[nodiscard]] Outcome wait_epoll(
    Adaptor& a, int epoll, epoll_event* events, int most, int timeout_ms);

// ---- pipes.cpp
[[nodiscard]] Outcome make_pipe(Adaptor& a, int* fds);
[[nodiscard]] Outcome read_file(Adaptor& a, int fd, const Memory& into);
[[nodiscard]] Outcome write_file(Adaptor& a, int fd, const Memory& octets);
// Offsets of Linux: none, or zero, which is where a socket or a pipe always stands.
[[nodiscard]] Outcome splice(Adaptor& a, int in, int out, std::size_t size, unsigned flags);

}  // namespace handfast::packetdrill
