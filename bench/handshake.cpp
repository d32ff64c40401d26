// Connections opened and closed, nothing said in between: one thread connects and closes, another
// accepts and closes. The client closes first and so bears TIME-WAIT; it takes 16 addresses of the
// server in turn, so that ports last. It is never far ahead of the server, whose queue would
// overflow and cost it a second for the next SYN.
#include <thread>

#include "meter.hpp"
#include "placement.hpp"
#include "worlds.hpp"

namespace handfast::bench {

namespace {

constexpr std::uint32_t addresses = OurWorld::addresses;
constexpr std::uint64_t most_ahead = 256;

// `connect(n)` opens the n-th connection, `accept()` takes one; both give a stream.
template <class Connect, class Accept, class Wakeups>
[[nodiscard]] Score open_and_close(const Effort& effort,
                                   Connect&& connect,
                                   Accept&& accept,
                                   Wakeups&& wakeups) {
    Meter closed;
    std::atomic<bool> stop{false};
    std::jthread server{[&] {
        const Pinned pinned{two_processors.far};
        std::array<std::byte, 1> octet{};
        bool last = false;
        while (!last) {
            auto stream = accept();
            last = stop.load();
            (void)stream.read_some(octet);  // waits for the client's FIN
            stream.close();
            closed.add(1);
        }
    }};
    std::jthread client{[&] {
        const Pinned pinned{two_processors.near};
        for (std::uint32_t n = 0; !stop.load(std::memory_order_relaxed); ++n) {
            auto stream = connect(n);
            stream.close();
            while (n >= closed.done() + most_ahead && !stop) std::this_thread::yield();
        }
        connect(0).close();  // the server may wait for one more
    }};
    const Window window = watch(effort, closed, wakeups);
    stop = true;
    return score(window, window.per_second() * 1e-3, 1);
}

[[nodiscard]] Score ours(const Effort& effort) {
    constexpr std::uint16_t port = 9;
    const OurWorld world;
    TcpListener listener = world.server().listen(port);
    return open_and_close(
        effort,
        [&](std::uint32_t n) {
            return OurStream{world.client().connect({OurWorld::server_address(n), port})};
        },
        [&] { return OurStream{listener.accept()}; },
        [&] { return world.wakeups(); });
}

[[nodiscard]] Score kernels(const Effort& effort) {
    KernelListener listener{KernelName{.address = INADDR_ANY}};
    const std::uint16_t port = listener.port();
    return open_and_close(
        effort,
        [&](std::uint32_t n) {
            return kernel_connect({.address = INADDR_LOOPBACK + n % addresses, .port = port});
        },
        [&] { return listener.accept(); },
        [] { return std::uint64_t{0}; });
}

}  // namespace

void add_handshake_rows(std::vector<Row>& rows) {
    rows.push_back({.name = "handshake-close/process",
                    .unit = "k/s",
                    .limit = "seven segments, two sockets made and ended; one wake-up each way",
                    .ours = ours,
                    .kernel = kernels});
}

}  // namespace handfast::bench
