#include "core/buf/slice_queue.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace handfast::buf {

namespace {

constexpr std::size_t first_ring = 4;
constexpr std::size_t idle_ring = 4;  // a larger ring is given back when the queue runs empty
constexpr std::size_t pin_factor = 4;
constexpr std::size_t small_slice = 512;  // cheaper copied than kept

enum class Grows : std::uint8_t { by_writes, by_pushes };

// A block for `want` more octets behind `queued` ones: a queue that grows by small writes gets
// larger blocks, so that its bookkeeping stays small beside its octets. Not behind a slice that was
// pushed: another one may follow, and the room between them would be lost.
std::size_t room_for(std::size_t want, std::size_t queued, Grows grows) {
    const std::size_t room = grows == Grows::by_writes ? std::max(want, queued / 8) : want;
    return std::min(room, Pool::largest_block);
}

}  // namespace

std::size_t SliceQueue::write(Bytes octets, Pool& pool) {
    std::size_t done = 0;
    if (count_ > 0) {
        done = entry(count_ - 1).slice.append(octets);
        end_ += done;
    }
    while (done < octets.size()) {
        const Grows grows = tail_written_ ? Grows::by_writes : Grows::by_pushes;
        Slice fresh = pool.allocate(room_for(octets.size() - done, size(), grows));
        if (!fresh) break;
        add(std::move(fresh));  // first: to move what was just filled stalls the processor
        const std::size_t filled = entry(count_ - 1).slice.append(octets.subspan(done));
        done += filled;
        end_ += filled;
        tail_written_ = true;
    }
    return done;
}

void SliceQueue::push(Slice slice, Pool& pool) {
    if (slice.empty()) return;
    const std::size_t length = slice.size();
    if (count_ > 0 && entry(count_ - 1).slice.join(slice)) {
        end_ += length;
        return;
    }
    const bool pins_much = slice.block_capacity() > pin_factor * length;
    if (pins_much || fits_tail(length)) slice.trim_front(write(slice.bytes(), pool));
    if (slice.empty()) return;
    add(std::move(slice));
    tail_written_ = false;
}

// Room that is there already would be lost behind a slice that is kept.
bool SliceQueue::fits_tail(std::size_t length) const {
    return length <= small_slice && count_ > 0 && length <= entry(count_ - 1).slice.tail_room();
}

void SliceQueue::add(Slice slice) {
    if (count_ == entries_.size()) grow();
    const std::size_t length = slice.size();
    entry(count_) = Entry{.slice = std::move(slice), .at = end_};
    ++count_;
    end_ += length;
}

void SliceQueue::grow() {
    std::vector<Entry> larger(std::max(first_ring, entries_.size() * 2));
    for (std::size_t i = 0; i < count_; ++i) larger[i] = std::move(entry(i));
    entries_ = std::move(larger);
    head_ = 0;
}

std::size_t SliceQueue::find(std::uint64_t at) const {
    std::size_t low = 0;
    std::size_t high = count_;
    while (high - low > 1) {
        const std::size_t middle = (low + high) / 2;
        (entry(middle).at <= at ? low : high) = middle;
    }
    return low;
}

std::size_t SliceQueue::gather(std::uint64_t at, std::size_t length, Packet& into) const {
    HF_CHECK(at >= begin_ && at + length <= end_);
    std::size_t done = 0;
    for (std::size_t i = find(at); done < length; ++i) {
        const Entry& e = entry(i);
        const auto offset = static_cast<std::size_t>(at + done - e.at);
        const std::size_t n = std::min(e.slice.size() - offset, length - done);
        if (!into.append(e.slice.share(offset, n))) break;
        done += n;
    }
    return done;
}

std::size_t SliceQueue::copy_out(std::uint64_t at, MutableBytes out) const {
    if (at < begin_ || at >= end_) return 0;
    const std::size_t length = std::min(out.size(), static_cast<std::size_t>(end_ - at));
    std::size_t done = 0;
    for (std::size_t i = find(at); done < length; ++i) {
        const Entry& e = entry(i);
        const auto offset = static_cast<std::size_t>(at + done - e.at);
        const Bytes part = e.slice.bytes().subspan(offset);
        const std::size_t n = std::min(part.size(), length - done);
        std::memcpy(out.data() + done, part.data(), n);
        done += n;
    }
    return done;
}

void SliceQueue::drop_before(std::uint64_t to) {
    HF_CHECK(to <= end_);
    while (begin_ < to) {
        Entry& front = entry(0);
        const std::uint64_t front_end = front.at + front.slice.size();
        if (front_end <= to) {
            begin_ = front_end;
            pop_front();
            continue;
        }
        front.slice.trim_front(static_cast<std::size_t>(to - front.at));
        front.at = to;
        begin_ = to;
    }
}

std::size_t SliceQueue::take_front(std::size_t most, Packet::Slices& out) {
    std::size_t done = 0;
    while (done < most && count_ > 0 && out.size() < out.capacity()) {
        Entry& front = entry(0);
        const std::size_t n = std::min(front.slice.size(), most - done);
        const bool whole = n == front.slice.size();
        out.push_back(front.slice.take_front(n));
        front.at += n;
        begin_ += n;
        done += n;
        if (whole) pop_front();
    }
    return done;
}

void SliceQueue::pop_front() {
    entry(0) = Entry{};
    head_ = (head_ + 1) & (entries_.size() - 1);
    --count_;
    if (count_ == 0 && entries_.size() > idle_ring) {
        std::vector<Entry>{}.swap(entries_);
        head_ = 0;
    }
}

void SliceQueue::clear() {
    std::vector<Entry>{}.swap(entries_);
    head_ = count_ = 0;
    begin_ = end_;
}

}  // namespace handfast::buf
