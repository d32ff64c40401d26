// The kernel's sockets, all of them non-blocking.
#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <poll.h>
#include <unistd.h>
#include <utility>

#include "unit/socket/agreement.hpp"

namespace handfast::socket::test {
namespace {

struct Address {
    sockaddr_storage storage{};
    socklen_t size{sizeof(sockaddr_storage)};

    [[nodiscard]] sockaddr* raw() { return reinterpret_cast<sockaddr*>(&storage); }
};

Address address_of(const Name& name) {
    Address a;
    sockaddr_in v4{};
    sockaddr_in6 v6{};
    if (inet_pton(AF_INET, name.address.c_str(), &v4.sin_addr) == 1) {
        v4.sin_family = AF_INET;
        v4.sin_port = htons(static_cast<std::uint16_t>(name.port));
        std::memcpy(&a.storage, &v4, sizeof v4);
        a.size = sizeof v4;
        return a;
    }
    if (inet_pton(AF_INET6, name.address.c_str(), &v6.sin6_addr) == 1) v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(static_cast<std::uint16_t>(name.port));
    std::memcpy(&a.storage, &v6, sizeof v6);
    a.size = sizeof v6;
    return a;
}

Name name_of(const Address& a) {
    char text[INET6_ADDRSTRLEN] = "";
    if (a.storage.ss_family == AF_INET) {
        sockaddr_in v4{};
        std::memcpy(&v4, &a.storage, sizeof v4);
        inet_ntop(AF_INET, &v4.sin_addr, text, sizeof text);
        return {text, ntohs(v4.sin_port)};
    }
    sockaddr_in6 v6{};
    std::memcpy(&v6, &a.storage, sizeof v6);
    inet_ntop(AF_INET6, &v6.sin6_addr, text, sizeof text);
    return {text, ntohs(v6.sin6_port)};
}

Said said(long value) {
    if (value < 0) return {.value = 0, .error = errno, .name = {}};
    return {.value = value, .error = 0, .name = {}};
}

class KernelWorld final : public World {
public:
    KernelWorld() = default;
    KernelWorld(const KernelWorld&) = delete;
    KernelWorld& operator=(const KernelWorld&) = delete;
    KernelWorld(KernelWorld&&) = delete;
    KernelWorld& operator=(KernelWorld&&) = delete;
    ~KernelWorld() override {
        for (const int fd : descriptors_)
            if (fd >= 0) ::close(fd);
    }

    Said open(Kind kind) override {
        const bool v6 = kind == Kind::tcp6 || kind == Kind::udp6;
        const bool stream = kind == Kind::tcp4 || kind == Kind::tcp6;
        return born(::socket(
            v6 ? AF_INET6 : AF_INET, (stream ? SOCK_STREAM : SOCK_DGRAM) | SOCK_NONBLOCK, 0));
    }
    Said close(int s) override {
        const int fd = std::exchange(descriptors_.at(static_cast<std::size_t>(s) - 1), -1);
        return said(::close(fd));
    }
    Said bind(int s, const Name& name) override {
        Address a = address_of(name);
        return said(::bind(at(s), a.raw(), a.size));
    }
    Said listen(int s, int backlog) override { return said(::listen(at(s), backlog)); }
    Said accept(int s) override { return born(::accept4(at(s), nullptr, nullptr, SOCK_NONBLOCK)); }
    Said connect(int s, const Name& name) override {
        Address a = address_of(name);
        return said(::connect(at(s), a.raw(), a.size));
    }
    Said disconnect(int s) override {
        Address a;
        a.storage.ss_family = AF_UNSPEC;
        return said(::connect(at(s), a.raw(), sizeof(sockaddr_in)));
    }
    Said send(int s, std::size_t octets, int flags) override {
        const std::string text(octets, 'x');
        return said(::send(at(s), text.data(), octets, flags | MSG_NOSIGNAL));
    }
    Said send_to(int s, std::size_t octets, const Name& name, int flags) override {
        const std::string text(octets, 'x');
        Address a = address_of(name);
        return said(::sendto(at(s), text.data(), octets, flags | MSG_NOSIGNAL, a.raw(), a.size));
    }
    Said receive(int s, std::size_t octets, int flags) override {
        std::string text(octets, '\0');
        return said(::recv(at(s), text.data(), octets, flags));
    }
    Said receive_from(int s, std::size_t octets, int flags) override {
        std::string text(octets, '\0');
        Address a;
        Said r = said(::recvfrom(at(s), text.data(), octets, flags, a.raw(), &a.size));
        r.name = name_of(a);
        return r;
    }
    Said shutdown(int s, int how) override { return said(::shutdown(at(s), how)); }
    Said local_name(int s) override {
        Address a;
        Said r = said(::getsockname(at(s), a.raw(), &a.size));
        r.name = name_of(a);
        return r;
    }
    Said peer_name(int s) override {
        Address a;
        Said r = said(::getpeername(at(s), a.raw(), &a.size));
        r.name = name_of(a);
        return r;
    }
    Said set(int s, int level, int option, const std::string& value) override {
        return said(
            ::setsockopt(at(s), level, option, value.data(), static_cast<socklen_t>(value.size())));
    }
    Said get(int s, int level, int option, std::string& value) override {
        auto size = static_cast<socklen_t>(value.size());
        Said r = said(::getsockopt(at(s), level, option, value.data(), &size));
        r.value = static_cast<long>(size);
        return r;
    }
    Said pending(int s, unsigned long request) override {
        int number = 0;
        Said r = said(::ioctl(at(s), request, &number));
        r.value = number;
        return r;
    }
    Said poll(int s) override {
        pollfd p{.fd = at(s), .events = POLLIN | POLLPRI | POLLOUT | POLLRDHUP, .revents = 0};
        Said r = said(::poll(&p, 1, 0));
        r.value = p.revents;
        return r;
    }
    int free_port() override {
        const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
        Address a = address_of({"0.0.0.0", 0});
        ::bind(fd, a.raw(), a.size);
        a.size = sizeof a.storage;
        ::getsockname(fd, a.raw(), &a.size);
        ::close(fd);
        return name_of(a).port;
    }

private:
    Said born(int fd) {
        if (fd < 0) return said(fd);
        descriptors_.push_back(fd);
        return said(static_cast<long>(descriptors_.size()));
    }
    [[nodiscard]] int at(int s) const { return descriptors_.at(static_cast<std::size_t>(s) - 1); }

    std::vector<int> descriptors_;
};

bool loopback_is_up() {
    const int fd = ::socket(AF_INET, SOCK_DGRAM, 0);
    if (fd < 0) return false;
    ifreq request{};
    std::strncpy(request.ifr_name, "lo", sizeof request.ifr_name - 1);
    const bool up = ::ioctl(fd, SIOCGIFFLAGS, &request) == 0 && (request.ifr_flags & IFF_UP) != 0;
    ::close(fd);
    return up;
}

}  // namespace

std::unique_ptr<World> kernel_world() {
    if (!loopback_is_up()) return nullptr;
    return std::make_unique<KernelWorld>();
}

}  // namespace handfast::socket::test
