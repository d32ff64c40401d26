// A queue of octets in slices, with positions that count from the first octet ever queued: the
// send queue and the receive queue of a connection.
//
//   begin_position()                                   end_position()
//        | slice | slice | slice ............ | slice |
//                                              small writes go into the tail block's room
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/base/bytes.hpp"
#include "core/buf/packet.hpp"
#include "core/buf/pool.hpp"

namespace handfast::buf {

class SliceQueue {
public:
    // Copies octets to the end, into the tail's room first. Says how many: fewer when the pool
    // refuses.
    std::size_t write(Bytes octets, Pool& pool);
    // Appends a slice; joins it to the tail when it follows in the same block; copies it into the
    // tail's room (or a small block) when it would pin a block more than four times its size, or
    // when it is small and there is room.
    void push(Slice slice, Pool& pool);

    // Shares octets [at, at + length) into the packet's payload. Says how many: fewer when the
    // packet's slices are used up.
    std::size_t gather(std::uint64_t at, std::size_t length, Packet& into) const;
    // Copies octets from `at` on. Says how many there were.
    std::size_t copy_out(std::uint64_t at, MutableBytes out) const;

    // Drops octets before position `to` (at most end_position()).
    void drop_before(std::uint64_t to);
    // Takes whole or cut slices off the front, up to `most` octets, until `out` is full.
    std::size_t take_front(std::size_t most, Packet::Slices& out);
    // Drops everything; positions go on.
    void clear();

    [[nodiscard]] std::size_t size() const { return static_cast<std::size_t>(end_ - begin_); }
    [[nodiscard]] bool empty() const { return begin_ == end_; }
    [[nodiscard]] std::uint64_t begin_position() const { return begin_; }
    [[nodiscard]] std::uint64_t end_position() const { return end_; }
    // Octets plus what the slices' bookkeeping takes.
    [[nodiscard]] std::size_t true_size() const {
        return size() + entries_.capacity() * sizeof(Entry);
    }

private:
    struct Entry {
        Slice slice;
        std::uint64_t at{0};  // position of its first octet
    };

    [[nodiscard]] Entry& entry(std::size_t i) {
        return entries_[(head_ + i) & (entries_.size() - 1)];
    }
    [[nodiscard]] const Entry& entry(std::size_t i) const {
        return entries_[(head_ + i) & (entries_.size() - 1)];
    }
    [[nodiscard]] std::size_t find(std::uint64_t at) const;
    [[nodiscard]] bool fits_tail(std::size_t length) const;
    void add(Slice slice);
    void pop_front();
    void grow();

    std::vector<Entry> entries_;  // a ring; its size is a power of two, or 0 while unused
    std::size_t head_{0};
    std::size_t count_{0};
    std::uint64_t begin_{0};
    std::uint64_t end_{0};
    bool tail_written_{true};  // the last block was made by write()
};

}  // namespace handfast::buf
