// connect(2). docs/flows/run.md has the two ways, for programs that wait and those that do not.
//
//   fresh ──waits──► (netd is asked, the file untouched) ──established──► connected
//     │                    └──a signal, SO_SNDTIMEO──┐
//     └──does not wait──► connecting ◄───────────────┘
//                             ├──writable──► connected
//                             └──hung up──► burnt ──another connect()──► a fresh file, the same
//                             number
#include <sys/epoll.h>
#include <sys/socket.h>

#include <memory>
#include <utility>

#include "core/berkeley/linux_abi.hpp"
#include "host/run/calls/renew.hpp"
#include "host/run/calls/verbs.hpp"
#include "host/runtime/clock.hpp"

namespace handfast::run::calls {

namespace {

using link::FileDescriptor;

// A socket whose connection is being made.
struct Begun {
    Mark mark;
    control::SocketKey key{};
    wire::Endpoint to;
};

void connect_datagram(Call call,
                      Socket socket,
                      const std::optional<wire::Endpoint>& to,
                      Services& services) {
    services.daemon.ask(
        control::Connect{.socket = socket.key, .address = to, .patience = std::nullopt},
        {},
        [call = std::move(call)](const control::Reply& reply) mutable { answer(call, reply); });
}

// ---- The program does not wait ------------------------------------------------------------------

// Makes the file look as a connection that is being made. The result is its far end.
Result<FileDescriptor> start(Socket& socket, Services& services) {
    auto far = services.meeting.connect(socket.file.get());
    if (!far) return far;
    fill(socket.file.get());
    set_stage(socket.file.get(), socket.mark, Stage::connecting);
    return far;
}

void connect_without_waiting(Call call,
                             Socket socket,
                             const wire::Endpoint& to,
                             Services& services) {
    auto far = start(socket, services);
    if (!far) return call.fail(far.error());
    Descriptors descriptors;
    descriptors.push_back(std::move(*far));
    services.daemon.ask(
        control::Connect{.socket = socket.key, .address = to, .patience = std::nullopt},
        std::move(descriptors),
        [call = std::move(call)](const control::Reply& reply) mutable { answer(call, reply); });
}

// ---- The program waits --------------------------------------------------------------------------

// Established: only now the file is touched.
void finish(Wait wait, const Begun& begun, Services& services) {
    Socket socket{.file = std::move(wait.file), .mark = begun.mark, .key = begun.key};
    auto far = services.meeting.connect(socket.file.get());
    if (!far) return wait.call.fail(far.error());
    if (const auto done = send_held_octet(socket.file.get()); !done)
        return wait.call.fail(done.error());
    establish(socket.file.get(), socket.mark);
    Descriptors descriptors;
    descriptors.push_back(std::move(*far));
    services.daemon.tell(control::Attach{.socket = socket.key}, std::move(descriptors));
    wait.call.done(0);
}

// The program stops waiting, and the connection goes on being made, as if it had never waited.
void go_on_without(FileDescriptor file,
                   const Begun& begun,
                   control::RequestId request,
                   Services& services) {
    services.daemon.tell(control::Forget{.request = request}, {});
    Socket socket{.file = std::move(file), .mark = begun.mark, .key = begun.key};
    auto far = start(socket, services);
    if (!far) return;
    Descriptors descriptors;
    descriptors.push_back(std::move(*far));
    services.daemon.ask(
        control::Connect{.socket = begun.key, .address = begun.to, .patience = std::nullopt},
        std::move(descriptors),
        [](const control::Reply&) {});
}

void connect_and_wait(Call call, Socket socket, const wire::Endpoint& to, Services& services) {
    if (!services.daemon.alive()) return call.fail(Errno::network_down);
    struct Asked {
        Parking::Ticket ticket{};
        control::RequestId request{};
    };
    const auto asked = std::make_shared<Asked>();
    const Instant now = runtime::now();
    const auto patience = timeout_of(socket.file.get(), SO_SNDTIMEO);
    const Begun begun{.mark = socket.mark, .key = socket.key, .to = to};
    asked->ticket = services.parking.park(
        {.call = std::move(call),
         .file = std::move(socket.file),
         .until = patience ? Deadline{now + *patience} : std::nullopt,
         .late = Errno::operation_in_progress,
         .ends =
             [asked, begun, &services](Ending why, FileDescriptor& file) {
                 if (why == Ending::gone)
                     services.daemon.tell(control::Forget{.request = asked->request}, {});
                 else
                     go_on_without(std::move(file), begun, asked->request, services);
             }},
        now);
    asked->request = services.daemon.ask(
        control::Connect{.socket = begun.key, .address = to, .patience = std::nullopt},
        {},
        [asked, begun, &services](const control::Reply& reply) {
            auto wait = services.parking.take(asked->ticket);
            if (!wait) return;
            if (reply.error != 0) return answer(wait->call, reply);
            finish(std::move(*wait), begun, services);
        });
}

// ---- Begun, while it is being made or after -----------------------------------------------------

void connect_anew(Call call, Socket socket, const wire::Endpoint& to, Services& services) {
    if (socket.mark.stage == Stage::burnt) {
        if (const auto done = renew(call, socket, services); !done) return call.fail(done.error());
    }
    if (waits(socket.file.get()))
        connect_and_wait(std::move(call), std::move(socket), to, services);
    else
        connect_without_waiting(std::move(call), std::move(socket), to, services);
}

// It has failed: connect() tells why, once; the next one begins anew, with another file.
void tell_failure(Call call, const Begun& begun, Services& services) {
    services.daemon.ask(
        control::Connect{.socket = begun.key, .address = begun.to, .patience = std::nullopt},
        {},
        [call = std::move(call)](const control::Reply& reply) mutable {
            call.fail(reply.error == 0 ? Errno::connection_aborted
                                       : static_cast<Errno>(reply.error));
        });
}

// Answers the call unless the connection is still being made.
bool attempt(Call& call, int file, Begun begun, Services& services) {
    switch (progress_of(file)) {
        case Progress::under_way:
            return false;
        case Progress::established:
            establish(file, begun.mark);
            call.done(0);
            return true;
        case Progress::failed:
            set_stage(file, begun.mark, Stage::burnt);
            tell_failure(std::move(call), begun, services);
            return true;
    }
    return false;
}

void connect_again(Call call, Socket socket, const wire::Endpoint& to, Services& services) {
    const Begun begun{.mark = socket.mark, .key = socket.key, .to = to};
    const bool patient = waits(socket.file.get());
    const Instant now = runtime::now();
    const auto until = deadline_of(socket.file.get(), SO_SNDTIMEO, now);
    if (attempt(call, socket.file.get(), begun, services)) return;
    if (!patient) return call.fail(Errno::connection_already_in_progress);
    services.parking.park({.call = std::move(call),
                           .file = std::move(socket.file),
                           .events = EPOLLOUT,
                           .until = until,
                           .late = Errno::connection_already_in_progress,
                           .attempt =
                               [begun, &services](Call& c, const FileDescriptor& file) {
                                   return attempt(c, file.get(), begun, services);
                               }},
                          now);
}

}  // namespace

void connect(Call call, Services& services) {
    auto socket = socket_of(call, services);
    if (!socket) return;
    const auto octets = read_address(call, call.argument(1), call.int_argument(2));
    if (!octets) return call.fail(octets.error());
    const auto to = berkeley::linux_abi::connect_address(*octets, socket->kind());
    if (!to) return call.fail(to.error());
    if (socket->is_stream() && (socket->mark.stage == Stage::connected || listens(*socket)))
        if (*to) return call.fail(Errno::already_connected);
    if (const auto done = introduce(*socket, services); !done) return call.fail(done.error());
    if (!socket->is_stream())
        return connect_datagram(std::move(call), std::move(*socket), *to, services);
    if (!*to) return disconnect(std::move(call), std::move(*socket), services);
    if (socket->mark.stage == Stage::connecting)
        return connect_again(std::move(call), std::move(*socket), **to, services);
    connect_anew(std::move(call), std::move(*socket), **to, services);
}

}  // namespace handfast::run::calls
