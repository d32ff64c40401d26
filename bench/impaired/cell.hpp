// The cells of the comparison under impairment: a path, what goes wrong on it, and who controls the
// window.
//
//   sender --- 100 Mbit/s, a queue of one bandwidth-delay product, half of the round trip --->
//   receiver sender <------------------------------ the same weather
//   ---------------------------------- receiver
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/weather/impairments.hpp"

namespace handfast::bench::impaired {

struct Trouble {
    std::string_view name;  // "1%", "burst"
    double loss{0};
    weather::BurstLoss burst{};
    double reorder{0};
    Duration reorder_by{};
};

struct Cell {
    std::string controller;  // as TCP_CONGESTION names it
    milliseconds round_trip{};
    Trouble trouble;
    std::uint64_t rate{100'000'000};  // bits per second

    [[nodiscard]] std::string name() const;  // "cubic/50/1%"
    // Octets that the path holds.
    [[nodiscard]] std::size_t bandwidth_delay_product() const;
    // Of each direction.
    [[nodiscard]] weather::Impairments weather() const;
};

// All of one controller: round trips of 10, 50 and 200 ms times each trouble.
[[nodiscard]] std::vector<Cell> cells_of(const std::string& controller);
// Six that stand for all.
[[nodiscard]] std::vector<Cell> representative_cells();

}  // namespace handfast::bench::impaired
