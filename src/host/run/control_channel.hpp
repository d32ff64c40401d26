// One end of a control channel: messages of core/control over an AF_UNIX SOCK_SEQPACKET socket,
// each one packet, with descriptors beside it. Used by netd and by its clients alike.
//
// Never waits. What the socket does not take is kept in order: while waiting(), watch for EPOLLOUT
// and call flush().
#pragma once

#include <deque>
#include <vector>

#include "core/berkeley/errno.hpp"
#include "core/control/codec.hpp"
#include "host/link/file_descriptor.hpp"

namespace handfast::run {

using berkeley::Result;
using link::FileDescriptor;

using Descriptors = std::vector<FileDescriptor>;

template <class Message>
struct Received {
    Message message;
    Descriptors descriptors;
};

class ControlChannel {
public:
    static constexpr std::size_t max_descriptors = 4;  // beside one message
    static constexpr std::size_t max_waiting = 4096;   // messages that the other end does not take

    // A connected SOCK_SEQPACKET socket, which becomes non-blocking and close-on-exec.
    explicit ControlChannel(FileDescriptor socket);

    [[nodiscard]] int descriptor() const { return socket_.get(); }

    // The descriptors are closed here once they are sent. ENOBUFS: too many messages wait;
    // EMSGSIZE: the message is longer than control::max_message; ECONNRESET: nobody is there.
    [[nodiscard]] Result<void> send(const control::RequestMessage& message,
                                    Descriptors descriptors);
    [[nodiscard]] Result<void> send(const control::Reply& message, Descriptors descriptors);
    [[nodiscard]] bool waiting() const { return !waiting_.empty(); }
    [[nodiscard]] Result<void> flush();

    // EAGAIN: nothing is there; ECONNRESET: the other end is closed; EBADMSG: what came is no
    // message (it is gone, and its descriptors are closed).
    [[nodiscard]] Result<Received<control::RequestMessage>> receive_request();
    [[nodiscard]] Result<Received<control::Reply>> receive_reply();

private:
    struct Waiting {
        control::Octets octets;
        Descriptors descriptors;
    };

    [[nodiscard]] Result<void> send_octets(Descriptors descriptors);
    [[nodiscard]] Result<void> put(Bytes octets, const Descriptors& descriptors) const;
    [[nodiscard]] Result<Received<Bytes>> receive_octets();

    FileDescriptor socket_;
    control::Octets outgoing_;
    control::Octets incoming_;
    std::deque<Waiting> waiting_;
};

}  // namespace handfast::run
