// Text whose every octet is a function of a key and its place: both ends of a stream know it, and
// nobody keeps a copy.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

#include "core/base/bytes.hpp"
#include "core/base/rng.hpp"

namespace handfast::sim {

class Pattern {
public:
    explicit constexpr Pattern(std::uint64_t key) : key_{key} {}

    [[nodiscard]] constexpr std::byte at(std::uint64_t place) const {
        return static_cast<std::byte>(word(place / 8) >> (place % 8 * 8) & 0xff);
    }
    // Fills `into` with the octets from `place` on.
    constexpr void write(MutableBytes into, std::uint64_t place) const {
        (void)each(place, into.size(), [&](std::size_t i, std::byte b) {
            into[i] = b;
            return true;
        });
    }
    // The index of the first octet that is not what stands at `place` and on.
    [[nodiscard]] constexpr std::optional<std::size_t> first_wrong(Bytes octets,
                                                                   std::uint64_t place) const {
        const std::size_t right =
            each(place, octets.size(), [&](std::size_t i, std::byte b) { return octets[i] == b; });
        return right == octets.size() ? std::nullopt : std::optional{right};
    }

private:
    [[nodiscard]] constexpr std::uint64_t word(std::uint64_t index) const {
        return mix64(key_ ^ mix64(index));
    }
    // Calls f(i, octet) for n octets from `place` on, while it says yes; says for how many it did.
    template <class F>
    constexpr std::size_t each(std::uint64_t place, std::size_t n, F&& f) const {
        std::size_t i = 0;
        while (i < n) {
            const std::uint64_t skipped = (place + i) % 8;
            std::uint64_t octets = word((place + i) / 8) >> (skipped * 8);
            const std::size_t end = std::min<std::size_t>(n, i + (8 - skipped));
            for (; i < end; ++i, octets >>= 8) {
                if (!f(i, static_cast<std::byte>(octets & 0xff))) return i;
            }
        }
        return n;
    }

    std::uint64_t key_;
};

}  // namespace handfast::sim
