#include "host/link/virtio.hpp"

#include <netinet/in.h>

#include "core/base/bytes.hpp"

namespace handfast::link {

namespace {

constexpr std::size_t ip_header_min = 20;
constexpr std::uint16_t tcp_checksum_at = 16;
constexpr std::uint16_t udp_checksum_at = 6;
constexpr std::size_t tcp_flags_at = 13;
constexpr unsigned cwr_bit = 0x80;

[[nodiscard]] bool is_v6(Bytes head) {
    return load_u8(head, 0) >> 4 == 6;
}

[[nodiscard]] std::uint8_t protocol_of(Bytes head) {
    return load_u8(head, is_v6(head) ? 6 : 9);
}

}  // namespace

std::optional<OffloadFacts> read_virtio(const VirtioHeader& header, std::size_t packet_size) {
    OffloadFacts facts;
    if ((header.flags & VirtioHeader::needs_checksum) != 0) {
        if (header.checksum_start < ip_header_min ||
            std::size_t{header.checksum_start} + header.checksum_offset + 2 > packet_size)
            return std::nullopt;
        facts.checksum = buf::ChecksumState::partial;
        facts.transport_at = header.checksum_start;
    } else if ((header.flags & VirtioHeader::data_valid) != 0) {
        facts.checksum = buf::ChecksumState::verified;
    }
    switch (header.gso_type & ~VirtioHeader::gso_ecn) {
        case VirtioHeader::gso_none:
            return facts;
        case VirtioHeader::gso_tcp4:
        case VirtioHeader::gso_tcp6:
            if (header.gso_size == 0) return std::nullopt;
            facts.gso_size = header.gso_size;
            return facts;
        default:
            return std::nullopt;
    }
}

VirtioHeader write_virtio(const buf::Packet& packet) {
    VirtioHeader header{};
    const buf::Packet::Facts& facts = packet.facts();
    const Bytes head = packet.head();
    if (facts.checksum != buf::ChecksumState::partial || head.size() < ip_header_min) return header;

    const bool tcp = protocol_of(head) == IPPROTO_TCP;
    header.flags = VirtioHeader::needs_checksum;
    header.checksum_start = facts.transport_at;
    header.checksum_offset = tcp ? tcp_checksum_at : udp_checksum_at;
    if (facts.gso_size != 0 && tcp && packet.payload_size() > facts.gso_size) {
        header.gso_type = is_v6(head) ? VirtioHeader::gso_tcp6 : VirtioHeader::gso_tcp4;
        // CWR belongs to the first segment alone, which not every device knows (RFC 3168 §6.1.2).
        const std::size_t flags_at = facts.transport_at + tcp_flags_at;
        if (flags_at < head.size() && (load_u8(head, flags_at) & cwr_bit) != 0)
            header.gso_type |= VirtioHeader::gso_ecn;
        header.gso_size = facts.gso_size;
        header.header_length = static_cast<std::uint16_t>(head.size());
    }
    return header;
}

}  // namespace handfast::link
