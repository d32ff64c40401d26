#include "host/run/calls/user_message.hpp"

#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <span>

namespace handfast::run::calls {

namespace {

constexpr std::size_t most_parts = 1024;  // UIO_MAXIOV

std::uint64_t number(const void* pointer) {
    return reinterpret_cast<std::uint64_t>(pointer);
}

}  // namespace

std::size_t UserMessage::size() const {
    return std::accumulate(
        parts.begin(), parts.end(), std::size_t{0}, [](std::size_t sum, const UserSpan& part) {
            return sum + part.size;
        });
}

Result<UserMessage> read_message(const Call& call, std::uint64_t header) {
    const Memory memory{call.thread()};
    const auto image = memory.load<msghdr>(header);
    if (!image) return fail(image.error());
    if (image->msg_iovlen > most_parts) return fail(Errno::message_size);
    std::vector<iovec> parts(image->msg_iovlen);
    if (const auto done =
            memory.read(number(image->msg_iov), std::as_writable_bytes(std::span{parts}));
        !done)
        return fail(done.error());
    UserMessage message{
        .parts = {},
        .name = number(image->msg_name),
        .name_length = header + offsetof(msghdr, msg_namelen),
        .name_size = static_cast<int>(image->msg_namelen),
        .ancillary = {.address = number(image->msg_control), .size = image->msg_controllen},
        .header = header};
    for (const iovec& part : parts)
        message.parts.push_back({.address = number(part.iov_base), .size = part.iov_len});
    return message;
}

Result<std::vector<std::byte>> gather(const Call& call,
                                      const UserMessage& message,
                                      std::size_t most) {
    const std::size_t size = message.size();
    if (size > most) return fail(Errno::message_size);
    std::vector<std::byte> octets(size);
    MutableBytes rest{octets};
    for (const UserSpan& part : message.parts) {
        if (const auto done = Memory{call.thread()}.read(part.address, rest.first(part.size));
            !done)
            return fail(done.error());
        rest = rest.subspan(part.size);
    }
    return octets;
}

Result<void> scatter(const Call& call, const UserMessage& message, Bytes octets) {
    for (const UserSpan& part : message.parts) {
        const Bytes piece = octets.first(std::min(octets.size(), part.size));
        if (const auto done = Memory{call.thread()}.write(part.address, piece); !done) return done;
        octets = octets.subspan(piece.size());
    }
    return {};
}

Result<void> write_outcome(const Call& call,
                           const UserMessage& message,
                           Bytes ancillary,
                           int flags) {
    const Memory memory{call.thread()};
    const auto at = [&](std::size_t offset) { return message.header + offset; };
    if (const auto done = memory.write(message.ancillary.address, ancillary); !done) return done;
    const auto done = memory.store(at(offsetof(msghdr, msg_controllen)), ancillary.size());
    if (!done) return done;
    return memory.store(at(offsetof(msghdr, msg_flags)), flags);
}

}  // namespace handfast::run::calls
