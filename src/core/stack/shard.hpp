// The shard: the engine of one host, a stack value with everything it owns.
//
// Four verbs and a question; no thread, no system call, no clock, no callback into the caller.
// host/ turns them with real time and real links, sim/ with a virtual clock: it cannot tell which.
//
//   receive(burst) -> ingress -> ip -> {tcp, udp, icmp} -> notices
//   transmit(out)  <- egress  <- ip <- {icmp and arp, tcp, udp}   pulled; nothing sends by itself
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "core/base/time.hpp"
#include "core/berkeley/errno.hpp"
#include "core/buf/packet.hpp"
#include "core/stack/config.hpp"
#include "core/tcp/tcp.hpp"
#include "core/trace/counters.hpp"
#include "core/trace/sink.hpp"
#include "core/udp/udp.hpp"
#include "core/wire/address.hpp"

namespace handfast::stack {

// What an active open or a first datagram must know of the way to its destination.
struct Way {
    wire::IpAddress source;  // the address to send from
    std::uint16_t mtu{1500};
    std::uint32_t max_super_segment{0};
    bool broadcast{false};  // the destination is a broadcast address of ours
    bool multicast{false};
};

struct EchoReply {
    wire::IpAddress from;
    std::uint16_t identifier{0};
    std::uint16_t sequence{0};
    std::size_t length{0};  // octets of echoed data
    std::uint8_t ttl{0};
    Instant at;
    std::optional<berkeley::Errno> error;  // an ICMP error about our request instead
};

class Shard {
public:
    // `next_packet_id` is the network's counter; it and the pool outlive the shard.
    Shard(const Config& config, buf::Pool& pool, std::uint64_t& next_packet_id, Instant now);
    ~Shard();
    Shard(const Shard&) = delete;
    Shard& operator=(const Shard&) = delete;
    Shard(Shard&&) = delete;
    Shard& operator=(Shard&&) = delete;

    // Frames came in (facts().link says by which link). Takes them; what became of each is told to
    // the trace sink and counted.
    void receive(std::span<buf::Packet> burst, Instant now);
    // Time has passed: fires every deadline at or before now in order of time.
    void advance(Instant now);
    // The next frames to put on the wire, until there are none; says how many were added.
    std::size_t transmit(buf::PacketBurst& out, Instant now);
    // When advance() is next needed. nullopt: not until something arrives.
    [[nodiscard]] Deadline next_deadline() const;
    // True when transmit() would give something (or loop something back).
    [[nodiscard]] bool wants_to_transmit() const;

    // Where packets to this address go. ENETUNREACH without a route. With `from` given (a bound
    // socket) it must be an own address: EADDRNOTAVAIL.
    [[nodiscard]] berkeley::Result<Way> way_to(const wire::IpAddress& destination,
                                               const std::optional<wire::IpAddress>& from) const;
    // One of this host's own unicast addresses (loopback included)?
    [[nodiscard]] bool is_own(const wire::IpAddress& address) const;
    [[nodiscard]] bool is_broadcast(const wire::IpAddress& address) const;

    // RFC 6056: a free local port. EADDRNOTAVAIL when every one is taken. For TCP the tuple must be
    // free (TIME-WAIT that may be reused counts as free); for UDP the local endpoint.
    [[nodiscard]] berkeley::Result<wire::Port> ephemeral_tcp_port(const wire::IpAddress& local,
                                                                  const wire::Endpoint& remote,
                                                                  Instant now);
    [[nodiscard]] berkeley::Result<wire::Port> ephemeral_udp_port(const wire::IpAddress& local);

    // ICMP echo client (ICMP4-14).
    [[nodiscard]] berkeley::Result<void> send_echo(const wire::IpAddress& to,
                                                   std::uint16_t identifier,
                                                   std::uint16_t sequence,
                                                   std::size_t length,
                                                   std::uint8_t ttl,
                                                   Instant now);
    void take_echo_replies(std::vector<EchoReply>& out);

    void add_address(std::uint8_t link, const wire::Prefix& address);
    void remove_address(std::uint8_t link, const wire::IpAddress& address);
    // RFC 1112: datagrams to the group are taken from then on. Joined twice, it is left twice.
    void join_group(std::uint8_t link, const wire::IpAddress& group);
    void leave_group(std::uint8_t link, const wire::IpAddress& group);
    void set_loopback_weather(const weather::Impairments& impairments, Instant now);

    [[nodiscard]] tcp::Tcp& tcp();
    [[nodiscard]] const tcp::Tcp& tcp() const;
    [[nodiscard]] udp::Udp& udp();
    [[nodiscard]] const udp::Udp& udp() const;
    [[nodiscard]] const Config& config() const;
    [[nodiscard]] buf::Pool& pool() const;
    [[nodiscard]] trace::Counters& counters();
    [[nodiscard]] const trace::Counters& counters() const;
    void set_sink(trace::Sink* sink);

private:
    struct Rooms;
    std::unique_ptr<Rooms> rooms_;
};

}  // namespace handfast::stack
