#include "tun_device.hpp"

#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <array>
#include <poll.h>
#include <thread>

#include "core/wire/ipv4.hpp"
#include "host/link/tun.hpp"
#include "host/link/virtio.hpp"
#include "kernel_peer.hpp"
#include "meter.hpp"
#include "placement.hpp"

namespace handfast::bench {

namespace {

constexpr std::size_t frame_size = 65'000;
const wire::IpAddress kernel_end = wire::IpAddress::v4(10, 7, 1, 1);
const wire::IpAddress our_end = wire::IpAddress::v4(10, 7, 1, 2);

[[nodiscard]] std::unique_ptr<link::Tun> open_device() {
    auto tun = link::Tun::open(
        "hfraw",
        link::VirtioHeaders::on,
        link::TunSetup{.address = {.address = kernel_end, .length = 24}, .mtu = 65'535});
    check(tun.has_value(), "TUN device");
    wait_until_running("hfraw");
    return *std::move(tun);
}

[[nodiscard]] double to_gbits(const Window& window) {
    return window.per_second() * 8e-9;
}

}  // namespace

void wait_until_running(const std::string& device) {
    constexpr int attempts = 2000;
    const Descriptor probe = checked(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket");
    ifreq request{};
    device.copy(request.ifr_name, IFNAMSIZ - 1);
    for (int i = 0; i < attempts; ++i) {
        check(::ioctl(probe.get(), SIOCGIFFLAGS, &request) == 0, "device");
        if ((request.ifr_flags & IFF_RUNNING) != 0) return;
        std::this_thread::sleep_for(std::chrono::milliseconds{1});
    }
}

double raw_read_gbits(const Effort& effort) {
    const auto tun = open_device();
    const Descriptor sender = checked(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket");
    const sockaddr_in to = socket_address({.address = our_end.v4_value(), .port = 9});
    check(::connect(sender.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0,
          "connect");
    Meter octets;
    std::atomic<bool> stop{false};
    std::jthread reader{[&] {
        const Pinned pinned{two_processors.far};
        std::vector<std::byte> room(1U << 16U);
        pollfd waits{.fd = tun->fd(), .events = POLLIN, .revents = 0};
        while (!stop) {
            const ssize_t n = ::read(tun->fd(), room.data(), room.size());
            if (n > 0) octets.add(static_cast<std::uint64_t>(n));
            if (n < 0) (void)::poll(&waits, 1, 10);
        }
    }};
    std::jthread writer{[&] {
        const Pinned pinned{two_processors.near};
        const std::vector<std::byte> text(frame_size);
        while (!stop) (void)::send(sender.get(), text.data(), text.size(), MSG_DONTWAIT);
    }};
    const double gbits = to_gbits(watch(effort, octets, [] { return std::uint64_t{0}; }));
    stop = true;
    return gbits;
}

double raw_write_gbits(const Effort& effort) {
    constexpr auto unused_protocol = wire::Protocol{253};  // RFC 3692: for experiments
    const auto tun = open_device();
    std::vector<std::byte> frame(sizeof(link::VirtioHeader) + frame_size);
    const wire::Ipv4Header header{.source = our_end,
                                  .destination = kernel_end,
                                  .protocol = unused_protocol,
                                  .payload_size = frame_size - wire::Ipv4View::header_min,
                                  .options = {}};
    header.emit(
        std::span{frame}.subspan(sizeof(link::VirtioHeader)).first(wire::Ipv4View::header_min));
    Meter octets;
    std::atomic<bool> stop{false};
    std::jthread writer{[&] {
        const Pinned pinned{two_processors.near};
        while (!stop) {
            const ssize_t n = ::write(tun->fd(), frame.data(), frame.size());
            if (n > 0) octets.add(static_cast<std::uint64_t>(n));
        }
    }};
    const double gbits = to_gbits(watch(effort, octets, [] { return std::uint64_t{0}; }));
    stop = true;
    return gbits;
}

}  // namespace handfast::bench
