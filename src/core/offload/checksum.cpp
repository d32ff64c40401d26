#include "core/offload/checksum.hpp"

#include <algorithm>

#include "core/offload/layout.hpp"
#include "core/wire/checksum.hpp"
#include "core/wire/ipv4.hpp"
#include "core/wire/ipv6.hpp"
#include "core/wire/tcp.hpp"
#include "core/wire/udp.hpp"

namespace handfast::offload {
namespace {

using buf::ChecksumState;

// Adds octets [from, to) of the packet, `from` in its head.
void add_octets(wire::Checksum& sum, const buf::Packet& packet, std::size_t from, std::size_t to) {
    const Bytes head = packet.head();
    const std::size_t of_head = std::min(head.size(), to);
    sum.add(head.subspan(from, of_head - from));
    std::size_t left = to - of_head;
    for (const buf::Slice& slice : packet.slices()) {
        if (left == 0) return;
        const std::size_t n = std::min(slice.size(), left);
        sum.add(slice.bytes().first(n));
        left -= n;
    }
}

void add_pseudo_header(wire::Checksum& sum, const buf::Packet& packet, const Layout& layout) {
    const Bytes ip = packet.head().subspan(layout.network_at);
    const std::size_t length = layout.transport_size();
    // Where layout_of() found a header, these find it too.
    if (layout.network == Layout::Network::ipv4) {
        const auto view = wire::Ipv4View::parse(ip, wire::Ipv4View::datagram_max);
        sum.add_pseudo_header(view->source(), view->destination(), layout.protocol, length);
        return;
    }
    const auto view = wire::Ipv6View::parse(ip, packet.size());
    sum.add_pseudo_header(view->source(), view->destination(), layout.protocol, length);
}

[[nodiscard]] bool ip_header_verifies(const buf::Packet& packet, const Layout& layout) {
    if (layout.network != Layout::Network::ipv4) return true;
    const std::size_t size = layout.transport_at - layout.network_at;
    return wire::Checksum{}.add(packet.head().subspan(layout.network_at, size)).verifies();
}

// RFC 768: over IPv4 a UDP sender may leave the sum out; RFC 8200 §8.1: not over IPv6.
[[nodiscard]] bool has_no_checksum(const buf::Packet& packet, const Layout& layout) {
    return layout.is_udp() && layout.network == Layout::Network::ipv4 &&
           load_be16(packet.head(), layout.transport_at + wire::UdpHeader::checksum_at) == 0;
}

}  // namespace

void complete_checksum(buf::Packet& frame, trace::Medium medium) {
    if (frame.facts().checksum != ChecksumState::partial) return;
    frame.facts().checksum = ChecksumState::unknown;
    const auto layout = layout_of(frame, medium);
    if (!layout || !(layout->is_tcp() || layout->is_udp())) return;
    wire::Checksum sum;
    add_octets(sum, frame, layout->transport_at, layout->end);
    if (layout->is_tcp()) {
        store_be16(frame.mutable_head(),
                   layout->transport_at + wire::TcpHeader::checksum_at,
                   sum.finish());
        return;
    }
    store_be16(frame.mutable_head(),
               layout->transport_at + wire::UdpHeader::checksum_at,
               wire::UdpHeader::checksum_field(sum));
}

bool verify_checksum(buf::Packet& frame, trace::Medium medium) {
    if (frame.facts().checksum != ChecksumState::unknown) return true;
    const auto layout = layout_of(frame, medium);
    if (!layout || !(layout->is_tcp() || layout->is_udp())) return true;
    if (!ip_header_verifies(frame, *layout)) return false;
    if (!has_no_checksum(frame, *layout)) {
        wire::Checksum sum;
        add_pseudo_header(sum, frame, *layout);
        add_octets(sum, frame, layout->transport_at, layout->end);
        if (!sum.verifies()) return false;
    }
    frame.facts().checksum = ChecksumState::verified;
    return true;
}

}  // namespace handfast::offload
