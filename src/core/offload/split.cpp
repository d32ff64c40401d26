#include "core/offload/split.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "core/offload/checksum.hpp"
#include "core/wire/checksum.hpp"
#include "core/wire/ipv4.hpp"
#include "core/wire/ipv6.hpp"
#include "core/wire/tcp.hpp"

namespace handfast::offload {
namespace {

using wire::TcpFlags;

// Offsets that views and emitters keep to themselves: RFC 791 §3.1, RFC 8200 §3, RFC 9293 §3.1.
constexpr std::size_t ipv4_length_at = 2;
constexpr std::size_t ipv4_identification_at = 4;
constexpr std::size_t ipv4_checksum_at = 10;
constexpr std::size_t ipv6_length_at = 4;
constexpr std::size_t tcp_sequence_at = 4;
constexpr std::size_t tcp_flags_at = 13;
constexpr std::size_t tcp_urgent_at = 18;

[[nodiscard]] constexpr std::uint16_t fold(std::uint32_t sum) {
    sum = (sum & 0xffffU) + (sum >> 16);
    return static_cast<std::uint16_t>((sum & 0xffffU) + (sum >> 16));
}

// A SYN or RST with gso_size makes no sense, and is not taken apart.
[[nodiscard]] bool can_be_split(const buf::Packet& packet, const Layout& layout) {
    if (!layout.is_tcp()) return false;
    if (layout.payload_size() <= packet.facts().gso_size) return false;
    const auto view = wire::TcpView::parse(packet.head().subspan(layout.transport_at));
    return !view->flags().syn() && !view->flags().rst();
}

}  // namespace

WireShape wire_shape(const buf::Packet& packet, trace::Medium medium) {
    const std::size_t gso_size = packet.facts().gso_size;
    const WireShape whole{.frames = 1, .longest = packet.size()};
    if (gso_size == 0) return whole;
    const auto layout = layout_of(packet, medium);
    if (!layout || !can_be_split(packet, *layout)) return whole;
    return {.frames = (layout->payload_size() + gso_size - 1) / gso_size,
            .longest = layout->payload_at + gso_size};
}

Splitter::Splitter(buf::Packet packet, trace::Medium medium, Checksums checksums)
    : packet_{std::move(packet)}, medium_{medium}, checksums_{checksums} {
    if (packet_.facts().gso_size == 0) return;
    const auto layout = layout_of(packet_, medium_);
    if (!layout || !can_be_split(packet_, *layout)) return;
    packet_.truncate(layout->end);
    if (!packet_.settle_behind(layout->payload_at)) return;
    prepare(*layout);
}

void Splitter::prepare(const Layout& layout) {
    segment_ = packet_.facts().gso_size;
    headers_.network_at = layout.network_at;
    headers_.transport_at = layout.transport_at;
    headers_.is_v4 = layout.network == Layout::Network::ipv4;

    const MutableBytes ip = packet_.mutable_head().subspan(layout.network_at);
    wire::Checksum pseudo;
    if (headers_.is_v4) {
        const auto view = wire::Ipv4View::parse(ip, wire::Ipv4View::datagram_max);
        pseudo.add_pseudo_header(view->source(), view->destination(), wire::Protocol::tcp, 0);
        headers_.identification = view->identification();
        const MutableBytes header = ip.first(view->header_size());
        store_be16(header, ipv4_length_at, 0);
        store_be16(header, ipv4_identification_at, 0);
        store_be16(header, ipv4_checksum_at, 0);
        headers_.ip_sum = wire::Checksum{}.add(header).folded();
    } else {
        const auto view = wire::Ipv6View::parse(ip, packet_.size());
        pseudo.add_pseudo_header(view->source(), view->destination(), wire::Protocol::tcp, 0);
    }
    headers_.pseudo_sum = pseudo.folded();

    const auto tcp = wire::TcpView::parse(packet_.head().subspan(layout.transport_at));
    headers_.sequence = tcp->seq().raw();
    headers_.flags = tcp->flags().bits;
    headers_.urgent_pointer = tcp->urgent_pointer();
}

buf::Packet Splitter::next() {
    HF_CHECK(!done());
    if (segment_ == 0) return whole();
    const std::size_t length = std::min(segment_, packet_.payload_size() - offset_);
    buf::Packet out = frame(length);
    if (out && checksums_ == Checksums::computed) complete_checksum(out, medium_);
    step(length);
    return out;
}

buf::Packet Splitter::whole() {
    packet_.facts().gso_size = 0;
    if (checksums_ == Checksums::computed) complete_checksum(packet_, medium_);
    return std::move(packet_);
}

buf::Packet Splitter::frame(std::size_t length) const {
    buf::Packet out = buf::Packet::make(packet_.pool());
    if (!out) return out;
    out.facts() = packet_.facts();
    out.facts().gso_size = 0;
    out.facts().transport_at = headers_.transport_at;
    out.facts().checksum = buf::ChecksumState::partial;
    const Bytes model = packet_.head();
    const MutableBytes head = out.prepend(model.size());
    std::memcpy(head.data(), model.data(), model.size());
    write_network(head, length);
    write_transport(head, length);
    share_payload(out, length);
    return out;
}

void Splitter::write_network(MutableBytes head, std::size_t length) const {
    const std::size_t at = headers_.network_at;
    const std::size_t total = head.size() - at + length;
    if (!headers_.is_v4) {
        const std::size_t payload = total - wire::Ipv6View::header_size;
        store_be16(head, at + ipv6_length_at, static_cast<std::uint16_t>(payload));
        return;
    }
    const auto identification = static_cast<std::uint16_t>(headers_.identification + ordinal_);
    const std::uint16_t sum =
        fold(headers_.ip_sum + static_cast<std::uint32_t>(total) + identification);
    store_be16(head, at + ipv4_length_at, static_cast<std::uint16_t>(total));
    store_be16(head, at + ipv4_identification_at, identification);
    store_be16(head, at + ipv4_checksum_at, static_cast<std::uint16_t>(~sum));
}

void Splitter::write_transport(MutableBytes head, std::size_t length) const {
    const std::size_t at = headers_.transport_at;
    const auto offset = static_cast<std::uint32_t>(offset_);
    const std::size_t total = head.size() - at + length;
    const bool urgent =
        (headers_.flags & TcpFlags::urg_bit) != 0 && headers_.urgent_pointer > offset;
    const std::uint32_t pointer = urgent ? headers_.urgent_pointer - offset : 0;
    store_be32(head, at + tcp_sequence_at, headers_.sequence + offset);
    store_u8(head, at + tcp_flags_at, flags_of(length));
    store_be16(head, at + tcp_urgent_at, static_cast<std::uint16_t>(pointer));
    store_be16(head,
               at + wire::TcpHeader::checksum_at,
               fold(headers_.pseudo_sum + static_cast<std::uint32_t>(total)));
}

std::uint8_t Splitter::flags_of(std::size_t length) const {
    unsigned cleared = 0;
    if (offset_ + length < packet_.payload_size()) cleared |= TcpFlags::psh_bit | TcpFlags::fin_bit;
    if (offset_ > 0) cleared |= TcpFlags::cwr_bit;
    if (headers_.urgent_pointer <= offset_) cleared |= TcpFlags::urg_bit;
    return static_cast<std::uint8_t>(headers_.flags & ~cleared);
}

void Splitter::share_payload(buf::Packet& into, std::size_t length) const {
    std::size_t index = slice_;
    std::size_t skip = slice_offset_;
    for (; length > 0; ++index, skip = 0) {
        const buf::Slice& slice = packet_.slices()[index];
        const std::size_t n = std::min(slice.size() - skip, length);
        HF_CHECK(into.append(slice.share(skip, n)));
        length -= n;
    }
}

void Splitter::step(std::size_t length) {
    offset_ += length;
    ++ordinal_;
    if (offset_ == packet_.payload_size()) {
        packet_ = buf::Packet{};
        return;
    }
    for (; length > 0;) {
        const std::size_t left = packet_.slices()[slice_].size() - slice_offset_;
        const std::size_t n = std::min(left, length);
        slice_offset_ += n;
        length -= n;
        if (slice_offset_ == packet_.slices()[slice_].size()) {
            ++slice_;
            slice_offset_ = 0;
        }
    }
}

}  // namespace handfast::offload
