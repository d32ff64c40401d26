// 64 connections: the client writes a request of 64 octets to each, then reads the 64 answers. Our
// server reads its connections in turn (our blocking sockets have nothing like epoll); the kernel's
// waits with epoll.
#include <sys/epoll.h>

#include <array>
#include <thread>
#include <vector>

#include "meter.hpp"
#include "placement.hpp"
#include "worlds.hpp"

namespace handfast::bench {

namespace {

constexpr std::size_t connections = 64;
using Request = std::array<std::byte, 64>;

// False: the connection has ended.
template <class Stream>
[[nodiscard]] bool answer_one(Stream& stream) {
    Request request{};
    if (stream.read(request) < request.size()) return false;
    stream.write(request);
    return true;
}

void serve(std::vector<Pair<OurStream>>& pairs) {
    while (true) {
        for (auto& pair : pairs) {
            if (!answer_one(pair.server)) return;
        }
    }
}

void serve(std::vector<Pair<KernelStream>>& pairs) {
    const Descriptor poll = checked(::epoll_create1(EPOLL_CLOEXEC), "epoll");
    for (auto& pair : pairs) {
        epoll_event event{.events = EPOLLIN, .data = {.ptr = &pair.server}};
        check(::epoll_ctl(poll.get(), EPOLL_CTL_ADD, pair.server.fd(), &event) == 0, "epoll");
    }
    std::array<epoll_event, connections> events{};
    while (true) {
        const int n = ::epoll_wait(poll.get(), events.data(), connections, -1);
        for (int i = 0; i < n; ++i) {
            if (!answer_one(
                    *static_cast<KernelStream*>(events[static_cast<std::size_t>(i)].data.ptr)))
                return;
        }
    }
}

template <class World>
[[nodiscard]] Score many(const Effort& effort, const Placement& placement) {
    const Pinned near{placement.near};
    World world;
    std::vector<Pair<typename World::Stream>> pairs;
    for (std::size_t i = 0; i < connections; ++i) pairs.push_back(world.connected());
    Meter requests;
    std::atomic<bool> stop{false};
    std::jthread server{[&] {
        const Pinned pinned{placement.far};
        serve(pairs);
    }};
    std::jthread client{[&] {
        const Pinned pinned{placement.near};
        Request request{};
        while (!stop.load(std::memory_order_relaxed)) {
            for (auto& pair : pairs) pair.client.write(request);
            for (auto& pair : pairs) pair.client.read(request);
            requests.add(connections);
        }
        for (auto& pair : pairs) pair.client.finish();
    }};
    const Window window = watch(effort, requests, [&] { return world.wakeups(); });
    stop = true;
    return score(window, window.per_second() * 1e-3, 1);
}

[[nodiscard]] Row row(const char* name, const Placement& placement) {
    return {.name = name,
            .unit = "k/s",
            .limit = "64 sockets; calls into the engine (kernel: system calls, epoll)",
            .ours = [=](const Effort& e) { return many<OurWorld>(e, placement); },
            .kernel = [=](const Effort& e) { return many<KernelWorld>(e, placement); }};
}

}  // namespace

void add_many_connections_rows(std::vector<Row>& rows) {
    rows.push_back(row("rr64/process/1core", one_processor));
    rows.push_back(row("rr64/process/2cores", two_processors));
}

}  // namespace handfast::bench
