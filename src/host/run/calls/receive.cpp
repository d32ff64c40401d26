// recvfrom(2) with an address, recvmsg(2), recvmmsg(2): the kernel would tell the name of netd's
// end. So the supervisor takes the octets out of the file itself, with what lies beside them.
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <ctime>
#include <unistd.h>
#include <utility>

#include "core/control/datagram_facts.hpp"
#include "host/run/calls/ancillary.hpp"
#include "host/run/calls/user_message.hpp"
#include "host/run/calls/verbs.hpp"
#include "host/runtime/clock.hpp"

namespace handfast::run::calls {

namespace {

using link::FileDescriptor;

// At once, from a stream: more is for the next call.
constexpr std::size_t most_taken = std::size_t{256} * 1024;

struct Taken {
    std::vector<std::byte> octets;
    std::size_t length{0};  // of the whole datagram
    std::optional<control::DatagramFacts> facts;
};

// A call that receives, all that is known of it.
struct Receive {
    UserMessage message;
    int flags{0};
    std::uint64_t length_at{0};  // recvmmsg(2): where the first message's length is wanted
    Mark mark;
};

// What is told in the file that came beside a datagram.
std::optional<control::DatagramFacts> facts_in(int file) {
    std::array<std::byte, control::max_datagram_facts> octets{};
    const ssize_t size = ::pread(file, octets.data(), octets.size(), 0);
    if (size <= 0) return std::nullopt;
    return control::decode_datagram_facts(Bytes{octets}.first(static_cast<std::size_t>(size)));
}

FileDescriptor descriptor_beside(msghdr& header) {
    FileDescriptor first;
    for (cmsghdr* c = CMSG_FIRSTHDR(&header); c != nullptr; c = CMSG_NXTHDR(&header, c)) {
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS) continue;
        int number = -1;
        std::memcpy(&number, CMSG_DATA(c), sizeof number);
        first = FileDescriptor{number};
    }
    return first;
}

Result<Taken> take(int file, const Receive& what) {
    Taken taken;
    taken.octets.resize(std::min(what.message.size(), most_taken));
    iovec part{.iov_base = taken.octets.data(), .iov_len = taken.octets.size()};
    alignas(cmsghdr) std::array<std::byte, CMSG_SPACE(sizeof(int))> beside{};
    msghdr header{};
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    header.msg_control = beside.data();
    header.msg_controllen = beside.size();
    const int own = MSG_DONTWAIT | MSG_CMSG_CLOEXEC | MSG_TRUNC;
    const ssize_t count = ::recvmsg(file, &header, (what.flags & (MSG_PEEK | MSG_OOB)) | own);
    if (count < 0) return fail(static_cast<Errno>(errno));
    taken.length = static_cast<std::size_t>(count);
    taken.octets.resize(std::min(taken.length, taken.octets.size()));
    if (const FileDescriptor note = descriptor_beside(header)) taken.facts = facts_in(note.get());
    // Facts come with every datagram: this is the end of the pair, for netd is gone.
    if (what.mark.type == berkeley::SocketType::datagram && count == 0 && !taken.facts)
        return fail(Errno::network_down);
    // No datagram, but what became of one that was sent.
    if (taken.facts && taken.facts->error != 0) return fail(static_cast<Errno>(taken.facts->error));
    return taken;
}

Result<void> give_outcome(const Call& call, const Receive& what, const Taken& taken) {
    Ancillary beside;
    if (taken.facts) {
        timespec now{};
        ::clock_gettime(CLOCK_REALTIME, &now);
        beside = ancillary_of(*taken.facts, what.mark, now, what.message.ancillary.size);
    }
    int flags = 0;
    if (taken.length > taken.octets.size()) flags |= MSG_TRUNC;
    if (beside.cut) flags |= MSG_CTRUNC;
    return write_outcome(call, what.message, beside.octets, flags);
}

Result<std::int64_t> give(const Call& call, const Receive& what, const Taken& taken) {
    const UserMessage& message = what.message;
    if (const auto done = scatter(call, message, taken.octets); !done) return fail(done.error());
    if (message.name != 0) {
        // Streams tell no name: length 0.
        const auto done = taken.facts
                              ? write_address(call,
                                              message.name,
                                              message.name_length,
                                              taken.facts->source,
                                              what.mark.family)
                              : Memory{call.thread()}.store(message.name_length, std::int32_t{0});
        if (!done) return fail(done.error());
    }
    if (message.header != 0) {
        if (const auto done = give_outcome(call, what, taken); !done) return fail(done.error());
    }
    const bool whole = (what.flags & MSG_TRUNC) != 0;
    return static_cast<std::int64_t>(whole ? taken.length : taken.octets.size());
}

// Answers the call, unless there is nothing yet.
bool attempt(Call& call, int file, const Receive& what) {
    const auto taken = take(file, what);
    if (!taken) {
        if (taken.error() == Errno::resource_unavailable_try_again) return false;
        call.fail(taken.error());
        return true;
    }
    const auto result = give(call, what, *taken);
    if (!result) {
        call.fail(result.error());
        return true;
    }
    if (what.length_at == 0) {
        call.done(*result);
        return true;
    }
    const auto done =
        Memory{call.thread()}.store(what.length_at, static_cast<std::uint32_t>(*result));
    if (done)
        call.done(1);
    else
        call.fail(done.error());
    return true;
}

void receive(Call call, Socket socket, Receive what, Services& services) {
    // No queue of errors is kept.
    if ((what.flags & MSG_ERRQUEUE) != 0) return call.fail(Errno::resource_unavailable_try_again);
    if (socket.is_stream() && socket.mark.stage == Stage::fresh)
        return call.fail(Errno::not_connected);
    if (attempt(call, socket.file.get(), what)) return;
    if ((what.flags & MSG_DONTWAIT) != 0 || !waits(socket.file.get()))
        return call.fail(Errno::resource_unavailable_try_again);
    if (!services.daemon.alive()) return call.fail(Errno::network_down);
    const Instant now = runtime::now();
    const auto until = deadline_of(socket.file.get(), SO_RCVTIMEO, now);
    services.parking.park(
        {.call = std::move(call),
         .file = std::move(socket.file),
         .events = EPOLLIN | EPOLLRDHUP,
         .until = until,
         .attempt = [what = std::move(what)](
                        Call& c, const FileDescriptor& f) { return attempt(c, f.get(), what); }},
        now);
}

}  // namespace

void receive_from(Call call, Services& services) {
    auto socket = socket_of(call, services);
    if (!socket) return;
    const Mark mark = socket->mark;
    const int flags = call.int_argument(3);
    UserMessage message{.parts = {{.address = call.argument(1), .size = call.argument(2)}},
                        .name = call.argument(4),
                        .name_length = call.argument(5)};
    receive(std::move(call),
            std::move(*socket),
            {.message = std::move(message), .flags = flags, .mark = mark},
            services);
}

void receive_message(Call call, Services& services) {
    auto socket = socket_of(call, services);
    if (!socket) return;
    const bool many = call.number() == SYS_recvmmsg;
    const int flags = call.int_argument(many ? 3 : 2);
    if (many && call.int_argument(2) == 0) return call.done(0);
    auto message = read_message(call, call.argument(1));
    if (!message) return call.fail(message.error());
    // A stream brings nothing beside its octets: the kernel does it as well.
    if (socket->is_stream() && message->name == 0 && (flags & MSG_ERRQUEUE) == 0)
        return call.carry_on();
    const Mark mark = socket->mark;
    const std::uint64_t length_at = many ? call.argument(1) + offsetof(mmsghdr, msg_len) : 0;
    receive(std::move(call),
            std::move(*socket),
            {.message = std::move(*message), .flags = flags, .length_at = length_at, .mark = mark},
            services);
}

}  // namespace handfast::run::calls
