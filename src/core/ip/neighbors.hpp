// Neighbors on Ethernet links: the ARP cache (RFC 826, RFC 1122 §2.3.2, RFC 5227 §2.3-2.4).
//
//              park()            answer                    lifetime over, in use
//   (nothing) --------> asking ----------> confirmed ------------------------------> asking again,
//        ^                |  no answer        ^                                      still used
//        +----------------+                   | answer                                    |
//        ^     packets are unreachable        +-------------------------------------------+
//        +------------------------------------------------------- no answer --------------+
//
//   A request that asks for us makes a `learned` entry: as good as a confirmed one for its
//   lifetime, but the first to give way when the table is full.
//
// Who may change the cache (attack A34): an answer that we asked for, always; others only what is
// known already, and an address that was confirmed within the last second keeps its MAC. Only a
// request that asks for us makes a new entry.
#pragma once

#include <boost/intrusive/list.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <unordered_map>

#include "core/base/ring.hpp"
#include "core/base/rng.hpp"
#include "core/base/slab.hpp"
#include "core/base/time.hpp"
#include "core/buf/packet.hpp"
#include "core/ip/bounded_queue.hpp"
#include "core/ip/ledger.hpp"
#include "core/ip/limits.hpp"
#include "core/ip/links.hpp"
#include "core/wire/address.hpp"
#include "core/wire/arp.hpp"

namespace handfast::ip {

struct NeighborKey {
    std::uint8_t link{0};
    wire::IpAddress address;
    friend bool operator==(const NeighborKey&, const NeighborKey&) = default;
};

struct Neighbor {
    using Hook = boost::intrusive::list_member_hook<
        boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;

    NeighborKey key;
    wire::MacAddress mac;
    bool known{false};      // the MAC is
    bool confirmed{false};  // by an answer to us
    Instant good_until{};   // then it is asked for again, if it is in use
    Instant set_at{};       // when the MAC became what it is
    Instant ask_at{};       // while asking: when to ask again, or to give up
    std::size_t attempts{0};
    Ring<buf::Packet> parked;
    Hook by_age;
    Hook asking;
};
using NeighborId = Handle<Neighbor>;

class Neighbors {
public:
    Neighbors(const Links& links,
              FrameQueue& frames,
              Ledger& ledger,
              buf::Pool& pool,
              const Entropy& entropy,
              const Limits& limits);
    Neighbors(const Neighbors&) = delete;
    Neighbors& operator=(const Neighbors&) = delete;
    Neighbors(Neighbors&&) = delete;
    Neighbors& operator=(Neighbors&&) = delete;
    ~Neighbors() = default;

    // The MAC if it is known; an old one is asked for again. nullptr: park() the packet.
    [[nodiscard]] const wire::MacAddress* find(NeighborId id, Instant now) {
        Neighbor* const neighbor = slab_.find(id);
        if (neighbor == nullptr || !neighbor->known) return nullptr;
        if (neighbor->good_until <= now) [[unlikely]]
            refresh(*neighbor, now);
        return &neighbor->mac;
    }
    [[nodiscard]] NeighborId id_of(const NeighborKey& key) const;
    // Takes an IP packet that waits for its neighbor's MAC, and asks for that (LINK-4). At the
    // bounds the oldest packet gives way.
    NeighborId park(const NeighborKey& key, buf::Packet packet, Instant now);

    // An ARP packet came in. Says why it was dropped.
    std::optional<trace::Drop> arp_arrives(std::uint8_t link, Bytes packet, Instant now);
    // Tells the link who has this address now (RFC 5227 §2.3).
    void announce(std::uint8_t link, const wire::IpAddress& own, Instant now);

    void advance(Instant now);
    [[nodiscard]] Deadline next_deadline() const;

    // An IP packet whose neighbor did not answer.
    struct Unreachable {
        buf::Packet packet;
        NeighborKey next_hop;
    };
    [[nodiscard]] std::optional<Unreachable> take_unreachable();
    [[nodiscard]] bool has_unreachable() const { return !unreachable_.empty(); }
    [[nodiscard]] std::size_t size() const { return slab_.size(); }
    [[nodiscard]] std::size_t parked_octets() const { return parked_octets_; }

private:
    using ByAge = boost::intrusive::list<
        Neighbor,
        boost::intrusive::member_hook<Neighbor, Neighbor::Hook, &Neighbor::by_age>,
        boost::intrusive::constant_time_size<false>>;
    using Asking = boost::intrusive::list<
        Neighbor,
        boost::intrusive::member_hook<Neighbor, Neighbor::Hook, &Neighbor::asking>,
        boost::intrusive::constant_time_size<false>>;
    struct Hasher {
        KeyedHash keyed;
        [[nodiscard]] std::size_t operator()(const NeighborKey& key) const;
    };

    [[nodiscard]] Neighbor* create(const NeighborKey& key);
    void erase(Neighbor& neighbor);
    void ask(Neighbor& neighbor, Instant now);
    void refresh(Neighbor& neighbor, Instant now);
    void give_up(Neighbor& neighbor);
    void merge(Neighbor& neighbor, const wire::ArpView& arp, Instant now);
    void learn(std::uint8_t link, const wire::ArpView& arp, Instant now);
    void settle(Neighbor& neighbor, const wire::MacAddress& mac, Instant now);
    void release_parked(Neighbor& neighbor, Instant now);
    void forget_oldest_parked(Neighbor& neighbor, Instant now);
    void send(std::uint8_t link,
              const wire::MacAddress& destination,
              const wire::ArpPacket& arp,
              Instant now);

    const Links& links_;
    FrameQueue& frames_;
    Ledger& ledger_;
    buf::Pool& pool_;
    Limits limits_;
    Slab<Neighbor> slab_;
    std::unordered_map<NeighborKey, NeighborId, Hasher> ids_;
    ByAge unconfirmed_;  // in order of creation
    ByAge confirmed_;    // in order of confirmation
    Asking asking_;      // in order of ask_at: all wait equally long
    std::size_t parked_octets_{0};
    Ring<Unreachable> unreachable_;
};

}  // namespace handfast::ip
