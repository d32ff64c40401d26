#include "core/buf/pool.hpp"

#include <algorithm>
#include <cstring>
#include <new>

namespace handfast::buf {

std::size_t Slice::append(Bytes octets) {
    const std::size_t n = std::min(octets.size(), tail_room());
    if (n == 0) return 0;
    std::memcpy(tail().data(), octets.data(), n);
    grow(n);
    return n;
}

Pool::~Pool() {
    // A slice that outlives its pool would dangle: our own bug.
    HF_CHECK(blocks_ == 0 && records_ == 0);
    for (Block* head : free_) {
        while (head != nullptr) ::operator delete(std::exchange(head, head->next_free));
    }
    while (free_records_ != nullptr)
        ::operator delete(std::exchange(free_records_, free_records_->next));
}

Slice Pool::allocate(std::size_t room) {
    HF_CHECK(room <= largest_block);
    std::uint32_t size_class = 0;
    while (block_sizes[size_class] < room) ++size_class;
    const std::uint32_t capacity = block_sizes[size_class];
    const std::size_t cost = sizeof(Block) + capacity;
    if (in_use_ + cost > limits_.max_bytes) {
        ++refusals_;
        return {};
    }
    Block* block = free_[size_class];
    if (block != nullptr) {
        free_[size_class] = block->next_free;
        kept_ -= cost;
    } else {
        block = static_cast<Block*>(::operator new(cost));
    }
    *block = {.home = this,
              .next_free = nullptr,
              .references = 1,
              .capacity = capacity,
              .used = 0,
              .size_class = size_class};
    in_use_ += cost;
    ++blocks_;
    return Slice{block, 0, 0};
}

Slice Pool::copy(Bytes octets) {
    Slice slice = allocate(octets.size());
    if (slice) slice.append(octets);
    return slice;
}

void Pool::recycle(Block* block) {
    const std::size_t cost = sizeof(Block) + block->capacity;
    in_use_ -= cost;
    --blocks_;
    if (kept_ + cost > limits_.keep_bytes) {
        ::operator delete(block);
        return;
    }
    kept_ += cost;
    block->next_free = free_[block->size_class];
    free_[block->size_class] = block;
}

void* Pool::allocate_record(std::size_t size) {
    if (in_use_ + size > limits_.max_bytes) {
        ++refusals_;
        return nullptr;
    }
    void* record = free_records_;
    if (record != nullptr) {
        free_records_ = free_records_->next;
        kept_ -= size;
    } else {
        record = ::operator new(size);
    }
    in_use_ += size;
    ++records_;
    return record;
}

void Pool::release_record(void* record, std::size_t size) {
    in_use_ -= size;
    --records_;
    if (kept_ + size > limits_.keep_bytes) {
        ::operator delete(record);
        return;
    }
    kept_ += size;
    free_records_ = ::new (record) FreeRecord{free_records_};
}

}  // namespace handfast::buf
