// Who of many is due first. Each has at most one instant, named by a small number; equal instants
// come in order of the numbers, so that turning an engine is deterministic.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/base/time.hpp"

namespace handfast::weather {

class Agenda {
public:
    struct Item {
        Instant at{};
        std::uint32_t who{0};
    };

    // Sets, moves or (nullopt) clears the instant of `who`.
    void set(std::uint32_t who, Deadline at);

    [[nodiscard]] bool empty() const { return heap_.empty(); }
    [[nodiscard]] const Item& first() const { return heap_.front(); }
    [[nodiscard]] Deadline next() const {
        return heap_.empty() ? Deadline{} : Deadline{heap_.front().at};
    }

private:
    static constexpr std::uint32_t absent = 0xffff'ffff;

    [[nodiscard]] static bool before(const Item& a, const Item& b) {
        return a.at != b.at ? a.at < b.at : a.who < b.who;
    }
    void place(std::size_t at, const Item& item);
    void sift_up(std::size_t at, const Item& item);
    void sift_down(std::size_t at, const Item& item);
    void erase(std::size_t at);

    std::vector<Item> heap_;            // binary, the first on top
    std::vector<std::uint32_t> where_;  // of each `who`, its place in the heap
};

}  // namespace handfast::weather
