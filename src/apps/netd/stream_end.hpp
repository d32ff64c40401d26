// The far end of a program's stream: octets between its AF_UNIX socket and its connection.
//
//   program's end ──► AF_UNIX queue: [held octet] [fresh ...] ──► send queue    of the engine
//   program's end ◄── AF_UNIX queue ◄── parked ◄── receive queue                of the engine
//
// One octet always stays in our end, so that closing it makes the program see ECONNRESET: AF_UNIX
// says that only when something was left unread. `held_` tells that the first octet of the queue
// was passed on already (it was peeked at), or is none of the program's: the supervisor put it
// there.
//
// Edge-triggered: a look takes all that is there, and what comes later is a new edge.
//
// An urgent octet is one of AF_UNIX on both ways (MSG_OOB, SIGURG, SO_OOBINLINE and SIOCATMARK are
// the kernel's for the program): stream_urgent.cpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "apps/netd/poller.hpp"
#include "apps/netd/record_id.hpp"
#include "core/berkeley/calls.hpp"
#include "core/buf/packet.hpp"
#include "core/socket/sockets.hpp"
#include "core/trace/event.hpp"
#include "host/link/file_descriptor.hpp"

namespace handfast::netd {

struct Realm;

class StreamEnd final : public Watcher {
public:
    struct Ends {
        RecordId record;
        trace::HostId host{};
        socket::SocketId id;
        link::FileDescriptor far_end;
    };
    // The connection is there, or will be soon: the program waits.
    StreamEnd(Realm& realm, Ends ends);
    // It is being made: the program must not see its descriptor writable, so its queue is full of
    // octets that nobody wants. `program` is a second descriptor of the program's end, or none: its
    // small send buffer becomes an ordinary one.
    struct Filled {
        link::FileDescriptor program;
    };
    StreamEnd(Realm& realm, Ends ends, Filled filled);
    ~StreamEnd() override;
    StreamEnd(const StreamEnd&) = delete;
    StreamEnd& operator=(const StreamEnd&) = delete;
    StreamEnd(StreamEnd&&) = delete;
    StreamEnd& operator=(StreamEnd&&) = delete;

    void on_events(std::uint32_t events) override;
    // The engine's side changed.
    void on_ready(berkeley::Ready ready);

    // Octets that the program wrote and the engine has not yet.
    [[nodiscard]] std::size_t untaken() const;
    // Octets that left the engine and wait here for the program.
    [[nodiscard]] std::size_t parked() const;

    // The connection was made, and has not ended.
    [[nodiscard]] bool passes() const { return !connecting_ && outcome_ == Outcome::goes_on; }

    // What is left to do for whoever owns it, when nothing more will pass.
    enum class Outcome : std::uint8_t {
        goes_on,
        closed,      // the program closed it: close the socket
        aborted,     // the program closed it and had unread octets: reset the connection
        both_ended,  // both directions ended; the program may have its end still
        reset,       // the connection failed or was reset: the program is told by closing this end
    };
    [[nodiscard]] Outcome outcome() const { return outcome_; }

private:
    [[nodiscard]] socket::Sockets& sockets() const;
    [[nodiscard]] std::size_t queued() const;
    void watch(std::uint32_t more);

    void connecting_changed(berkeley::Ready ready);
    void discard(std::size_t octets) const;

    void take();
    [[nodiscard]] bool take_little();
    void pass_on(Bytes seen);
    [[nodiscard]] bool take_much();
    [[nodiscard]] bool take_slices(std::size_t fresh, bool all);
    [[nodiscard]] bool peek_last(std::byte& octet);
    [[nodiscard]] bool is_at_mark() const;
    void take_urgent();
    void step_over_mark();
    void program_refused();
    void program_ended();

    void give();
    [[nodiscard]] bool refill();
    [[nodiscard]] bool push();
    [[nodiscard]] std::optional<std::byte> find_urgent();
    [[nodiscard]] bool push_urgent();
    [[nodiscard]] bool pushed(std::ptrdiff_t sent);
    void connection_failed(berkeley::Errno error);
    void end(Outcome outcome);

    Realm& realm_;
    Ends ends_;
    Filled filled_;
    WatchId watch_;
    buf::Packet::Slices parked_;
    std::optional<std::byte> urgent_;  // left the engine, and is next when nothing is parked
    Outcome outcome_{Outcome::goes_on};
    bool connecting_{false};
    bool held_{true};
    bool urgent_comes_{false};   // the program has sent an urgent octet
    bool mark_ahead_{false};     // the place of one, behind the held octet
    bool short_of_room_{false};  // not all could be taken: the engine will tell of room
    bool blocked_{false};        // the program does not read: EPOLLOUT will tell
    bool program_shut_{false};   // no more comes from the program than is queued
    bool program_gone_{false};   // nor does it read any more, as far as poll tells
    bool fin_sent_{false};       // the program's end of stream went to the peer
    bool fin_given_{false};      // the peer's end of stream went to the program
    bool failed_{false};         // the connection has an error; the program does not read up to it
    bool reset_due_{false};      // as soon as there is an octet to leave unread
};

}  // namespace handfast::netd
