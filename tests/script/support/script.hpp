// A test that reads as a ladder: packets to and from one host in virtual time, and the Berkeley
// verbs between (docs/house.md). The wire is raw IP; the test is the peer.
//
//     Script s;
//     auto listener = s.socket().bind(8080).listen();
//     s.in ("S 0:0(0) win 65535 <mss 1460,sackOK>");
//     s.out("S. 0:0(0) ack 1 <mss 1460,nop,nop,sackOK>");
//     s.in (". 1:1(0) ack 1");
//     auto c = listener.accept();
//     c.write(1000);
//     s.out("P. 1:1001(1000) ack 1");
//     s.at(300ms).out("P. 1:1001(1000) ack 1");
//
// Rules:
// * Lines are those of line.hpp. out() takes the next packet that the host sent, whatever its flow:
//   one that is not expected is a mismatch at the next out(), silent(), or at the end.
// * out() expects its packet now, or at the time said before; at() counts from the beginning or the
//   last zero(), after() from now. A line without a time happens when the last one did.
// * The test goes on after the first mismatch without looking: the ladder up to there is printed.
// * Whatever the host sends must have right checksums and, at each place of a stream, the octet
//   that write() put there. read() checks the same of what the peer sent.
// * At the end all sockets are aborted, and the pool must be empty when all timers ran out.
#pragma once

#include <cstdint>
#include <deque>
#include <initializer_list>
#include <map>
#include <optional>
#include <source_location>
#include <string>
#include <string_view>
#include <vector>

#include "core/socket/sockets.hpp"
#include "datagram.hpp"
#include "line.hpp"
#include "sock.hpp"

namespace handfast::script {

using std::chrono::milliseconds;
using std::chrono::seconds;
using namespace std::chrono_literals;

using berkeley::Errno;
using trace::Counter;
using trace::Drop;
using trace::TcpState;
using trace::Why;

inline constexpr wire::IpAddress own_address = wire::IpAddress::v4(10, 0, 0, 1);
inline constexpr wire::IpAddress peer_address = wire::IpAddress::v4(10, 0, 0, 2);
inline constexpr wire::IpAddress far_address = wire::IpAddress::v4(192, 0, 2, 1);
inline constexpr wire::IpAddress subnet_broadcast = wire::IpAddress::v4(10, 0, 0, 255);
inline constexpr std::uint16_t own_port = 8080;
inline constexpr std::uint16_t peer_port = 40'000;
inline constexpr std::uint32_t peer_clock_start = 100;  // of the peer's timestamps

struct Given {
    tcp::Profile profile{};
    stack::Limits limits{};
    std::uint16_t mtu{1500};
    bool offload{false};
    Duration msl{seconds{120}};
    std::vector<wire::IpAddress> more_addresses{};  // of the host
    buf::Pool::Limits pool{};
};

using Where = std::source_location;

class Script {
public:
    explicit Script(const Given& given = {});
    ~Script();
    Script(const Script&) = delete;
    Script& operator=(const Script&) = delete;
    Script(Script&&) = delete;
    Script& operator=(Script&&) = delete;

    Sock socket();    // a stream
    Sock datagram();  // UDP

    // ---- Packets --------------------------------------------------------------------------------
    Script& in(std::string_view line, const Ip& ip = {}, Where where = Where::current());
    // Several that arrive in one burst.
    Script& in(std::initializer_list<std::string_view> lines, Where where = Where::current());
    // Octets as they are; `what` is for the ladder.
    Script& in_raw(Bytes datagram, std::string_view what, Where where = Where::current());
    const Seen& out(std::string_view line, Where where = Where::current());
    // Any next packet of the host, now or at the time said: for what a line cannot say.
    const Seen& out_any(Where where = Where::current());
    // Nothing is sent, for so long.
    Script& silent(Duration how_long = {}, Where where = Where::current());
    // Whatever was sent until now is no matter.
    Script& forget();

    // The packet that came last was dropped for this reason, and for no other, or for none.
    Script& drops(Drop reason, Where where = Where::current());
    Script& takes(Where where = Where::current());

    // The octets of a line, for those who change them.
    [[nodiscard]] Octets octets(std::string_view line, const Ip& ip = {});

    // ---- Time -----------------------------------------------------------------------------------
    Script& at(Duration since_zero);
    Script& after(Duration since_now);
    Script& zero();  // times count from now on
    void advance(Duration how_long);

    // ---- The peer -------------------------------------------------------------------------------
    // Lines that follow are of the peer's other port (and address); its numbers are its own.
    Script& peer(std::uint16_t port = peer_port, const wire::IpAddress& address = peer_address);
    Script& to_port(std::uint16_t port);  // … and of this port of the host
    [[nodiscard]] Flow& flow() { return *flow_; }
    // Numbers count from this one of the peer's on: another incarnation of the connection.
    Script& renumber(std::uint32_t irs);

    // ---- In short -------------------------------------------------------------------------------
    // Connections that are established; times count from then. `options` are those of the peer.
    Sock accepted(std::string_view options = "mss 1460", Where where = Where::current());
    Sock connected(std::string_view options = "mss 1460", Where where = Where::current());

    // ---- Questions ------------------------------------------------------------------------------
    // The state of the flow, with or without a socket; CLOSED when there is none.
    Script& state_is(TcpState state, Where where = Where::current());
    [[nodiscard]] std::uint64_t counted(Counter c) const { return shard_.counters().events[c]; }
    [[nodiscard]] std::uint64_t dropped(Drop d) const { return shard_.counters().drops[d]; }
    [[nodiscard]] stack::Shard& shard() { return shard_; }
    [[nodiscard]] socket::Sockets& sockets() { return sockets_; }
    [[nodiscard]] buf::Pool& pool() { return pool_; }
    [[nodiscard]] Instant now() const { return now_; }

private:
    friend class Sock;

    [[nodiscard]] static stack::Config config_of(const Given& given);
    void receive(std::span<const Octets> datagrams);
    void pull();
    void run_until(Instant until);
    void settle_time();  // an event that is not a packet of the host comes when it was said
    const Seen* next(Where where, std::string_view expected);
    [[nodiscard]] Seen seen_of(buf::Packet& packet);
    [[nodiscard]] std::uint32_t peer_clock() const;
    void learn(const Line& line);  // what the peer's SYN offers
    void learn(Flow& flow, const Seen& sent);
    [[nodiscard]] Flow& flow_of(Bytes datagram);
    Sock opened(berkeley::SocketType type);
    void note(std::string_view arrow, std::string_view text, Instant at);
    void mismatch(Where where, std::string_view what);
    void end();

    struct FlowKey {
        std::uint16_t local;
        std::uint16_t remote;
        auto operator<=>(const FlowKey&) const = default;
    };

    Instant now_;
    Instant zero_;
    std::optional<Instant> due_;
    buf::Pool pool_;
    std::uint64_t packet_ids_{0};
    stack::Shard shard_;
    socket::Sockets sockets_;
    std::map<FlowKey, Flow> flows_;
    Flow* flow_;
    std::vector<socket::SocketId> opened_;
    std::deque<Seen> sent_;
    Seen last_;
    EnumArray<Drop, std::uint64_t> drops_before_{};
    std::string ladder_;
    bool broken_{false};
};

}  // namespace handfast::script
