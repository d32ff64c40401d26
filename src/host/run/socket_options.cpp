#include "host/run/socket_options.hpp"

#include <sys/socket.h>

#include "host/link/file_descriptor.hpp"

namespace handfast::run {

void restore_send_buffer(int socket) {
    const link::FileDescriptor fresh{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    int octets = 0;
    socklen_t size = sizeof octets;
    if (::getsockopt(fresh.get(), SOL_SOCKET, SO_SNDBUF, &octets, &size) != 0) return;
    octets /= 2;  // it is doubled when it is set (socket(7))
    (void)::setsockopt(socket, SOL_SOCKET, SO_SNDBUF, &octets, sizeof octets);
}

}  // namespace handfast::run
