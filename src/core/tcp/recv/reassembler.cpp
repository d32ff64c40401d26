#include "core/tcp/recv/reassembler.hpp"

#include <algorithm>
#include <utility>

namespace handfast::tcp {

using wire::at_or_before;
using wire::before;
using wire::octets_between;
using wire::SeqNum;

namespace {

std::size_t size_of(const buf::Packet::Slices& text) {
    std::size_t n = 0;
    for (const auto& s : text) n += s.size();
    return n;
}

// Takes [from, from + length) of the slices, shared.
void copy_part(const buf::Packet::Slices& text,
               std::size_t from,
               std::size_t length,
               buf::SliceQueue& into,
               buf::Pool& pool) {
    for (const auto& s : text) {
        if (from >= s.size()) {
            from -= s.size();
            continue;
        }
        const std::size_t n = std::min(s.size() - from, length);
        into.push(s.share(from, n), pool);
        length -= n;
        from = 0;
        if (length == 0) return;
    }
}

void move_all(buf::SliceQueue& from, buf::SliceQueue& into, buf::Pool& pool) {
    while (!from.empty()) {
        buf::Packet::Slices part;
        from.take_front(from.size(), part);
        for (auto& slice : part) into.push(std::move(slice), pool);
    }
}

}  // namespace

Reassembler::Outcome Reassembler::insert(SeqNum seq,
                                         const buf::Packet::Slices& text,
                                         std::size_t max_ranges,
                                         buf::Pool& pool) {
    const SeqNum end = seq + static_cast<std::uint32_t>(size_of(text));
    SeqNum cursor = seq;
    const std::size_t before_insert = octets_;
    std::size_t i = 0;
    while (i < ranges_.size() && before(ranges_[i].seq.end, cursor)) ++i;
    while (before(cursor, end)) {
        const bool touches = i < ranges_.size() && at_or_before(ranges_[i].seq.begin, cursor);
        if (!touches) {
            if (ranges_.size() == max_ranges) return Outcome::refused;
            ranges_.insert(ranges_.begin() + static_cast<std::ptrdiff_t>(i),
                           Range{{cursor, cursor}, {}});
        }
        cursor = wire::later(cursor, ranges_[i].seq.end);  // the first copy wins
        if (!before(cursor, end)) break;
        const bool last = i + 1 == ranges_.size();
        const SeqNum limit = last ? end : wire::sooner(end, ranges_[i + 1].seq.begin);
        const std::size_t length = octets_between(cursor, limit);
        copy_part(text, octets_between(seq, cursor), length, ranges_[i].text, pool);
        ranges_[i].seq.end = limit;
        octets_ += length;
        cursor = limit;
        if (!last && ranges_[i + 1].seq.begin == limit) join_next(i, pool);
    }
    return octets_ == before_insert ? Outcome::duplicate : Outcome::kept;
}

void Reassembler::join_next(std::size_t i, buf::Pool& pool) {
    Range& next = ranges_[i + 1];
    ranges_[i].seq.end = next.seq.end;
    move_all(next.text, ranges_[i].text, pool);
    ranges_.erase(ranges_.begin() + static_cast<std::ptrdiff_t>(i) + 1);
}

SeqNum Reassembler::drain(SeqNum rcv_nxt, buf::SliceQueue& into, buf::Pool& pool) {
    while (!ranges_.empty() && at_or_before(ranges_.front().seq.begin, rcv_nxt)) {
        Range& first = ranges_.front();
        octets_ -= first.seq.size();
        if (before(rcv_nxt, first.seq.end)) {
            const std::uint32_t known = octets_between(first.seq.begin, rcv_nxt);
            first.text.drop_before(first.text.begin_position() + known);
            move_all(first.text, into, pool);
            rcv_nxt = first.seq.end;
        }
        ranges_.erase(ranges_.begin());
    }
    if (ranges_.empty()) ranges_ = std::vector<Range>{};
    return rcv_nxt;
}

std::optional<wire::SeqRange> Reassembler::range_with(SeqNum seq) const {
    for (const Range& r : ranges_) {
        if (r.seq.contains(seq)) return r.seq;
    }
    return std::nullopt;
}

void Reassembler::clear() {
    ranges_ = std::vector<Range>{};
    octets_ = 0;
}

}  // namespace handfast::tcp
