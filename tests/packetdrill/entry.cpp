// The door: fills in packetdrill's structure with functions that take their turn, make the call,
// let the world come to rest, and give what POSIX gives.
#include <cerrno>
#include <cstdarg>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <memory>

#include "packetdrill/calls.hpp"
#include "packetdrill/interface.hpp"

namespace handfast::packetdrill {

namespace {

Adaptor& adaptor(void* userdata) {
    return *static_cast<Adaptor*>(userdata);
}

template <class Call>
long enter(void* userdata, const Call& call) {
    Adaptor& a = adaptor(userdata);
    const Outcome outcome = [&] {
        const Stage::Turn turn{a.stage()};
        Outcome made = call(a);
        a.stage().settle();
        return made;
    }();
    if (outcome) return *outcome;
    errno = static_cast<int>(outcome.error());
    return -1;
}

template <class Call>
int enter_int(void* userdata, const Call& call) {
    return static_cast<int>(enter(userdata, call));
}

std::span<const iovec> pieces(const iovec* vectors, int count) {
    return {vectors, static_cast<std::size_t>(count)};
}

bool is_vector(const iovec* vectors, int count) {
    constexpr int most = 1024;  // UIO_MAXIOV
    return count >= 0 && count <= most && (vectors != nullptr || count == 0);
}

// ---- Sockets ------------------------------------------------------------------------------------

int do_socket(void* u, int domain, int type, int protocol) {
    return enter_int(u, [=](Adaptor& a) { return open_socket(a, domain, type, protocol); });
}
int do_bind(void* u, int fd, const sockaddr* address, socklen_t length) {
    return enter_int(u, [=](Adaptor& a) { return bind(a, fd, address, length); });
}
int do_listen(void* u, int fd, int backlog) {
    return enter_int(u, [=](Adaptor& a) { return listen(a, fd, backlog); });
}
int do_accept(void* u, int fd, sockaddr* address, socklen_t* length) {
    return enter_int(u, [=](Adaptor& a) { return accept(a, fd, {address, length}); });
}
int do_connect(void* u, int fd, const sockaddr* address, socklen_t length) {
    return enter_int(u, [=](Adaptor& a) { return connect(a, fd, address, length); });
}
int do_shutdown(void* u, int fd, int how) {
    return enter_int(u, [=](Adaptor& a) { return shutdown(a, fd, how); });
}
int do_close(void* u, int fd) {
    return enter_int(u, [=](Adaptor& a) { return close(a, fd); });
}

// ---- Octets -------------------------------------------------------------------------------------

ssize_t do_read(void* u, int fd, void* into, size_t size) {
    return enter(u, [=](Adaptor& a) { return read(a, fd, Memory{into, size}); });
}
ssize_t do_readv(void* u, int fd, const iovec* vectors, int count) {
    return enter(u, [=](Adaptor& a) -> Outcome {
        if (!is_vector(vectors, count)) return fail(Errno::invalid_argument);
        return read(a, fd, Memory{pieces(vectors, count)});
    });
}
ssize_t do_recvfrom(
    void* u, int fd, void* into, size_t size, int flags, sockaddr* address, socklen_t* length) {
    return enter(u, [=](Adaptor& a) {
        return receive(a, fd, Memory{into, size}, flags, {address, length});
    });
}
ssize_t do_recv(void* u, int fd, void* into, size_t size, int flags) {
    return do_recvfrom(u, fd, into, size, flags, nullptr, nullptr);
}
ssize_t do_recvmsg(void* u, int fd, msghdr* message, int flags) {
    return enter(u, [=](Adaptor& a) { return receive_message(a, fd, message, flags); });
}
ssize_t do_write(void* u, int fd, const void* octets, size_t size) {
    return enter(u, [=](Adaptor& a) { return write(a, fd, Memory{octets, size}); });
}
ssize_t do_writev(void* u, int fd, const iovec* vectors, int count) {
    return enter(u, [=](Adaptor& a) -> Outcome {
        if (!is_vector(vectors, count)) return fail(Errno::invalid_argument);
        return write(a, fd, Memory{pieces(vectors, count)});
    });
}
ssize_t do_sendto(void* u,
                  int fd,
                  const void* octets,
                  size_t size,
                  int flags,
                  const sockaddr* address,
                  socklen_t length) {
    const std::span to{reinterpret_cast<const std::byte*>(address),
                       address == nullptr ? 0 : std::size_t{length}};
    return enter(u, [=](Adaptor& a) { return send(a, fd, Memory{octets, size}, flags, to); });
}
ssize_t do_send(void* u, int fd, const void* octets, size_t size, int flags) {
    return do_sendto(u, fd, octets, size, flags, nullptr, 0);
}
ssize_t do_sendmsg(void* u, int fd, const msghdr* message, int flags) {
    return enter(u, [=](Adaptor& a) { return send_message(a, fd, message, flags); });
}

// ---- Settings of descriptors --------------------------------------------------------------------

int do_fcntl(void* u, int fd, int command, ...) {
    long argument = 0;
    if (command != F_GETFL && command != F_GETFD) {
        va_list rest;
        va_start(rest, command);
        argument = va_arg(rest, int);
        va_end(rest);
    }
    return enter_int(u, [=](Adaptor& a) { return control_file(a, fd, command, argument); });
}
int do_ioctl(void* u, int fd, unsigned long request, ...) {
    va_list rest;
    va_start(rest, request);
    int* const value = va_arg(rest, int*);
    va_end(rest);
    return enter_int(u, [=](Adaptor& a) { return control_device(a, fd, request, value); });
}
int do_getsockopt(void* u, int fd, int level, int name, void* value, socklen_t* length) {
    return enter_int(u, [=](Adaptor& a) { return get_option(a, fd, level, name, value, length); });
}
int do_setsockopt(void* u, int fd, int level, int name, const void* value, socklen_t length) {
    return enter_int(u, [=](Adaptor& a) { return set_option(a, fd, level, name, value, length); });
}

// ---- Readiness ----------------------------------------------------------------------------------

int do_poll(void* u, pollfd* fds, nfds_t count, int timeout_ms) {
    return enter_int(u, [=](Adaptor& a) { return poll(a, {fds, count}, timeout_ms); });
}
int do_epoll_create(void* u, int size) {
    return enter_int(u, [=](Adaptor& a) { return create_epoll(a, size); });
}
int do_epoll_ctl(void* u, int epoll, int operation, int fd, epoll_event* event) {
    return enter_int(u, [=](Adaptor& a) { return control_epoll(a, epoll, operation, fd, event); });
}
int do_epoll_wait(void* u, int epoll, epoll_event* events, int most, int timeout_ms) {
    return enter_int(u, [=](Adaptor& a) { return wait_epoll(a, epoll, events, most, timeout_ms); });
}
int do_pipe(void* u, int* fds) {
    return enter_int(u, [=](Adaptor& a) { return make_pipe(a, fds); });
}
ssize_t do_splice(
    void* u, int in, loff_t* in_at, int out, loff_t* out_at, size_t size, unsigned flags) {
    return enter(u, [=](Adaptor& a) -> Outcome {
        // No offset is told as zero.
        const auto is_none = [](const loff_t* at) { return at == nullptr || *at == 0; };
        if (!is_none(in_at) || !is_none(out_at)) return fail(Errno::invalid_seek);
        return splice(a, in, out, size, flags);
    });
}

// ---- The wire and the clock ---------------------------------------------------------------------

int do_netdev_send(void* u, const void* packet, size_t size) {
    return enter_int(u, [=](Adaptor& a) -> Outcome {
        // Before the first socket there is nobody to send to.
        if (a.stage().stands())
            a.stage().world().receive({static_cast<const std::byte*>(packet), size}, a.now());
        return 0;
    });
}

long long in_microseconds(Instant at) {
    return std::chrono::floor<microseconds>(at.time_since_epoch()).count();
}

int do_netdev_receive(void* u, void* packet, size_t* size, long long* microseconds) {
    return enter_int(u, [=](Adaptor& a) -> Outcome {
        const auto emitted = a.stage().next_emitted();
        const std::size_t room = *size;
        *size = emitted ? std::min(emitted->octets.size(), room) : 0;
        *microseconds = in_microseconds(emitted ? emitted->at : a.now());
        if (emitted) std::memcpy(packet, emitted->octets.data(), *size);
        return 0;
    });
}
int do_usleep(void* u, useconds_t how_long) {
    adaptor(u).stage().let_served_finish();
    return enter_int(u, [=](Adaptor& a) -> Outcome {
        a.stage().pass(microseconds{how_long});
        return 0;
    });
}

// Whoever asks again and again sees time pass.
int do_gettimeofday(void* u, timeval* now, struct timezone*) {
    Adaptor& a = adaptor(u);
    const Stage::Turn turn{a.stage()};
    if (!turn.was_served()) a.stage().pass(microseconds{1});
    const long long us = in_microseconds(a.now());
    constexpr long long second = 1'000'000;
    *now = {.tv_sec = us / second, .tv_usec = us % second};
    return 0;
}

void do_free(void* u) {
    const std::unique_ptr<Adaptor> end{static_cast<Adaptor*>(u)};
}

std::string environment(const char* name) {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): nobody sets any while packetdrill starts
    const char* const value = std::getenv(name);
    return value == nullptr ? "" : value;
}

std::unique_ptr<Adaptor> make_adaptor(const char* text) {
    Flags flags;
    if (text != nullptr) flags.take(text);
    flags.take(environment("PD_SO_FLAGS"));
    return std::make_unique<Adaptor>(
        flags,
        Files{.sysctls = environment("PD_SYSCTL_FILE"), .states = environment("PD_STATE_FILE")});
}

}  // namespace

}  // namespace handfast::packetdrill

extern "C" void packetdrill_interface_init(const char* flags, packetdrill_interface* interface) {
    using namespace handfast::packetdrill;
    *interface = {
        .userdata = make_adaptor(flags).release(),
        .free = do_free,
        .socket = do_socket,
        .bind = do_bind,
        .listen = do_listen,
        .accept = do_accept,
        .connect = do_connect,
        .read = do_read,
        .readv = do_readv,
        .recv = do_recv,
        .recvfrom = do_recvfrom,
        .recvmsg = do_recvmsg,
        .write = do_write,
        .writev = do_writev,
        .send = do_send,
        .sendto = do_sendto,
        .sendmsg = do_sendmsg,
        .fcntl = do_fcntl,
        .ioctl = do_ioctl,
        .close = do_close,
        .shutdown = do_shutdown,
        .getsockopt = do_getsockopt,
        .setsockopt = do_setsockopt,
        .poll = do_poll,
        .netdev_send = do_netdev_send,
        .netdev_receive = do_netdev_receive,
        .usleep = do_usleep,
        .gettimeofday = do_gettimeofday,
        .epoll_create = do_epoll_create,
        .epoll_ctl = do_epoll_ctl,
        .epoll_wait = do_epoll_wait,
        .pipe = do_pipe,
        .splice = do_splice,
    };
}
