// A slab: objects of one type at stable addresses, named by handles that notice reuse.
//
//   Handle = (index, generation). A handle whose object is gone, or whose slot serves another
//   object by now, finds nothing: no raw pointer outlives a call.
//
// Capacity is fixed by the owner's Limits; memory is taken in chunks as it is first needed and
// given back to the free list, never to the heap, so that a steady state does not allocate.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <utility>
#include <vector>

#include "core/base/check.hpp"

namespace handfast {

template <class T>
struct Handle {
    std::uint32_t index{0};
    std::uint32_t generation{0};  // 0: no object; live generations are odd

    [[nodiscard]] constexpr explicit operator bool() const { return generation != 0; }
    [[nodiscard]] constexpr std::uint64_t raw() const {
        return (std::uint64_t{generation} << 32) | index;
    }
    [[nodiscard]] static constexpr Handle from_raw(std::uint64_t raw) {
        return {static_cast<std::uint32_t>(raw), static_cast<std::uint32_t>(raw >> 32)};
    }
    friend constexpr bool operator==(Handle, Handle) = default;
};

template <class T>
class Slab {
public:
    explicit Slab(std::size_t capacity) : capacity_{capacity} {}
    Slab(const Slab&) = delete;
    Slab& operator=(const Slab&) = delete;
    Slab(Slab&&) = delete;
    Slab& operator=(Slab&&) = delete;
    ~Slab() {
        for (std::size_t i = 0; i < made_; ++i) {
            if (Slot& s = slot(i); live(s)) s.object()->~T();
        }
    }

    // Makes an object. A null handle when the slab is full.
    template <class... Args>
    [[nodiscard]] Handle<T> emplace(Args&&... args) {
        const std::uint32_t index = take_index();
        if (index == none) return {};
        Slot& s = slot(index);
        std::construct_at(s.object(), std::forward<Args>(args)...);
        ++s.generation;
        ++size_;
        return {index, s.generation};
    }

    void erase(Handle<T> h) {
        HF_CHECK(find(h) != nullptr);
        Slot& s = slot(h.index);
        s.object()->~T();
        ++s.generation;
        s.next_free = free_;
        free_ = h.index;
        --size_;
    }

    // The object, or nullptr when the handle is stale or null.
    [[nodiscard]] T* find(Handle<T> h) { return object_of(h); }
    [[nodiscard]] const T* find(Handle<T> h) const { return object_of(h); }

    // The object of a handle that its owner knows to be good.
    [[nodiscard]] T& operator[](Handle<T> h) {
        T* const found = find(h);
        HF_CHECK(found != nullptr);
        return *found;
    }

    // Calls f(handle, object) for each, in order of index; f may erase the object it is given.
    template <class F>
    void for_each(F&& f) {
        for (std::size_t i = 0; i < made_; ++i) {
            if (Slot& s = slot(i); live(s))
                f(Handle<T>{static_cast<std::uint32_t>(i), s.generation}, *s.object());
        }
    }

    [[nodiscard]] std::size_t size() const { return size_; }
    [[nodiscard]] std::size_t capacity() const { return capacity_; }
    [[nodiscard]] bool full() const { return size_ == capacity_; }

private:
    static constexpr std::uint32_t none = 0xffff'ffff;
    static constexpr std::size_t chunk_slots = 64;

    struct Slot {  // NOLINT(cppcoreguidelines-pro-type-member-init): an object is made in it first
        alignas(T) std::array<std::byte, sizeof(T)> storage;
        std::uint32_t generation{0};  // odd: live
        std::uint32_t next_free{none};

        [[nodiscard]] T* object() { return std::launder(reinterpret_cast<T*>(storage.data())); }
    };

    using Chunk = std::array<Slot, chunk_slots>;

    [[nodiscard]] static bool live(const Slot& s) { return (s.generation & 1U) != 0; }
    [[nodiscard]] Slot& slot(std::size_t i) const {
        return (*chunks_[i / chunk_slots])[i % chunk_slots];
    }
    [[nodiscard]] T* object_of(Handle<T> h) const {
        if (h.index >= made_) return nullptr;
        Slot& s = slot(h.index);
        return live(s) && s.generation == h.generation ? s.object() : nullptr;
    }

    [[nodiscard]] std::uint32_t take_index() {
        if (free_ != none) {
            const std::uint32_t index = free_;
            free_ = slot(index).next_free;
            return index;
        }
        if (made_ == capacity_) return none;
        if (made_ % chunk_slots == 0) chunks_.push_back(std::make_unique_for_overwrite<Chunk>());
        return static_cast<std::uint32_t>(made_++);
    }

    std::size_t capacity_;
    std::size_t made_{0};
    std::size_t size_{0};
    std::uint32_t free_{none};
    std::vector<std::unique_ptr<Chunk>> chunks_;
};

}  // namespace handfast
