#include "host/run/calls/renew.hpp"

#include <sys/socket.h>

#include <fcntl.h>
#include <utility>

#include "host/run/registrations.hpp"

namespace handfast::run::calls {

namespace {

// Installs the file over the caller's number, and registers it where that was.
Result<void> take_place(Call& call, int old, int file, Processes& processes) {
    const int number = call.int_argument(0);
    const auto registrations = Registrations::of(call.thread(), number, old, processes);
    registrations.remove(old);
    const bool close_on_exec = closes_on_exec(call.thread(), number);
    if (const auto done = call.replace(number, file, close_on_exec); !done) return done;
    registrations.add(file);
    return {};
}

}  // namespace

Result<void> renew(Call& call, Socket& socket, Services& services) {
    const Mark mark{
        .family = socket.mark.family, .type = socket.mark.type, .protocol = socket.mark.protocol};
    auto file = make_stream(mark, ::fcntl(socket.file.get(), F_GETFL) & O_NONBLOCK);
    if (!file) return fail(file.error());
    copy_file_options(socket.file.get(), file->get());
    Socket fresh{.file = std::move(*file), .mark = mark, .key = {}};
    fresh.key = key_of(fresh.file.get());
    auto name = name_in(services.folder.get(), fresh.file.get());
    if (!name) return fail(name.error());
    if (const auto done = take_place(call, socket.file.get(), fresh.file.get(), services.processes);
        !done)
        return done;
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
