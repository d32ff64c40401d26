// The numbers that a script's calls go by. Each is a real descriptor of the process, so that it is
// nobody else's, and so that packetdrill may close what a script left open.
//
// Numbers that are not here are the process's own: files that a script opened, standard streams.
#pragma once

#include <sys/epoll.h>

#include <cstdint>
#include <map>
#include <variant>
#include <vector>

#include "core/berkeley/calls.hpp"
#include "core/socket/sockets.hpp"
#include "core/wire/address.hpp"
#include "packetdrill/stage.hpp"

namespace handfast::packetdrill {

struct SocketEnd {
    socket::SocketId id;
    wire::Family family{wire::Family::ipv4};
    berkeley::SocketType type{berkeley::SocketType::stream};
};

// An end of a pipe, which is the kernel's; nobody ever waits inside of it.
struct PipeEnd {};

// What epoll_ctl() was told of one descriptor.
struct Watched {
    std::uint32_t events{0};
    std::uint64_t data{0};
    bool news{false};  // its readiness may have changed since it was told last
    bool mute{false};  // EPOLLONESHOT told it
};

struct EpollSet {
    std::map<int, Watched> watched;
};

struct Descriptor {
    std::variant<SocketEnd, PipeEnd, EpollSet> object;
    bool nonblocking{false};
};

class Descriptors {
public:
    // EMFILE: the process has no number left.
    [[nodiscard]] Result<int> add(Descriptor descriptor);
    // A number that the process has already.
    void add_as(int fd, Descriptor descriptor);
    [[nodiscard]] Descriptor* find(int fd);
    // EBADF: no descriptor at all. ENOTSOCK: something else.
    [[nodiscard]] Result<SocketEnd*> socket(int fd);
    // EBADF; EINVAL: something else.
    [[nodiscard]] Result<EpollSet*> epoll(int fd);
    // Forgets it and closes the number.
    void remove(int fd);

    [[nodiscard]] std::map<int, Descriptor>& all() { return all_; }
    // No socket is among them.
    [[nodiscard]] bool no_sockets() const;

private:
    std::map<int, Descriptor> all_;
};

}  // namespace handfast::packetdrill
