// A socket of a script: the Berkeley verbs, each of which says what it expects. A verb without an
// error expects success.
#pragma once

#include <cstdint>
#include <optional>
#include <source_location>
#include <string>
#include <string_view>

#include "core/socket/sockets.hpp"

namespace handfast::script {

class Script;

class [[maybe_unused]] Sock {
public:
    using Where = std::source_location;
    using Errno = berkeley::Errno;
    using Option = berkeley::Option;

    Sock(Script& script, socket::SocketId id) : script_{&script}, id_{id} {}

    Sock& bind(std::uint16_t port, const wire::IpAddress& address = wire::IpAddress::v4(0));
    Sock& listen(std::size_t backlog = 128);
    Sock accept(Where where = Where::current());
    Sock& nothing_to_accept(Where where = Where::current());
    // To the script's peer; a socket that is not bound takes the script's own port first.
    Sock& connect(Where where = Where::current());
    Sock& connect_fails(Errno error, const wire::Endpoint& to, Where where = Where::current());
    Sock& is_connected(Where where = Where::current());
    Sock& close(Where where = Where::current());
    Sock& abort(Where where = Where::current());
    Sock& shutdown(berkeley::ShutdownHow how = berkeley::ShutdownHow::write,
                   Where where = Where::current());
    Sock& linger(berkeley::Linger linger);

    // So many octets of the stream, or of a datagram to the script's peer.
    Sock& write(std::size_t octets,
                berkeley::MessageFlags flags = {},
                Where where = Where::current());
    // connect() and write() in one (MSG_FASTOPEN): so many octets are taken; none: EINPROGRESS.
    Sock& write_early(std::size_t octets, std::size_t taken, Where where = Where::current());
    Sock& write_fails(Errno error, Where where = Where::current());
    Sock& send_to(std::size_t octets,
                  const wire::Endpoint& to,
                  std::optional<Errno> error = std::nullopt,
                  Where where = Where::current());
    // Exactly so many octets are there (more may follow), those that the peer sent.
    Sock& read(std::size_t octets, Where where = Where::current());
    Sock& read_end(Where where = Where::current());  // the peer's FIN
    Sock& read_fails(Errno error, Where where = Where::current());
    Sock& read_nothing(Where where = Where::current());  // EAGAIN
    Sock& read_urgent(Where where = Where::current());   // the octet at the mark, out of band
    // Octets that read() will not see: the urgent one.
    Sock& skip(std::size_t octets);
    // A datagram of exactly this length comes whole.
    berkeley::DatagramInfo read_datagram(std::size_t octets, Where where = Where::current());

    Sock& set(Option option, int value, Where where = Where::current());
    Sock& congestion_control(std::string_view name, Where where = Where::current());
    [[nodiscard]] int get(Option option);
    Sock& error_is(std::optional<Errno> error, Where where = Where::current());  // SO_ERROR
    Sock& state_is(trace::TcpState state, Where where = Where::current());
    [[nodiscard]] trace::ConnectionSnapshot info() const;
    [[nodiscard]] berkeley::Ready ready() const;
    [[nodiscard]] socket::SocketId id() const { return id_; }

private:
    // After a verb: what the host sends is collected, the ladder gets its line.
    template <class T>
    void told(std::string_view verb,
              const berkeley::Result<T>& result,
              std::optional<Errno> expected,
              Where where);
    void complain(std::string_view what, Where where);
    [[nodiscard]] std::string name() const;

    Script* script_;
    socket::SocketId id_;
    bool bound_{false};
    std::uint32_t written_{0};
    std::uint32_t read_{0};
    std::optional<std::uint32_t> first_;  // the number of the peer's first octet
};

}  // namespace handfast::script
