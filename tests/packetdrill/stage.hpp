// Virtual time, the world that lives in it, and whoever waits in it.
//
// Two threads of packetdrill call: the main one, which plays the script, and one for calls that may
// block. One of them at a time is inside (Turn). Time passes only when somebody asks the clock,
// sleeps, or waits for a packet:
//
//   main thread     sleeps ---> deadline ---> deadline ---> awake
//                                  |  whoever waited is served: its call is tried again, and
//                                  v  when that succeeds it goes on while time stands still,
//   other thread    recv() ........[ returns, asks the time ]     until it has asked the time
//
// A call on the main thread that would block lets time pass itself: nobody else could.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <thread>

#include "core/base/time.hpp"
#include "core/berkeley/errno.hpp"
#include "packetdrill/world.hpp"

namespace handfast::packetdrill {

using berkeley::Errno;
using berkeley::fail;
using berkeley::Result;

// What a call gives: its number, or its error.
using Outcome = Result<long>;
// Tries a call once. nullopt: it would have to wait.
using Attempt = std::function<std::optional<Outcome>()>;

// How long a call waits, and what it gives at the end of that.
struct Patience {
    Deadline until;  // none: for ever
    std::function<Outcome()> then;
    bool goes_first{false};  // it is tried before the host sends what it has to say
};

// Who wants to know what happens in the world.
class Watcher {
public:
    Watcher() = default;
    Watcher(const Watcher&) = delete;
    Watcher& operator=(const Watcher&) = delete;
    virtual ~Watcher() = default;
    virtual void on_ready(std::span<const socket::ReadySocket> sockets) = 0;
    // The host did all that it does at this instant.
    virtual void on_rest(Instant now) = 0;
};

class Stage {
public:
    // Made on the main thread.
    explicit Stage(Watcher& watcher);

    // Held by whoever is inside a call.
    class Turn {
    public:
        explicit Turn(Stage& stage);
        ~Turn();
        Turn(const Turn&) = delete;
        Turn& operator=(const Turn&) = delete;

        // This thread waited, and comes back for the first time since it was served.
        [[nodiscard]] bool was_served() const { return was_served_; }

    private:
        Stage& stage_;
        bool was_served_;
    };

    // A new host in place of the one before.
    void stand_up(const stack::Config& config);
    [[nodiscard]] bool stands() const { return world_ != nullptr; }
    [[nodiscard]] World& world() { return *world_; }
    [[nodiscard]] socket::Sockets& sockets() { return world_->sockets(); }
    [[nodiscard]] Instant now() const { return now_; }

    // Tries until it succeeds or patience ends. Main thread: EDEADLK when nothing can come any
    // more.
    [[nodiscard]] Outcome wait(const Attempt& attempt, const Patience& patience);
    // Lets time pass.
    void pass(Duration how_long);
    // Not inside a turn, while nothing of packetdrill's is locked: whoever was served has work to
    // do with what it was given, and time is not to run away from it.
    void let_served_finish();
    // The next packet that the host sent; lets time pass until there is one. nullopt: nothing is
    // due any more, or not for long.
    [[nodiscard]] std::optional<Emitted> next_emitted();
    // After whatever was done to the world: takes what it sends, tells the watcher, and serves
    // those who wait.
    void settle();

private:
    struct Waiter {
        const Attempt& attempt;
        const Patience& patience;
        std::thread::id thread;
        int number;  // the thread's, as the kernel has it
        std::optional<Outcome> outcome;
        std::condition_variable_any served;
    };

    [[nodiscard]] bool is_main() const { return std::this_thread::get_id() == main_; }
    [[nodiscard]] Deadline next_deadline() const;
    void step_to(Instant at);
    void look();
    [[nodiscard]] bool serve(Waiter& waiter);
    void hand_over(Waiter& waiter);
    [[nodiscard]] Outcome wait_alone(const Attempt& attempt, const Patience& patience);
    void await(Waiter& waiter);

    Watcher& watcher_;
    std::thread::id main_;
    std::mutex mutex_;
    Instant now_;
    std::unique_ptr<World> world_;
    std::deque<Emitted> emitted_;
    std::vector<socket::ReadySocket> ready_;

    std::list<Waiter*> waiters_;
    std::set<std::thread::id> to_ask_the_time_;  // threads that were served and have not come back
    std::condition_variable_any asked_;
    std::vector<int> served_;  // threads' numbers
    std::uint64_t turns_{0};   // calls that were made: whether anybody else plays
};

}  // namespace handfast::packetdrill
