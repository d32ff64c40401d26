#include "impaired/cell.hpp"

#include <array>
#include <fmt/format.h>

namespace handfast::bench::impaired {

namespace {

constexpr std::array<Trouble, 6> troubles{{
    {.name = "0%"},
    {.name = "0.1%", .loss = 0.001},
    {.name = "1%", .loss = 0.01},
    {.name = "3%", .loss = 0.03},
    {.name = "reorder", .reorder = 0.01, .reorder_by = milliseconds{5}},
    {.name = "burst", .burst = {.rate = 0.01, .mean_length = 4}},
}};
constexpr std::array round_trips{milliseconds{10}, milliseconds{50}, milliseconds{200}};

enum class Kind : std::uint8_t { none, loss_tenth, loss_1, loss_3, reorder, burst };

[[nodiscard]] Cell cell(std::string controller, milliseconds round_trip, Kind kind) {
    return {.controller = std::move(controller),
            .round_trip = round_trip,
            .trouble = troubles.at(static_cast<std::size_t>(kind))};
}

}  // namespace

std::string Cell::name() const {
    return fmt::format("{}/{}/{}", controller, round_trip.count(), trouble.name);
}

std::size_t Cell::bandwidth_delay_product() const {
    return static_cast<std::size_t>(rate / 8 * static_cast<std::uint64_t>(round_trip.count()) /
                                    1000);
}

weather::Impairments Cell::weather() const {
    weather::Impairments out;
    out.delay = round_trip / 2;
    out.rate = rate;
    out.queue = bandwidth_delay_product();
    out.loss = trouble.loss;
    out.burst = trouble.burst;
    out.reorder = trouble.reorder;
    out.reorder_by = trouble.reorder_by;
    return out;
}

std::vector<Cell> cells_of(const std::string& controller) {
    std::vector<Cell> all;
    for (const milliseconds round_trip : round_trips) {
        for (const Trouble& trouble : troubles)
            all.push_back({.controller = controller, .round_trip = round_trip, .trouble = trouble});
    }
    return all;
}

std::vector<Cell> representative_cells() {
    return {cell("cubic", milliseconds{10}, Kind::loss_1),
            cell("cubic", milliseconds{50}, Kind::none),
            cell("cubic", milliseconds{50}, Kind::reorder),
            cell("cubic", milliseconds{50}, Kind::burst),
            cell("cubic", milliseconds{200}, Kind::loss_tenth),
            cell("reno", milliseconds{50}, Kind::loss_1)};
}

}  // namespace handfast::bench::impaired
