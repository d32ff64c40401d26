// UDP of one host: RFC 768, RFC 1122 §4.1. Message boundaries are kept, nothing is promised.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "core/base/rng.hpp"
#include "core/base/slab.hpp"
#include "core/base/time.hpp"
#include "core/berkeley/calls.hpp"
#include "core/berkeley/errno.hpp"
#include "core/buf/packet.hpp"
#include "core/trace/counters.hpp"
#include "core/trace/sink.hpp"
#include "core/wire/address.hpp"

namespace handfast::udp {

struct Binding;
using BindingId = Handle<Binding>;
using Owner = std::uint64_t;

struct Limits {
    std::size_t bindings{65'536};
    std::size_t receive_buffer{212'992};  // octets by true size, when SO_RCVBUF does not say
    std::size_t send_queue{4U << 20};     // octets of all bindings that wait for the link
};

struct Settings {
    std::size_t receive_buffer{0};  // 0: Limits
    std::uint8_t tos{0};
    std::uint8_t ttl{64};
    std::uint8_t multicast_ttl{1};
    bool broadcast{false};      // SO_BROADCAST: without it a broadcast is EACCES
    bool no_checksum{false};    // SO_NO_CHECK
    bool dont_fragment{false};  // IP_MTU_DISCOVER: EMSGSIZE past the link's MTU
    bool reuse_address{false};  // SO_REUSEADDR
    bool reuse_port{false};     // SO_REUSEPORT
    friend bool operator==(const Settings&, const Settings&) = default;
};

struct Outgoing {
    buf::Packet packet;
    wire::Envelope envelope;
    bool may_fragment{true};
};

struct Notice {
    Owner owner{0};
    bool readable{false};
    bool writable{false};
    bool failed{false};
};

struct Environment {
    buf::Pool& pool;
    trace::Counters& counters;
    trace::Sink* sink{nullptr};
    trace::HostId host{};
    Entropy entropy{};
    Limits limits;
    std::uint64_t* next_packet_id{nullptr};
};

class Udp {
public:
    explicit Udp(const Environment& environment);
    ~Udp();
    Udp(const Udp&) = delete;
    Udp& operator=(const Udp&) = delete;
    Udp(Udp&&) = delete;
    Udp& operator=(Udp&&) = delete;

    // The local endpoint is complete (the port was chosen); conflicts were ruled out by the caller.
    [[nodiscard]] berkeley::Result<BindingId> bind(const wire::Endpoint& local,
                                                   Owner owner,
                                                   const Settings& settings);
    void close(BindingId id);
    // Sets, changes or (nullopt) forgets the peer; `local` as connect() chose or restored it.
    void connect(BindingId id,
                 const wire::Endpoint& local,
                 const std::optional<wire::Endpoint>& peer);

    // One datagram. `from` is complete; EMSGSIZE past 65,507 octets, EAGAIN when the queue is full.
    [[nodiscard]] berkeley::Result<std::size_t> send(BindingId id,
                                                     const wire::Endpoint& from,
                                                     const wire::Endpoint& to,
                                                     Bytes payload,
                                                     std::uint16_t link_mtu,
                                                     Instant now);
    // The first datagram of the queue; with peek it stays. EAGAIN: none.
    [[nodiscard]] berkeley::Result<berkeley::DatagramInfo> receive(BindingId id,
                                                                   MutableBytes into,
                                                                   berkeley::MessageFlags flags);
    // The same without a copy.
    [[nodiscard]] berkeley::Result<berkeley::DatagramInfo> receive(BindingId id,
                                                                   buf::Packet::Slices& into);

    [[nodiscard]] berkeley::Ready ready(BindingId id) const;
    [[nodiscard]] std::size_t first_length(BindingId id) const;  // FIONREAD
    [[nodiscard]] std::optional<berkeley::Errno> take_error(BindingId id);
    [[nodiscard]] const Settings& settings(BindingId id) const;
    void change(BindingId id, const Settings& settings);
    [[nodiscard]] std::uint64_t drops(BindingId id) const;  // for want of queue (SO_RXQ_OVFL)

    // Bindings that have this local port; an unspecified address meets every address.
    struct PortUse {
        std::size_t bindings{0};
        bool all_reuse_address{true};
        bool all_reuse_port{true};
    };
    [[nodiscard]] PortUse port_use(const wire::Endpoint& local) const;

    // A packet whose first octet is the UDP header. Says why it was dropped; udp_no_port asks the
    // caller for an ICMP port unreachable.
    std::optional<trace::Drop> datagram_arrives(buf::Packet& packet,
                                                const wire::Envelope& envelope,
                                                Instant now);
    // ICMP said something about a datagram of ours: connected sockets are told (UDP-7).
    std::optional<trace::Drop> icmp_arrives(const wire::FlowTuple& tuple, berkeley::Errno error);

    [[nodiscard]] std::optional<Outgoing> transmit();
    [[nodiscard]] bool wants_to_transmit() const;
    void take_notices(std::vector<Notice>& out);
    void set_sink(trace::Sink* sink);
    [[nodiscard]] std::size_t size() const;

private:
    struct Rooms;
    std::unique_ptr<Rooms> rooms_;
};

}  // namespace handfast::udp
