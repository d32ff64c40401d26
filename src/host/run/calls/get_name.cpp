// getsockname(2), getpeername(2).
#include <sys/syscall.h>

#include "host/run/calls/verbs.hpp"

namespace handfast::run::calls {

namespace {

void show(Call& call, const wire::Endpoint& name, wire::Family family) {
    answer(call, write_address(call, call.argument(1), call.argument(2), name, family));
}

}  // namespace

void get_name(Call call, Services& services) {
    auto socket = socket_of(call, services);
    if (!socket) return;
    const wire::Family family = socket->mark.family;
    const bool own = call.number() == SYS_getsockname;
    if (!socket->mark.told) {
        if (!own) return call.fail(Errno::not_connected);
        return show(call, {.address = wire::IpAddress::any(family), .port = {}}, family);
    }
    using Whose = control::GetName::Whose;
    const Whose whose = own ? Whose::own : Whose::peer;
    control::GetName request{.socket = socket->key, .whose = whose};
    auto then = [call = std::move(call), family](control::Reply& reply) mutable {
        if (reply.error != 0 || !reply.name) return answer(call, reply);
        show(call, *reply.name, family);
    };
    // The own name of a datagram socket changes with what it sends.
    if (socket->is_stream())
        services.told.tell(services.daemon,
                           ToldBefore::name_of(socket->key, whose),
                           std::move(request),
                           std::move(then));
    else
        static_cast<void>(services.daemon.ask(std::move(request), {}, std::move(then)));
}

}  // namespace handfast::run::calls
