#include "packetdrill/stage.hpp"

#include <sys/syscall.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <iterator>
#include <string>
#include <unistd.h>

namespace handfast::packetdrill {

namespace {

// The origin of time. That it is late lets whoever subtracts do so.
constexpr Instant start{std::chrono::hours{24 * 365}};
// Nobody waits longer than this for a packet: a script would have to be as long.
constexpr Duration at_the_latest{seconds{120}};
// Real time. A thread that was served asks the time at once; this only ends a run that is broken.
constexpr std::chrono::seconds hand_over_limit{2};
// Real time. When no call was made for so long while one waits, the main thread waits for it too.
constexpr std::chrono::milliseconds nobody_plays{300};

// A thread of this process that sleeps, or has ended: packetdrill finds out the same way whether a
// call waits.
bool is_at_rest(int thread) {
    std::ifstream file{"/proc/self/task/" + std::to_string(thread) + "/stat"};
    std::string line;
    return !std::getline(file, line) || line.find(") S ") != std::string::npos;
}

}  // namespace

Stage::Turn::Turn(Stage& stage) : stage_{stage} {
    stage_.mutex_.lock();
    ++stage_.turns_;
    was_served_ = stage_.to_ask_the_time_.erase(std::this_thread::get_id()) > 0;
    if (was_served_) stage_.asked_.notify_all();
}

Stage::Turn::~Turn() {
    stage_.mutex_.unlock();
}

Stage::Stage(Watcher& watcher)
    : watcher_{watcher}, main_{std::this_thread::get_id()}, now_{start} {}

void Stage::stand_up(const stack::Config& config) {
    world_ = std::make_unique<World>(config, now_);
}

// ---- Time ---------------------------------------------------------------------------------------

Deadline Stage::next_deadline() const {
    Deadline next = world_ ? world_->next_deadline() : Deadline{};
    for (const Waiter* const waiter : waiters_) {
        if (!waiter->outcome) next = earlier(next, waiter->patience.until);
    }
    return next;
}

void Stage::step_to(Instant at) {
    now_ = std::max(now_, at);
    if (world_) world_->advance(now_);
    settle();
}

void Stage::pass(Duration how_long) {
    const Instant until = now_ + how_long;
    for (Deadline next = next_deadline(); next && *next <= until; next = next_deadline())
        step_to(*next);
    now_ = std::max(now_, until);
}

std::optional<Emitted> Stage::next_emitted() {
    const Instant limit = now_ + at_the_latest;
    while (emitted_.empty()) {
        const Deadline next = next_deadline();
        if (!next || *next > limit) return std::nullopt;
        step_to(*next);
    }
    Emitted first = std::move(emitted_.front());
    emitted_.pop_front();
    return first;
}

// ---- What happened ------------------------------------------------------------------------------

void Stage::look() {
    if (!world_) return;
    std::ranges::move(world_->transmit(now_), std::back_inserter(emitted_));
    sockets().take_ready(ready_);
    watcher_.on_ready(ready_);
    watcher_.on_rest(now_);
}

void Stage::settle() {
    for (Waiter* const waiter : waiters_) {
        if (waiter->patience.goes_first && !waiter->outcome) (void)serve(*waiter);
    }
    look();
    for (Waiter* const waiter : waiters_) {
        if (waiter->patience.goes_first && waiter->outcome) {
            if (waiter->thread != std::this_thread::get_id()) hand_over(*waiter);
            break;
        }
        if (waiter->outcome || !serve(*waiter)) continue;
        look();
        if (waiter->thread != std::this_thread::get_id()) hand_over(*waiter);
        break;  // the list may have changed meanwhile
    }
}

bool Stage::serve(Waiter& waiter) {
    waiter.outcome = waiter.attempt();
    if (!waiter.outcome && waiter.patience.until && *waiter.patience.until <= now_)
        waiter.outcome = waiter.patience.then();
    return waiter.outcome.has_value();
}

// Time stands still until whoever was served has asked what time it is: that is when its call
// ended.
void Stage::hand_over(Waiter& waiter) {
    const std::thread::id thread = waiter.thread;
    to_ask_the_time_.insert(thread);
    waiter.served.notify_one();
    served_.push_back(waiter.number);
    asked_.wait_for(mutex_, hand_over_limit, [&] { return !to_ask_the_time_.contains(thread); });
    to_ask_the_time_.erase(thread);
}

void Stage::let_served_finish() {
    std::vector<int> threads;
    {
        const std::lock_guard lock{mutex_};
        threads.swap(served_);
    }
    const auto limit = std::chrono::steady_clock::now() + hand_over_limit;
    for (const int thread : threads) {
        while (!is_at_rest(thread) && std::chrono::steady_clock::now() < limit)
            std::this_thread::yield();
    }
}

// ---- Waiting ------------------------------------------------------------------------------------

Outcome Stage::wait(const Attempt& attempt, const Patience& patience) {
    if (const auto outcome = attempt()) return *outcome;
    if (is_main()) return wait_alone(attempt, patience);
    look();
    Waiter waiter{
        .attempt = attempt,
        .patience = patience,
        .thread = std::this_thread::get_id(),
        .number = static_cast<int>(::syscall(SYS_gettid)),
        .outcome = std::nullopt,
        .served = {},
    };
    const auto place = waiters_.insert(waiters_.end(), &waiter);
    await(waiter);
    waiters_.erase(place);
    return *waiter.outcome;
}

Outcome Stage::wait_alone(const Attempt& attempt, const Patience& patience) {
    const Instant limit = now_ + at_the_latest;
    settle();
    for (;;) {
        const Deadline next = earlier(next_deadline(), patience.until);
        if (!next || (*next > limit && next != patience.until))
            return fail(Errno::resource_deadlock_would_occur);
        step_to(*next);
        if (const auto outcome = attempt()) return *outcome;
        if (patience.until && *patience.until <= now_) return patience.then();
    }
}

void Stage::await(Waiter& waiter) {
    while (!waiter.outcome) {
        const std::uint64_t turns = turns_;
        waiter.served.wait_for(mutex_, nobody_plays, [&] { return waiter.outcome.has_value(); });
        // The main thread waits for this call to end, and moves no clock meanwhile.
        const Instant limit = now_ + at_the_latest;
        while (!waiter.outcome && turns_ == turns) {
            const Deadline next = next_deadline();
            if (!next || *next > limit) break;
            step_to(*next);
        }
    }
}

}  // namespace handfast::packetdrill
