// Who turns the engine of a network (DESIGN.md §3): whichever thread needs it, one at a time.
//
//   thread A --call(verb)--> free:  A takes it, does its verb, turns the network, leaves,
//                                   and wakes exactly the threads that became ready
//   thread B --call(verb)--> busy:  B leaves a request with A, looks a while, then sleeps
//   thread C, which looks           does what others ask for meanwhile: the engine stays in one
//   cache runtime thread                  sleeps until the next deadline or until a wire is
//   readable
//
// At most one wake-up per direction: no thread stands between two that talk. Nobody is woken while
// the engine is held. The runtime thread is disturbed only when something became due earlier than
// what it sleeps for; moving a timer costs no system call.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "core/network/network.hpp"
#include "host/link/link.hpp"
#include "host/runtime/clock.hpp"
#include "host/runtime/echo.hpp"
#include "host/runtime/mailbox.hpp"
#include "host/runtime/rest.hpp"
#include "host/runtime/signal.hpp"
#include "host/runtime/watched.hpp"

namespace handfast::runtime {

// When a blocking call tries again, and when it gives up.
struct Wait {
    std::uint16_t wanted{0};  // berkeley::Ready bits
    Deadline until;           // nullopt: never gives up; now or earlier: does not wait
};

class Engine {
public:
    explicit Engine(const network::Config& config);
    // Nobody may be inside, and no slice of the pool may be outside.
    ~Engine();
    Engine(const Engine&) = delete;
    Engine& operator=(const Engine&) = delete;
    Engine(Engine&&) = delete;
    Engine& operator=(Engine&&) = delete;

    // Calls verb(network, now) with the engine held, on this thread or on the one that holds it,
    // then turns the network. The verb must not throw, wait, or call the engine.
    template <class Verb>
    auto call(Verb&& verb) -> std::invoke_result_t<Verb&, network::Network&, Instant>;

    // Calls verb(network, now), which gives a berkeley::Result, until it says something else than
    // that it would block; waits for the socket in between. EAGAIN: the time is over. ECANCELED:
    // the socket was closed, by another thread or before.
    template <class Verb>
    auto perform(Watched& socket, const Wait& wait, Verb&& verb)
        -> std::invoke_result_t<Verb&, network::Network&, Instant>;

    // Ties an open socket to the object that its threads wait at. Called with the engine held.
    static void watch(network::Network& network, Watched& socket);
    enum class Closing : std::uint8_t { orderly, reset };
    // Closes the socket and cancels every call that waits for it; a closed one stays so.
    void close(Watched& socket, Closing how);

    // ICMP echo. EAGAIN: no answer came in time.
    [[nodiscard]] berkeley::Result<stack::EchoReply> ping(const EchoRequest& request);

    // A device of the outside world becomes a port of the network.
    [[nodiscard]] berkeley::Result<void> add_wire(std::unique_ptr<link::Link> link);

    // Wake-ups of threads so far: system calls that made somebody run.
    [[nodiscard]] std::uint64_t wakeups() const { return wakeups_.load(std::memory_order_relaxed); }

private:
    // What is left to do when the engine is free again.
    struct Departure {
        RequestList asleep;      // served, but their threads sleep
        Request* heir{nullptr};  // who holds the engine next; null: nobody yet
        unsigned served{0};
    };
    struct Wire {
        std::unique_ptr<link::Link> link;
        weather::PortId port;
    };

    void submit(Request& request);
    [[nodiscard]] bool is_warm_elsewhere() const;
    [[nodiscard]] bool try_take();
    void hold(RequestList requests);
    void serve_until_empty(RequestList requests, Departure& departure);
    void serve(RequestList requests, Departure& departure);
    void turn(Instant at);
    void tell_ready(Processor asked_from);
    void leave(Departure& departure);

    // After a call that did not wait: another waiter may have use for what it left.
    void pass_on(network::Network& network, Watched& socket);
    // Until it is ready or the time is over; the waiter stands on no list then.
    void wait_for(Watched& socket, Waiter& waiter, Processor rung_from, Deadline until);
    [[nodiscard]] bool look(const Signal& signal, Processor from, Duration time);

    void run();
    [[nodiscard]] bool read_wires(network::Network& network, Instant at);

    alignas(64) std::atomic<bool> held_{false};
    Mailbox mailbox_;
    std::atomic<Processor> holder_at_{Processor::unknown};
    std::atomic<Instant> left_at_{};    // about when it was held last
    std::atomic<unsigned> lookers_{0};  // threads that look instead of sleeping
    std::atomic<std::uint64_t> wakeups_{0};
    unsigned processors_{std::thread::hardware_concurrency()};

    // What follows belongs to the holder.
    alignas(64) network::Network network_;
    std::vector<Wire> wires_;
    std::vector<network::ReadyEvent> events_;
    buf::PacketBurst burst_;
    EchoDesk echoes_;
    WaiterList woken_;  // to be signaled when the holder has left

    Rest rest_;
    std::thread runtime_;
};

template <class Verb>
auto Engine::call(Verb&& verb) -> std::invoke_result_t<Verb&, network::Network&, Instant> {
    if constexpr (std::is_void_v<std::invoke_result_t<Verb&, network::Network&, Instant>>) {
        auto with_result = [&](network::Network& network, Instant now) {
            verb(network, now);
            return true;
        };
        Call request{with_result};
        submit(request);
    } else {
        Call request{verb};
        submit(request);
        return std::move(*request.result);
    }
}

template <class Verb>
auto Engine::perform(Watched& socket, const Wait& wait, Verb&& verb)
    -> std::invoke_result_t<Verb&, network::Network&, Instant> {
    using Result = std::invoke_result_t<Verb&, network::Network&, Instant>;
    while (true) {
        Waiter waiter{wait.wanted};
        Processor rung_from{};
        bool waits = false;
        Result result = call([&](network::Network& network, Instant now) -> Result {
            if (socket.closed) return berkeley::fail(berkeley::Errno::operation_canceled);
            Result attempt = verb(network, now);
            network.touch(socket.host);
            waits = !attempt && would_block(attempt.error()) && (!wait.until || now < *wait.until);
            if (waits) {
                socket.waiters.push_back(waiter);
                rung_from = socket.rung_from;
            } else {
                pass_on(network, socket);
            }
            return attempt;
        });
        if (!waits) return result;
        wait_for(socket, waiter, rung_from, wait.until);
    }
}

}  // namespace handfast::runtime
