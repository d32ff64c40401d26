// A queue in a ring that doubles when it is full and keeps its room: in a steady state nothing is
// allocated. Whoever owns it bounds it.
//
//   room_:  | free | first | ... | last | free |      size a power of two, or 0 while unused
//                    ^head_ .. head_ + count_
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include "core/base/check.hpp"

namespace handfast {

template <class T>
class Ring {
public:
    void push_back(T value) {
        if (count_ == room_.size()) grow();
        at(count_++) = std::move(value);
    }
    // Puts one in before what is at i now; the shorter side makes room.
    void insert(std::size_t i, T value) {
        HF_CHECK(i <= count_);
        if (count_ == room_.size()) grow();
        if (i < count_ / 2) {
            head_ = (head_ + room_.size() - 1) & (room_.size() - 1);
            for (std::size_t k = 0; k < i; ++k) at(k) = std::move(at(k + 1));
        } else {
            for (std::size_t k = count_; k > i; --k) at(k) = std::move(at(k - 1));
        }
        ++count_;
        at(i) = std::move(value);
    }
    [[nodiscard]] T pop_front() {
        HF_CHECK(count_ > 0);
        T value = std::exchange(at(0), T{});
        head_ = (head_ + 1) & (room_.size() - 1);
        --count_;
        return value;
    }
    // Drops all and gives the room back.
    void clear() {
        room_ = std::vector<T>{};
        head_ = count_ = 0;
    }

    [[nodiscard]] T& operator[](std::size_t i) {
        HF_CHECK(i < count_);
        return at(i);
    }
    [[nodiscard]] const T& operator[](std::size_t i) const {
        HF_CHECK(i < count_);
        return room_[(head_ + i) & (room_.size() - 1)];
    }
    [[nodiscard]] T& front() { return (*this)[0]; }
    [[nodiscard]] const T& front() const { return (*this)[0]; }
    [[nodiscard]] T& back() { return (*this)[count_ - 1]; }
    [[nodiscard]] std::size_t size() const { return count_; }
    [[nodiscard]] bool empty() const { return count_ == 0; }

private:
    static constexpr std::size_t room_min = 4;

    [[nodiscard]] T& at(std::size_t i) { return room_[(head_ + i) & (room_.size() - 1)]; }

    void grow() {
        std::vector<T> wider(room_.empty() ? room_min : room_.size() * 2);
        for (std::size_t i = 0; i < count_; ++i) wider[i] = std::move(at(i));
        room_ = std::move(wider);
        head_ = 0;
    }

    std::vector<T> room_;
    std::size_t head_{0};
    std::size_t count_{0};
};

}  // namespace handfast
