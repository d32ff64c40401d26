// Berkeley sockets on one shard: the verbs of POSIX, non-blocking by nature, errors as values.
// Linux's behavior where POSIX leaves room.
//
// A socket is named by a handle, never by a number. The state of each is one of: fresh, bound,
// listening, a connection (TCP), a binding (UDP), failed. Readiness is marked and told in a batch:
// after receive(), advance() or any verb, take_ready() lists the sockets whose readiness may have
// changed.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "core/base/slab.hpp"
#include "core/berkeley/calls.hpp"
#include "core/berkeley/errno.hpp"
#include "core/berkeley/options.hpp"
#include "core/buf/packet.hpp"
#include "core/stack/shard.hpp"
#include "core/trace/snapshot.hpp"

namespace handfast::socket {

struct Socket;
using SocketId = Handle<Socket>;

template <class T>
using Result = berkeley::Result<T>;

struct ReadySocket {
    SocketId id;
    berkeley::Ready ready;
};

class Sockets {
public:
    // The shard outlives it.
    explicit Sockets(stack::Shard& shard);
    ~Sockets();
    Sockets(const Sockets&) = delete;
    Sockets& operator=(const Sockets&) = delete;
    Sockets(Sockets&&) = delete;
    Sockets& operator=(Sockets&&) = delete;

    [[nodiscard]] Result<SocketId> open(wire::Family family, berkeley::SocketType type);
    // close(2): queued text still goes out, FIN after it (or RST: see tcp::Tcp::close).
    [[nodiscard]] Result<void> close(SocketId id, Instant now);
    // Gives up at once: RST to the peer.
    [[nodiscard]] Result<void> abort(SocketId id, Instant now);

    [[nodiscard]] Result<void> bind(SocketId id, const wire::Endpoint& local, Instant now);
    [[nodiscard]] Result<void> listen(SocketId id, std::size_t backlog, Instant now);
    // EAGAIN when none waits.
    [[nodiscard]] Result<SocketId> accept(SocketId id, Instant now);
    // Streams: EINPROGRESS, then EALREADY, then success once (or the error), then EISCONN; after a
    // failed attempt the same socket may try again. Datagrams: sets the peer at once.
    [[nodiscard]] Result<void> connect(SocketId id, const wire::Endpoint& remote, Instant now);
    // connect(AF_UNSPEC): forgets the peer, and the local end unless bind() chose it.
    [[nodiscard]] Result<void> disconnect(SocketId id, Instant now);

    // Streams: with flags.fast_open send_to() connects too, and the SYN carries what it can (RFC
    // 7413): so many octets are taken; EINPROGRESS when none are; else as connect(). Once connected
    // the flag is passed over.
    // Streams, and connected datagrams. EAGAIN, EPIPE, ENOTCONN, EDESTADDRREQ, EMSGSIZE …
    [[nodiscard]] Result<std::size_t> send(SocketId id,
                                           Bytes octets,
                                           berkeley::MessageFlags flags,
                                           Instant now);
    [[nodiscard]] Result<std::size_t> receive(SocketId id,
                                              MutableBytes into,
                                              berkeley::MessageFlags flags,
                                              Instant now);
    [[nodiscard]] Result<std::size_t> send_to(SocketId id,
                                              Bytes octets,
                                              const wire::Endpoint& to,
                                              berkeley::MessageFlags flags,
                                              Instant now);
    // On a stream `source` stays the peer's endpoint.
    [[nodiscard]] Result<berkeley::DatagramInfo> receive_from(SocketId id,
                                                              MutableBytes into,
                                                              berkeley::MessageFlags flags,
                                                              Instant now);

    // Without a copy (streams). Blocks come from the pool by allocate(); what send_slices() does
    // not take for want of room stays in `octets`. What receive_slices() gives counts against the
    // receive buffer until give_back().
    [[nodiscard]] Result<std::size_t> send_slices(SocketId id,
                                                  buf::Packet::Slices& octets,
                                                  berkeley::MessageFlags flags,
                                                  Instant now);
    [[nodiscard]] Result<std::size_t> receive_slices(SocketId id,
                                                     std::size_t most,
                                                     buf::Packet::Slices& into,
                                                     Instant now);
    void give_back(SocketId id, std::size_t octets, Instant now);
    // How much send() would take now.
    [[nodiscard]] std::size_t send_room(SocketId id) const;

    [[nodiscard]] Result<void> shutdown(SocketId id, berkeley::ShutdownHow how, Instant now);

    [[nodiscard]] Result<wire::Endpoint> local_name(SocketId id) const;
    [[nodiscard]] Result<wire::Endpoint> peer_name(SocketId id) const;

    // Options whose value is an int on Linux; values go in and out in Linux's units (SO_SNDBUF
    // doubles, TCP_KEEPIDLE is seconds, TCP_USER_TIMEOUT milliseconds). ENOPROTOOPT, EINVAL, EDOM.
    [[nodiscard]] Result<void> set_option(SocketId id,
                                          berkeley::Option option,
                                          int value,
                                          Instant now);
    // SO_ERROR clears the error.
    [[nodiscard]] Result<int> get_option(SocketId id, berkeley::Option option);
    [[nodiscard]] Result<void> set_linger(SocketId id, berkeley::Linger linger);
    [[nodiscard]] Result<berkeley::Linger> get_linger(SocketId id) const;
    // SO_RCVTIMEO and SO_SNDTIMEO: for whoever waits on a program's behalf; here nothing waits.
    [[nodiscard]] Result<void> set_timeouts(SocketId id, const berkeley::Timeouts& timeouts);
    [[nodiscard]] Result<berkeley::Timeouts> timeouts(SocketId id) const;
    [[nodiscard]] Result<void> set_congestion_control(SocketId id,
                                                      std::string_view name,
                                                      Instant now);
    [[nodiscard]] Result<std::string_view> get_congestion_control(SocketId id) const;
    [[nodiscard]] Result<trace::ConnectionSnapshot> info(SocketId id, Instant now) const;
    // Raw getsockopt/setsockopt as a program makes them: level and name in Linux's numbers, values
    // in Linux's layout (struct linger, struct tcp_info, strings). get: says how many octets.
    [[nodiscard]] Result<void> set_option_raw(
        SocketId id, int level, int name, Bytes value, Instant now);
    [[nodiscard]] Result<std::size_t> get_option_raw(
        SocketId id, int level, int name, MutableBytes value, Instant now);
    // SIOCINQ/FIONREAD, SIOCOUTQ/TIOCOUTQ, SIOCOUTQNSD, SIOCATMARK.
    [[nodiscard]] Result<int> pending_in(SocketId id) const;
    [[nodiscard]] Result<int> pending_out(SocketId id) const;
    [[nodiscard]] Result<int> pending_unsent(SocketId id) const;
    [[nodiscard]] Result<bool> at_mark(SocketId id) const;

    [[nodiscard]] berkeley::Ready ready(SocketId id) const;
    [[nodiscard]] berkeley::SocketType type(SocketId id) const;
    [[nodiscard]] bool exists(SocketId id) const;
    [[nodiscard]] std::size_t size() const;
    // A number of the user's own, found again by handle.
    void set_user_data(SocketId id, std::uint64_t data);
    [[nodiscard]] std::uint64_t user_data(SocketId id) const;

    // Sockets whose readiness may have changed since the last call, each once, with its readiness
    // now. The vector is cleared and filled. What a send or receive uses up is not told: its caller
    // knows.
    void take_ready(std::vector<ReadySocket>& out);

    [[nodiscard]] stack::Shard& shard() const;

private:
    struct Rooms;
    std::unique_ptr<Rooms> rooms_;
};

}  // namespace handfast::socket
