// Datagrams of 64 octets, one way, as many as arrive.
#include <sys/socket.h>

#include <array>
#include <thread>

#include "meter.hpp"
#include "placement.hpp"
#include "worlds.hpp"

namespace handfast::bench {

namespace {

using Octets = std::array<std::byte, 64>;
constexpr std::size_t last_word = 1;  // a datagram of this size ends the receiver

// `send(octets)` and `receive(octets)` say how much they moved.
template <class Send, class Receive, class Wakeups>
[[nodiscard]] Score datagrams(const Effort& effort,
                              Send&& send,
                              Receive&& receive,
                              Wakeups&& wakeups) {
    Meter received;
    std::atomic<bool> stop{false};
    std::atomic<bool> ended{false};
    std::jthread reader{[&] {
        const Pinned pinned{two_processors.far};
        Octets room{};
        while (receive(room) != last_word) received.add(1);
        ended = true;
    }};
    std::jthread writer{[&] {
        const Pinned pinned{two_processors.near};
        const Octets octets{};
        while (!stop.load(std::memory_order_relaxed)) send(octets);
        while (!ended) {  // datagrams may be lost
            send(std::span{octets}.first(last_word));
            std::this_thread::yield();
        }
    }};
    const Window window = watch(effort, received, wakeups);
    stop = true;
    return score(window, window.per_second() * 1e-3, 1);
}

[[nodiscard]] Score ours(const Effort& effort) {
    constexpr std::uint16_t port = 9;
    const OurWorld world;
    UdpSocket receiver = world.server().open_udp({OurWorld::server_address(0), port});
    UdpSocket sender = world.client().open_udp();
    sender.connect({OurWorld::server_address(0), port});
    return datagrams(
        effort,
        [&](std::span<const std::byte> octets) { (void)sender.send(octets); },
        [&](std::span<std::byte> into) { return receiver.receive_from(into).size; },
        [&] { return world.wakeups(); });
}

[[nodiscard]] Score kernels(const Effort& effort) {
    const Descriptor receiver = checked(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket");
    const Descriptor sender = checked(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket");
    sockaddr_in name = socket_address({});
    socklen_t size = sizeof name;
    auto* const generic = reinterpret_cast<sockaddr*>(&name);
    check(::bind(receiver.get(), generic, size) == 0, "bind");
    check(::getsockname(receiver.get(), generic, &size) == 0, "getsockname");
    check(::connect(sender.get(), generic, size) == 0, "connect");
    return datagrams(
        effort,
        [&](std::span<const std::byte> octets) {
            (void)::send(sender.get(), octets.data(), octets.size(), 0);
        },
        [&](std::span<std::byte> into) {
            return static_cast<std::size_t>(::recv(receiver.get(), into.data(), into.size(), 0));
        },
        [] { return std::uint64_t{0}; });
}

}  // namespace

void add_datagram_rows(std::vector<Row>& rows) {
    rows.push_back(
        {.name = "udp64/process",
         .unit = "k/s",
         .limit = "one call into the engine (kernel: one system call) a datagram and side",
         .ours = ours,
         .kernel = kernels});
}

}  // namespace handfast::bench
