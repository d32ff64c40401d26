// A bounded map from 64-bit keys to small values, in which the oldest entry gives way: flows that
// are counted, connections that close. Memory grows with use up to the bound and then stays.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/base/rng.hpp"

namespace handfast::weather {

template <class T>
class RecentMap {
public:
    explicit RecentMap(std::size_t capacity) : capacity_{std::max<std::size_t>(capacity, 1)} {}

    // The value of this key; a fresh one when the key is new (or was forgotten).
    [[nodiscard]] T& operator[](std::uint64_t key) {
        if (T* const found = find(key)) return *found;
        return entries_[insert(key)].value;
    }
    [[nodiscard]] T* find(std::uint64_t key) {
        if (entries_.empty()) return nullptr;
        for (std::uint32_t i = bucket(key); i != none; i = entries_[i].next) {
            if (entries_[i].key == key) return &entries_[i].value;
        }
        return nullptr;
    }
    void clear() {
        entries_.clear();
        buckets_.clear();
        oldest_ = 0;
    }
    [[nodiscard]] std::size_t size() const { return entries_.size(); }

private:
    static constexpr std::uint32_t none = 0xffff'ffff;
    static constexpr std::size_t first_buckets = 16;

    struct Entry {
        std::uint64_t key;
        std::uint32_t next;
        T value;
    };

    [[nodiscard]] std::uint32_t& bucket(std::uint64_t key) {
        return buckets_[mix64(key) & (buckets_.size() - 1)];
    }

    [[nodiscard]] std::size_t insert(std::uint64_t key) {
        if (entries_.size() == capacity_) return replace_oldest(key);
        const std::size_t at = entries_.size();
        entries_.push_back({.key = key, .next = none, .value = T{}});
        if (entries_.size() > buckets_.size()) {
            rehash();
        } else {
            link(at);
        }
        return at;
    }

    [[nodiscard]] std::size_t replace_oldest(std::uint64_t key) {
        const std::size_t at = oldest_;
        oldest_ = (oldest_ + 1) % entries_.size();
        std::uint32_t* place = &bucket(entries_[at].key);
        while (*place != at) place = &entries_[*place].next;
        *place = entries_[at].next;
        entries_[at] = {.key = key, .next = none, .value = T{}};
        link(at);
        return at;
    }

    void link(std::size_t at) {
        std::uint32_t& first = bucket(entries_[at].key);
        entries_[at].next = first;
        first = static_cast<std::uint32_t>(at);
    }

    void rehash() {
        buckets_.assign(std::max(first_buckets, std::bit_ceil(entries_.size() * 2)), none);
        for (std::size_t i = 0; i < entries_.size(); ++i) link(i);
    }

    std::size_t capacity_;
    std::size_t oldest_{0};
    std::vector<Entry> entries_;  // in order of age, from oldest_ on
    std::vector<std::uint32_t> buckets_;
};

}  // namespace handfast::weather
