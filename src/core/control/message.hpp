// What the processes around a network say to each other, as values: supervisors of programs (run),
// the command line, and the network's daemon (netd), which answers.
//
//   client                              netd
//     Hello, Join            ─────────►   Reply, Reply
//     Open + a descriptor    ─────────►                    (nothing: see below)
//     Bind, Connect, …       ─────────►   Reply            (in any order: `request` tells which)
//
// One message is one packet of an AF_UNIX SOCK_SEQPACKET socket; descriptors travel beside it.
// Those marked "no reply" are believed at once: what is wrong with them is told by the next reply.
// docs/flows/run.md has the sequences.
//
// Whatever comes in is hostile: lengths are bounded here, meaning is checked by who serves it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "core/base/time.hpp"
#include "core/berkeley/calls.hpp"
#include "core/wire/address.hpp"

namespace handfast::control {

// Both ends must have the same: there is one installed version of Handfast per user.
inline constexpr std::uint32_t version = 3;

inline constexpr std::size_t max_message = 80 * 1024;
inline constexpr std::size_t max_text = 4096;
inline constexpr std::size_t max_list = 4096;

// SO_COOKIE of the program's descriptor: unique on the machine, whoever holds the descriptor.
enum class SocketKey : std::uint64_t {};
// Chosen by netd for a connection that waits to be accepted.
enum class ConnectionKey : std::uint64_t {};
// Chosen by the client, never 0; the reply bears it.
enum class RequestId : std::uint32_t {};

using Octets = std::vector<std::byte>;

// ---- The network and its hosts ------------------------------------------------------------------

// First of all. Refused with EPROTO when the version differs; the reply's text is netd's build.
struct Hello {
    std::uint32_t version{control::version};
    std::string build;
};

// An option of a link as the command line spells it: {"delay", "40ms"}, {"up-loss", "2%"},
// {"lo-delay", "1ms"}. weather/parse knows their meaning.
struct LinkOption {
    std::string name;
    std::string value;

    friend bool operator==(const LinkOption&, const LinkOption&) = default;
};

// From now on this client speaks for programs on this host, which is made when there is none of
// that name. Reply: the host's addresses, and 1 if it was made. EADDRINUSE, EINVAL with a text.
struct Join {
    std::string host;
    std::vector<wire::Prefix> addresses;
    std::vector<LinkOption> options;
    std::string program;                  // what `ss` shows
    std::optional<Duration> msl{};        // of a host that is made; nullopt: the network's
    std::optional<std::uint64_t> seed{};  // must be the network's
    std::string congestion{};             // of a host that is made: TCP_CONGESTION; empty: cubic
};

// Changes a host's link. Reply: none, or EINVAL with a text.
struct SetLink {
    std::string host;
    std::vector<LinkOption> options;
};

// Reply: the network and its hosts, as octets: see listing.hpp.
struct ListHosts {};
// Reply: sockets, as octets: see listing.hpp.
struct ListSockets {
    std::string host;  // empty: of all
};

// A view of all that happens, written into the descriptor that comes along (a pipe's end, a file)
// until it is closed. What the reader does not take in time is left out and counted.
struct Observe {
    enum class View : std::uint8_t { ladder, capture };
    View view{View::ladder};
    std::uint16_t columns{80};
    bool color{false};
    bool ascii{false};
};

// netd ends, now. Connections are reset.
struct Down {};

// The last word of a supervisor whose programs have all ended. One that is gone without it was
// killed, and the connections of its programs are reset. No reply.
struct Leave {};

// netd stays when nobody is left, until Down.
struct Keep {};

// An ICMP echo request from this client's host. Reply: the time there and back in nanoseconds, who
// answered, and as the value an octet, the TTL; or the error.
struct Echo {
    wire::IpAddress to;
    std::uint16_t sequence{0};
    std::uint32_t length{0};  // octets of data
    Duration patience{};      // ETIMEDOUT after it
};

// ---- Sockets ------------------------------------------------------------------------------------

// A program's socket, told before anything else is said of it. No reply. The descriptor beside it:
//   stream:    O_PATH of the name that its AF_UNIX socket is bound to (no longer in any folder)
//   datagram:  the far end of its pair
struct Open {
    SocketKey socket{};
    wire::Family family{wire::Family::ipv4};
    berkeley::SocketType type{berkeley::SocketType::stream};
    std::int32_t process{0};  // who has it, as the supervisor numbers processes
};

// After a failed connect the program's AF_UNIX socket could not connect again, so that a fresh one
// was put in its place: the socket goes on under the key `by`. The descriptor beside it: as of
// Open. No reply.
struct Replace {
    SocketKey socket{};
    SocketKey by{};
};

struct Bind {
    SocketKey socket{};
    wire::Endpoint address;
};

// The AF_UNIX socket listens already.
struct Listen {
    SocketKey socket{};
    std::int32_t backlog{0};
};

// Streams. With a descriptor (the far end, its queue filled: see the flow) the program does not
// wait: reply EINPROGRESS, or what was wrong at once; the program learns the rest from its
// descriptor. Without: the reply comes when it is established (0) or failed, and Attach follows.
// Datagrams: reply at once. No address: disconnects.
struct Connect {
    SocketKey socket{};
    std::optional<wire::Endpoint> address;
    std::optional<Duration> patience;  // SO_SNDTIMEO of a program that waits
};

// After a Connect that waited: the far end. No reply.
struct Attach {
    SocketKey socket{};
};

// The program that waited in this request is gone, or was interrupted: no reply is wanted any more.
// The connection goes on being made. No reply.
struct Forget {
    RequestId request{};
};

// A supervisor has accepted this connection: the program's descriptor has this key. No reply.
struct Accepted {
    SocketKey listener{};
    ConnectionKey connection{};
    SocketKey socket{};
    std::int32_t process{0};  // who accepted it
};

struct GetName {
    enum class Whose : std::uint8_t { own, peer };
    SocketKey socket{};
    Whose whose{Whose::own};
};

struct SetOption {
    SocketKey socket{};
    std::int32_t level{0};
    std::int32_t name{0};
    Octets value;
};

// Reply: the value, at most `room` octets of it.
struct GetOption {
    SocketKey socket{};
    std::int32_t level{0};
    std::int32_t name{0};
    std::uint32_t room{0};
};

// Reply: none. For SHUT_WR the descriptor was shut down already.
struct Shutdown {
    SocketKey socket{};
    berkeley::ShutdownHow how{berkeley::ShutdownHow::write};
};

// ioctl(2): SIOCINQ, SIOCOUTQ, SIOCOUTQNSD, SIOCATMARK. Reply: the number.
struct GetPending {
    SocketKey socket{};
    std::uint32_t request{0};
};

// sendto(2) on a datagram socket. Reply: the number of octets that were taken.
struct SendTo {
    SocketKey socket{};
    std::optional<wire::Endpoint> to;
    Octets octets;
};

// ---- Answers ------------------------------------------------------------------------------------

struct Reply {
    RequestId request{};
    std::int32_t error{0};  // an errno; 0: done
    std::string text;       // what was wrong and what to do, where errno does not say it
    std::int64_t number{0};
    Octets value;
    std::optional<wire::Endpoint> name;
    std::vector<wire::Prefix> addresses;
};

// ---- All of them --------------------------------------------------------------------------------

using Request = std::variant<Hello,
                             Join,
                             SetLink,
                             ListHosts,
                             ListSockets,
                             Observe,
                             Down,
                             Open,
                             Bind,
                             Listen,
                             Connect,
                             Attach,
                             Forget,
                             Accepted,
                             GetName,
                             SetOption,
                             GetOption,
                             Shutdown,
                             GetPending,
                             SendTo,
                             Replace,
                             Keep,
                             Echo,
                             Leave>;

struct RequestMessage {
    RequestId id{};
    Request request;
};

}  // namespace handfast::control
