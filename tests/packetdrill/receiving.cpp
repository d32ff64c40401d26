#include <algorithm>
#include <vector>

#include "core/berkeley/linux_abi.hpp"
#include "packetdrill/ancillary.hpp"
#include "packetdrill/calls.hpp"
#include "packetdrill/waiting.hpp"

namespace handfast::packetdrill {

namespace linux_abi = berkeley::linux_abi;
using berkeley::DatagramInfo;
using berkeley::MessageFlags;
using berkeley::Option;
using berkeley::SocketType;

namespace {

// A receive that may take several attempts.
struct Receiving {
    Adaptor& a;
    SocketEnd end;
    const Memory& into;
    int flags;
    std::size_t enough{1};  // octets after which a stream's call returns
    std::size_t done{0};
    DatagramInfo datagram{};  // of the attempt that succeeded

    [[nodiscard]] bool discards() const {
        return (flags & MSG_TRUNC) != 0 && end.type == SocketType::stream;
    }
};

std::size_t enough_for(Adaptor& a, const SocketEnd& end, std::size_t room, int flags) {
    if (end.type == SocketType::datagram || (flags & (MSG_PEEK | MSG_OOB)) != 0) return 1;
    if ((flags & MSG_WAITALL) != 0) return std::max<std::size_t>(room, 1);
    const int low = a.sockets().get_option(end.id, Option::so_rcvlowat).value_or(1);
    return std::clamp<std::size_t>(room, 1, static_cast<std::size_t>(std::max(low, 1)));
}

// Memory that cannot be written is told when there is something to write.
Outcome receive_nowhere(Receiving& r) {
    std::byte octet{};
    MessageFlags peek = linux_abi::message_flags(r.flags);
    peek.peek = true;
    const auto n = r.a.sockets().receive(r.end.id, {&octet, 1}, peek, r.a.now());
    if (!n) return fail(n.error());
    return *n == 0 ? Outcome{0} : fail(Errno::bad_address);
}

Outcome receive_some(Receiving& r) {
    const std::size_t room = (r.discards() ? r.into.size() : r.into.usable()) - r.done;
    if (room == 0 && r.into.is_faulty() && !r.discards()) return receive_nowhere(r);
    std::vector<std::byte> octets(room);
    const MessageFlags flags = linux_abi::message_flags(r.flags);
    if (r.end.type == SocketType::datagram) {
        const auto info = r.a.sockets().receive_from(r.end.id, octets, flags, r.a.now());
        if (!info) return fail(info.error());
        r.datagram = *info;
        r.into.scatter(0, Bytes{octets}.first(info->copied));
        return static_cast<long>(flags.truncate ? info->length : info->copied);
    }
    const auto n = r.a.sockets().receive(r.end.id, octets, flags, r.a.now());
    if (!n) return fail(n.error());
    if (!r.discards()) r.into.scatter(r.done, Bytes{octets}.first(*n));
    return static_cast<long>(*n);
}

// One attempt. What came before an end or an error is given first; those keep.
std::optional<Outcome> attempt(Receiving& r) {
    const Outcome some = receive_some(r);
    if (!some) return r.done > 0 && unless_again(some) ? Outcome{r.done} : unless_again(some);
    r.done += static_cast<std::size_t>(*some);
    const bool at_end = *some == 0;
    if (r.end.type == SocketType::stream && !at_end && r.done < r.enough) return std::nullopt;
    return static_cast<long>(r.done);
}

Outcome finish(const Receiving& r) {
    return r.done > 0 ? Outcome{r.done} : again();
}

Outcome carry_out(Receiving& r, int fd) {
    if ((r.flags & MSG_ERRQUEUE) != 0) return again();  // nothing is ever put there
    if (!may_wait(r.a, fd, r.flags)) return attempt(r).value_or(finish(r));
    r.enough = enough_for(r.a, r.end, r.into.size(), r.flags);
    return r.a.stage().wait([&r] { return attempt(r); },
                            {.until = socket_deadline(r.a, r.end.id, Direction::in),
                             .then = [&r] { return finish(r); }});
}

// Streams tell no source.
socklen_t tell_source(const Receiving& r, void* into, socklen_t room) {
    if (r.end.type == SocketType::stream) return 0;
    return static_cast<socklen_t>(linux_abi::emit_address(
        r.datagram.source, std::as_writable_bytes(std::span{static_cast<char*>(into), room})));
}

}  // namespace

Outcome read(Adaptor& a, int fd, const Memory& into) {
    const Descriptor* const descriptor = a.descriptors().find(fd);
    if (descriptor == nullptr || std::holds_alternative<PipeEnd>(descriptor->object))
        return read_file(a, fd, into);
    if (std::holds_alternative<EpollSet>(descriptor->object)) return fail(Errno::invalid_argument);
    return receive(a, fd, into, 0, {});
}

Outcome receive(Adaptor& a, int fd, const Memory& into, int flags, AddressRoom from) {
    const auto end = a.descriptors().socket(fd);
    if (!end) return fail(end.error());
    Receiving r{.a = a, .end = **end, .into = into, .flags = flags};
    const Outcome outcome = carry_out(r, fd);
    if (outcome && from.address != nullptr && from.length != nullptr)
        *from.length = tell_source(r, from.address, *from.length);
    return outcome;
}

Outcome receive_message(Adaptor& a, int fd, msghdr* message, int flags) {
    const auto end = a.descriptors().socket(fd);
    if (!end) return fail(end.error());
    if (message == nullptr) return fail(Errno::bad_address);
    const Memory into{std::span{message->msg_iov, message->msg_iovlen}};
    Receiving r{.a = a, .end = **end, .into = into, .flags = flags};
    const Outcome outcome = carry_out(r, fd);
    if (!outcome) return outcome;

    message->msg_flags = 0;
    if ((flags & MSG_OOB) != 0) message->msg_flags |= MSG_OOB;
    if (r.datagram.truncated()) message->msg_flags |= MSG_TRUNC;
    message->msg_namelen =
        message->msg_name == nullptr ? 0 : tell_source(r, message->msg_name, message->msg_namelen);
    tell_ancillary(a.sockets(), r.end, r.datagram, *message);
    return outcome;
}

}  // namespace handfast::packetdrill
