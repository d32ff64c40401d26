#include "observe/pcapng/wire_frames.hpp"

#include <algorithm>

#include "core/wire/checksum.hpp"
#include "core/wire/ethernet.hpp"
#include "core/wire/ipv4.hpp"
#include "core/wire/ipv6.hpp"
#include "core/wire/tcp.hpp"
#include "core/wire/udp.hpp"

namespace handfast::observe::pcapng {
namespace {

constexpr std::size_t v4_length_at = 2;
constexpr std::size_t v4_id_at = 4;
constexpr std::size_t v4_checksum_at = 10;
constexpr std::size_t v6_length_at = 4;
constexpr std::size_t tcp_seq_at = 4;
constexpr std::size_t tcp_flags_at = 13;
constexpr std::size_t tcp_urgent_at = 18;

}  // namespace

WireFrames::WireFrames(Bytes octets, trace::Medium medium, std::uint16_t gso_size)
    : octets_{octets} {
    find_parts(medium);
    const std::size_t text = parts_.end - parts_.payload;
    if (!parts_.is_tcp || gso_size == 0 || text <= gso_size) return;
    segment_ = gso_size;
    count_ = (text + segment_ - 1) / segment_;
}

void WireFrames::find_parts(trace::Medium medium) {
    Bytes packet = octets_;
    if (medium == trace::Medium::ethernet) {
        const auto frame = wire::EthernetView::parse(octets_);
        if (!frame) return;
        if (frame->type() != wire::EtherType::ipv4 && frame->type() != wire::EtherType::ipv6)
            return;
        packet = frame->payload();
        parts_.network = frame->header_size();
    }
    if (packet.empty()) return;
    if (load_u8(packet, 0) >> 4 == 6) {
        find_parts_of_v6(packet);
    } else {
        find_parts_of_v4(packet);
    }
}

void WireFrames::find_parts_of_v4(Bytes packet) {
    const auto ip = wire::Ipv4View::parse(packet);
    if (!ip || ip->is_fragment()) return;
    parts_.transport = parts_.network + ip->header_size();
    parts_.end = parts_.network + ip->total_length();
    find_payload(static_cast<std::uint8_t>(ip->protocol()));
}

void WireFrames::find_parts_of_v6(Bytes packet) {
    const auto ip = wire::Ipv6View::parse(packet);
    if (!ip) return;
    parts_.is_v4 = false;
    parts_.transport = parts_.network + wire::Ipv6View::header_size;
    parts_.end = parts_.transport + ip->payload_size();
    find_payload(static_cast<std::uint8_t>(ip->next_header()));
}

void WireFrames::find_payload(std::uint8_t protocol) {
    const Bytes transport = octets_.subspan(parts_.transport, parts_.end - parts_.transport);
    if (protocol == static_cast<std::uint8_t>(wire::Protocol::tcp)) {
        const auto tcp = wire::TcpView::parse(transport);
        parts_.is_tcp = tcp.has_value();
        parts_.payload = parts_.transport + (tcp ? tcp->header_size() : 0);
    } else if (protocol == static_cast<std::uint8_t>(wire::Protocol::udp)) {
        const auto udp = wire::UdpView::parse(transport);
        parts_.is_udp = udp.has_value() && udp->length() == transport.size();
        parts_.payload = parts_.transport + wire::UdpView::header_size;
    }
}

Bytes WireFrames::frame(std::size_t i) {
    if (segment_ == 0) {
        frame_.assign(octets_.begin(), octets_.end());
        complete_checksum(false);
        return frame_;
    }
    const std::size_t offset = i * segment_;
    const Bytes text = octets_.subspan(parts_.payload, parts_.end - parts_.payload);
    const Bytes part = text.subspan(offset, std::min(segment_, text.size() - offset));
    const Bytes headers = octets_.first(parts_.payload);
    frame_.assign(headers.begin(), headers.end());
    frame_.insert(frame_.end(), part.begin(), part.end());
    fix_network(i);
    fix_segment(i, offset);
    complete_checksum(true);
    return frame_;
}

void WireFrames::fix_network(std::size_t ordinal) {
    const MutableBytes ip = MutableBytes{frame_}.subspan(parts_.network);
    if (!parts_.is_v4) {
        const std::size_t length = frame_.size() - parts_.transport;
        store_be16(ip, v6_length_at, static_cast<std::uint16_t>(length));
        return;
    }
    store_be16(ip, v4_length_at, static_cast<std::uint16_t>(ip.size()));
    store_be16(ip, v4_id_at, static_cast<std::uint16_t>(load_be16(ip, v4_id_at) + ordinal));
    store_be16(ip, v4_checksum_at, 0);
    const Bytes header = ip.first(parts_.transport - parts_.network);
    store_be16(ip, v4_checksum_at, wire::Checksum{}.add(header).finish());
}

// As a sender without offload had sent it: PSH and FIN on the last, CWR on the first (RFC 3168
// §6.1.2), URG while the urgent pointer lies ahead.
void WireFrames::fix_segment(std::size_t ordinal, std::size_t offset) {
    const MutableBytes tcp = MutableBytes{frame_}.subspan(parts_.transport);
    store_be32(tcp, tcp_seq_at, load_be32(tcp, tcp_seq_at) + static_cast<std::uint32_t>(offset));
    std::uint8_t flags = load_u8(tcp, tcp_flags_at);
    const auto clear = [&flags](std::uint8_t bits) {
        flags = static_cast<std::uint8_t>(flags & ~bits);
    };
    if (ordinal + 1 != count_) clear(wire::TcpFlags::psh_bit | wire::TcpFlags::fin_bit);
    if (ordinal != 0) clear(wire::TcpFlags::cwr_bit);
    const std::size_t urgent = load_be16(tcp, tcp_urgent_at);
    if ((flags & wire::TcpFlags::urg_bit) != 0) {
        const bool ahead = urgent > offset;
        if (!ahead) clear(wire::TcpFlags::urg_bit);
        store_be16(tcp, tcp_urgent_at, static_cast<std::uint16_t>(ahead ? urgent - offset : 0));
    }
    store_u8(tcp, tcp_flags_at, flags);
}

// A sum that is neither right nor partial came so, and is shown so.
void WireFrames::complete_checksum(bool always) {
    if (!parts_.is_tcp && !parts_.is_udp) return;
    const MutableBytes ip = MutableBytes{frame_}.subspan(parts_.network);
    const std::size_t end = segment_ == 0 ? parts_.end : frame_.size();
    const MutableBytes segment =
        MutableBytes{frame_}.subspan(parts_.transport, end - parts_.transport);
    const auto protocol = parts_.is_tcp ? wire::Protocol::tcp : wire::Protocol::udp;
    wire::Checksum pseudo;
    if (parts_.is_v4) {
        const auto view = wire::Ipv4View::parse(ip);
        pseudo.add_pseudo_header(view->source(), view->destination(), protocol, segment.size());
    } else {
        const auto view = wire::Ipv6View::parse(ip);
        pseudo.add_pseudo_header(view->source(), view->destination(), protocol, segment.size());
    }
    const std::size_t at =
        parts_.is_tcp ? wire::TcpHeader::checksum_at : wire::UdpHeader::checksum_at;
    const std::uint16_t found = load_be16(segment, at);
    if (!always && found != pseudo.folded()) return;
    store_be16(segment, at, 0);
    wire::Checksum sum = pseudo;
    sum.add(segment);
    store_be16(segment, at, parts_.is_tcp ? sum.finish() : wire::UdpHeader::checksum_field(sum));
}

}  // namespace handfast::observe::pcapng
