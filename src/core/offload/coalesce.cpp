#include "core/offload/coalesce.hpp"

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>

#include "core/offload/layout.hpp"
#include "core/wire/checksum.hpp"
#include "core/wire/ipv4.hpp"
#include "core/wire/ipv6.hpp"
#include "core/wire/tcp.hpp"

namespace handfast::offload {
namespace {

using wire::TcpFlags;

constexpr std::size_t ip_max = 0xffff;
// RFC 791 §3.1, RFC 8200 §3, RFC 9293 §3.1.
constexpr std::size_t ipv4_length_at = 2;
constexpr std::size_t ipv4_identification_at = 4;
constexpr std::size_t ipv4_fragment_at = 6;
constexpr std::size_t ipv4_checksum_at = 10;
constexpr std::size_t ipv6_length_at = 4;
constexpr std::size_t tcp_sequence_at = 4;
constexpr std::size_t tcp_ack_at = 8;
constexpr std::size_t tcp_flags_at = 13;
constexpr std::size_t tcp_window_at = 14;

constexpr unsigned ends_group = TcpFlags::psh_bit | TcpFlags::fin_bit;
constexpr unsigned never_joined = TcpFlags::syn_bit | TcpFlags::rst_bit | TcpFlags::urg_bit;

[[nodiscard]] bool same(Bytes a, Bytes b, std::size_t from, std::size_t to) {
    return std::memcmp(a.data() + from, b.data() + from, to - from) == 0;
}

// A segment that may be joined to others: text of a TCP flow, trusted, all headers in the head and
// nothing but headers there.
[[nodiscard]] std::optional<Layout> joinable(buf::Packet& packet, trace::Medium medium) {
    const buf::Packet::Facts& facts = packet.facts();
    if (facts.checksum == buf::ChecksumState::unknown || facts.gso_size != 0) return std::nullopt;
    const auto layout = layout_of(packet, medium);
    if (!layout || !layout->is_tcp() || layout->payload_size() == 0) return std::nullopt;
    const std::size_t ip_header = layout->transport_at - layout->network_at;
    const bool ipv4 = layout->network == Layout::Network::ipv4;
    if (ipv4 && ip_header != wire::Ipv4View::header_min) return std::nullopt;
    if (packet.head_size() != layout->payload_at) return std::nullopt;
    const unsigned flags = load_u8(packet.head(), layout->transport_at + tcp_flags_at);
    if ((flags & never_joined) != 0 || (flags & TcpFlags::ack_bit) == 0) return std::nullopt;
    packet.truncate(layout->end);
    return *layout;
}

// Segments in the making: the first's packet collects the text of those that follow it.
class Group {
public:
    void begin(buf::Packet& first, const Layout& layout) {
        packet_ = &first;
        layout_ = layout;
        members_ = 1;
        size_ = first.payload_size();
        flags_ = load_u8(first.head(), layout.transport_at + tcp_flags_at);
        closed_ = (flags_ & ends_group) != 0;
    }

    // Takes the text of the next packet, if it belongs to this group.
    [[nodiscard]] bool take(buf::Packet& next, const Layout& layout) {
        if (packet_ == nullptr || closed_ || !follows(next, layout) || !has_room(next))
            return false;
        const unsigned flags = load_u8(next.head(), layout.transport_at + tcp_flags_at);
        closed_ = (flags & ends_group) != 0 || next.payload_size() < size_;
        flags_ |= flags;
        ++members_;
        for (buf::Slice& slice : next.take_slices()) HF_CHECK(packet_->append(std::move(slice)));
        return true;
    }

    // Writes the headers of what was joined.
    void finish() {
        if (packet_ == nullptr) return;
        if (members_ > 1) write_headers();
        packet_ = nullptr;
    }

private:
    [[nodiscard]] bool follows(const buf::Packet& next, const Layout& layout) const {
        const Bytes a = packet_->head();
        const Bytes b = next.head();
        return layout.network == layout_.network && a.size() == b.size() &&
               layout.network_at == layout_.network_at &&
               layout.transport_at == layout_.transport_at && next.payload_size() <= size_ &&
               same(a, b, 0, layout.network_at) && network_follows(a, b) && transport_follows(a, b);
    }

    [[nodiscard]] bool network_follows(Bytes a, Bytes b) const {
        const std::size_t at = layout_.network_at;
        if (layout_.network == Layout::Network::ipv6)
            return same(a, b, at, at + ipv6_length_at) &&
                   same(a, b, at + ipv6_length_at + 2, layout_.transport_at);
        // RFC 6864 §4: the identification of an atomic datagram says nothing.
        const bool atomic = (load_u8(a, at + ipv4_fragment_at) & 0x40U) != 0;
        const std::size_t id_at = at + ipv4_identification_at;
        const auto awaited = static_cast<std::uint16_t>(load_be16(a, id_at) + members_);
        return same(a, b, at, at + ipv4_length_at) && (atomic || load_be16(b, id_at) == awaited) &&
               same(a, b, at + ipv4_fragment_at, at + ipv4_checksum_at) &&
               same(a, b, at + ipv4_checksum_at + 2, layout_.transport_at);
    }

    [[nodiscard]] bool transport_follows(Bytes a, Bytes b) const {
        const std::size_t at = layout_.transport_at;
        const auto awaited = static_cast<std::uint32_t>(load_be32(a, at + tcp_sequence_at) +
                                                        packet_->payload_size());
        const unsigned changed = load_u8(a, at + tcp_flags_at) ^ load_u8(b, at + tcp_flags_at);
        const unsigned second = load_u8(b, at + tcp_flags_at);
        return same(a, b, at, at + tcp_sequence_at) &&
               load_be32(b, at + tcp_sequence_at) == awaited &&
               same(a, b, at + tcp_ack_at, at + tcp_flags_at) &&
               (changed & ~(ends_group | TcpFlags::cwr_bit)) == 0 &&
               (second & TcpFlags::cwr_bit) == 0 &&
               same(a, b, at + tcp_window_at, at + wire::TcpHeader::checksum_at) &&
               same(a, b, at + wire::TcpView::header_min, a.size());
    }

    [[nodiscard]] bool has_room(const buf::Packet& next) const {
        const std::size_t ip_size = packet_->size() - layout_.network_at + next.payload_size();
        if (ip_size > ip_max) return false;
        const auto& mine = packet_->slices();
        const auto& more = next.slices();
        const std::size_t joined = mine.back().is_followed_by(more.front()) ? 1 : 0;
        return mine.size() + more.size() - joined <= buf::Packet::max_slices;
    }

    void write_headers() {
        const MutableBytes head = packet_->mutable_head();
        const std::size_t ip = layout_.network_at;
        const std::size_t tcp = layout_.transport_at;
        const std::size_t total = packet_->size() - ip;
        wire::Checksum pseudo;
        if (layout_.network == Layout::Network::ipv4) {
            const MutableBytes header = head.subspan(ip, wire::Ipv4View::header_min);
            store_be16(header, ipv4_length_at, static_cast<std::uint16_t>(total));
            store_be16(header, ipv4_checksum_at, 0);
            store_be16(header, ipv4_checksum_at, wire::Checksum{}.add(header).finish());
            const auto view = wire::Ipv4View::parse(header, total);
            pseudo.add_pseudo_header(
                view->source(), view->destination(), wire::Protocol::tcp, total - header.size());
        } else {
            const std::size_t payload = total - wire::Ipv6View::header_size;
            store_be16(head, ip + ipv6_length_at, static_cast<std::uint16_t>(payload));
            const auto view = wire::Ipv6View::parse(head.subspan(ip), total);
            pseudo.add_pseudo_header(
                view->source(), view->destination(), wire::Protocol::tcp, payload);
        }
        store_u8(head, tcp + tcp_flags_at, static_cast<std::uint8_t>(flags_));
        store_be16(head, tcp + wire::TcpHeader::checksum_at, pseudo.folded());
        packet_->facts().gso_size = static_cast<std::uint16_t>(size_);
        packet_->facts().transport_at = layout_.transport_at;
        packet_->facts().checksum = buf::ChecksumState::partial;
    }

    buf::Packet* packet_{nullptr};
    Layout layout_;
    std::size_t members_{0};
    std::size_t size_{0};  // text of each but the last
    unsigned flags_{0};    // of the first, and of the last what ends a group
    bool closed_{false};   // nothing may follow: shorter text, PSH or FIN
};

}  // namespace

std::size_t coalesce(std::span<buf::Packet> burst, trace::Medium medium) {
    Group group;
    std::size_t kept = 0;
    for (std::size_t i = 0; i < burst.size(); ++i) {
        const auto layout = joinable(burst[i], medium);
        if (layout && group.take(burst[i], *layout)) {
            burst[i] = buf::Packet{};
            continue;
        }
        group.finish();
        if (i != kept) burst[kept] = std::move(burst[i]);
        if (layout) group.begin(burst[kept], *layout);
        ++kept;
    }
    group.finish();
    return kept;
}

}  // namespace handfast::offload
