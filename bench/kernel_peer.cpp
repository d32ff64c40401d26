#include "kernel_peer.hpp"

#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fmt/format.h>

namespace handfast::bench {

namespace {

[[nodiscard]] const sockaddr* generic(const sockaddr_in& in) {
    return reinterpret_cast<const sockaddr*>(&in);
}

[[nodiscard]] Descriptor tcp_socket() {
    Descriptor s = checked(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");
    check(::setsockopt(s.get(), IPPROTO_TCP, TCP_CONGESTION, "cubic", 5) == 0, "cubic");
    return s;
}

}  // namespace

void check(bool good, const char* what) {
    if (good) return;
    fmt::print(stderr, "handfast_bench: the kernel's {}: {}\n", what, std::strerror(errno));
    std::_Exit(1);
}

Descriptor checked(int fd, const char* what) {
    check(fd >= 0, what);
    return Descriptor{fd};
}

sockaddr_in socket_address(const KernelName& name) {
    sockaddr_in in{};
    in.sin_family = AF_INET;
    in.sin_port = htons(name.port);
    in.sin_addr.s_addr = htonl(name.address);
    return in;
}

KernelStream::KernelStream(Descriptor connected) : socket_{std::move(connected)} {
    const int on = 1;
    check(::setsockopt(socket_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == 0, "no delay");
}

std::size_t KernelStream::read_some(std::span<std::byte> into) {
    const ssize_t n = ::recv(socket_.get(), into.data(), into.size(), 0);
    check(n >= 0, "recv");
    return static_cast<std::size_t>(n);
}

std::size_t KernelStream::read(std::span<std::byte> into) {
    std::size_t done = 0;
    while (done < into.size()) {
        const std::size_t n = read_some(into.subspan(done));
        if (n == 0) break;
        done += n;
    }
    return done;
}

std::size_t KernelStream::write(std::span<const std::byte> octets) {
    std::size_t done = 0;
    while (done < octets.size()) {
        const ssize_t n =
            ::send(socket_.get(), octets.data() + done, octets.size() - done, MSG_NOSIGNAL);
        check(n >= 0, "send");
        done += static_cast<std::size_t>(n);
    }
    return done;
}

void KernelStream::finish() {
    (void)::shutdown(socket_.get(), SHUT_WR);
}

KernelListener::KernelListener(const KernelName& at, int backlog) : socket_{tcp_socket()} {
    const sockaddr_in name = socket_address(at);
    check(::bind(socket_.get(), generic(name), sizeof name) == 0, "bind");
    check(::listen(socket_.get(), backlog) == 0, "listen");
}

KernelStream KernelListener::accept() {
    return KernelStream{
        checked(::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC), "accept")};
}

std::uint16_t KernelListener::port() const {
    sockaddr_in name{};
    socklen_t size = sizeof name;
    check(::getsockname(socket_.get(), reinterpret_cast<sockaddr*>(&name), &size) == 0,
          "getsockname");
    return ntohs(name.sin_port);
}

KernelStream kernel_connect(const KernelName& to) {
    Descriptor s = tcp_socket();
    const sockaddr_in name = socket_address(to);
    check(::connect(s.get(), generic(name), sizeof name) == 0, "connect");
    return KernelStream{std::move(s)};
}

}  // namespace handfast::bench
