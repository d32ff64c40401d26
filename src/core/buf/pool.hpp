// Where payload lives: reference-counted blocks of a network's pool (DESIGN.md §3 "Memory").
//
// Counts are not atomic: one thread at a time holds a network. A block that leaves for another
// thread goes by ownership (the thread may read and write its octets, but neither share nor release
// it) and comes home under the network's lock.
//
//   Block:  | header | octets ................. capacity |
//                     ^ used: octets before it are written and never change again; the one holder
//                       of the tail appends after it, so sharers of the front are not disturbed
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "core/base/bytes.hpp"
#include "core/base/check.hpp"

namespace handfast::buf {

class Pool;

struct Block {
    Pool* home;
    Block* next_free;
    std::uint32_t references;
    std::uint32_t capacity;
    std::uint32_t used;
    std::uint32_t size_class;

    [[nodiscard]] std::byte* octets() { return reinterpret_cast<std::byte*>(this + 1); }
};

// A part of a block, and one reference to it. Move-only: sharing is said aloud.
class Slice {
public:
    Slice() = default;
    Slice(Slice&& other) noexcept
        : block_{std::exchange(other.block_, nullptr)},
          offset_{other.offset_},
          length_{std::exchange(other.length_, 0)} {}
    Slice& operator=(Slice&& other) noexcept {
        if (this == &other) return *this;
        release();
        block_ = std::exchange(other.block_, nullptr);
        offset_ = other.offset_;
        length_ = std::exchange(other.length_, 0);
        return *this;
    }
    Slice(const Slice&) = delete;
    Slice& operator=(const Slice&) = delete;
    ~Slice() { release(); }

    [[nodiscard]] std::size_t size() const { return length_; }
    [[nodiscard]] bool empty() const { return length_ == 0; }
    [[nodiscard]] explicit operator bool() const { return block_ != nullptr; }
    [[nodiscard]] Bytes bytes() const {
        return block_ == nullptr ? Bytes{} : Bytes{block_->octets() + offset_, length_};
    }
    // The pool that the block comes from, nullptr for a null slice.
    [[nodiscard]] Pool* home() const { return block_ == nullptr ? nullptr : block_->home; }
    // What the block takes from the pool, whoever else holds it.
    [[nodiscard]] std::size_t block_capacity() const {
        return block_ == nullptr ? 0 : block_->capacity;
    }
    [[nodiscard]] bool is_unique() const { return block_ != nullptr && block_->references == 1; }

    // Another reference to the same octets, or to some of them.
    [[nodiscard]] Slice share() const { return share(0, length_); }
    [[nodiscard]] Slice share(std::size_t at, std::size_t length) const {
        HF_CHECK(at + length <= length_);
        if (block_ == nullptr) return {};
        ++block_->references;
        return Slice{
            block_, offset_ + static_cast<std::uint32_t>(at), static_cast<std::uint32_t>(length)};
    }

    // Splits off the first n octets.
    [[nodiscard]] Slice take_front(std::size_t n) {
        if (n == length_) return std::move(*this);
        Slice front = share(0, n);
        trim_front(n);
        return front;
    }
    void trim_front(std::size_t n) {
        HF_CHECK(n <= length_);
        offset_ += static_cast<std::uint32_t>(n);
        length_ -= static_cast<std::uint32_t>(n);
    }
    void trim_back(std::size_t n) {
        HF_CHECK(n <= length_);
        length_ -= static_cast<std::uint32_t>(n);
    }

    // Octets that append() would take: the block's free tail, when this slice ends where it begins.
    [[nodiscard]] std::size_t tail_room() const {
        if (block_ == nullptr || offset_ + length_ != block_->used) return 0;
        return block_->capacity - block_->used;
    }
    // Copies as much as fits behind this slice's octets; says how much that was.
    std::size_t append(Bytes octets);
    // The room itself, for whoever reads from a device into it, and how much was filled.
    [[nodiscard]] MutableBytes tail() {
        return {block_ == nullptr ? nullptr : block_->octets() + offset_ + length_, tail_room()};
    }
    void grow(std::size_t filled) {
        HF_CHECK(filled <= tail_room());
        block_->used += static_cast<std::uint32_t>(filled);
        length_ += static_cast<std::uint32_t>(filled);
    }

    // True when the octets of `next` follow this slice's in the same block.
    [[nodiscard]] bool is_followed_by(const Slice& next) const {
        return block_ != nullptr && next.block_ == block_ && next.offset_ == offset_ + length_;
    }
    // Joins such a slice to this one. False: it was none.
    [[nodiscard]] bool join(Slice& next) {
        if (!is_followed_by(next)) return false;
        length_ += next.length_;
        next = Slice{};
        return true;
    }

    // The octets, to be changed; only for the one holder of the block.
    [[nodiscard]] MutableBytes mutable_bytes() {
        HF_CHECK(is_unique());
        return {block_->octets() + offset_, length_};
    }

private:
    friend class Pool;
    Slice(Block* block, std::uint32_t offset, std::uint32_t length)
        : block_{block}, offset_{offset}, length_{length} {}
    inline void release();

    Block* block_{nullptr};
    std::uint32_t offset_{0};
    std::uint32_t length_{0};
};

// Blocks in a few sizes, packet records, and one hard cap over all of it.
class Pool {
public:
    struct Limits {
        std::size_t max_bytes{std::size_t{512} << 20};  // blocks and packet records in use
        std::size_t keep_bytes{std::size_t{16} << 20};  // free ones that are kept for reuse
    };
    static constexpr std::array<std::uint32_t, 4> block_sizes{224, 2016, 16'352, 66'016};
    static constexpr std::size_t largest_block = block_sizes.back();

    Pool() : Pool(Limits{}) {}
    explicit Pool(Limits limits) : limits_{limits} {}
    Pool(const Pool&) = delete;
    Pool& operator=(const Pool&) = delete;
    Pool(Pool&&) = delete;
    Pool& operator=(Pool&&) = delete;
    ~Pool();

    // An empty slice of a fresh block with room for at least `room` octets (at most
    // largest_block). A null slice when the cap is reached.
    [[nodiscard]] Slice allocate(std::size_t room);
    // A fresh block with these octets in it; null when the cap is reached. At most largest_block.
    [[nodiscard]] Slice copy(Bytes octets);

    // Raw storage of one fixed kind: packet records (see packet.hpp). nullptr at the cap.
    [[nodiscard]] void* allocate_record(std::size_t size);
    void release_record(void* record, std::size_t size);

    [[nodiscard]] std::size_t bytes_in_use() const { return in_use_; }
    [[nodiscard]] std::size_t blocks_in_use() const { return blocks_; }
    [[nodiscard]] std::size_t records_in_use() const { return records_; }
    [[nodiscard]] std::uint64_t refusals() const { return refusals_; }
    // True when less than an eighth of the cap is left: time to sacrifice (see docs/house.md).
    [[nodiscard]] bool under_pressure() const {
        return in_use_ > limits_.max_bytes - limits_.max_bytes / 8;
    }
    [[nodiscard]] const Limits& limits() const { return limits_; }

private:
    friend class Slice;
    struct FreeRecord {
        FreeRecord* next;
    };

    void recycle(Block* block);

    Limits limits_;
    std::size_t in_use_{0};
    std::size_t kept_{0};
    std::size_t blocks_{0};
    std::size_t records_{0};
    std::uint64_t refusals_{0};
    std::array<Block*, block_sizes.size()> free_{};
    FreeRecord* free_records_{nullptr};
};

inline void Slice::release() {
    if (block_ == nullptr) return;
    if (--block_->references == 0) block_->home->recycle(block_);
    block_ = nullptr;
}

}  // namespace handfast::buf
