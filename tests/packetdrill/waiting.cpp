#include "packetdrill/waiting.hpp"

#include <sys/socket.h>

namespace handfast::packetdrill {

bool may_wait(Adaptor& a, int fd, int flags) {
    const Descriptor* const descriptor = a.descriptors().find(fd);
    return descriptor != nullptr && !descriptor->nonblocking && (flags & MSG_DONTWAIT) == 0;
}

Deadline socket_deadline(Adaptor& a, socket::SocketId id, Direction direction) {
    const auto timeouts = a.sockets().timeouts(id);
    if (!timeouts) return {};
    const auto& limit = direction == Direction::in ? timeouts->receive : timeouts->send;
    return limit ? Deadline{a.now() + *limit} : Deadline{};
}

Deadline timeout_deadline(Adaptor& a, int timeout_ms) {
    return timeout_ms < 0 ? Deadline{} : Deadline{a.now() + milliseconds{timeout_ms}};
}

}  // namespace handfast::packetdrill
