#include "core/berkeley/linux_abi.hpp"
#include "host/run/calls/verbs.hpp"

namespace handfast::run::calls {

void bind(Call call, Services& services) {
    auto socket = socket_of(call, services);
    if (!socket) return;
    const auto octets = read_address(call, call.argument(1), call.int_argument(2));
    if (!octets) return call.fail(octets.error());
    const auto address = berkeley::linux_abi::bind_address(*octets, socket->kind());
    if (!address) return call.fail(address.error());
    if (const auto done = introduce(*socket, services); !done) return call.fail(done.error());
    services.daemon.ask(
        control::Bind{.socket = socket->key, .address = *address},
        {},
        [call = std::move(call)](const control::Reply& reply) mutable { answer(call, reply); });
}

}  // namespace handfast::run::calls
