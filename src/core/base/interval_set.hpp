// Which octets of a stream are there: disjoint half-open intervals in order, never two that touch.
//
//   [0,100) [150,300)          insert [100,150)   ->   [0,300)
//            ^ first gap is [100,150)
//
// A sorted vector, for the sets are small (holes in a window) and mostly grow and shrink at their
// ends: growing at the end is O(1), other changes O(log n) to find and O(n) to move, questions
// O(log n), sums O(1). Memory comes as intervals do, up to the capacity, and is kept.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

#include "core/base/check.hpp"

namespace handfast {

// Octets begin to end - 1 of a stream.
struct Interval {
    std::uint64_t begin{0};
    std::uint64_t end{0};

    [[nodiscard]] constexpr std::uint64_t size() const { return end - begin; }
    [[nodiscard]] constexpr bool empty() const { return begin == end; }
    [[nodiscard]] constexpr bool contains(std::uint64_t offset) const {
        return begin <= offset && offset < end;
    }
    friend constexpr bool operator==(const Interval&, const Interval&) = default;
};

class IntervalSet {
public:
    // The end of a gap behind which nothing is.
    static constexpr std::uint64_t unbounded = std::numeric_limits<std::uint64_t>::max();

    // Never holds more than `capacity` intervals.
    explicit IntervalSet(std::size_t capacity) : capacity_{capacity} {}

    // Adds octets, merging what overlaps or touches. False, and nothing changed, when that would
    // take one interval more than the capacity.
    [[nodiscard]] bool insert(Interval added) {
        HF_CHECK(added.begin <= added.end);
        if (added.empty()) return true;
        // [first, last): those that `added` overlaps or touches.
        const auto first = first_ending_at_or_after(added.begin);
        auto last = first;
        while (last != intervals_.end() && last->begin <= added.end) size_ -= (last++)->size();
        if (first == last) {
            if (intervals_.size() == capacity_) return false;
            size_ += added.size();
            intervals_.insert(first, added);
            return true;
        }
        first->begin = std::min(first->begin, added.begin);
        first->end = std::max((last - 1)->end, added.end);
        size_ += first->size();
        intervals_.erase(first + 1, last);
        return true;
    }

    // Forgets every octet before `bound`.
    void erase_below(std::uint64_t bound) {
        auto kept = intervals_.begin();
        while (kept != intervals_.end() && kept->end <= bound) size_ -= (kept++)->size();
        if (kept != intervals_.end() && kept->begin < bound) {
            size_ -= bound - kept->begin;
            kept->begin = bound;
        }
        intervals_.erase(intervals_.begin(), kept);
    }

    void clear() {
        intervals_.clear();
        size_ = 0;
    }

    // The interval that the octet is in.
    [[nodiscard]] std::optional<Interval> find(std::uint64_t offset) const {
        const auto found = first_ending_after(offset);
        if (found == intervals_.end() || !found->contains(offset)) return std::nullopt;
        return *found;
    }
    [[nodiscard]] bool contains(std::uint64_t offset) const { return find(offset).has_value(); }
    // All of it; an empty interval is in every set.
    [[nodiscard]] bool contains(Interval i) const {
        if (i.empty()) return true;
        const auto found = find(i.begin);
        return found && i.end <= found->end;
    }

    // The first octets at or after `from` that are not there, up to the next that are. Empty only
    // when octets are there to the very end of the number space.
    [[nodiscard]] Interval first_gap(std::uint64_t from) const {
        auto next = first_ending_after(from);
        if (next != intervals_.end() && next->contains(from)) {
            from = next->end;  // where no other begins, for they do not touch
            ++next;
        }
        return {from, next == intervals_.end() ? unbounded : next->begin};
    }

    [[nodiscard]] bool empty() const { return intervals_.empty(); }
    [[nodiscard]] std::size_t count() const { return intervals_.size(); }
    [[nodiscard]] std::size_t capacity() const { return capacity_; }
    // Octets in all intervals.
    [[nodiscard]] std::uint64_t total_size() const { return size_; }
    [[nodiscard]] Interval front() const {
        HF_CHECK(!empty());
        return intervals_.front();
    }
    [[nodiscard]] Interval back() const {
        HF_CHECK(!empty());
        return intervals_.back();
    }
    [[nodiscard]] auto begin() const { return intervals_.begin(); }
    [[nodiscard]] auto end() const { return intervals_.end(); }

private:
    using Intervals = std::vector<Interval>;

    [[nodiscard]] Intervals::iterator first_ending_at_or_after(std::uint64_t offset) {
        // Most streams grow at their end.
        if (empty() || intervals_.back().end < offset) return intervals_.end();
        if (intervals_.back().begin <= offset) return intervals_.end() - 1;
        return std::ranges::lower_bound(intervals_, offset, {}, &Interval::end);
    }
    [[nodiscard]] Intervals::const_iterator first_ending_after(std::uint64_t offset) const {
        return std::ranges::upper_bound(intervals_, offset, {}, &Interval::end);
    }

    Intervals intervals_;
    std::size_t capacity_;
    std::uint64_t size_{0};
};

}  // namespace handfast
