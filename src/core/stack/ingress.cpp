#include "core/stack/ingress.hpp"

#include <algorithm>
#include <utility>

#include "core/ip/unpin.hpp"
#include "core/offload/checksum.hpp"
#include "core/offload/coalesce.hpp"
#include "core/offload/layout.hpp"
#include "core/wire/checksum.hpp"
#include "core/wire/ethernet.hpp"
#include "core/wire/tcp.hpp"
#include "core/wire/udp.hpp"

namespace handfast::stack {

using buf::ChecksumState;
using trace::Counter;
using trace::Drop;
using wire::EthernetView;
using wire::Protocol;

namespace {

// Of a transport's packet that offload did not vouch for: it was reassembled, or its sum is wrong.
[[nodiscard]] bool checksum_verifies(const ip::Arrived& arrived) {
    wire::Checksum sum;
    sum.add_pseudo_header(arrived.envelope.source,
                          arrived.envelope.destination,
                          arrived.envelope.protocol,
                          arrived.packet.size());
    sum.add(arrived.packet.head());
    for (const buf::Slice& s : arrived.packet.slices()) sum.add(s.bytes());
    return sum.verifies();
}

// TCP reads its header from the head. It stands there, unless the datagram was reassembled or its
// lengths contradict each other, for which TCP names the drop.
void pull_tcp_header(buf::Packet& packet) {
    constexpr std::size_t least = wire::TcpView::header_min;
    if (packet.head_size() < least && !packet.pull(least)) return;
    const std::size_t header = wire::TcpView::header_size(packet.head());
    if (packet.head_size() < header) (void)packet.pull(header);
}

// What a host of this network has sent stands with its headers in the head, as it was emitted.
[[nodiscard]] bool has_headers_in_head(const buf::Packet& frame) {
    const buf::Packet::Facts& facts = frame.facts();
    return facts.checksum == ChecksumState::partial && facts.transport_at != 0 &&
           frame.head_size() >= facts.transport_at + wire::TcpView::header_min;
}

// The destination, compared by words: it is done for every frame.
[[nodiscard]] bool is_to(const wire::MacAddress& own, Bytes frame) {
    return load_be32(own.octets, 0) == load_be32(frame, 0) &&
           load_be16(own.octets, 4) == load_be16(frame, 4);
}

}  // namespace

// Frames of one link stand together; each such part is handled by itself.
void Ingress::frames(std::span<buf::Packet> burst, Instant now) {
    while (!burst.empty()) {
        const auto other = std::ranges::find_if(burst, [&](const buf::Packet& p) {
            return !p || !burst.front() || p.facts().link != burst.front().facts().link;
        });
        const auto n = std::max<std::size_t>(1, static_cast<std::size_t>(other - burst.begin()));
        if (burst.front()) same_link(burst.first(n), now);
        burst = burst.subspan(n);
    }
}

void Ingress::same_link(std::span<buf::Packet> burst, Instant now) {
    const std::uint8_t link = burst.front().facts().link;
    HF_CHECK(link < doors_.links.size());
    const trace::Medium medium = doors_.links.medium(link);
    for (buf::Packet& frame : burst) {
        frame.facts().at = now;
        if (has_headers_in_head(frame)) continue;
        // A false answer names no reason: IP and the transports look again.
        if (offload::pull_headers(frame, medium) &&
            frame.facts().checksum == ChecksumState::unknown)
            (void)offload::verify_checksum(frame, medium);
    }
    std::size_t left = burst.size();
    if (left > 1) {
        left = offload::coalesce(burst, medium);
        doors_.ledger.counters.count(Counter::tcp_ext_coalesced, burst.size() - left);
    }
    for (buf::Packet& frame : burst.first(left)) {
        if (medium == trace::Medium::ethernet) {
            ethernet(frame, now);
        } else {
            datagram(std::move(frame), now);
        }
        frame = {};  // what was dropped ends here, not when the caller clears its burst
    }
}

void Ingress::ethernet(buf::Packet& frame, Instant now) {
    const auto drop = [&](Drop reason) { doors_.ledger.drop(reason, frame, now); };
    const auto view = EthernetView::parse(frame.head(), frame.size());
    if (!view) return drop(Drop::frame_truncated);
    if (!is_to(doors_.links.mac(frame.facts().link), frame.head())) {
        if (!view->destination().is_group()) return drop(Drop::frame_not_for_us);
        frame.facts().link_broadcast = true;  // LINK-7
    }
    const wire::EtherType type = view->type();
    const std::size_t length = view->header_size() + view->payload_size();
    if (length != frame.size()) frame.truncate(length);  // 802.3 says where its padding begins
    frame.trim_front(view->header_size());
    switch (type) {
        case wire::EtherType::ipv4:
            return datagram(std::move(frame), now);
        case wire::EtherType::arp:
            return doors_.ip.arp_arrives(frame, now);
        default:
            return drop(Drop::unknown_ethertype);
    }
}

void Ingress::datagram(buf::Packet&& packet, Instant now) {
    auto arrived = doors_.ip.datagram_arrives(std::move(packet), now);
    if (!arrived) return;
    switch (arrived->envelope.protocol) {
        case Protocol::tcp:
            return to_tcp(*arrived, now);
        case Protocol::udp:
            return to_udp(*arrived, now);
        case Protocol::icmp:
            return to_icmp(*arrived, now);
        default:
            doors_.ip.refuse(*arrived, wire::UnreachableCode::protocol, now);
            doors_.ledger.drop(Drop::ip_unknown_protocol, arrived->packet, now);
    }
}

void Ingress::to_tcp(ip::Arrived& arrived, Instant now) {
    buf::Packet& packet = arrived.packet;
    const auto drop = [&](Drop reason) {
        doors_.ledger.count(Counter::tcp_in_errs);
        doors_.ledger.drop(reason, packet, now);
    };
    // RFC 9293 MUST-57, MUST-63: no connection with a group (attack A45).
    if (!arrived.unicast) return drop(Drop::tcp_bad_destination);
    // What is too short for a checksum TCP names.
    const bool has_checksum = packet.size() >= wire::TcpView::header_min;
    if (has_checksum && packet.facts().checksum == ChecksumState::unknown) {
        if (!checksum_verifies(arrived)) return drop(Drop::tcp_bad_checksum);
        packet.facts().checksum = ChecksumState::verified;
    }
    pull_tcp_header(packet);
    const tcp::PathFacts path = doors_.links.path(packet.facts().link);
    doors_.tcp.segment_arrives(std::move(packet), arrived.envelope, path, now);
}

void Ingress::to_udp(ip::Arrived& arrived, Instant now) {
    buf::Packet& packet = arrived.packet;
    const std::uint64_t id = packet.facts().tag.id;
    ip::unpin(packet);
    std::optional<Drop> drop;
    // A sum of zero says that there is none (UDP-2). Shorter packets than a header have none
    // either; UDP names the drop.
    const bool complete = packet.pull(wire::UdpHeader::size);
    const auto view = complete ? wire::UdpView::parse(packet.head(), packet.size())
                               : std::unexpected{wire::ParseError::truncated};
    if (view && view->has_checksum() && packet.facts().checksum == ChecksumState::unknown) {
        packet.truncate(view->length());
        if (!checksum_verifies(arrived)) {
            doors_.ledger.count(Counter::udp_in_errors);
            drop = Drop::udp_bad_checksum;
        }
    }
    if (!drop) drop = doors_.udp.datagram_arrives(packet, arrived.envelope, now);
    if (!drop) return;
    doors_.ledger.drop(*drop, id, now);
    if (*drop == Drop::udp_no_port) doors_.ip.refuse(arrived, wire::UnreachableCode::port, now);
}

void Ingress::to_icmp(ip::Arrived& arrived, Instant now) {
    const std::uint64_t id = arrived.packet.facts().tag.id;
    if (const auto error = doors_.ip.icmp().arrives(std::move(arrived), now))
        doors_.news.icmp(*error, id, now);
}

}  // namespace handfast::stack
