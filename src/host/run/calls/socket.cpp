#include <sys/socket.h>

#include "host/run/calls/kinds.hpp"
#include "host/run/calls/verbs.hpp"

namespace handfast::run::calls {

namespace {

constexpr int flags_mask = SOCK_NONBLOCK | SOCK_CLOEXEC;
constexpr int type_mask = 0xf;

Result<link::FileDescriptor> make(const Mark& mark, int flags, Services& services) {
    if (mark.type == berkeley::SocketType::stream) return make_stream(mark, flags);
    auto pair = make_datagram(mark, flags);
    if (!pair) return fail(pair.error());
    services.far_ends.insert_or_assign(key_of(pair->near.get()), std::move(pair->far));
    return std::move(pair->near);
}

}  // namespace

void socket(Call call, Services& services) {
    const int type = call.int_argument(1);
    if ((type & ~(flags_mask | type_mask)) != 0) return call.fail(Errno::invalid_argument);
    const auto mark = mark_for({.family = call.int_argument(0),
                                .type = type & type_mask,
                                .protocol = call.int_argument(2)});
    if (!mark) return call.fail(mark.error());
    // Rather no socket than one that cannot be served.
    if (!services.processes.reachable(call.thread()))
        return call.fail(Errno::operation_not_permitted);
    if (!services.daemon.alive()) return call.fail(Errno::network_down);
    const auto file = make(*mark, type & SOCK_NONBLOCK, services);
    if (!file) return call.fail(file.error());
    const auto installed = call.install(file->get(), (type & SOCK_CLOEXEC) != 0);
    if (installed) return;
    services.far_ends.erase(key_of(file->get()));
    call.fail(installed.error());
}

}  // namespace handfast::run::calls
