#include "apps/cli/plain_sockets.hpp"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "api/convert.hpp"
#include "core/berkeley/linux_abi.hpp"

namespace handfast::cli::plain {

namespace {

std::error_code last_error() {
    return {errno, std::generic_category()};
}

[[noreturn]] void fail() {
    throw std::system_error{last_error()};
}

// A sockaddr of either family.
class Name {
public:
    Name() = default;
    explicit Name(const Endpoint& end)
        : size_{static_cast<socklen_t>(berkeley::linux_abi::emit_address(
              api::to_core(end), std::as_writable_bytes(std::span{&storage_, 1})))} {}

    [[nodiscard]] sockaddr* data() { return static_cast<sockaddr*>(static_cast<void*>(&storage_)); }
    [[nodiscard]] socklen_t* size_to_fill() { return &size_; }
    [[nodiscard]] socklen_t size() const { return size_; }
    [[nodiscard]] Endpoint endpoint() const {
        const auto octets = std::as_bytes(std::span{&storage_, 1});
        if (storage_.ss_family == AF_INET)
            return api::from_core(
                wire::Endpoint{.address = wire::IpAddress::v4(load_be32(octets, 4)),
                               .port = wire::Port{load_be16(octets, 2)}});
        std::array<std::byte, 16> address{};
        std::ranges::copy(octets.subspan(8, address.size()), address.begin());
        return api::from_core(wire::Endpoint{.address = wire::IpAddress::v6(address),
                                             .port = wire::Port{load_be16(octets, 2)}});
    }

private:
    sockaddr_storage storage_{};
    socklen_t size_{sizeof storage_};
};

FileDescriptor open(const Endpoint& end, int type) {
    const int family = api::to_core(end).address.is_v4() ? AF_INET : AF_INET6;
    FileDescriptor socket{::socket(family, type | SOCK_CLOEXEC, 0)};
    if (!socket) fail();
    return socket;
}

void set(int socket, int level, int name, int value) {
    if (::setsockopt(socket, level, name, &value, sizeof value) != 0) fail();
}

timeval in_timeval(std::chrono::nanoseconds time) {
    const auto whole = std::chrono::duration_cast<std::chrono::seconds>(time);
    const auto rest = std::chrono::duration_cast<std::chrono::microseconds>(time - whole);
    return {.tv_sec = whole.count(), .tv_usec = rest.count()};
}

}  // namespace

void Stream::write(std::string_view octets, std::error_code& error) {
    while (!octets.empty()) {
        const ssize_t n = ::send(socket_.get(), octets.data(), octets.size(), MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) {
            error = last_error();
            return;
        }
        octets.remove_prefix(static_cast<std::size_t>(n));
    }
}

std::size_t Stream::read_some(std::span<std::byte> into, std::error_code& error) {
    while (true) {
        const ssize_t n = ::recv(socket_.get(), into.data(), into.size(), 0);
        if (n >= 0) return static_cast<std::size_t>(n);
        if (errno == EINTR) continue;
        // Given up by this program itself.
        error = socket_ ? last_error() : std::make_error_code(std::errc::operation_canceled);
        return 0;
    }
}

void Stream::shutdown(Shutdown how, std::error_code& error) {
    if (::shutdown(socket_.get(), static_cast<int>(how)) != 0) error = last_error();
}

void Stream::close() {
    socket_ = {};
}

// SO_LINGER of 0: the close is a reset. Who reads meanwhile is woken by the shutdown.
void Stream::reset() {
    const linger now{.l_onoff = 1, .l_linger = 0};
    static_cast<void>(::setsockopt(socket_.get(), SOL_SOCKET, SO_LINGER, &now, sizeof now));
    static_cast<void>(::shutdown(socket_.get(), SHUT_RD));
}

void Stream::set_option(TcpOption option, int value) {
    if (option == TcpOption::user_timeout_milliseconds)
        set(socket_.get(), IPPROTO_TCP, TCP_USER_TIMEOUT, value);
}

Listener::Listener(const Endpoint& at, int backlog, std::error_code& error)
    : socket_{open(at, SOCK_STREAM)} {
    set(socket_.get(), SOL_SOCKET, SO_REUSEADDR, 1);
    Name name{at};
    if (::bind(socket_.get(), name.data(), name.size()) != 0 ||
        ::listen(socket_.get(), backlog) != 0)
        error = last_error();
}

Stream Listener::accept() {
    Name peer;
    FileDescriptor socket{::accept4(socket_.get(), peer.data(), peer.size_to_fill(), SOCK_CLOEXEC)};
    if (!socket) fail();
    return {std::move(socket), peer.endpoint()};
}

Endpoint Listener::local_endpoint() const {
    Name name;
    if (::getsockname(socket_.get(), name.data(), name.size_to_fill()) != 0) fail();
    return name.endpoint();
}

Stream connect(const Endpoint& to,
               const std::optional<std::chrono::nanoseconds>& limit,
               std::error_code& error) {
    FileDescriptor socket = open(to, SOCK_STREAM);
    if (limit) {
        const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(*limit).count();
        set(socket.get(), IPPROTO_TCP, TCP_USER_TIMEOUT, static_cast<int>(ms));
    }
    Name name{to};
    if (::connect(socket.get(), name.data(), name.size()) != 0) error = last_error();
    return {std::move(socket), to};
}

Datagrams::Datagrams() : socket_{::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)} {
    if (!socket_) fail();
}

Datagrams::Datagrams(const Endpoint& at, std::error_code& error) : socket_{open(at, SOCK_DGRAM)} {
    Name name{at};
    if (::bind(socket_.get(), name.data(), name.size()) != 0) error = last_error();
}

void Datagrams::connect(const Endpoint& peer) {
    Name name{peer};
    if (::connect(socket_.get(), name.data(), name.size()) != 0) fail();
}

void Datagrams::set_timeout(std::chrono::nanoseconds timeout) {
    const timeval time = in_timeval(timeout);
    if (::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time) != 0) fail();
}

void Datagrams::send(std::span<const std::byte> octets, std::error_code& error) {
    if (::send(socket_.get(), octets.data(), octets.size(), MSG_NOSIGNAL) < 0) error = last_error();
}

void Datagrams::send_to(std::string_view octets, const Endpoint& to) {
    Name name{to};
    if (::sendto(socket_.get(), octets.data(), octets.size(), 0, name.data(), name.size()) < 0)
        fail();
}

Datagram Datagrams::receive_from(std::span<std::byte> into) {
    std::error_code error;
    const Datagram got = receive_from(into, error);
    if (error) throw std::system_error{error};
    return got;
}

Datagram Datagrams::receive_from(std::span<std::byte> into, std::error_code& error) {
    Name source;
    const ssize_t n = ::recvfrom(
        socket_.get(), into.data(), into.size(), 0, source.data(), source.size_to_fill());
    Datagram got;
    if (n < 0) {
        const bool late = errno == EAGAIN;
        error = late ? std::make_error_code(std::errc::timed_out) : last_error();
        return got;
    }
    got.size = static_cast<std::size_t>(n);
    got.source = source.endpoint();
    return got;
}

}  // namespace handfast::cli::plain
