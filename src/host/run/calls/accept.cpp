// accept(2): the connections of a listener lie in the queue of its AF_UNIX socket, where netd has
// put them; each end that comes out of it bears the connection's name.
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/un.h>

#include <cerrno>
#include <cstddef>
#include <fcntl.h>
#include <string_view>
#include <unistd.h>
#include <utility>

#include "host/run/calls/verbs.hpp"
#include "host/run/telling.hpp"
#include "host/runtime/clock.hpp"

namespace handfast::run::calls {

namespace {

using link::FileDescriptor;

// Another supervisor may have taken what was there a moment ago, and nothing of accept(2) is for
// one call only but the time that it may take: so that is made short, for as long as the call
// lasts.
class ShortPatience {
public:
    explicit ShortPatience(int file) : file_{file} {
        socklen_t size = sizeof before_;
        static_cast<void>(::getsockopt(file, SOL_SOCKET, SO_RCVTIMEO, &before_, &size));
        const timeval short_time{.tv_sec = 0, .tv_usec = 1000};
        set(short_time);
    }
    ShortPatience(const ShortPatience&) = delete;
    ShortPatience& operator=(const ShortPatience&) = delete;
    ShortPatience(ShortPatience&&) = delete;
    ShortPatience& operator=(ShortPatience&&) = delete;
    ~ShortPatience() { set(before_); }

private:
    void set(const timeval& time) const {
        static_cast<void>(::setsockopt(file_, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time));
    }

    int file_;
    timeval before_{};
};

// The program's socket, for the time of an attempt.
struct Listener {
    int file{-1};
    Mark mark;
    control::SocketKey key{};
    pid_t process{0};  // who accepts
};

Result<FileDescriptor> accept_now(int listener, bool waits) {
    std::optional<ShortPatience> patience;
    if (waits) patience.emplace(listener);
    FileDescriptor file{::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC)};
    if (!file) return fail(static_cast<Errno>(errno));
    return file;
}

std::optional<control::ConnectionName> name_of_peer(int file) {
    sockaddr_un address{};
    socklen_t size = sizeof address;
    if (::getpeername(file, reinterpret_cast<sockaddr*>(&address), &size) != 0) return std::nullopt;
    constexpr std::size_t start = offsetof(sockaddr_un, sun_path) + 1;  // an abstract name
    if (size <= start || address.sun_path[0] != '\0') return std::nullopt;
    return control::parse_connection_name({address.sun_path + 1, size - start});
}

void keep_names(control::SocketKey key, const control::ConnectionName& name, ToldBefore& told) {
    using Whose = control::GetName::Whose;
    const auto keep = [&](Whose whose, const wire::Endpoint& endpoint) {
        control::Reply reply;
        reply.name = endpoint;
        told.keep(ToldBefore::name_of(key, whose), std::move(reply));
    };
    keep(Whose::own, name.local);
    keep(Whose::peer, name.remote);
}

// The next connection that netd has put there, made ours and told to netd.
Result<Spilled> take(const Listener& listener, Services& services) {
    if (const auto found = services.spilled.find(listener.key); found != services.spilled.end()) {
        Spilled first = std::move(found->second.front());
        found->second.pop_front();
        if (found->second.empty()) services.spilled.erase(found);
        return first;
    }
    for (;;) {
        auto file = accept_now(listener.file, waits(listener.file));
        if (!file) return fail(file.error());
        const auto name = name_of_peer(file->get());
        if (!name || name->network_key != services.network_key) continue;
        Mark mark = listener.mark;
        mark.stage = Stage::connected;
        set_mark(file->get(), mark);
        copy_file_options(listener.file, file->get());
        give_send_buffer(file->get());
        static_cast<void>(send_held_octet(file->get()));
        const control::SocketKey key = key_of(file->get());
        services.daemon.tell(control::Accepted{.listener = listener.key,
                                               .connection = name->connection,
                                               .socket = key,
                                               .process = listener.process},
                             {});
        tell_accepted(*name);
        keep_names(key, *name, services.told);
        return Spilled{.file = std::move(*file), .name = *name};
    }
}

Result<void> give(Call& call, const Listener& listener, const Spilled& taken) {
    const bool four = call.number() == SYS_accept4;
    const int flags = four ? call.int_argument(3) : 0;
    if ((flags & SOCK_NONBLOCK) != 0) {
        const int non_blocking = O_RDWR | O_NONBLOCK;
        static_cast<void>(::fcntl(taken.file.get(), F_SETFL, non_blocking));
    }
    if (call.argument(1) != 0) {
        const auto shown = write_address(
            call, call.argument(1), call.argument(2), taken.name.remote, listener.mark.family);
        if (!shown) return shown;
    }
    return call.install(taken.file.get(), (flags & SOCK_CLOEXEC) != 0);
}

// Answers the call unless there is nothing to accept and the call waits.
bool attempt(Call& call, const Listener& listener, Services& services) {
    auto taken = take(listener, services);
    if (!taken) {
        if (!services.daemon.alive()) {
            call.fail(Errno::network_down);
            return true;
        }
        if (taken.error() == Errno::resource_unavailable_try_again && waits(listener.file))
            return false;
        call.fail(taken.error());
        return true;
    }
    const auto given = give(call, listener, *taken);
    if (given) return true;
    // Bad memory costs the connection, as on Linux; else it is for the next call.
    if (given.error() != Errno::bad_address)
        services.spilled[listener.key].push_back(std::move(*taken));
    call.fail(given.error());
    return true;
}

}  // namespace

void accept(Call call, Services& services) {
    auto socket = socket_of(call, services);
    if (!socket) return;
    if (call.number() == SYS_accept4 &&
        (call.int_argument(3) & ~(SOCK_NONBLOCK | SOCK_CLOEXEC)) != 0)
        return call.fail(Errno::invalid_argument);
    if (!socket->is_stream()) return call.fail(Errno::operation_not_supported);
    if (!listens(*socket)) return call.fail(Errno::invalid_argument);
    if (!services.daemon.alive()) return call.fail(Errno::network_down);
    // What is taken for a caller who is gone waits for the next one, unseen by poll().
    if (!call.wanted()) return call.fail(Errno::interrupted);
    const pid_t process = services.processes.process_of(call.thread());
    const Listener listener{
        .file = socket->file.get(), .mark = socket->mark, .key = socket->key, .process = process};
    if (attempt(call, listener, services)) return;
    const Instant now = runtime::now();
    const auto until = deadline_of(socket->file.get(), SO_RCVTIMEO, now);
    services.parking.park(
        {.call = std::move(call),
         .file = std::move(socket->file),
         .events = EPOLLIN,
         .until = until,
         .attempt =
             [mark = socket->mark, key = socket->key, process, &services](
                 Call& c, const FileDescriptor& file) {
                 return attempt(c,
                                {.file = file.get(), .mark = mark, .key = key, .process = process},
                                services);
             }},
        now);
}

}  // namespace handfast::run::calls
