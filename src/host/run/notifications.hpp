// The descriptor at which a filter's calls arrive (seccomp_unotify(2)).
#pragma once

#include <linux/seccomp.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "core/berkeley/errno.hpp"
#include "host/link/file_descriptor.hpp"

namespace handfast::run {

class Notifications {
public:
    explicit Notifications(link::FileDescriptor listener);

    // Readable when a call waits; hung up when the last process under the filter is gone.
    [[nodiscard]] int descriptor() const { return listener_.get(); }

    // The next call; nullopt: it was taken back. Waits if none is there.
    [[nodiscard]] std::optional<seccomp_notif> receive();
    [[nodiscard]] bool valid(std::uint64_t id) const;
    // Kept until send_answers().
    void answer(const seccomp_notif_resp& response) { answers_.push_back(response); }
    // Programs go on when they are answered. So it is done last of all, when no descriptor of
    // theirs is held any more: what they close then is closed, for epoll(7) and for its peer. Who
    // asked may be gone: that is no error.
    void send_answers();
    // The file's number in the program.
    [[nodiscard]] berkeley::Result<int> add(const seccomp_notif_addfd& file) const;

private:
    link::FileDescriptor listener_;
    // The kernel's structures may be longer than the ones this was compiled with.
    std::vector<std::byte> incoming_;
    std::vector<std::byte> outgoing_;
    std::vector<seccomp_notif_resp> answers_;
};

}  // namespace handfast::run
