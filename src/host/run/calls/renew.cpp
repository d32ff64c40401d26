#include "host/run/calls/renew.hpp"

#include <sys/socket.h>
#include <sys/time.h>

#include <fcntl.h>
#include <utility>

namespace handfast::run::calls {

namespace {

void copy_times(int from, int to) {
    for (const int option : {SO_RCVTIMEO, SO_SNDTIMEO}) {
        timeval time{};
        socklen_t size = sizeof time;
        static_cast<void>(::getsockopt(from, SOL_SOCKET, option, &time, &size));
        static_cast<void>(::setsockopt(to, SOL_SOCKET, option, &time, sizeof time));
    }
}

}  // namespace

Result<void> renew(Call& call, Socket& socket, Services& services) {
    const int number = call.int_argument(0);
    const Mark mark{
        .family = socket.mark.family, .type = socket.mark.type, .protocol = socket.mark.protocol};
    auto file = make_stream(mark, ::fcntl(socket.file.get(), F_GETFL) & O_NONBLOCK);
    if (!file) return fail(file.error());
    copy_times(socket.file.get(), file->get());
    Socket fresh{.file = std::move(*file), .mark = mark, .key = {}};
    fresh.key = key_of(fresh.file.get());
    auto name = name_in(services.folder.get(), fresh.file.get());
    if (!name) return fail(name.error());
    const bool close_on_exec = closes_on_exec(call.thread(), number);
    if (const auto done = call.replace(number, fresh.file.get(), close_on_exec); !done) return done;
    fresh.mark.told = true;
    set_mark(fresh.file.get(), fresh.mark);
    Descriptors descriptors;
    descriptors.push_back(std::move(*name));
    services.daemon.tell(control::Replace{.socket = socket.key, .by = fresh.key},
                         std::move(descriptors));
    socket = std::move(fresh);
    return {};
}

void disconnect(Call call, Socket socket, Services& services) {
    if (socket.mark.stage == Stage::connecting || socket.mark.stage == Stage::connected)
        set_stage(socket.file.get(), socket.mark, Stage::burnt);
    const control::SocketKey key = socket.key;
    services.daemon.ask(
        control::Connect{.socket = key, .address = std::nullopt, .patience = std::nullopt},
        {},
        [call = std::move(call), socket = std::move(socket), &services](
            const control::Reply& reply) mutable {
            if (reply.error == 0 && socket.mark.stage == Stage::burnt)
                return answer(call, renew(call, socket, services));
            answer(call, reply);
        });
}

}  // namespace handfast::run::calls
