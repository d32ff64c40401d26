// ioctl(2): what lies in the queues of the connection. What lies in the program's own end, the
// kernel tells (FIONREAD).
#include "host/run/calls/verbs.hpp"

namespace handfast::run::calls {

void ioctl(Call call, Services& services) {
    auto socket = socket_of(call, services);
    if (!socket) return;
    if (const auto done = introduce(*socket, services); !done) return call.fail(done.error());
    const auto request = static_cast<std::uint32_t>(call.int_argument(1));
    services.daemon.ask(control::GetPending{.socket = socket->key, .request = request},
                        {},
                        [call = std::move(call)](const control::Reply& reply) mutable {
                            if (reply.error != 0) return answer(call, reply);
                            const auto number = static_cast<std::int32_t>(reply.number);
                            answer(call, Memory{call.thread()}.store(call.argument(2), number));
                        });
}

}  // namespace handfast::run::calls
