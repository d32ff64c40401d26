// The kernel's TCP and UDP with the verbs of ours, so that one function measures both. Always with
// CUBIC: the default congestion control of a machine may be another one, and half as fast.
#pragma once

#include <netinet/in.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <unistd.h>
#include <utility>

namespace handfast::bench {

class Descriptor {
public:
    Descriptor() = default;
    explicit Descriptor(int fd) : fd_{fd} {}
    Descriptor(Descriptor&& other) noexcept : fd_{std::exchange(other.fd_, -1)} {}
    Descriptor& operator=(Descriptor&& other) noexcept {
        std::swap(fd_, other.fd_);
        return *this;
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() {
        if (fd_ >= 0) ::close(fd_);
    }
    [[nodiscard]] int get() const { return fd_; }

private:
    int fd_{-1};
};

// Addresses are in host order: 0x7f00'0001 is 127.0.0.1.
struct KernelName {
    std::uint32_t address{INADDR_LOOPBACK};
    std::uint16_t port{0};
};

// Blocking. What fails here ends the program with a word on why.
class KernelStream {
public:
    KernelStream() = default;
    explicit KernelStream(Descriptor connected);

    std::size_t read_some(std::span<std::byte> into);
    std::size_t read(std::span<std::byte> into);  // fewer octets: the peer has finished
    std::size_t write(std::span<const std::byte> octets);
    void finish();  // FIN
    void close() { socket_ = {}; }
    [[nodiscard]] int fd() const { return socket_.get(); }

private:
    Descriptor socket_;
};

class KernelListener {
public:
    explicit KernelListener(const KernelName& at, int backlog = 1024);
    [[nodiscard]] KernelStream accept();
    [[nodiscard]] std::uint16_t port() const;

private:
    Descriptor socket_;
};

[[nodiscard]] KernelStream kernel_connect(const KernelName& to);

[[nodiscard]] sockaddr_in socket_address(const KernelName& name);
// The descriptor, or the end of the program: "what: why".
[[nodiscard]] Descriptor checked(int fd, const char* what);
void check(bool good, const char* what);

}  // namespace handfast::bench
