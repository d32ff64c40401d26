// TCP of one host: its connections, listeners and TIME-WAIT records, and everything that may happen
// to them. Read RFC 9293 §3.9 (the user's side) and §3.10 (events) first; event/ is laid out so.
//
// A connection has at most one owner (a socket, named by a number that TCP does not interpret).
// What an owner must know is marked on its connection and told in a batch by take_notices().
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "core/base/rng.hpp"
#include "core/base/slab.hpp"
#include "core/base/time.hpp"
#include "core/berkeley/calls.hpp"
#include "core/berkeley/errno.hpp"
#include "core/buf/packet.hpp"
#include "core/tcp/fast_open.hpp"
#include "core/tcp/profile.hpp"
#include "core/trace/counters.hpp"
#include "core/trace/sink.hpp"
#include "core/trace/snapshot.hpp"
#include "core/wire/address.hpp"

namespace handfast::tcp {

struct Connection;  // tcb.hpp
struct Listener;    // listener.hpp

using ConnectionId = Handle<Connection>;
using ListenerId = Handle<Listener>;
using Owner = std::uint64_t;  // 0: none

inline constexpr std::uint64_t no_pacing_limit = 0xffff'ffff'ffff'ffff;

// Per-connection settings; a listener's are inherited by what it accepts.
struct Settings {
    bool no_delay{false};               // TCP_NODELAY
    bool cork{false};                   // TCP_CORK
    bool quick_ack{false};              // TCP_QUICKACK: one-shot "acknowledge at once"
    bool keep_alive{false};             // SO_KEEPALIVE
    bool oob_inline{false};             // SO_OOBINLINE
    bool soft_errors{true};             // SHLD-20: what may pass is told too, when asked for
    bool thin_linear_timeouts{false};   // TCP_THIN_LINEAR_TIMEOUTS
    bool tells_user_timeout{false};     // RFC 5482 §3.1, "ENABLED": to the peer, and heeds its own
    Duration keep_idle{seconds{7200}};  // MUST-28
    Duration keep_interval{seconds{75}};
    std::uint32_t keep_count{9};
    std::uint32_t max_segment{0};        // TCP_MAXSEG; 0: from the MTU
    Duration user_timeout{0};            // TCP_USER_TIMEOUT; 0: the profile's R2
    std::uint32_t syn_retries{0};        // TCP_SYNCNT; 0: the profile's give-up time
    std::optional<Duration> fin_wait_2;  // TCP_LINGER2
    bool reset_on_close{false};          // SO_LINGER with time 0
    bool timestamps{true};
    std::uint32_t send_buffer{0};                   // octets; 0: Limits
    std::uint32_t receive_buffer{0};                // octets; 0: Limits
    std::uint32_t window_clamp{0};                  // TCP_WINDOW_CLAMP; 0: none
    std::uint32_t receive_low_water{1};             // SO_RCVLOWAT
    std::uint32_t not_sent_low_water{0xffff'ffff};  // TCP_NOTSENT_LOWAT
    std::uint8_t tos{0};
    std::uint8_t ttl{64};
    CongestionControl congestion{CongestionControl::cubic};
    // SO_MAX_PACING_RATE, octets a second; 0 is no limit either, as Linux has it.
    std::uint64_t max_pacing_rate{no_pacing_limit};

    friend bool operator==(const Settings&, const Settings&) = default;
};

struct ActiveOpen {
    wire::FlowTuple tuple;  // complete: ports and addresses are chosen by then (MUST-44)
    std::uint16_t link_mtu{1500};
    std::uint32_t max_super_segment{0};  // octets of text per packet; 0: no offload, one MSS
    Owner owner{0};
    Settings settings;
};

struct PassiveOpen {
    wire::Endpoint local;  // address may be unspecified (MUST-43)
    std::size_t backlog{128};
    bool reuse_port{false};  // SO_REUSEPORT: several listeners share by keyed hash of the flow
    Owner owner{0};
    Settings settings;
};

// OPEN and SEND in one (RFC 7413 §4.2.1).
struct EarlyText {
    Bytes text;
    bool without_cookie{false};  // TCP_FASTOPEN_NO_COOKIE
};
struct EarlyOpen {
    ConnectionId connection;
    std::size_t taken{0};  // octets of text: as many as go on the SYN
};

// What changed since the owner was told last.
struct Notice {
    Owner owner{0};
    bool readable{false};  // text, FIN, an error, or a connection to accept
    bool writable{false};  // room came back, or the connection was established
    bool urgent{false};    // the urgent pointer came or advanced (MUST-32)
    bool closed{false};    // the connection ended; its error is to be asked for
};

// How IP answers what TCP must know before it opens or accepts.
struct PathFacts {
    std::uint16_t link_mtu{1500};
    std::uint32_t max_super_segment{0};
};

// A segment to send: TCP header and text in the packet, the rest for IP.
struct Outgoing {
    buf::Packet packet;
    wire::Envelope envelope;
};

struct Environment {
    buf::Pool& pool;
    trace::Counters& counters;
    trace::Sink* sink{nullptr};
    trace::HostId host{};
    Entropy entropy{};
    Profile profile;
    Limits limits;
    Duration msl{seconds{120}};
    std::uint64_t* next_packet_id{nullptr};  // the network's; never null
};

class Tcp {
public:
    explicit Tcp(const Environment& environment);
    Tcp(const Tcp&) = delete;
    Tcp& operator=(const Tcp&) = delete;
    Tcp(Tcp&&) = delete;
    Tcp& operator=(Tcp&&) = delete;
    ~Tcp();

    // ---- User calls (RFC 9293 §3.9.1, §3.10.1-6); all are non-blocking --------------------------
    // EADDRNOTAVAIL: the tuple is in use (a TIME-WAIT that may be reused gives way: RFC 6191).
    // ENOBUFS: the connection table is full.
    [[nodiscard]] berkeley::Result<ConnectionId> open(const ActiveOpen& active, Instant now);
    // The same with text on the SYN, or the request for a cookie that makes it possible next time.
    [[nodiscard]] berkeley::Result<EarlyOpen> open(const ActiveOpen& active,
                                                   const EarlyText& early,
                                                   Instant now);
    // Whether the SYN of an active open could carry text (TCP_FASTOPEN_CONNECT waits for it then).
    [[nodiscard]] bool may_open_early(const wire::IpAddress& own,
                                      const wire::IpAddress& peer,
                                      const EarlyText& early,
                                      Instant now) const;
    [[nodiscard]] berkeley::Result<ListenerId> open(const PassiveOpen& passive, Instant now);
    void set_fast_open(ListenerId listener, const FastOpenListening& how);
    // The host's: those of listeners that have none of their own.
    void set_fast_open_keys(const FastOpenKeys& keys);
    [[nodiscard]] const FastOpenKeys& fast_open_keys() const;
    void set_backlog(ListenerId listener, std::size_t backlog);
    // The first connection of the queue, handed to its new owner. nullopt: none waits.
    [[nodiscard]] std::optional<ConnectionId> accept(ListenerId listener, Owner owner);
    [[nodiscard]] std::size_t acceptable(ListenerId listener) const;
    // Resets what waits to be accepted and stops listening.
    void close(ListenerId listener, Instant now);

    // Octets of its buffers now: what its settings say, or what tuning has come to.
    struct Buffers {
        std::uint32_t send{0};
        std::uint32_t receive{0};
    };
    [[nodiscard]] Buffers buffers(ConnectionId id) const;

    // Room for text in the send buffer; 0 also when it cannot be sent any more.
    [[nodiscard]] std::size_t send_room(ConnectionId id) const;
    // Copies text into the send queue. Says how much: EAGAIN (no room), EPIPE, ENOTCONN, or the
    // connection's error, which is told once.
    [[nodiscard]] berkeley::Result<std::size_t> send(ConnectionId id,
                                                     Bytes text,
                                                     berkeley::MessageFlags flags,
                                                     Instant now);
    // The same without a copy: takes slices, all of them, whatever the room (callers ask first).
    [[nodiscard]] berkeley::Result<std::size_t> send(ConnectionId id,
                                                     buf::Packet::Slices& text,
                                                     berkeley::MessageFlags flags,
                                                     Instant now);
    // Copies text out. 0: the peer's FIN. EAGAIN, ENOTCONN, ECONNRESET …; peek, truncate (discard)
    // and out_of_band (EINVAL: no urgent octet; EAGAIN: pointer known, octet not here yet).
    [[nodiscard]] berkeley::Result<std::size_t> receive(ConnectionId id,
                                                        MutableBytes into,
                                                        berkeley::MessageFlags flags,
                                                        Instant now);
    // The same without a copy: moves up to `most` octets of slices out. They count as read.
    [[nodiscard]] berkeley::Result<std::size_t> receive(ConnectionId id,
                                                        std::size_t most,
                                                        buf::Packet::Slices& into,
                                                        Instant now);
    // Octets lent by the call above that the application still holds count against its receive
    // buffer: lend() after receiving, and give_back() when they are released.
    void lend(ConnectionId id, std::size_t octets);
    void give_back(ConnectionId id, std::size_t octets, Instant now);
    [[nodiscard]] std::size_t receive_available(ConnectionId id) const;  // SIOCINQ: without the FIN
    [[nodiscard]] bool at_urgent_mark(ConnectionId id) const;            // SIOCATMARK

    // ENOTCONN when there is no connection (yet).
    [[nodiscard]] berkeley::Result<void> shutdown(ConnectionId id,
                                                  berkeley::ShutdownHow how,
                                                  Instant now);
    // Gives the connection up: FIN after all queued text; RST when unread text is lost (SHLD-3) or
    // settings say reset_on_close. The connection goes on as an orphan; the id is the owner's no
    // more.
    void close(ConnectionId id, Instant now);
    void abort(ConnectionId id, Instant now);

    // ---- Questions ------------------------------------------------------------------------------
    [[nodiscard]] trace::ConnectionSnapshot snapshot(ConnectionId id, Instant now) const;
    [[nodiscard]] trace::TcpState state(ConnectionId id) const;
    [[nodiscard]] berkeley::Ready ready(ConnectionId id) const;
    // SO_ERROR: told once, then cleared. A soft error (MUST-47) only when no hard one is there.
    [[nodiscard]] std::optional<berkeley::Errno> take_error(ConnectionId id);
    [[nodiscard]] const Settings& settings(ConnectionId id) const;
    void change(ConnectionId id, const Settings& settings, Instant now);
    [[nodiscard]] const Settings& settings(ListenerId id) const;
    void change(ListenerId id, const Settings& settings);
    // What a host is told while it runs (sysctl): connections follow it from now on.
    void change(const Profile& profile);
    [[nodiscard]] const Profile& profile() const;
    [[nodiscard]] bool exists(ConnectionId id) const;
    // True when a connection or TIME-WAIT record stands in the way of an active open of this tuple.
    [[nodiscard]] bool in_use(const wire::FlowTuple& tuple, Instant now) const;
    // How many connections and TIME-WAIT records have this local port, for bind()'s conflict rules.
    // An unspecified address counts those of every address.
    struct PortUse {
        std::size_t connections{0};
        std::size_t time_waits{0};
        Deadline last_time_wait_ends;
    };
    [[nodiscard]] PortUse port_use(const wire::Endpoint& local) const;
    // Everything that exists, TIME-WAIT records among them.
    void snapshots(std::vector<trace::ConnectionSnapshot>& out, Instant now) const;
    [[nodiscard]] std::size_t connections() const;
    [[nodiscard]] std::size_t time_waits() const;
    // Octets of memory that connections hold beyond the pool: for `idle-bytes` and tests.
    [[nodiscard]] std::size_t memory() const;

    // ---- Events from below (RFC 9293 §3.10.7) ---------------------------------------------------
    // A packet whose first octet is the TCP header. Its link-layer facts stand in the packet.
    void segment_arrives(buf::Packet packet,
                         const wire::Envelope& envelope,
                         const PathFacts& path,
                         Instant now);
    // ICMP said something about a segment that we sent (RFC 5927, RFC 9293 §3.9.2.2).
    struct IcmpNews {
        enum class Kind : std::uint8_t { hard, soft, fragmentation_needed };
        Kind kind{Kind::soft};
        berkeley::Errno error{};
        std::uint16_t mtu{0};
        wire::FlowTuple tuple;  // as we see it
        wire::SeqNum seq;       // of the quoted segment
    };
    // Says what became of it: a drop reason, or nullopt when a connection took it.
    std::optional<trace::Drop> icmp_arrives(const IcmpNews& news, Instant now);
    // IP could not send to this destination: EHOSTUNREACH, ENETUNREACH.
    void unreachable(const wire::Envelope& envelope,
                     const wire::FlowTuple& tuple,
                     berkeley::Errno error,
                     Instant now);

    // ---- Time and transmission ------------------------------------------------------------------
    void advance(Instant now);
    [[nodiscard]] Deadline next_deadline() const;
    // The next segment: resets and acknowledgments of no connection first, then ready connections,
    // deficit round robin by octets. nullopt: nothing is to be sent now.
    [[nodiscard]] std::optional<Outgoing> transmit(Instant now);
    [[nodiscard]] bool wants_to_transmit() const;

    // What owners must be told since the last call; the vector is cleared and filled.
    void take_notices(std::vector<Notice>& out);
    void set_sink(trace::Sink* sink);

private:
    struct Rooms;
    std::unique_ptr<Rooms> rooms_;
};

}  // namespace handfast::tcp
