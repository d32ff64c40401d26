// Where records end that were written with MSG_EOR: no segment holds octets of two of them.
//
//   una        |        |   nxt           |            end of queue
//    |  record . record .  record         .  text that may be joined
//
// They are forgotten as they are acknowledged. Beyond `most` of them records are joined again: a
// writer cannot make us remember an end for every octet.
#pragma once

#include <cstddef>

#include "core/base/ring.hpp"
#include "core/wire/seq_num.hpp"

namespace handfast::tcp {

class RecordEnds {
public:
    static constexpr std::size_t most = 4096;

    void add(wire::SeqNum end) {
        const bool known = !ends_.empty() && ends_.back() == end;
        if (!known && ends_.size() < most) ends_.push_back(end);
    }
    void drop_before(wire::SeqNum una) {
        while (!ends_.empty() && at_or_before(ends_.front(), una)) (void)ends_.pop_front();
    }
    // The first one behind this octet, if it comes before `text_end`; else that.
    [[nodiscard]] wire::SeqNum next(wire::SeqNum seq, wire::SeqNum text_end) const {
        std::size_t low = 0;
        std::size_t high = ends_.size();
        while (low < high) {
            const std::size_t middle = low + (high - low) / 2;
            if (at_or_before(ends_[middle], seq)) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low == ends_.size() ? text_end : sooner(ends_[low], text_end);
    }
    [[nodiscard]] bool empty() const { return ends_.empty(); }

private:
    Ring<wire::SeqNum> ends_;
};

}  // namespace handfast::tcp
