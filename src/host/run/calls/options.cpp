// setsockopt(2), getsockopt(2). What the mark tells, and what the kernel must obey when it reads
// and writes the file itself, is settled here; all else is netd's.
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <span>

#include "host/run/calls/verbs.hpp"

namespace handfast::run::calls {

namespace {

constexpr std::size_t longest_value = 1024;

enum class Place : std::uint8_t { netd, file, both };

// Who keeps an option that is set.
Place place_of(int level, int name) {
    if (level != SOL_SOCKET) return Place::netd;
    switch (name) {
        case SO_RCVTIMEO:
        case SO_SNDTIMEO:
        case SO_OOBINLINE:  // the urgent octet comes to the file as such
            return Place::file;
        case SO_RCVLOWAT:
            return Place::both;
        default:
            return Place::netd;
    }
}

// Options that need nobody to be asked.
std::optional<int> known(const Socket& socket, int level, int name) {
    if (level != SOL_SOCKET) return std::nullopt;
    switch (name) {
        case SO_TYPE:
            return socket.is_stream() ? SOCK_STREAM : SOCK_DGRAM;
        case SO_DOMAIN:
            return socket.mark.family == wire::Family::ipv6 ? AF_INET6 : AF_INET;
        case SO_PROTOCOL:
            return socket.mark.protocol;
        case SO_ACCEPTCONN:
            return listens(socket) ? 1 : 0;
        default:
            return std::nullopt;
    }
}

// Not what the connection changes by itself, as TCP_INFO, TCP_QUICKACK, and the buffers that grow.
bool changes_when_set_only(int level, int name) {
    struct Options {
        int level;
        std::array<int, 10> names;
    };
    static constexpr std::array all{Options{SOL_SOCKET,
                                            {SO_REUSEADDR,
                                             SO_REUSEPORT,
                                             SO_KEEPALIVE,
                                             SO_LINGER,
                                             SO_BROADCAST,
                                             SO_DONTROUTE,
                                             SO_PRIORITY}},
                                    Options{IPPROTO_TCP,
                                            {TCP_NODELAY,
                                             TCP_CORK,
                                             TCP_KEEPIDLE,
                                             TCP_KEEPINTVL,
                                             TCP_KEEPCNT,
                                             TCP_SYNCNT,
                                             TCP_LINGER2,
                                             TCP_DEFER_ACCEPT,
                                             TCP_CONGESTION,
                                             TCP_USER_TIMEOUT}},
                                    Options{IPPROTO_IP, {IP_TOS, IP_TTL, IP_MTU_DISCOVER}},
                                    Options{IPPROTO_IPV6, {IPV6_V6ONLY, IPV6_UNICAST_HOPS}}};
    return std::ranges::any_of(all, [&](const Options& options) {
        return options.level == level && name != 0 &&
               std::ranges::find(options.names, name) != options.names.end();
    });
}

// The value and its length, as much as there is room for.
void give(Call& call, std::size_t room, Bytes value) {
    const Memory memory{call.thread()};
    const Bytes shown = value.first(std::min(room, value.size()));
    if (const auto done = memory.write(call.argument(3), shown); !done)
        return call.fail(done.error());
    answer(call, memory.store(call.argument(4), static_cast<std::int32_t>(shown.size())));
}

void give_file_option(Call& call, const Socket& socket, std::size_t room) {
    std::array<std::byte, 64> value{};
    auto size = static_cast<socklen_t>(std::min(room, value.size()));
    if (::getsockopt(socket.file.get(), SOL_SOCKET, call.int_argument(2), value.data(), &size) != 0)
        return call.fail(static_cast<Errno>(errno));
    give(call, room, Bytes{value}.first(size));
}

// AF_UNIX's own error, which goes by being asked for. Without one, there is none; its number is
// netd's to tell.
int take_file_error(const Socket& socket) {
    int error = 0;
    socklen_t size = sizeof error;
    static_cast<void>(::getsockopt(socket.file.get(), SOL_SOCKET, SO_ERROR, &error, &size));
    return error;
}

// Any octet that is not zero means yes.
bool is_on(Bytes value) {
    return std::ranges::any_of(value, [](std::byte octet) { return octet != std::byte{0}; });
}

void give_error(Call call, const Socket& socket, std::size_t room, Services& services) {
    const int file_error = socket.is_stream() ? take_file_error(socket) : 0;
    if (socket.is_stream() && file_error == 0)
        return give(call, room, std::as_bytes(std::span{&file_error, 1}));
    services.daemon.ask(
        control::GetOption{
            .socket = socket.key, .level = SOL_SOCKET, .name = SO_ERROR, .room = sizeof(int)},
        {},
        [call = std::move(call), room, file_error](const control::Reply& reply) mutable {
            if (reply.error == 0 && is_on(reply.value)) return give(call, room, reply.value);
            give(call, room, std::as_bytes(std::span{&file_error, 1}));
        });
}

// Which of what stands beside a datagram this option turns on; nullptr: none.
bool Beside::* beside_of(int level, int name) {
    struct Named {
        int level;
        int name;
        bool Beside::* flag;
    };
    static constexpr std::array all{
        Named{SOL_SOCKET, SO_TIMESTAMP, &Beside::time_in_microseconds},
        Named{SOL_SOCKET, SO_TIMESTAMPNS, &Beside::time_in_nanoseconds},
        Named{IPPROTO_IP, IP_PKTINFO, &Beside::packet_info},
        Named{IPPROTO_IP, IP_RECVTTL, &Beside::hop_limit},
        Named{IPPROTO_IP, IP_RECVTOS, &Beside::traffic_class},
        Named{IPPROTO_IPV6, IPV6_RECVPKTINFO, &Beside::packet_info},
        Named{IPPROTO_IPV6, IPV6_RECVHOPLIMIT, &Beside::hop_limit},
        Named{IPPROTO_IPV6, IPV6_RECVTCLASS, &Beside::traffic_class},
    };
    const auto* const found = std::ranges::find_if(
        all, [&](const Named& named) { return named.level == level && named.name == name; });
    return found == all.end() ? nullptr : found->flag;
}

}  // namespace

void set_option(Call call, Services& services) {
    auto socket = socket_of(call, services);
    if (!socket) return;
    const int level = call.int_argument(1);
    const int name = call.int_argument(2);
    const int length = call.int_argument(4);
    if (length < 0) return call.fail(Errno::invalid_argument);
    control::Octets value(std::min(static_cast<std::size_t>(length), longest_value));
    if (const auto done = Memory{call.thread()}.read(call.argument(3), value); !done)
        return call.fail(done.error());
    const Place place = place_of(level, name);
    if (place != Place::netd) {
        const auto size = static_cast<socklen_t>(value.size());
        if (::setsockopt(socket->file.get(), level, name, value.data(), size) != 0)
            return call.fail(static_cast<Errno>(errno));
        if (place == Place::file) return call.done(0);
    }
    if (const auto done = introduce(*socket, services); !done) return call.fail(done.error());
    const auto beside = socket->is_stream() ? nullptr : beside_of(level, name);
    const bool on = is_on(value);
    services.daemon.ask(
        control::SetOption{
            .socket = socket->key, .level = level, .name = name, .value = std::move(value)},
        {},
        [call = std::move(call), socket = std::move(*socket), beside, on](
            const control::Reply& reply) mutable {
            if (reply.error == 0 && beside != nullptr) {
                socket.mark.beside.*beside = on;
                set_mark(socket.file.get(), socket.mark);
            }
            answer(call, reply);
        });
}

void get_option(Call call, Services& services) {
    auto socket = socket_of(call, services);
    if (!socket) return;
    const int level = call.int_argument(1);
    const int name = call.int_argument(2);
    const auto length = Memory{call.thread()}.load<std::int32_t>(call.argument(4));
    if (!length) return call.fail(length.error());
    if (*length < 0) return call.fail(Errno::invalid_argument);
    const auto room = std::min(static_cast<std::size_t>(*length), longest_value);
    if (const auto number = known(*socket, level, name))
        return give(call, room, std::as_bytes(std::span{&*number, 1}));
    if (place_of(level, name) == Place::file || (level == SOL_SOCKET && name == SO_COOKIE))
        return give_file_option(call, *socket, room);
    if (const auto done = introduce(*socket, services); !done) return call.fail(done.error());
    if (level == SOL_SOCKET && name == SO_ERROR)
        return give_error(std::move(call), *socket, room, services);
    control::GetOption request{.socket = socket->key,
                               .level = level,
                               .name = name,
                               .room = static_cast<std::uint32_t>(room)};
    auto then = [call = std::move(call), room](const control::Reply& reply) mutable {
        if (reply.error != 0) return answer(call, reply);
        give(call, room, reply.value);
    };
    if (!changes_when_set_only(level, name))
        static_cast<void>(services.daemon.ask(std::move(request), {}, std::move(then)));
    else
        services.told.tell(services.daemon,
                           {.key = socket->key, .level = level, .name = name, .room = room},
                           std::move(request),
                           std::move(then));
}

}  // namespace handfast::run::calls
