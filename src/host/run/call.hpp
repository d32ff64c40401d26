// A system call of a program that stands still until it is answered: once, in one of five ways.
//
//   done(value)   it returns this                 install(file)   it returns a new descriptor
//   fail(errno)   it returns -1                   carry_on()      the kernel serves it after all
//                                                 restart()       the kernel handles the signal
//
// A call that is dropped without an answer fails with ENETDOWN: that is what is left when netd, who
// was asked, is gone.
#pragma once

#include <linux/seccomp.h>
#include <sys/types.h>

#include <cstdint>
#include <expected>

#include "core/berkeley/errno.hpp"
#include "host/run/notifications.hpp"

namespace handfast::run {

using berkeley::Errno;
using berkeley::fail;
using berkeley::Result;

class Call {
public:
    Call(Notifications& from, const seccomp_notif& what) : from_{&from}, what_{what} {}
    Call(Call&& other) noexcept;
    Call& operator=(Call&& other) noexcept;
    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;
    ~Call();

    void done(std::int64_t value);
    void fail(Errno error);
    void carry_on();
    // Only when a signal waits for the thread: Linux then interrupts or restarts the call as the
    // handler's SA_RESTART says.
    void restart();
    // The file goes to the program, at the lowest free number, which is the answer. If it cannot
    // (EMFILE; ENOENT: the caller is gone), the call is still to be answered.
    [[nodiscard]] Result<void> install(int file, bool close_on_exec);
    // The file goes to this number of the program, in place of what was there. No answer yet.
    [[nodiscard]] Result<void> replace(int number, int file, bool close_on_exec);

    // Whether anybody waits for an answer still.
    [[nodiscard]] bool wanted() const { return from_->valid(what_.id); }
    [[nodiscard]] bool answered() const { return from_ == nullptr; }

    // The thread, as this process numbers it.
    [[nodiscard]] pid_t thread() const { return static_cast<pid_t>(what_.pid); }
    [[nodiscard]] int number() const { return what_.data.nr; }
    [[nodiscard]] std::uint64_t argument(unsigned i) const { return what_.data.args[i]; }
    [[nodiscard]] int int_argument(unsigned i) const {
        return static_cast<int>(static_cast<std::uint32_t>(what_.data.args[i]));
    }

private:
    Notifications* from_;  // nullptr: answered
    seccomp_notif what_;
};

}  // namespace handfast::run
