#include <vector>

#include "core/berkeley/linux_abi.hpp"
#include "core/trace/snapshot.hpp"
#include "packetdrill/calls.hpp"
#include "packetdrill/waiting.hpp"

namespace handfast::packetdrill {

namespace linux_abi = berkeley::linux_abi;
using berkeley::MessageFlags;
using berkeley::SocketType;

namespace {

// A send that may take several attempts.
struct Sending {
    Adaptor& a;
    SocketEnd end;
    std::vector<std::byte> octets;
    MessageFlags flags;
    bool faulty{false};  // memory behind the octets cannot be read
    std::optional<wire::Endpoint> to;
    std::size_t done{0};
    bool opening{false};  // text went with the SYN, or waits for it: a handshake is to be done
};

Result<std::size_t> send_rest(Sending& s) {
    const Bytes rest = Bytes{s.octets}.subspan(s.done);
    if (s.to) return s.a.sockets().send_to(s.end.id, rest, *s.to, s.flags, s.a.now());
    return s.a.sockets().send(s.end.id, rest, s.flags, s.a.now());
}

// The first attempt may have been a connect() too: from then on it is a send().
void note_opening(Sending& s) {
    s.flags.fast_open = false;
    if (s.end.type == SocketType::stream) s.to.reset();
    const auto info = s.a.sockets().info(s.end.id, s.a.now());
    s.opening = info && info->state == trace::TcpState::syn_sent;
}

// One attempt. A stream waits until all is taken, and connected.
std::optional<Outcome> attempt(Sending& s) {
    const bool was_opening = s.opening;
    const auto n = send_rest(s);
    const bool in_progress = !n && n.error() == Errno::operation_in_progress;
    if (n || in_progress) note_opening(s);
    if (in_progress) return std::nullopt;
    if (!n) {
        const auto told = unless_again(fail(n.error()));
        return told && s.done > 0 && !was_opening ? Outcome{s.done} : told;
    }
    s.done += *n;
    if (s.opening) return std::nullopt;
    if (s.done < s.octets.size() && s.end.type == SocketType::stream) return std::nullopt;
    if (s.faulty && s.done == 0) return fail(Errno::bad_address);
    return static_cast<long>(s.done);
}

Outcome finish(const Sending& s) {
    if (s.done > 0) return Outcome{s.done};
    return s.opening ? fail(Errno::operation_in_progress) : again();
}

Outcome carry_out(Sending& s, int fd, int flags) {
    const auto before = s.a.sockets().info(s.end.id, s.a.now());
    const bool opens = s.flags.fast_open || (before && before->state == trace::TcpState::syn_sent);
    if (!may_wait(s.a, fd, flags)) return attempt(s).value_or(finish(s));
    return s.a.stage().wait([&s] { return attempt(s); },
                            {.until = socket_deadline(s.a, s.end.id, Direction::out),
                             .then = [&s] { return finish(s); },
                             // Linux: the last ACK of the handshake waits for what is written.
                             .goes_first = opens});
}

}  // namespace

Outcome write(Adaptor& a, int fd, const Memory& octets) {
    const Descriptor* const descriptor = a.descriptors().find(fd);
    if (descriptor == nullptr || std::holds_alternative<PipeEnd>(descriptor->object))
        return write_file(a, fd, octets);
    if (std::holds_alternative<EpollSet>(descriptor->object)) return fail(Errno::invalid_argument);
    return send(a, fd, octets, 0, {});
}

Outcome send(Adaptor& a, int fd, const Memory& octets, int flags, std::span<const std::byte> to) {
    const auto end = a.descriptors().socket(fd);
    if (!end) return fail(end.error());
    Sending s{
        .a = a,
        .end = **end,
        .octets = octets.gather(),
        .flags = linux_abi::message_flags(flags),
        .faulty = octets.is_faulty(),
        .to = std::nullopt,
    };
    if (s.end.type == SocketType::datagram) {
        if (s.faulty) return fail(Errno::bad_address);
        const auto remote =
            linux_abi::send_address(to, {.family = s.end.family, .type = s.end.type});
        if (!to.empty() && !remote) return fail(remote.error());
        if (!to.empty()) s.to = *remote;
    }
    if (s.end.type == SocketType::stream && s.flags.fast_open && !to.empty()) {
        const auto remote =
            linux_abi::connect_address(to, {.family = s.end.family, .type = s.end.type});
        if (!remote) return fail(remote.error());
        if (!*remote) return fail(Errno::operation_not_supported);
        s.to = **remote;
    }
    a.heed_settings();
    return carry_out(s, fd, flags);
}

Outcome send_message(Adaptor& a, int fd, const msghdr* message, int flags) {
    if (const auto end = a.descriptors().socket(fd); !end) return fail(end.error());
    if (message == nullptr) return fail(Errno::bad_address);
    const auto* const name = static_cast<const std::byte*>(message->msg_name);
    return send(a,
                fd,
                Memory{std::span{message->msg_iov, message->msg_iovlen}},
                flags,
                {name, name == nullptr ? 0 : message->msg_namelen});
}

}  // namespace handfast::packetdrill
