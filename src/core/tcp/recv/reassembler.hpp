// Text that came beyond a hole waits here until the hole is filled: RFC 9293 SHLD-31.
//
//   rcv_nxt        hole        range 0       hole     range 1
//      |......................|#########|............|######|
//
// Ranges are disjoint and sorted: in a tree, for a slow start that overran a long path leaves
// thousands of holes. Overlapping octets of a later arrival are cut off it: the first copy wins, as
// everywhere in TCP. Bounded in ranges and octets; what finds no room is refused.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>

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
    [[nodiscard]] std::size_t ranges() const { return ranges_ ? ranges_->size() : 0; }
    [[nodiscard]] bool empty() const { return octets_ == 0; }
    void clear();

private:
    struct Range {
        wire::SeqNum end;
        buf::SliceQueue text;
    };
    // All lie in one window: numbers that far from each other are in order.
    struct InOrder {
        bool operator()(wire::SeqNum a, wire::SeqNum b) const { return before(a, b); }
    };
    using Ranges = std::map<wire::SeqNum, Range, InOrder>;  // by their first octet

    [[nodiscard]] static Ranges::iterator last_not_after(Ranges& ranges, wire::SeqNum seq);
    void join_next(Ranges::iterator at, buf::Pool& pool);

    std::unique_ptr<Ranges> ranges_;  // none: nothing waits
    std::size_t octets_{0};
};

}  // namespace handfast::tcp
