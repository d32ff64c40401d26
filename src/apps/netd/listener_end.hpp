// What netd does for a program's listener: each connection that TCP has made gets an end of ours,
// with a name that tells whose it is, and that end is connected to the program's AF_UNIX listener.
//
//   accept queue of TCP ──► AF_UNIX queue of the listener ──► accepted, and told by Accepted
//
// Both queues together hold what listen(2) asked for.
#pragma once

#include <cstddef>

#include "apps/netd/record_id.hpp"
#include "core/control/message.hpp"
#include "core/socket/sockets.hpp"
#include "core/trace/event.hpp"
#include "host/link/file_descriptor.hpp"

namespace handfast::netd {

struct Realm;

class ListenerEnd {
public:
    ListenerEnd(Realm& realm, RecordId record) : realm_{realm}, record_{record} {}

    void set_backlog(std::size_t backlog);
    // TCP has connections that wait, or there is room again.
    void admit();
    // One of those that were handed on is with its program, or gone.
    void left();

    // Before it is forgotten.
    void shut();

    // Connections that the program has not accepted yet.
    [[nodiscard]] std::size_t handed_on() const { return handed_on_; }
    [[nodiscard]] std::size_t backlog() const { return backlog_; }

private:
    enum class Door : std::uint8_t { passed, full, closed };
    [[nodiscard]] Door hand_on(socket::SocketId connection);
    void tell_backlog();

    Realm& realm_;
    RecordId record_;
    std::size_t backlog_{0};
    std::size_t handed_on_{0};
    socket::SocketId in_the_door_;  // accepted from TCP; AF_UNIX did not take it
};

}  // namespace handfast::netd
