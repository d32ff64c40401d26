#include "host/run/notifications.hpp"

#include <sys/ioctl.h>
#include <sys/syscall.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <unistd.h>

#include "host/link/failure.hpp"

namespace handfast::run {

namespace {

// Linux 6.6: who answers and who is answered share a processor, which spares a wake-up of another.
constexpr unsigned long set_flags = SECCOMP_IOW(4, std::uint64_t);  // SECCOMP_IOCTL_NOTIF_SET_FLAGS
constexpr std::uint64_t sync_wake_up = 1;  // SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP

seccomp_notif_sizes kernel_sizes() {
    seccomp_notif_sizes sizes{};
    if (::syscall(SYS_seccomp, SECCOMP_GET_NOTIF_SIZES, 0, &sizes) != 0) sizes = {};
    return sizes;
}

}  // namespace

Notifications::Notifications(link::FileDescriptor listener) : listener_{std::move(listener)} {
    const auto sizes = kernel_sizes();
    incoming_.resize(std::max<std::size_t>(sizes.seccomp_notif, sizeof(seccomp_notif)));
    outgoing_.resize(std::max<std::size_t>(sizes.seccomp_notif_resp, sizeof(seccomp_notif_resp)));
    // An older kernel refuses: it is slower.
    static_cast<void>(::ioctl(listener_.get(), set_flags, sync_wake_up));
}

std::optional<seccomp_notif> Notifications::receive() {
    std::ranges::fill(incoming_, std::byte{0});
    if (::ioctl(listener_.get(), SECCOMP_IOCTL_NOTIF_RECV, incoming_.data()) != 0)
        return std::nullopt;
    seccomp_notif call{};
    std::memcpy(&call, incoming_.data(), sizeof call);
    return call;
}

bool Notifications::valid(std::uint64_t id) const {
    return ::ioctl(listener_.get(), SECCOMP_IOCTL_NOTIF_ID_VALID, &id) == 0;
}

void Notifications::send_answers() {
    for (const seccomp_notif_resp& response : answers_) {
        std::memcpy(outgoing_.data(), &response, sizeof response);
        static_cast<void>(::ioctl(listener_.get(), SECCOMP_IOCTL_NOTIF_SEND, outgoing_.data()));
    }
    answers_.clear();
}

berkeley::Result<int> Notifications::add(const seccomp_notif_addfd& file) const {
    seccomp_notif_addfd image = file;
    const int number = ::ioctl(listener_.get(), SECCOMP_IOCTL_NOTIF_ADDFD, &image);
    if (number < 0) return berkeley::fail(static_cast<berkeley::Errno>(errno));
    return number;
}

}  // namespace handfast::run
