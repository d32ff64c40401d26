#include "host/run/control_channel.hpp"

#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <span>
#include <utility>

#include "core/base/check.hpp"

namespace handfast::run {

using berkeley::Errno;
using berkeley::fail;

namespace {

constexpr std::size_t descriptors_room = CMSG_SPACE(ControlChannel::max_descriptors * sizeof(int));

// What of errno means that nobody is there any more.
Errno error_of(int number) {
    if (number == EAGAIN || number == EWOULDBLOCK) return Errno::resource_unavailable_try_again;
    if (number == EPIPE || number == ECONNREFUSED || number == ENOTCONN)
        return Errno::connection_reset;
    return static_cast<Errno>(number);
}

Descriptors descriptors_of(msghdr& header) {
    Descriptors descriptors;
    for (cmsghdr* c = CMSG_FIRSTHDR(&header); c != nullptr; c = CMSG_NXTHDR(&header, c)) {
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS) continue;
        const std::size_t count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (std::size_t i = 0; i < count; ++i) {
            int number = -1;
            std::memcpy(&number, CMSG_DATA(c) + i * sizeof(int), sizeof number);
            descriptors.emplace_back(number);
        }
    }
    return descriptors;
}

}  // namespace

ControlChannel::ControlChannel(FileDescriptor socket)
    : socket_{std::move(socket)}, incoming_(control::max_message) {
    HF_CHECK(::fcntl(socket_.get(), F_SETFL, O_RDWR | O_NONBLOCK) == 0);
    HF_CHECK(::fcntl(socket_.get(), F_SETFD, FD_CLOEXEC) == 0);
}

Result<void> ControlChannel::send(const control::RequestMessage& message, Descriptors descriptors) {
    control::encode(message, outgoing_);
    return send_octets(std::move(descriptors));
}

Result<void> ControlChannel::send(const control::Reply& message, Descriptors descriptors) {
    control::encode(message, outgoing_);
    return send_octets(std::move(descriptors));
}

Result<void> ControlChannel::send_octets(Descriptors descriptors) {
    if (outgoing_.size() > control::max_message) return fail(Errno::message_size);
    if (waiting_.empty()) {
        const auto done = put(outgoing_, descriptors);
        if (done || done.error() != Errno::resource_unavailable_try_again) return done;
    }
    if (waiting_.size() == max_waiting) return fail(Errno::no_buffer_space);
    waiting_.push_back({.octets = outgoing_, .descriptors = std::move(descriptors)});
    return {};
}

Result<void> ControlChannel::flush() {
    for (; !waiting_.empty(); waiting_.pop_front()) {
        const auto done = put(waiting_.front().octets, waiting_.front().descriptors);
        if (done) continue;
        if (done.error() == Errno::resource_unavailable_try_again) return {};
        return done;
    }
    return {};
}

Result<void> ControlChannel::put(Bytes octets, const Descriptors& descriptors) const {
    HF_CHECK(descriptors.size() <= max_descriptors);
    iovec part{.iov_base = const_cast<std::byte*>(octets.data()),  // NOLINT: sendmsg() reads only
               .iov_len = octets.size()};
    msghdr header{};
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    alignas(cmsghdr) std::array<std::byte, descriptors_room> room{};
    if (!descriptors.empty()) {
        header.msg_control = room.data();
        header.msg_controllen = CMSG_SPACE(descriptors.size() * sizeof(int));
        cmsghdr* const c = CMSG_FIRSTHDR(&header);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(descriptors.size() * sizeof(int));
        for (std::size_t i = 0; i < descriptors.size(); ++i) {
            const int number = descriptors[i].get();
            std::memcpy(CMSG_DATA(c) + i * sizeof(int), &number, sizeof number);
        }
    }
    while (::sendmsg(socket_.get(), &header, MSG_NOSIGNAL | MSG_DONTWAIT) < 0) {
        if (errno != EINTR) return fail(error_of(errno));
    }
    return {};
}

Result<Received<Bytes>> ControlChannel::receive_octets() {
    iovec part{.iov_base = incoming_.data(), .iov_len = incoming_.size()};
    alignas(cmsghdr) std::array<std::byte, descriptors_room> room{};
    msghdr header{};
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    header.msg_control = room.data();
    header.msg_controllen = room.size();
    ssize_t count = -1;
    do {
        count = ::recvmsg(socket_.get(), &header, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
    } while (count < 0 && errno == EINTR);
    if (count < 0) return fail(error_of(errno));
    Received<Bytes> received{.message = Bytes{incoming_}.first(static_cast<std::size_t>(count)),
                             .descriptors = descriptors_of(header)};
    if (count == 0) return fail(Errno::connection_reset);  // nobody sends an empty message
    if ((header.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0) return fail(Errno::bad_message);
    return received;
}

namespace {

template <class Message>
Result<Received<Message>> decoded(std::optional<Message> message, Received<Bytes>& octets) {
    if (!message) return fail(Errno::bad_message);
    return Received<Message>{.message = std::move(*message),
                             .descriptors = std::move(octets.descriptors)};
}

}  // namespace

Result<Received<control::RequestMessage>> ControlChannel::receive_request() {
    auto octets = receive_octets();
    if (!octets) return fail(octets.error());
    return decoded(control::decode_request(octets->message), *octets);
}

Result<Received<control::Reply>> ControlChannel::receive_reply() {
    auto octets = receive_octets();
    if (!octets) return fail(octets.error());
    return decoded(control::decode_reply(octets->message), *octets);
}

}  // namespace handfast::run
