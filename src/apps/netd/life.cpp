#include "apps/netd/life.hpp"

#include <sys/socket.h>

#include <cerrno>
#include <fmt/format.h>

#include "core/base/check.hpp"
#include "host/run/unix_address.hpp"

namespace handfast::netd {

std::string path_of(int descriptor) {
    return fmt::format("/proc/self/fd/{}", descriptor);
}

Knocker::Knocker() : asking_{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)} {
    HF_CHECK(asking_);
}

bool Knocker::is_alive(int life) const {
    const auto address = run::UnixAddress::path(path_of(life));
    if (::connect(asking_.get(), address.data(), address.size()) == 0) return true;
    return errno != ECONNREFUSED;
}

}  // namespace handfast::netd
