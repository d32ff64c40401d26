#include "core/ip/neighbors.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "core/wire/ethernet.hpp"

namespace handfast::ip {

using trace::Drop;
using wire::ArpOperation;
using wire::ArpPacket;
using wire::ArpView;
using wire::EthernetHeader;
using wire::IpAddress;
using wire::MacAddress;

namespace {

constexpr std::uint64_t table_use = 0x6970'0001;

// An address that a host may have.
[[nodiscard]] bool is_unicast(const IpAddress& address) {
    return !address.is_unspecified() && !address.is_loopback() && !address.is_multicast() &&
           !address.is_limited_broadcast() && !address.is_reserved();
}

void prepend_ethernet(buf::Packet& packet, const EthernetHeader& header) {
    header.emit(packet.prepend(EthernetHeader::size));
    packet.facts().transport_at =
        static_cast<std::uint16_t>(packet.facts().transport_at + EthernetHeader::size);
}

}  // namespace

std::size_t Neighbors::Hasher::operator()(const NeighborKey& key) const {
    std::array<std::byte, 17> octets{};
    std::ranges::copy(key.address.octets(), octets.begin());
    octets.back() = std::byte{key.link};
    return keyed(octets);
}

Neighbors::Neighbors(const Links& links,
                     FrameQueue& frames,
                     Ledger& ledger,
                     buf::Pool& pool,
                     const Entropy& entropy,
                     const Limits& limits)
    : links_{links},
      frames_{frames},
      ledger_{ledger},
      pool_{pool},
      limits_{limits},
      slab_{limits.neighbors},
      ids_{0, Hasher{KeyedHash::derive(entropy, table_use)}} {}

NeighborId Neighbors::id_of(const NeighborKey& key) const {
    const auto found = ids_.find(key);
    return found == ids_.end() ? NeighborId{} : found->second;
}

void Neighbors::refresh(Neighbor& neighbor, Instant now) {
    if (neighbor.asking.is_linked()) return;
    neighbor.attempts = 0;
    ask(neighbor, now);
}

NeighborId Neighbors::park(const NeighborKey& key, buf::Packet packet, Instant now) {
    NeighborId id = id_of(key);
    if (!id) {
        Neighbor* const made = create(key);
        if (made == nullptr) {
            ledger_.drop(Drop::neighbor_queue_full, packet, now);
            return {};
        }
        id = id_of(key);
        ask(*made, now);
    }
    Neighbor& neighbor = slab_[id];
    const std::size_t size = packet.true_size();
    if (neighbor.parked.size() >= limits_.parked_per_neighbor) forget_oldest_parked(neighbor, now);
    if (parked_octets_ + size > limits_.parked_octets && !neighbor.parked.empty())
        forget_oldest_parked(neighbor, now);
    if (parked_octets_ + size > limits_.parked_octets) {
        ledger_.drop(Drop::neighbor_queue_full, packet, now);
        return id;
    }
    neighbor.parked.push_back(std::move(packet));
    parked_octets_ += size;
    return id;
}

void Neighbors::forget_oldest_parked(Neighbor& neighbor, Instant now) {
    const buf::Packet oldest = neighbor.parked.pop_front();
    parked_octets_ -= oldest.true_size();
    ledger_.drop(Drop::neighbor_queue_full, oldest, now);
}

// A new entry. When the table is full the oldest unconfirmed one gives way, then the one whose
// confirmation is oldest.
Neighbor* Neighbors::create(const NeighborKey& key) {
    if (slab_.full()) {
        ByAge& victims = unconfirmed_.empty() ? confirmed_ : unconfirmed_;
        if (victims.empty()) return nullptr;
        Neighbor& victim = victims.front();
        give_up(victim);
        erase(victim);
    }
    const NeighborId id = slab_.emplace();
    if (!id) return nullptr;
    ids_.emplace(key, id);
    Neighbor& neighbor = slab_[id];
    neighbor.key = key;
    unconfirmed_.push_back(neighbor);
    return &neighbor;
}

void Neighbors::erase(Neighbor& neighbor) {
    const auto found = ids_.find(neighbor.key);
    HF_CHECK(found != ids_.end());
    const NeighborId id = found->second;
    ids_.erase(found);
    slab_.erase(id);
}

// The first question about a known address goes to that neighbor alone (RFC 1122 §2.3.2.1 (2)).
void Neighbors::ask(Neighbor& neighbor, Instant now) {
    const Link& link = links_[neighbor.key.link];
    const bool poll = neighbor.known && neighbor.attempts == 0;
    if (const auto source = link.source_for(neighbor.key.address)) {
        send(neighbor.key.link,
             poll ? neighbor.mac : MacAddress::broadcast(),
             {.operation = ArpOperation::request,
              .sender_mac = link.mac,
              .sender_ip = *source,
              .target_mac = {},
              .target_ip = neighbor.key.address},
             now);
    }
    ++neighbor.attempts;
    neighbor.ask_at = now + limits_.arp_interval;
    neighbor.asking.unlink();
    asking_.push_back(neighbor);
}

// Its packets reach nobody. They count as parked until they are taken.
void Neighbors::give_up(Neighbor& neighbor) {
    while (!neighbor.parked.empty()) {
        buf::Packet packet = neighbor.parked.pop_front();
        unreachable_.push_back({.packet = std::move(packet), .next_hop = neighbor.key});
    }
}

std::optional<Neighbors::Unreachable> Neighbors::take_unreachable() {
    if (unreachable_.empty()) return std::nullopt;
    Unreachable first = unreachable_.pop_front();
    parked_octets_ -= first.packet.true_size();
    return first;
}

void Neighbors::advance(Instant now) {
    while (!asking_.empty() && asking_.front().ask_at <= now) {
        Neighbor& neighbor = asking_.front();
        if (neighbor.attempts < limits_.arp_attempts) {
            ask(neighbor, now);
            continue;
        }
        give_up(neighbor);
        erase(neighbor);
    }
}

Deadline Neighbors::next_deadline() const {
    if (asking_.empty()) return std::nullopt;
    return asking_.front().ask_at;
}

// ---- ARP comes in -------------------------------------------------------------------------------

std::optional<Drop> Neighbors::arp_arrives(std::uint8_t link, Bytes packet, Instant now) {
    const auto arp = ArpView::parse(packet);
    if (!arp) return Drop::arp_malformed;
    const IpAddress sender = arp->sender_ip();
    const bool is_probe = sender.is_unspecified();  // RFC 5227 §2.1.1: wants to know, tells nothing
    if (arp->sender_mac().is_group()) return Drop::arp_malformed;
    if (!is_probe) {
        if (!is_unicast(sender) || links_.is_broadcast(sender)) return Drop::arp_malformed;
        // Somebody else has an address of ours, or pretends to: it must not become ours (A34).
        if (links_.is_own(sender)) return Drop::ip_martian_source;
        if (!links_[link].on_link(sender)) return Drop::ip_martian_source;
    }

    // RFC 826: first merge what is known about the sender, then look what is asked (LINK-9).
    Neighbor* const known = slab_.find(id_of({.link = link, .address = sender}));
    if (known != nullptr) merge(*known, *arp, now);
    const bool asks = arp->operation() == ArpOperation::request;
    if (!asks || arp->target_ip().is_loopback() || !links_.is_own(arp->target_ip()))
        return std::nullopt;
    // RFC 826 would learn from any packet to us; an answer that nobody asked for is no reason to.
    if (known == nullptr && !is_probe) learn(link, *arp, now);
    send(link,
         arp->sender_mac(),
         {.operation = ArpOperation::reply,
          .sender_mac = links_[link].mac,
          .sender_ip = arp->target_ip(),
          .target_mac = arp->sender_mac(),
          .target_ip = sender},
         now);
    return std::nullopt;
}

void Neighbors::merge(Neighbor& neighbor, const ArpView& arp, Instant now) {
    const bool asked = neighbor.asking.is_linked();
    const bool same = neighbor.known && neighbor.mac == arp.sender_mac();
    if (!asked && !same) {
        // Nobody asked, and it would change: not while the present answer is fresh.
        if (now - neighbor.set_at < limits_.arp_interval) return;
        neighbor.mac = arp.sender_mac();
        neighbor.set_at = now;
        return;
    }
    if (asked) settle(neighbor, arp.sender_mac(), now);
}

void Neighbors::learn(std::uint8_t link, const ArpView& arp, Instant now) {
    // Entries that were confirmed do not give way to one that nobody asked for.
    if (slab_.full() && unconfirmed_.empty()) return;
    Neighbor* const made = create({.link = link, .address = arp.sender_ip()});
    if (made == nullptr) return;
    made->known = true;
    made->mac = arp.sender_mac();
    made->set_at = now;
    made->good_until = now + limits_.neighbor_lifetime;
}

// The neighbor answered.
void Neighbors::settle(Neighbor& neighbor, const MacAddress& mac, Instant now) {
    neighbor.asking.unlink();
    neighbor.attempts = 0;
    if (!neighbor.known || neighbor.mac != mac) neighbor.set_at = now;
    neighbor.known = neighbor.confirmed = true;
    neighbor.mac = mac;
    neighbor.good_until = now + limits_.neighbor_lifetime;
    neighbor.by_age.unlink();
    confirmed_.push_back(neighbor);
    release_parked(neighbor, now);
}

void Neighbors::release_parked(Neighbor& neighbor, Instant now) {
    const std::uint8_t link = neighbor.key.link;
    while (!neighbor.parked.empty()) {
        buf::Packet packet = neighbor.parked.pop_front();
        parked_octets_ -= packet.true_size();
        prepend_ethernet(packet,
                         {.destination = neighbor.mac,
                          .source = links_[link].mac,
                          .type = wire::EtherType::ipv4});
        frames_.push({std::move(packet)}, now);
    }
    neighbor.parked.clear();
}

void Neighbors::announce(std::uint8_t link, const IpAddress& own, Instant now) {
    send(link,
         MacAddress::broadcast(),
         {.operation = ArpOperation::request,
          .sender_mac = links_[link].mac,
          .sender_ip = own,
          .target_mac = {},
          .target_ip = own},
         now);
}

void Neighbors::send(std::uint8_t link,
                     const MacAddress& destination,
                     const ArpPacket& arp,
                     Instant now) {
    buf::Packet packet = buf::Packet::make(pool_);
    if (!packet) return;
    arp.emit(packet.prepend(ArpPacket::size));
    prepend_ethernet(
        packet,
        {.destination = destination, .source = links_[link].mac, .type = wire::EtherType::arp});
    packet.facts().at = now;
    packet.facts().link = link;
    packet.facts().tag = ledger_.tag(
        arp.operation == ArpOperation::request ? trace::Why::arp_request : trace::Why::arp_reply);
    frames_.push({std::move(packet)}, now);
}

}  // namespace handfast::ip
