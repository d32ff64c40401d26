// A value on the heap, or none: for state that is large and seldom there. It is copied and compared
// as a value.
#pragma once

#include <memory>
#include <utility>

namespace handfast {

template <class T>
class Box {
public:
    Box() = default;
    explicit Box(const T& of) : held_{std::make_unique<T>(of)} {}
    Box(const Box& other) : held_{other.held_ ? std::make_unique<T>(*other.held_) : nullptr} {}
    Box(Box&&) noexcept = default;
    Box& operator=(const Box& other) {
        *this = Box{other};
        return *this;
    }
    Box& operator=(Box&&) noexcept = default;
    ~Box() = default;

    [[nodiscard]] explicit operator bool() const { return held_ != nullptr; }
    [[nodiscard]] T& operator*() { return *held_; }
    [[nodiscard]] const T& operator*() const { return *held_; }
    [[nodiscard]] T* operator->() { return held_.get(); }
    [[nodiscard]] const T* operator->() const { return held_.get(); }

    friend bool operator==(const Box& a, const Box& b) {
        return a.held_ && b.held_ ? *a.held_ == *b.held_ : a.held_ == b.held_;
    }

private:
    std::unique_ptr<T> held_;
};

}  // namespace handfast
