#include <sys/ioctl.h>

#include <fcntl.h>

#include "core/berkeley/linux_abi.hpp"
#include "packetdrill/calls.hpp"

namespace handfast::packetdrill {

namespace linux_abi = berkeley::linux_abi;

namespace {

Outcome outcome_of(const Result<void>& done) {
    return done ? Outcome{0} : fail(done.error());
}

Outcome store(const Result<int>& number, int* into) {
    if (!number) return fail(number.error());
    *into = *number;
    return 0;
}

Outcome at_mark(Adaptor& a, socket::SocketId id, int* into) {
    const auto mark = a.sockets().at_mark(id);
    if (!mark) return fail(mark.error());
    *into = *mark ? 1 : 0;
    return 0;
}

Outcome host_says(int result) {
    return result < 0 ? fail(static_cast<Errno>(errno)) : Outcome{result};
}

}  // namespace

Outcome get_option(Adaptor& a, int fd, int level, int name, void* value, socklen_t* length) {
    const auto end = a.descriptors().socket(fd);
    if (!end) return fail(end.error());
    if (length == nullptr) return fail(Errno::bad_address);
    if (static_cast<int>(*length) < 0) return fail(Errno::invalid_argument);
    if (value == nullptr && *length > 0) return fail(Errno::bad_address);
    const auto size = a.sockets().get_option_raw(
        (*end)->id, level, name, {static_cast<std::byte*>(value), *length}, a.now());
    if (!size) return fail(size.error());
    *length = static_cast<socklen_t>(*size);
    return 0;
}

Outcome set_option(Adaptor& a, int fd, int level, int name, const void* value, socklen_t length) {
    const auto end = a.descriptors().socket(fd);
    if (!end) return fail(end.error());
    if (static_cast<int>(length) < 0) return fail(Errno::invalid_argument);
    if (value == nullptr && length > 0) return fail(Errno::bad_address);
    a.heed_settings();
    return outcome_of(a.sockets().set_option_raw(
        (*end)->id, level, name, {static_cast<const std::byte*>(value), length}, a.now()));
}

Outcome control_file(Adaptor& a, int fd, int command, long argument) {
    Descriptor* const descriptor = a.descriptors().find(fd);
    if (descriptor == nullptr || command == F_GETFD || command == F_SETFD)
        return host_says(::fcntl(fd, command, argument));
    switch (command) {
        case F_GETFL:
            return O_RDWR | (descriptor->nonblocking ? O_NONBLOCK : 0);
        case F_SETFL:
            descriptor->nonblocking = (argument & O_NONBLOCK) != 0;
            return 0;
        default:
            return fail(Errno::invalid_argument);
    }
}

Outcome control_device(Adaptor& a, int fd, unsigned long request, int* value) {
    Descriptor* const descriptor = a.descriptors().find(fd);
    if (value == nullptr) return fail(Errno::bad_address);
    if (descriptor != nullptr && request == FIONBIO) {
        descriptor->nonblocking = *value != 0;
        return 0;
    }
    const auto* const end =
        descriptor == nullptr ? nullptr : std::get_if<SocketEnd>(&descriptor->object);
    if (end == nullptr) return host_says(::ioctl(fd, request, value));
    switch (request) {
        case linux_abi::fionread:
            return store(a.sockets().pending_in(end->id), value);
        case linux_abi::tiocoutq:
            return store(a.sockets().pending_out(end->id), value);
        case linux_abi::siocoutqnsd:
            return store(a.sockets().pending_unsent(end->id), value);
        case linux_abi::siocatmark:
            return at_mark(a, end->id, value);
        default:
            return fail(Errno::inappropriate_io_control_operation);
    }
}

}  // namespace handfast::packetdrill
