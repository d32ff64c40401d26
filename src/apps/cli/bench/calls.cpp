#include "apps/cli/bench/calls.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <fmt/format.h>
#include <system_error>

#include "host/link/file_descriptor.hpp"

namespace handfast::cli {

namespace {

using link::FileDescriptor;

int good(int result, const char* call) {
    if (result < 0) throw std::system_error{errno, std::generic_category(), call};
    return result;
}

// A sockaddr of IPv4.
class Name {
public:
    Name() { name_.sin_family = AF_INET, name_.sin_addr.s_addr = htonl(INADDR_LOOPBACK); }
    [[nodiscard]] sockaddr* data() { return static_cast<sockaddr*>(static_cast<void*>(&name_)); }
    [[nodiscard]] socklen_t* size_to_fill() { return &size_; }
    [[nodiscard]] socklen_t size() const { return size_; }

private:
    sockaddr_in name_{};
    socklen_t size_{sizeof name_};
};

FileDescriptor open(int type) {
    return FileDescriptor{good(::socket(AF_INET, type | SOCK_CLOEXEC, 0), "socket")};
}

// With a name of its own, which the kernel or the daemon chooses.
FileDescriptor open_bound(int type, Name& name) {
    auto socket = open(type);
    good(::bind(socket.get(), name.data(), name.size()), "bind");
    good(::getsockname(socket.get(), name.data(), name.size_to_fill()), "getsockname");
    return socket;
}

FileDescriptor connected_to(Name& name) {
    auto socket = open(SOCK_STREAM);
    good(::connect(socket.get(), name.data(), name.size()), "connect");
    return socket;
}

FileDescriptor accepted(const FileDescriptor& listener) {
    return FileDescriptor{
        good(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC), "accept")};
}

template <class Call>
double microseconds_of(Duration each, const Call& call) {
    using Clock = std::chrono::steady_clock;
    constexpr int between_looks_at_the_clock = 16;
    call();
    int calls = 0;
    const auto began = Clock::now();
    Duration passed{0};
    while (passed < each) {
        for (int i = 0; i < between_looks_at_the_clock; ++i) call();
        calls += between_looks_at_the_clock;
        passed = Clock::now() - began;
    }
    return std::chrono::duration<double, std::micro>{passed}.count() / calls;
}

class Calls {
public:
    explicit Calls(Duration each) : each_{each} {}

    [[nodiscard]] std::vector<CallCost> measure() {
        options();
        names();
        streams();
        datagrams();
        opens();
        return std::move(costs_);
    }

private:
    template <class Call>
    void add(const char* name, const Call& call) {
        costs_.push_back({.name = name, .microseconds = microseconds_of(each_, call)});
    }

    void options() {
        add("getsockopt", [&] {
            int value = 0;
            socklen_t size = sizeof value;
            good(::getsockopt(client_.get(), IPPROTO_TCP, TCP_NODELAY, &value, &size),
                 "getsockopt");
        });
        add("getsockopt TCP_INFO", [&] {
            tcp_info info{};
            socklen_t size = sizeof info;
            good(::getsockopt(client_.get(), IPPROTO_TCP, TCP_INFO, &info, &size), "getsockopt");
        });
        add("setsockopt", [&] {
            const int on = 1;
            good(::setsockopt(client_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on),
                 "setsockopt");
        });
    }

    void names() {
        add("getsockname", [&] {
            Name name;
            good(::getsockname(client_.get(), name.data(), name.size_to_fill()), "getsockname");
        });
        add("getpeername", [&] {
            Name name;
            good(::getpeername(client_.get(), name.data(), name.size_to_fill()), "getpeername");
        });
    }

    void streams() {
        add("recv, nothing there", [&] {
            std::byte octet{};
            if (::recv(client_.get(), &octet, 1, MSG_DONTWAIT) >= 0 || errno != EAGAIN)
                throw std::runtime_error{"recv found what nobody had sent"};
        });
        add("send, then recv", [&] {
            std::byte octet{};
            good(static_cast<int>(::send(client_.get(), &octet, 1, 0)), "send");
            good(static_cast<int>(::recv(server_.get(), &octet, 1, 0)), "recv");
        });
    }

    void datagrams() {
        Name here;
        const auto from = open(SOCK_DGRAM);
        const auto to = open_bound(SOCK_DGRAM, here);
        add("sendto, then recvfrom", [&] {
            std::byte octet{};
            Name source;
            good(static_cast<int>(::sendto(from.get(), &octet, 1, 0, here.data(), here.size())),
                 "sendto");
            good(static_cast<int>(
                     ::recvfrom(to.get(), &octet, 1, 0, source.data(), source.size_to_fill())),
                 "recvfrom");
        });
    }

    void opens() {
        add("socket, close", [] { open(SOCK_STREAM); });
        add("socket, connect, accept, close", [&] {
            const auto client = connected_to(name_);
            const auto server = accepted(listener_);
        });
    }

    static FileDescriptor listening(Name& name) {
        auto socket = open_bound(SOCK_STREAM, name);
        good(::listen(socket.get(), SOMAXCONN), "listen");
        return socket;
    }

    Duration each_;
    Name name_;
    FileDescriptor listener_{listening(name_)};
    FileDescriptor client_{connected_to(name_)};
    FileDescriptor server_{accepted(listener_)};
    std::vector<CallCost> costs_;
};

}  // namespace

std::vector<CallCost> measure_calls(Duration each) {
    return Calls{each}.measure();
}

}  // namespace handfast::cli
