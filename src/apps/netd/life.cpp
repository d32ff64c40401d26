#include "apps/netd/life.hpp"

#include <sys/socket.h>

#include <cerrno>
#include <fmt/format.h>

#include "host/link/file_descriptor.hpp"
#include "host/run/unix_address.hpp"

namespace handfast::netd {

std::string path_of(int descriptor) {
    return fmt::format("/proc/self/fd/{}", descriptor);
}

bool is_alive(int life) {
    const link::FileDescriptor asking{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
    if (!asking) return true;  // nobody knows: out of descriptors
    const auto address = run::UnixAddress::path(path_of(life));
    if (::connect(asking.get(), address.data(), address.size()) == 0) return true;
    return errno != ECONNREFUSED;
}

}  // namespace handfast::netd
