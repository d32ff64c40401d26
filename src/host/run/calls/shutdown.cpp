// shutdown(2). What is not written any more is told by AF_UNIX itself; what is not read any more is
// only told to netd: AF_UNIX would let netd's writes fail.
#include <sys/poll.h>
#include <sys/socket.h>

#include <cerrno>

#include "core/berkeley/linux_abi.hpp"
#include "host/run/calls/verbs.hpp"

namespace handfast::run::calls {

namespace {

// Both directions have ended, or it was reset: TCP has no such connection any more.
bool is_over(int file) {
    pollfd state{.fd = file, .events = 0, .revents = 0};
    return ::poll(&state, 1, 0) == 1;
}

}  // namespace

void shutdown(Call call, Services& services) {
    auto socket = socket_of(call, services);
    if (!socket) return;
    const auto how = berkeley::linux_abi::shutdown_how(call.int_argument(1));
    if (!how) return call.fail(Errno::invalid_argument);
    if (!socket->mark.told) return call.fail(Errno::not_connected);
    const bool had_ended = is_over(socket->file.get());
    if (socket->is_stream()) {
        if (listens(*socket)) {
            // Wakes who waits in accept().
            if (*how != berkeley::ShutdownHow::write) ::shutdown(socket->file.get(), SHUT_RD);
        } else if (*how != berkeley::ShutdownHow::read) {
            ::shutdown(socket->file.get(), SHUT_WR);
        }
    }
    services.daemon.ask(control::Shutdown{.socket = socket->key, .how = *how},
                        {},
                        [call = std::move(call), had_ended](const control::Reply& reply) mutable {
                            // This may be what ended it, and netd may know it from the far end
                            // already.
                            if (reply.error == ENOTCONN && !had_ended) return call.done(0);
                            answer(call, reply);
                        });
}

}  // namespace handfast::run::calls
