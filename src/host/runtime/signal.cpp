#include "host/runtime/signal.hpp"

#include <linux/futex.h>
#include <sys/syscall.h>

#include <cerrno>
#include <ctime>
#include <unistd.h>

namespace handfast::runtime {

namespace {

std::uint32_t* address_of(std::atomic<std::uint32_t>& word) {
    static_assert(sizeof word == sizeof(std::uint32_t));
    return reinterpret_cast<std::uint32_t*>(&word);
}

timespec to_timespec(Instant at) {
    const auto whole = std::chrono::floor<seconds>(at.time_since_epoch());
    return {.tv_sec = whole.count(), .tv_nsec = (at.time_since_epoch() - whole).count()};
}

// FUTEX_WAIT_BITSET takes its time as an instant of CLOCK_MONOTONIC.
int wait_at(std::uint32_t* word, std::uint32_t expected, const timespec* until) {
    return static_cast<int>(::syscall(SYS_futex,
                                      word,
                                      FUTEX_WAIT_BITSET | FUTEX_PRIVATE_FLAG,
                                      expected,
                                      until,
                                      nullptr,
                                      FUTEX_BITSET_MATCH_ANY));
}

}  // namespace

void pause() {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#else
    std::atomic_signal_fence(std::memory_order_seq_cst);
#endif
}

Wakeup Signal::give() {
    std::uint32_t* const word = address_of(word_);
    if (word_.exchange(given_, std::memory_order_acq_rel) != asleep_) return Wakeup::none;
    // If the waiter has seen the word by itself and gone, this wakes nobody, or somebody who looks
    // at his own word and sleeps on: futexes are like that.
    ::syscall(SYS_futex, word, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, 1);
    return Wakeup::issued;
}

bool Signal::give_to_awake() {
    std::uint32_t expected = empty_;
    return word_.compare_exchange_strong(expected, given_, std::memory_order_acq_rel);
}

bool Signal::sleep(Deadline deadline) {
    std::uint32_t expected = empty_;
    word_.compare_exchange_strong(expected, asleep_, std::memory_order_acq_rel);
    const timespec until = to_timespec(deadline.value_or(Instant{}));
    while (!given()) {
        const int result = wait_at(address_of(word_), asleep_, deadline ? &until : nullptr);
        if (result != 0 && errno == ETIMEDOUT) return given();
    }
    return true;
}

}  // namespace handfast::runtime
