// Text that came beyond a hole waits here until the hole is filled: RFC 9293 SHLD-31.
//
//   rcv_nxt        hole        range 0       hole     range 1
//      |......................|#########|............|######|
//
// Ranges are disjoint and sorted. Overlapping octets of a later arrival are cut off it: the first
// copy wins, as everywhere in TCP. Bounded in ranges and octets; what finds no room is refused.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/buf/packet.hpp"
#include "core/buf/slice_queue.hpp"
#include "core/wire/seq_num.hpp"

namespace handfast::tcp {

class Reassembler {
public:
    enum class Outcome : std::uint8_t { kept, duplicate, refused };

    // Takes text at `seq`, which lies beyond rcv_nxt and inside the window.
    Outcome insert(wire::SeqNum seq,
                   const buf::Packet::Slices& text,
                   std::size_t max_ranges,
                   buf::Pool& pool);
    // Moves everything that continues at `rcv_nxt` into the queue; returns the new rcv_nxt.
    wire::SeqNum drain(wire::SeqNum rcv_nxt, buf::SliceQueue& into, buf::Pool& pool);
    // The range that holds this octet, as the peer's SACK should tell it.
    [[nodiscard]] std::optional<wire::SeqRange> range_with(wire::SeqNum seq) const;
    [[nodiscard]] std::size_t octets() const { return octets_; }
    [[nodiscard]] std::size_t ranges() const { return ranges_.size(); }
    [[nodiscard]] bool empty() const { return ranges_.empty(); }
    void clear();

private:
    struct Range {
        wire::SeqRange seq;
        buf::SliceQueue text;
    };

    void join_next(std::size_t i, buf::Pool& pool);

    std::vector<Range> ranges_;
    std::size_t octets_{0};
};

}  // namespace handfast::tcp
