#include <sys/ioctl.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <fcntl.h>
#include <unistd.h>
#include <vector>

#include "packetdrill/calls.hpp"
#include "packetdrill/waiting.hpp"

namespace handfast::packetdrill {

using berkeley::MessageFlags;

namespace {

Outcome host_says(ssize_t result) {
    return result < 0 ? fail(static_cast<Errno>(errno)) : Outcome{result};
}

// Runs a call of the kernel that never waits, and waits in its place.
template <class Call>
Outcome carry_out(Adaptor& a, int fd, const Call& call) {
    const Attempt attempt = [&call] { return unless_again(call()); };
    if (!may_wait(a, fd, 0)) return call();
    return a.stage().wait(attempt, {.until = Deadline{}, .then = again});
}

std::size_t size_in(int pipe) {
    int size = 0;
    return ::ioctl(pipe, FIONREAD, &size) == 0 ? static_cast<std::size_t>(size) : 0;
}

std::size_t room_in(int pipe) {
    const int capacity = ::fcntl(pipe, F_GETPIPE_SZ);
    return capacity < 0 ? 0 : static_cast<std::size_t>(capacity) - size_in(pipe);
}

// Octets go through memory here; what a pipe cannot take stays in the socket.
Outcome from_socket(Adaptor& a, const SocketEnd& end, int pipe, std::size_t size) {
    const std::size_t room = std::min(size, room_in(pipe));
    if (room == 0) return again();
    std::vector<std::byte> octets(room);
    const auto n = a.sockets().receive(end.id, octets, MessageFlags{}, a.now());
    // Where an urgent octet stands in the way there is nothing to wait for.
    if (!n && a.sockets().at_mark(end.id).value_or(false)) return 0;
    if (!n) return fail(n.error());
    return host_says(::write(pipe, octets.data(), *n));
}

// What the socket cannot take stays in the pipe.
Outcome from_pipe(
    Adaptor& a, const SocketEnd& end, int pipe, MessageFlags flags, std::size_t size) {
    const std::size_t here = std::min(size, size_in(pipe));
    if (here == 0) return again();
    const std::size_t room = std::min(here, a.sockets().send_room(end.id));
    std::vector<std::byte> octets(std::max<std::size_t>(room, 1));
    if (room == 0) {  // an error of the connection comes before the want of room
        const auto nothing = a.sockets().send(end.id, {}, flags, a.now());
        return nothing ? again() : fail(nothing.error());
    }
    const ssize_t got = ::read(pipe, octets.data(), room);
    if (got <= 0) return host_says(got);
    const Bytes text = Bytes{octets}.first(static_cast<std::size_t>(got));
    const auto n = a.sockets().send(end.id, text, flags, a.now());
    return n ? Outcome{*n} : fail(n.error());
}

}  // namespace

Outcome make_pipe(Adaptor& a, int* fds) {
    if (fds == nullptr) return fail(Errno::bad_address);
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_NONBLOCK | O_CLOEXEC) != 0) return host_says(-1);
    for (const int fd : ends) a.descriptors().add_as(fd, {.object = PipeEnd{}});
    std::ranges::copy(ends, fds);
    return 0;
}

Outcome read_file(Adaptor& a, int fd, const Memory& into) {
    return carry_out(a, fd, [&]() -> Outcome {
        std::vector<std::byte> octets(into.usable());
        const Outcome n = host_says(::read(fd, octets.data(), octets.size()));
        if (n) into.scatter(0, Bytes{octets}.first(static_cast<std::size_t>(*n)));
        return n;
    });
}

Outcome write_file(Adaptor& a, int fd, const Memory& octets) {
    const std::vector<std::byte> text = octets.gather();
    return carry_out(a, fd, [&] { return host_says(::write(fd, text.data(), text.size())); });
}

Outcome splice(Adaptor& a, int in, int out, std::size_t size, unsigned flags) {
    const auto from = a.descriptors().socket(in);
    const auto to = a.descriptors().socket(out);
    if (from.has_value() == to.has_value()) return fail(Errno::invalid_argument);
    if (size == 0) return 0;
    const bool waits = (flags & SPLICE_F_NONBLOCK) == 0;
    MessageFlags how;
    how.more = (flags & SPLICE_F_MORE) != 0;
    const auto once = [&, source = from ? **from : SocketEnd{}, sink = to ? **to : SocketEnd{}] {
        return from ? from_socket(a, source, out, size) : from_pipe(a, sink, in, how, size);
    };
    const int socket = from ? in : out;
    return waits ? carry_out(a, socket, once) : once();
}

}  // namespace handfast::packetdrill
