// An array indexed by an enum whose last enumerator is `count`.
#pragma once

#include <array>
#include <cstddef>
#include <utility>

namespace handfast {

template <class E, class T>
class EnumArray {
public:
    static constexpr std::size_t extent = static_cast<std::size_t>(E::count);

    [[nodiscard]] constexpr T& operator[](E e) { return values_[static_cast<std::size_t>(e)]; }
    [[nodiscard]] constexpr const T& operator[](E e) const {
        return values_[static_cast<std::size_t>(e)];
    }
    [[nodiscard]] static constexpr std::size_t size() { return extent; }
    [[nodiscard]] constexpr auto begin() { return values_.begin(); }
    [[nodiscard]] constexpr auto end() { return values_.end(); }
    [[nodiscard]] constexpr auto begin() const { return values_.begin(); }
    [[nodiscard]] constexpr auto end() const { return values_.end(); }

    friend constexpr bool operator==(const EnumArray&, const EnumArray&) = default;

private:
    std::array<T, extent> values_{};
};

}  // namespace handfast
