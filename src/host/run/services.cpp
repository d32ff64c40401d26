#include "host/run/services.hpp"

#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>

#include <algorithm>
#include <array>
#include <fcntl.h>
#include <span>
#include <utility>

#include "core/berkeley/linux_abi.hpp"

namespace handfast::run {

namespace linux_abi = berkeley::linux_abi;
using berkeley::SocketType;
using link::FileDescriptor;

std::optional<Socket> socket_of(Call& call, Services& services) {
    auto file = services.processes.descriptor(call.thread(), call.int_argument(0));
    if (!file) {
        // Who may not be looked into has no socket of ours: it was refused one.
        if (file.error() == Errno::operation_not_permitted)
            call.carry_on();
        else
            call.fail(file.error());
        return std::nullopt;
    }
    const auto mark = mark_of(file->get());
    if (!mark) {
        call.carry_on();
        return std::nullopt;
    }
    const control::SocketKey key = key_of(file->get());
    Socket socket{.file = std::move(*file), .mark = *mark, .key = key, .thread = call.thread()};
    // connect() itself wants to know that it is the first to hear of it.
    if (mark->stage == Stage::connecting && call.number() != SYS_connect &&
        progress_of(socket.file.get()) == Progress::established)
        establish(socket.file.get(), socket.mark);
    return socket;
}

Result<void> introduce(Socket& socket, Services& services) {
    if (socket.mark.told) return {};
    Descriptors descriptors;
    if (socket.is_stream()) {
        auto name = name_in(services.folder.get(), socket.file.get());
        if (!name) return fail(name.error());
        descriptors.push_back(std::move(*name));
    } else {
        const auto far = services.far_ends.extract(socket.key);
        if (far.empty()) return fail(Errno::network_down);
        descriptors.push_back(std::move(far.mapped()));
    }
    socket.mark.told = true;
    set_mark(socket.file.get(), socket.mark);
    services.daemon.tell(control::Open{.socket = socket.key,
                                       .family = socket.mark.family,
                                       .type = socket.mark.type,
                                       .process = services.processes.process_of(socket.thread)},
                         std::move(descriptors));
    return {};
}

bool waits(int file) {
    return (::fcntl(file, F_GETFL) & O_NONBLOCK) == 0;
}

bool listens(const Socket& socket) {
    int value = 0;
    socklen_t size = sizeof value;
    return ::getsockopt(socket.file.get(), SOL_SOCKET, SO_ACCEPTCONN, &value, &size) == 0 &&
           value != 0;
}

void set_stage(int file, Mark& mark, Stage stage) {
    mark.stage = stage;
    set_mark(file, mark);
}

void establish(int file, Mark& mark) {
    give_send_buffer(file);
    set_stage(file, mark, Stage::connected);
}

std::optional<Duration> timeout_of(int file, int option) {
    timeval time{};
    socklen_t size = sizeof time;
    if (::getsockopt(file, SOL_SOCKET, option, &time, &size) != 0) return std::nullopt;
    if (time.tv_sec == 0 && time.tv_usec == 0) return std::nullopt;
    return seconds{time.tv_sec} + microseconds{time.tv_usec};
}

Deadline deadline_of(int file, int option, Instant now) {
    const auto timeout = timeout_of(file, option);
    if (!timeout) return std::nullopt;
    return now + *timeout;
}

void answer(Call& call, const Result<void>& result) {
    if (result)
        call.done(0);
    else
        call.fail(result.error());
}

void answer(Call& call, const control::Reply& reply) {
    if (reply.error == 0)
        call.done(0);
    else
        call.fail(static_cast<Errno>(reply.error));
}

Result<control::Octets> read_address(const Call& call, std::uint64_t address, int length) {
    if (length < 0 || static_cast<std::size_t>(length) > max_address)
        return fail(Errno::invalid_argument);
    control::Octets octets(static_cast<std::size_t>(length));
    if (const auto done = Memory{call.thread()}.read(address, octets); !done)
        return fail(done.error());
    return octets;
}

wire::Endpoint as_seen(const wire::Endpoint& endpoint, wire::Family family) {
    if (family == wire::Family::ipv4 || !endpoint.address.is_v4()) return endpoint;
    const auto address = endpoint.address.is_unspecified()
                             ? wire::IpAddress::any(wire::Family::ipv6)
                             : wire::IpAddress::v6(endpoint.address.octets());
    return {.address = address, .port = endpoint.port};
}

Result<void> write_address(const Call& call,
                           std::uint64_t address,
                           std::uint64_t length,
                           const wire::Endpoint& endpoint,
                           wire::Family family) {
    const Memory memory{call.thread()};
    const auto room = memory.load<std::int32_t>(length);
    if (!room) return fail(room.error());
    if (*room < 0) return fail(Errno::invalid_argument);
    std::array<std::byte, linux_abi::sockaddr_in6_size> image{};
    const std::size_t size = linux_abi::emit_address(as_seen(endpoint, family), image);
    const auto shown = Bytes{image}.first(std::min(size, static_cast<std::size_t>(*room)));
    if (const auto done = memory.write(address, shown); !done) return done;
    return memory.store(length, static_cast<std::int32_t>(size));
}

}  // namespace handfast::run
