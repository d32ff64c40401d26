#include "host/run/call.hpp"

#include <fcntl.h>
#include <utility>

namespace handfast::run {

namespace {

constexpr int restart_error = -512;  // ERESTARTSYS, which never leaves the kernel

}  // namespace

Call::Call(Call&& other) noexcept
    : from_{std::exchange(other.from_, nullptr)}, what_{other.what_} {}

Call& Call::operator=(Call&& other) noexcept {
    std::swap(from_, other.from_);
    std::swap(what_, other.what_);
    return *this;
}

Call::~Call() {
    if (!answered()) fail(Errno::network_down);
}

void Call::done(std::int64_t value) {
    std::exchange(from_, nullptr)->answer({.id = what_.id, .val = value, .error = 0, .flags = 0});
}

void Call::fail(Errno error) {
    std::exchange(from_, nullptr)
        ->answer({.id = what_.id, .val = 0, .error = -static_cast<int>(error), .flags = 0});
}

void Call::carry_on() {
    std::exchange(from_, nullptr)
        ->answer({.id = what_.id,
                  .val = 0,
                  .error = 0,
                  .flags = static_cast<std::uint32_t>(SECCOMP_USER_NOTIF_FLAG_CONTINUE)});
}

void Call::restart() {
    std::exchange(from_, nullptr)
        ->answer({.id = what_.id, .val = 0, .error = restart_error, .flags = 0});
}

Result<void> Call::install(int file, bool close_on_exec) {
    const auto number = from_->add({.id = what_.id,
                                    .flags = 0,
                                    .srcfd = static_cast<std::uint32_t>(file),
                                    .newfd = 0,
                                    .newfd_flags = close_on_exec ? std::uint32_t{O_CLOEXEC} : 0U});
    if (!number) return berkeley::fail(number.error());
    done(*number);
    return {};
}

Result<void> Call::replace(int number, int file, bool close_on_exec) {
    const auto put = from_->add({.id = what_.id,
                                 .flags = SECCOMP_ADDFD_FLAG_SETFD,
                                 .srcfd = static_cast<std::uint32_t>(file),
                                 .newfd = static_cast<std::uint32_t>(number),
                                 .newfd_flags = close_on_exec ? std::uint32_t{O_CLOEXEC} : 0U});
    if (!put) return berkeley::fail(put.error());
    return {};
}

}  // namespace handfast::run
