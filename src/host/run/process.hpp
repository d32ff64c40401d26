// What the supervisor reaches of the processes that it serves: their descriptors and their memory.
//
// Both need the right to trace them: the same user and a process that may be dumped, or privilege.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <unordered_map>

#include "core/base/bytes.hpp"
#include "core/berkeley/errno.hpp"
#include "host/link/file_descriptor.hpp"

namespace handfast::run {

// Threads are named by the numbers that notifications bear.
class Processes {
public:
    // A duplicate of the program's descriptor. EBADF: it has none of that number; EPERM: it may not
    // be looked into; ESRCH: it is gone.
    [[nodiscard]] berkeley::Result<link::FileDescriptor> descriptor(pid_t thread, int number);
    // Whether descriptor() and Memory may reach it at all.
    [[nodiscard]] bool reachable(pid_t thread);
    // The process of a thread whose descriptor was just asked for; 0: /proc does not tell.
    [[nodiscard]] pid_t process_of(pid_t thread);

private:
    static constexpr std::size_t max_known = 512;

    // A pidfd stays with its thread even when the number is given to another: a stale one fails.
    struct Known {
        link::FileDescriptor file;
        std::optional<pid_t> process{};  // once it was asked for
    };
    [[nodiscard]] berkeley::Result<int> known(pid_t thread);

    std::unordered_map<pid_t, Known> known_;
};

// The memory of a thread's process. EFAULT: not there, or not so long.
class Memory {
public:
    explicit Memory(pid_t thread) : thread_{thread} {}

    [[nodiscard]] berkeley::Result<void> read(std::uint64_t address, MutableBytes into) const;
    [[nodiscard]] berkeley::Result<void> write(std::uint64_t address, Bytes octets) const;

    template <class T>
    [[nodiscard]] berkeley::Result<T> load(std::uint64_t address) const;
    template <class T>
    [[nodiscard]] berkeley::Result<void> store(std::uint64_t address, const T& value) const {
        return write(address, std::as_bytes(std::span{&value, 1}));
    }

private:
    pid_t thread_;
};

template <class T>
berkeley::Result<T> Memory::load(std::uint64_t address) const {
    T value{};
    if (const auto done = read(address, std::as_writable_bytes(std::span{&value, 1})); !done)
        return berkeley::fail(done.error());
    return value;
}

// Whether the program's descriptor is closed by execve(2): only /proc tells.
[[nodiscard]] bool closes_on_exec(pid_t thread, int number);

// What /proc says of a thread that waits: whether a signal waits for it that it would handle now.
// Only such a one may be told to restart its call.
[[nodiscard]] bool has_signal_to_handle(pid_t thread);

// As has_signal_to_handle(), of the text of /proc/<thread>/status. `leader_blocks` says which
// signals the first thread of the process keeps from itself: the kernel gives that one a process's
// signals first.
struct SignalState {
    std::uint64_t thread_pending{0};   // SigPnd
    std::uint64_t process_pending{0};  // ShdPnd
    std::uint64_t blocked{0};          // SigBlk
    std::uint64_t ignored{0};          // SigIgn
    pid_t process{0};                  // Tgid
    int threads{0};
};
[[nodiscard]] std::optional<SignalState> parse_signal_state(std::string_view status);

}  // namespace handfast::run
