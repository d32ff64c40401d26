#include "core/tcp/recv/reassembler.hpp"

#include <algorithm>
#include <iterator>
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

// The one that begins here or last before; the first of all when none does.
Reassembler::Ranges::iterator Reassembler::last_not_after(Ranges& ranges, SeqNum seq) {
    const auto after = ranges.upper_bound(seq);
    return after == ranges.begin() ? after : std::prev(after);
}

Reassembler::Outcome Reassembler::insert(SeqNum seq,
                                         const buf::Packet::Slices& text,
                                         std::size_t max_ranges,
                                         buf::Pool& pool) {
    const SeqNum end = seq + static_cast<std::uint32_t>(size_of(text));
    SeqNum cursor = seq;
    const std::size_t before_insert = octets_;
    if (!ranges_) ranges_ = std::make_unique<Ranges>();
    Ranges& ranges = *ranges_;
    auto at = last_not_after(ranges, seq);
    if (at != ranges.end() && before(at->second.end, cursor)) ++at;
    while (before(cursor, end)) {
        const bool touches = at != ranges.end() && at_or_before(at->first, cursor);
        if (!touches) {
            if (ranges.size() == max_ranges) return Outcome::refused;
            at = ranges.emplace_hint(at, cursor, Range{cursor, {}});
        }
        cursor = wire::later(cursor, at->second.end);  // the first copy wins
        if (!before(cursor, end)) break;
        const auto next = std::next(at);
        const bool last = next == ranges.end();
        const SeqNum limit = last ? end : wire::sooner(end, next->first);
        const std::size_t length = octets_between(cursor, limit);
        copy_part(text, octets_between(seq, cursor), length, at->second.text, pool);
        at->second.end = limit;
        octets_ += length;
        cursor = limit;
        if (!last && next->first == limit) join_next(at, pool);
    }
    return octets_ == before_insert ? Outcome::duplicate : Outcome::kept;
}

void Reassembler::join_next(Ranges::iterator at, buf::Pool& pool) {
    const auto next = std::next(at);
    at->second.end = next->second.end;
    move_all(next->second.text, at->second.text, pool);
    ranges_->erase(next);
}

SeqNum Reassembler::drain(SeqNum rcv_nxt, buf::SliceQueue& into, buf::Pool& pool) {
    if (!ranges_) return rcv_nxt;
    while (!ranges_->empty() && at_or_before(ranges_->begin()->first, rcv_nxt)) {
        const auto first = ranges_->begin();
        auto& [end, text] = first->second;
        octets_ -= octets_between(first->first, end);
        if (before(rcv_nxt, end)) {
            text.drop_before(text.begin_position() + octets_between(first->first, rcv_nxt));
            move_all(text, into, pool);
            rcv_nxt = end;
        }
        ranges_->erase(first);
    }
    if (ranges_->empty()) ranges_.reset();
    return rcv_nxt;
}

std::optional<wire::SeqRange> Reassembler::range_with(SeqNum seq) const {
    if (empty()) return std::nullopt;
    const auto at = last_not_after(*ranges_, seq);
    const wire::SeqRange range{at->first, at->second.end};
    return range.contains(seq) ? std::optional{range} : std::nullopt;
}

void Reassembler::clear() {
    ranges_.reset();
    octets_ = 0;
}

}  // namespace handfast::tcp
