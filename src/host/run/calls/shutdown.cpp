// shutdown(2). What is not written any more is told by AF_UNIX itself; what is not read any more is
// only told to netd: AF_UNIX would let netd's writes fail.
#include <sys/socket.h>

#include "core/berkeley/linux_abi.hpp"
#include "host/run/calls/verbs.hpp"

namespace handfast::run::calls {

void shutdown(Call call, Services& services) {
    auto socket = socket_of(call, services);
    if (!socket) return;
    const auto how = berkeley::linux_abi::shutdown_how(call.int_argument(1));
    if (!how) return call.fail(Errno::invalid_argument);
    if (!socket->mark.told) return call.fail(Errno::not_connected);
    if (socket->is_stream()) {
        if (listens(*socket)) {
            // Wakes who waits in accept().
            if (*how != berkeley::ShutdownHow::write) ::shutdown(socket->file.get(), SHUT_RD);
        } else if (*how != berkeley::ShutdownHow::read) {
            ::shutdown(socket->file.get(), SHUT_WR);
        }
    }
    services.daemon.ask(
        control::Shutdown{.socket = socket->key, .how = *how},
        {},
        [call = std::move(call)](const control::Reply& reply) mutable { answer(call, reply); });
}

}  // namespace handfast::run::calls
