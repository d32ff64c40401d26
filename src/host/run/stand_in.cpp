#include "host/run/stand_in.hpp"

#include <sys/poll.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <fmt/format.h>
#include <string>
#include <unistd.h>
#include <utility>

#include "host/run/unix_address.hpp"

namespace handfast::run {

using berkeley::Errno;
using berkeley::fail;
using berkeley::Result;
using berkeley::SocketType;
using link::FileDescriptor;

namespace {

constexpr unsigned signature = 0xa6d;  // 12 bits
constexpr unsigned signature_shift = 19;
constexpr unsigned protocol_shift = 11;
constexpr unsigned ipv6_bit = 1U << 10;
constexpr unsigned datagram_bit = 1U << 9;
constexpr unsigned stage_shift = 1;
constexpr unsigned stage_mask = 3;
constexpr unsigned told_bit = 1;

struct BesideBit {
    bool Beside::* flag;
    unsigned bit;
};
constexpr std::array beside_bits{BesideBit{&Beside::packet_info, 1U << 3},
                                 BesideBit{&Beside::hop_limit, 1U << 4},
                                 BesideBit{&Beside::traffic_class, 1U << 5},
                                 BesideBit{&Beside::time_in_microseconds, 1U << 6},
                                 BesideBit{&Beside::time_in_nanoseconds, 1U << 7}};

// Small, so that it is soon full; enough to go on with until it is made larger again.
constexpr int filled_size = 8192;
// Linux doubles that, and counts 4,352 octets for a message of this size: there is room left.
constexpr std::size_t filler_size = 3000;
constexpr int fillers = 3;
// AF_UNIX is writable up to a quarter of it, which Linux doubles. No more is allowed (wmem_max).
constexpr int connected_size = 212'992;

std::unexpected<Errno> failure() {
    return fail(static_cast<Errno>(errno));
}

}  // namespace

int to_number(const Mark& mark) {
    unsigned bits = signature << signature_shift | unsigned{mark.protocol} << protocol_shift |
                    static_cast<unsigned>(mark.stage) << stage_shift;
    if (mark.family == wire::Family::ipv6) bits |= ipv6_bit;
    if (mark.type == SocketType::datagram) bits |= datagram_bit;
    for (const auto& [flag, bit] : beside_bits)
        if (mark.beside.*flag) bits |= bit;
    if (mark.told) bits |= told_bit;
    return static_cast<int>(bits);
}

std::optional<Mark> parse_mark(int number) {
    const auto bits = static_cast<unsigned>(number);
    if (bits >> signature_shift != signature) return std::nullopt;
    Mark mark{
        .family = (bits & ipv6_bit) != 0 ? wire::Family::ipv6 : wire::Family::ipv4,
        .type = (bits & datagram_bit) != 0 ? SocketType::datagram : SocketType::stream,
        .protocol = static_cast<std::uint8_t>(bits >> protocol_shift & 0xff),
        .beside = {},
        .stage = static_cast<Stage>(bits >> stage_shift & stage_mask),
        .told = (bits & told_bit) != 0,
    };
    for (const auto& [flag, bit] : beside_bits) mark.beside.*flag = (bits & bit) != 0;
    if (to_number(mark) != number) return std::nullopt;
    return mark;
}

std::optional<Mark> mark_of(int socket) {
    int number = 0;
    socklen_t size = sizeof number;
    if (::getsockopt(socket, SOL_SOCKET, SO_INCOMING_CPU, &number, &size) != 0) return std::nullopt;
    return parse_mark(number);
}

void set_mark(int socket, const Mark& mark) {
    const int number = to_number(mark);
    static_cast<void>(::setsockopt(socket, SOL_SOCKET, SO_INCOMING_CPU, &number, sizeof number));
}

control::SocketKey key_of(int socket) {
    std::uint64_t cookie = 0;
    socklen_t size = sizeof cookie;
    static_cast<void>(::getsockopt(socket, SOL_SOCKET, SO_COOKIE, &cookie, &size));
    return control::SocketKey{cookie};
}

Result<FileDescriptor> make_stream(const Mark& mark, int flags) {
    FileDescriptor socket{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | flags, 0)};
    if (!socket) return failure();
    set_mark(socket.get(), mark);
    return socket;
}

Result<Pair> make_datagram(const Mark& mark, int flags) {
    std::array<int, 2> ends{};
    // Of the types that keep messages apart, this one tells netd when the program has closed its
    // end.
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | flags, 0, ends.data()) != 0)
        return failure();
    Pair pair{.near = FileDescriptor{ends[0]}, .far = FileDescriptor{ends[1]}};
    set_mark(pair.near.get(), mark);
    return pair;
}

Result<FileDescriptor> name_in(int folder, int socket) {
    std::uint64_t chance = 0;
    if (::getrandom(&chance, sizeof chance, 0) != sizeof chance) return failure();
    const std::string name = fmt::format("socket-{:016x}", chance);
    // By the folder's descriptor: its path may be longer than a socket's address.
    const auto address = UnixAddress::path(fmt::format("/proc/self/fd/{}/{}", folder, name));
    if (::bind(socket, address.data(), address.size()) != 0) return failure();
    FileDescriptor file{::openat(folder, name.c_str(), O_PATH | O_CLOEXEC)};
    const int error = errno;
    static_cast<void>(::unlinkat(folder, name.c_str(), 0));
    if (!file) return fail(static_cast<Errno>(error));
    return file;
}

Result<Meeting> Meeting::open(int folder) {
    FileDescriptor listener{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    if (!listener) return failure();
    auto name = name_in(folder, listener.get());
    if (!name) return fail(name.error());
    if (::listen(listener.get(), 1) != 0) return failure();
    return Meeting{std::move(listener), std::move(*name)};
}

Result<FileDescriptor> Meeting::connect(int socket) const {
    const auto address = UnixAddress::path(fmt::format("/proc/self/fd/{}", name_.get()));
    if (::connect(socket, address.data(), address.size()) != 0) return failure();
    FileDescriptor far{::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK)};
    if (!far) return failure();
    return far;
}

void copy_file_options(int from, int to) {
    for (const int option : {SO_RCVTIMEO, SO_SNDTIMEO}) {
        timeval time{};
        socklen_t size = sizeof time;
        static_cast<void>(::getsockopt(from, SOL_SOCKET, option, &time, &size));
        if (time.tv_sec == 0 && time.tv_usec == 0) continue;
        static_cast<void>(::setsockopt(to, SOL_SOCKET, option, &time, sizeof time));
    }
    int in_line = 0;
    socklen_t size = sizeof in_line;
    static_cast<void>(::getsockopt(from, SOL_SOCKET, SO_OOBINLINE, &in_line, &size));
    if (in_line != 0)
        static_cast<void>(::setsockopt(to, SOL_SOCKET, SO_OOBINLINE, &in_line, sizeof in_line));
}

void give_send_buffer(int socket) {
    static_cast<void>(
        ::setsockopt(socket, SOL_SOCKET, SO_SNDBUF, &connected_size, sizeof connected_size));
}

Result<void> send_held_octet(int socket) {
    const std::byte octet{0};
    if (::send(socket, &octet, 1, MSG_DONTWAIT | MSG_NOSIGNAL) != 1) return failure();
    return {};
}

void fill(int socket) {
    static_cast<void>(
        ::setsockopt(socket, SOL_SOCKET, SO_SNDBUF, &filled_size, sizeof filled_size));
    // Much at first, to be soon done; then each octet takes a buffer of its own, so that the one
    // which is held at last holds little memory.
    const std::array<std::byte, filler_size> filler{};
    for (int i = 0; i < fillers; ++i)
        static_cast<void>(
            ::send(socket, filler.data(), filler.size(), MSG_DONTWAIT | MSG_NOSIGNAL));
    while (send_held_octet(socket)) {
    }
}

Progress progress_of(int socket) {
    pollfd state{.fd = socket, .events = POLLOUT, .revents = 0};
    static_cast<void>(::poll(&state, 1, 0));
    const auto events = static_cast<unsigned>(state.revents);
    if ((events & (POLLHUP | POLLERR)) != 0) return Progress::failed;
    return (events & POLLOUT) != 0 ? Progress::established : Progress::under_way;
}

}  // namespace handfast::run
