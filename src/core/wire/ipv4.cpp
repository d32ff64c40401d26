#include "core/wire/ipv4.hpp"

namespace handfast::wire {
namespace {

constexpr std::uint16_t dont_fragment_bit = 0x4000;
constexpr std::uint16_t more_fragments_bit = 0x2000;
constexpr std::size_t fragment_unit = 8;
constexpr std::size_t checksum_at = 10;

[[nodiscard]] std::uint16_t fragment_word(const Ipv4Header& header) {
    std::size_t word = header.fragment_offset / fragment_unit;
    if (header.dont_fragment) word |= dont_fragment_bit;
    if (header.more_fragments) word |= more_fragments_bit;
    return static_cast<std::uint16_t>(word);
}

}  // namespace

void Ipv4Header::emit(MutableBytes out) const {
    const std::size_t header = size();
    HF_CHECK(source.is_v4() && destination.is_v4());
    HF_CHECK(header <= Ipv4View::header_max && header <= out.size());
    HF_CHECK(header + payload_size <= Ipv4View::datagram_max);
    HF_CHECK(fragment_offset % fragment_unit == 0 && fragment_offset <= Ipv4View::datagram_max);
    store_u8(out, 0, static_cast<std::uint8_t>(0x40U | (header / 4)));
    store_u8(out, 1, tos);
    store_be16(out, 2, static_cast<std::uint16_t>(header + payload_size));
    store_be16(out, 4, identification);
    store_be16(out, 6, fragment_word(*this));
    store_u8(out, 8, ttl);
    store_u8(out, 9, static_cast<std::uint8_t>(protocol));
    store_be16(out, checksum_at, 0);
    store_be32(out, 12, source.v4_value());
    store_be32(out, 16, destination.v4_value());
    const MutableBytes room = out.first(header).subspan(Ipv4View::header_min);
    std::ranges::fill(std::ranges::copy(options, room.begin()).out, room.end(), std::byte{0});
    store_be16(out, checksum_at, Checksum{}.add(out.first(header)).finish());
}

}  // namespace handfast::wire
