#include "core/ip/fragment.hpp"

#include <algorithm>
#include <utility>

#include "core/wire/checksum.hpp"
#include "core/wire/tcp.hpp"
#include "core/wire/udp.hpp"

namespace handfast::ip {
namespace {

constexpr std::size_t fragment_unit = 8;

}  // namespace

void complete_checksum(buf::Packet& payload, wire::Protocol protocol) {
    buf::Packet::Facts& facts = payload.facts();
    if (facts.checksum != buf::ChecksumState::partial) return;
    facts.checksum = buf::ChecksumState::unknown;
    const bool udp = protocol == wire::Protocol::udp;
    const std::size_t at = udp ? wire::UdpHeader::checksum_at : wire::TcpHeader::checksum_at;
    wire::Checksum sum;
    sum.add(payload.head());
    for (const buf::Slice& s : payload.slices()) sum.add(s.bytes());
    const std::uint16_t field = udp ? wire::UdpHeader::checksum_field(sum) : sum.finish();
    store_be16(payload.mutable_head(), at, field);
}

Fragmenter::Fragmenter(buf::Packet payload, const wire::Ipv4Header& header, std::size_t mtu)
    : payload_{std::move(payload)},
      header_{header},
      step_{(mtu - header.size()) / fragment_unit * fragment_unit},
      settled_{payload_.settle()} {
    HF_CHECK(step_ > 0 && !header.dont_fragment);
}

buf::Packet Fragmenter::next() {
    const std::size_t length = std::min(step_, payload_.size() - at_);
    header_.fragment_offset = at_;
    header_.payload_size = length;
    at_ += length;
    header_.more_fragments = !done();
    buf::Packet fragment = settled_ ? buf::Packet::make(payload_.pool()) : buf::Packet{};
    if (!fragment || !share(length, fragment)) return {};
    fragment.facts() = payload_.facts();
    header_.emit(fragment.prepend(header_.size()));
    fragment.facts().transport_at = static_cast<std::uint16_t>(header_.size());
    return fragment;
}

bool Fragmenter::share(std::size_t length, buf::Packet& into) {
    while (length > 0) {
        const buf::Slice& from = payload_.slices()[slice_];
        const std::size_t n = std::min(length, from.size() - slice_offset_);
        if (!into.append(from.share(slice_offset_, n))) return false;
        length -= n;
        slice_offset_ += n;
        if (slice_offset_ < from.size()) continue;
        ++slice_;
        slice_offset_ = 0;
    }
    return true;
}

}  // namespace handfast::ip
