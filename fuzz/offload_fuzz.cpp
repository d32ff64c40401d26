// Hostile frames through everything that offload does to a received burst, and back onto a wire.
//
//   octet 0       bit 0: raw IP, bit 1: checksums are believed
//   then frames   gso_size/64, length high, length low, octets …
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "core/buf/packet.hpp"
#include "core/offload/checksum.hpp"
#include "core/offload/coalesce.hpp"
#include "core/offload/layout.hpp"
#include "core/offload/split.hpp"
#include "octets.hpp"

using namespace handfast;

namespace {

// Takes one frame off the front of the input.
buf::Packet next_frame(buf::Pool& pool, Bytes& input) {
    const std::size_t says = load_be16(input, 1);
    const Bytes octets = input.subspan(3, std::min(says, input.size() - 3));
    buf::Packet frame = buf::Packet::of(pool, pool.copy(octets));
    frame.facts().gso_size = static_cast<std::uint16_t>(load_u8(input, 0) * 64);
    input = input.subspan(3 + octets.size());
    return frame;
}

void split(buf::Packet frame, trace::Medium medium) {
    const offload::WireShape shape = offload::wire_shape(frame, medium);
    std::size_t frames = 0;
    offload::Splitter splitter{std::move(frame), medium, offload::Checksums::computed};
    for (; !splitter.done(); ++frames) {
        const buf::Packet one = splitter.next();
        HF_CHECK(one && one.size() <= shape.longest);
        HF_CHECK(one.facts().gso_size == 0);
    }
    HF_CHECK(frames == shape.frames);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Bytes input = fuzz::octets(data, size);
    if (input.empty()) return 0;
    const unsigned choice = load_u8(input, 0);
    const auto medium = (choice & 1U) != 0 ? trace::Medium::raw_ip : trace::Medium::ethernet;
    const bool believed = (choice & 2U) != 0;
    input = input.subspan(1);

    buf::Pool pool;
    std::vector<buf::Packet> burst;
    while (input.size() > 3 && burst.size() < 32) {
        buf::Packet frame = next_frame(pool, input);
        const std::size_t octets = frame.size();
        const bool pulled = offload::pull_headers(frame, medium);
        HF_CHECK(frame.size() == octets);
        HF_CHECK(!pulled || offload::layout_of(frame, medium));
        if (believed) frame.facts().checksum = buf::ChecksumState::partial;
        static_cast<void>(offload::verify_checksum(frame, medium));
        burst.push_back(std::move(frame));
    }
    const std::size_t kept = offload::coalesce(burst, medium);
    HF_CHECK(kept <= burst.size());
    for (std::size_t i = 0; i < burst.size(); ++i) {
        HF_CHECK(static_cast<bool>(burst[i]) == (i < kept));
        if (i < kept) split(std::move(burst[i]), medium);
    }
    burst.clear();
    HF_CHECK(pool.blocks_in_use() == 0 && pool.records_in_use() == 0);
    return 0;
}
