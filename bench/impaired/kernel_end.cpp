#include <net/if.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cerrno>
#include <fcntl.h>
#include <fstream>
#include <sched.h>
#include <stdexcept>

#include "host/link/tun.hpp"
#include "impaired/end.hpp"
#include "kernel_peer.hpp"
#include "tun_device.hpp"

namespace handfast::bench::impaired {

namespace {

constexpr int device_queue = 20'000;  // frames: nothing is to be lost but by the weather
constexpr std::uint16_t mtu = 1500;
const std::string device = "hf0";

void enter_new_namespace() {
    check(::unshare(CLONE_NEWNET) == 0, "network namespace");
    // No router solicitations on the measured link. (Where there is no IPv6 there is no such file.)
    std::ofstream{"/proc/sys/net/ipv6/conf/default/disable_ipv6"} << 1;
}

void lengthen_queue() {
    const Descriptor control = checked(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket");
    ifreq request{};
    device.copy(request.ifr_name, IFNAMSIZ - 1);
    request.ifr_qlen = device_queue;
    check(::ioctl(control.get(), SIOCSIFTXQLEN, &request) == 0, "queue of the device");
}

// Without offloads: every frame is of wire size when the weather sees it.
[[nodiscard]] std::unique_ptr<link::Tun> open_device(const wire::IpAddress& address) {
    auto tun =
        link::Tun::open(device,
                        link::VirtioHeaders::off,
                        link::TunSetup{.address = {.address = address, .length = 24}, .mtu = mtu});
    if (!tun) throw std::runtime_error{"no TUN device"};
    wait_until_running(device);
    lengthen_queue();
    return *std::move(tun);
}

[[nodiscard]] sockaddr_in name_of(const wire::IpAddress& address) {
    return socket_address({.address = address.v4_value(), .port = measured_port});
}

[[nodiscard]] const sockaddr* generic(const sockaddr_in& in) {
    return reinterpret_cast<const sockaddr*>(&in);
}

void set(const Descriptor& socket, int level, int option, int value) {
    check(::setsockopt(socket.get(), level, option, &value, sizeof value) == 0, "socket option");
}

[[nodiscard]] Descriptor make_socket(const EndConfig& config) {
    Descriptor s =
        checked(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), "socket");
    if (config.buffers > 0) {
        set(s, SOL_SOCKET, SO_SNDBUFFORCE, config.buffers);
        set(s, SOL_SOCKET, SO_RCVBUFFORCE, config.buffers);
    }
    check(::setsockopt(s.get(),
                       IPPROTO_TCP,
                       TCP_CONGESTION,
                       config.controller.data(),
                       static_cast<socklen_t>(config.controller.size())) == 0,
          "congestion control");
    return s;
}

class KernelEnd final : public End {
public:
    KernelEnd(network::Network& network, const EndConfig& config, Instant now)
        : network_{network}, config_{config}, text_(piece, std::byte{'x'}) {
        enter_new_namespace();
        tun_ = open_device(config.address);
        own_ = make_socket(config);
        const auto port = network.add_wire({.host = config.key,
                                            .mtu = mtu,
                                            .offload = false,
                                            .up = config.up,
                                            .down = config.down},
                                           now);
        if (!port) throw std::runtime_error{"no port for the device"};
        port_ = *port;
    }

    void listen(Instant) override {
        const sockaddr_in name = name_of(config_.address);
        check(::bind(own_.get(), generic(name), sizeof name) == 0, "bind");
        check(::listen(own_.get(), 1) == 0, "listen");
    }
    void connect(const wire::IpAddress& to, Instant) override {
        const sockaddr_in name = name_of(to);
        const int done = ::connect(own_.get(), generic(name), sizeof name);
        check(done == 0 || errno == EINPROGRESS, "connect");
        stream_ = std::move(own_);
        sends_ = true;
    }
    bool accept(Instant) override {
        if (stream_.get() >= 0) return true;
        stream_ = Descriptor{::accept4(own_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK)};
        return stream_.get() >= 0;
    }
    void send(Instant) override {
        for (int i = 0; i < pieces_at_once; ++i) {
            if (::send(stream_.get(), text_.data(), text_.size(), MSG_NOSIGNAL) <= 0) break;
        }
    }
    std::uint64_t receive(Instant) override {
        std::uint64_t sum = 0;
        while (true) {
            const ssize_t n = ::recv(stream_.get(), text_.data(), text_.size(), 0);
            if (n <= 0) return sum;
            sum += static_cast<std::uint64_t>(n);
        }
    }
    [[nodiscard]] std::uint64_t retransmissions(Instant) const override {
        tcp_info info{};
        socklen_t size = sizeof info;
        check(::getsockopt(stream_.get(), IPPROTO_TCP, TCP_INFO, &info, &size) == 0, "TCP_INFO");
        return info.tcpi_total_retrans;
    }

    void carry_in(Instant now) override {
        buf::PacketBurst frames;
        while (tun_->receive(network_.pool(), frames) > 0) {
            network_.wire_receive(port_, frames, now);
            frames.clear();
        }
    }
    void carry_out(Instant now) override {
        buf::PacketBurst frames;
        while (network_.wire_transmit(port_, frames, now)) tun_->transmit(frames);
        if (tun_->errors().transmit > 0) throw std::runtime_error{"the device lost frames"};
    }
    void watch(std::vector<pollfd>& all) const override {
        all.push_back({.fd = tun_->fd(), .events = POLLIN, .revents = 0});
        if (stream_.get() < 0) {
            all.push_back({.fd = own_.get(), .events = POLLIN, .revents = 0});
        } else {
            const short events = sends_ ? POLLOUT : POLLIN;
            all.push_back({.fd = stream_.get(), .events = events, .revents = 0});
        }
    }

private:
    network::Network& network_;
    EndConfig config_;
    std::vector<std::byte> text_;
    std::unique_ptr<link::Tun> tun_;
    weather::PortId port_{};
    Descriptor own_;
    Descriptor stream_;
    bool sends_{false};
};

}  // namespace

std::unique_ptr<End> make_kernel_end(network::Network& network,
                                     const EndConfig& config,
                                     Instant now) {
    return std::make_unique<KernelEnd>(network, config, now);
}

}  // namespace handfast::bench::impaired
