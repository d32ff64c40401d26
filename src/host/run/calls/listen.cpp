#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

#include "host/run/calls/verbs.hpp"

namespace handfast::run::calls {

namespace {

constexpr int somaxconn = 4096;  // net.core.somaxconn since Linux 5.4

}  // namespace

void listen(Call call, Services& services) {
    auto socket = socket_of(call, services);
    if (!socket) return;
    if (!socket->is_stream()) return call.fail(Errno::operation_not_supported);
    if (socket->mark.stage != Stage::fresh) return call.fail(Errno::invalid_argument);
    if (const auto done = introduce(*socket, services); !done) return call.fail(done.error());
    // A negative one is the largest (net/socket.c).
    const auto backlog = static_cast<int>(
        std::min(static_cast<unsigned>(call.int_argument(1)), static_cast<unsigned>(somaxconn)));
    if (::listen(socket->file.get(), backlog) != 0) return call.fail(static_cast<Errno>(errno));
    services.daemon.ask(
        control::Listen{.socket = socket->key, .backlog = backlog},
        {},
        [call = std::move(call)](const control::Reply& reply) mutable { answer(call, reply); });
}

}  // namespace handfast::run::calls
