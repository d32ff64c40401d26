#include "core/ip/reassembly.hpp"

#include <algorithm>
#include <utility>

#include "core/ip/unpin.hpp"
#include "core/wire/ecn.hpp"

namespace handfast::ip {

using trace::Counter;
using trace::Drop;

namespace {

constexpr std::size_t fragment_unit = 8;

// The part of the datagrams that one source may have.
constexpr std::size_t share_of_source = 4;

// How much of the transport's header the first fragment must bring (RFC 1858 §3, RFC 3128).
[[nodiscard]] std::size_t header_of(wire::Protocol protocol) {
    return protocol == wire::Protocol::tcp ? 20 : 8;
}

// A fragment whose place contradicts itself: attacks A22-A24.
[[nodiscard]] bool is_malformed(const wire::Ipv4View& view) {
    const std::size_t begin = view.fragment_offset();
    const std::size_t length = view.payload_size();
    if (length == 0) return true;
    if (view.more_fragments() && length % fragment_unit != 0) return true;
    if (begin + length + wire::Ipv4View::header_min > wire::Ipv4View::datagram_max) return true;
    if (begin == 0) return length < header_of(view.protocol());
    return view.protocol() == wire::Protocol::tcp && begin < header_of(view.protocol());
}

}  // namespace

Reassembler::Reassembler(Ledger& ledger, const Limits& limits)
    : ledger_{ledger}, limits_{limits}, slab_{limits.reassemblies} {}

std::optional<Arrived> Reassembler::add(buf::Packet packet,
                                        const wire::Ipv4View& view,
                                        Instant now) {
    ledger_.count(Counter::ip_reasm_reqds);
    const auto refuse = [&](Drop reason) {
        ledger_.count(Counter::ip_reasm_fails);
        ledger_.drop(reason, packet, now);
        return std::nullopt;
    };
    if (is_malformed(view)) return refuse(Drop::ip_fragment_malformed);
    const Key key{.source = view.source(),
                  .destination = view.destination(),
                  .protocol = view.protocol(),
                  .identification = view.identification()};
    Datagram* datagram = find(key);
    if (datagram == nullptr) datagram = create(key, now);
    if (datagram == nullptr) return refuse(Drop::ip_fragment_limit);
    if (datagram->poisoned) return refuse(Drop::ip_fragment_overlap);

    const std::size_t begin = view.fragment_offset();
    const std::size_t end = begin + view.payload_size();
    const bool is_last = !view.more_fragments();
    // Two ends, or octets behind the end: the same lie as an overlap.
    const bool contradicts =
        datagram->total ? end > *datagram->total || (is_last && end != *datagram->total)
                        : is_last && !datagram->pieces.empty() && datagram->pieces.back().end > end;
    const Fit placed = fit(*datagram, begin, end);
    if (placed == Fit::overlaps || contradicts) {
        drop_pieces(*datagram, Drop::ip_fragment_overlap, now);
        datagram->poisoned = true;
        return refuse(Drop::ip_fragment_overlap);
    }
    // RFC 8200 §4.5 allows it: an exact duplicate dies alone.
    if (placed == Fit::duplicate) return refuse(Drop::ip_fragment_overlap);
    const std::size_t size = packet.true_size();
    if (datagram->pieces.size() >= limits_.fragments_per_datagram ||
        size > limits_.reassembly_octets) {
        drop_pieces(*datagram, Drop::ip_fragment_limit, now);
        remove(*datagram);
        return refuse(Drop::ip_fragment_limit);
    }

    if (is_last) datagram->total = end;
    if (wire::ecn_of(view.tos()) == wire::Ecn::congested) datagram->congested = true;
    if (begin == 0) {
        datagram->header.assign(view.header().begin(), view.header().end());
        datagram->envelope = envelope_of(view);
    }
    packet.trim_front(view.header_size());
    unpin(packet);
    insert(*datagram, {.begin = begin, .end = end, .packet = std::move(packet)});
    if (datagram->held == datagram->total) return complete(*datagram, now);
    // Older datagrams give way to this one's octets.
    while (octets_ > limits_.reassembly_octets) {
        Datagram& oldest = by_age_.front();
        ledger_.count(Counter::ip_reasm_fails);
        drop_pieces(oldest, Drop::ip_fragment_limit, now);
        remove(oldest);
    }
    return std::nullopt;
}

Reassembler::Datagram* Reassembler::find(const Key& key) {
    for (Datagram& d : by_age_) {
        if (d.key == key) return &d;
    }
    return nullptr;
}

Reassembler::Datagram* Reassembler::create(const Key& key, Instant now) {
    make_room(key.source, now);
    const Handle<Datagram> id = slab_.emplace();
    if (!id) return nullptr;
    Datagram& datagram = slab_[id];
    datagram.self = id;
    datagram.key = key;
    datagram.give_up_at = now + limits_.reassembly_time;
    by_age_.push_back(datagram);
    return &datagram;
}

// One source that has its share loses its own oldest; else, when all places are taken, the oldest
// of all gives way.
void Reassembler::make_room(const wire::IpAddress& source, Instant now) {
    Datagram* oldest_of_source = nullptr;
    std::size_t of_source = 0;
    for (Datagram& d : by_age_) {
        if (d.key.source != source) continue;
        if (oldest_of_source == nullptr) oldest_of_source = &d;
        ++of_source;
    }
    Datagram* victim = nullptr;
    if (slab_.full() && !by_age_.empty()) victim = &by_age_.front();
    if (of_source >= std::max<std::size_t>(limits_.reassemblies / share_of_source, 1))
        victim = oldest_of_source;
    if (victim == nullptr) return;
    ledger_.count(Counter::ip_reasm_fails);
    drop_pieces(*victim, Drop::ip_fragment_limit, now);
    remove(*victim);
}

Reassembler::Fit Reassembler::fit(const Datagram& datagram, std::size_t begin, std::size_t end) {
    // The first piece that ends behind our beginning is the only one that may lie in the way.
    const auto next = std::ranges::upper_bound(datagram.pieces, begin, {}, &Piece::end);
    if (next == datagram.pieces.end() || next->begin >= end) return Fit::fits;
    return next->begin == begin && next->end == end ? Fit::duplicate : Fit::overlaps;
}

void Reassembler::insert(Datagram& datagram, Piece piece) {
    octets_ += piece.packet.true_size();
    datagram.held += piece.end - piece.begin;
    const auto behind = std::ranges::upper_bound(datagram.pieces, piece.begin, {}, &Piece::begin);
    datagram.pieces.insert(behind, std::move(piece));
}

// All pieces are there: they become one block, whatever the fragments' own blocks were.
std::optional<Arrived> Reassembler::complete(Datagram& datagram, Instant now) {
    buf::Packet& first = datagram.pieces.front().packet;
    buf::Slice whole = first.pool().allocate(*datagram.total);
    buf::Packet packet = whole ? buf::Packet::make(first.pool()) : buf::Packet{};
    if (!packet) {
        ledger_.count(Counter::ip_reasm_fails);
        drop_pieces(datagram, Drop::no_memory, now);
        remove(datagram);
        return std::nullopt;
    }
    for (const Piece& piece : datagram.pieces) {
        piece.packet.copy_out(0, whole.tail().first(piece.end - piece.begin));
        whole.grow(piece.end - piece.begin);
        octets_ -= piece.packet.true_size();
    }
    packet.facts() = first.facts();
    const bool unicast = !first.facts().link_broadcast;
    packet.facts().checksum = buf::ChecksumState::unknown;
    packet.facts().transport_at = 0;
    HF_CHECK(packet.append(std::move(whole)));
    datagram.pieces.clear();
    ledger_.count(Counter::ip_reasm_oks);
    Arrived arrived{.packet = std::move(packet),
                    .envelope = datagram.envelope,
                    .header = datagram.header,
                    .unicast = unicast};
    if (datagram.congested)  // RFC 3168 §5.3: a mark is not lost with the fragment that had it
        arrived.envelope.tos = wire::with_ecn(arrived.envelope.tos, wire::Ecn::congested);
    remove(datagram);
    return arrived;
}

void Reassembler::drop_pieces(Datagram& datagram, Drop reason, Instant now) {
    for (const Piece& piece : datagram.pieces) {
        octets_ -= piece.packet.true_size();
        ledger_.drop(reason, piece.packet, now);
    }
    datagram.pieces.clear();
}

void Reassembler::remove(Datagram& datagram) {
    by_age_.erase(by_age_.iterator_to(datagram));
    slab_.erase(datagram.self);
}

std::optional<Arrived> Reassembler::expire(Instant now) {
    while (!by_age_.empty() && by_age_.front().give_up_at <= now) {
        Datagram& datagram = by_age_.front();
        ledger_.count(Counter::ip_reasm_fails);
        std::optional<Arrived> first;
        if (!datagram.header.empty() && !datagram.pieces.empty()) {
            buf::Packet quoted = datagram.pieces.front().packet.share();
            if (quoted) {
                const bool unicast = !quoted.facts().link_broadcast;
                first = Arrived{.packet = std::move(quoted),
                                .envelope = datagram.envelope,
                                .header = datagram.header,
                                .unicast = unicast};
            }
        }
        drop_pieces(datagram, Drop::ip_fragment_timeout, now);
        remove(datagram);
        if (first) return first;
    }
    return std::nullopt;
}

Deadline Reassembler::next_deadline() const {
    if (by_age_.empty()) return std::nullopt;
    return by_age_.front().give_up_at;
}

}  // namespace handfast::ip
