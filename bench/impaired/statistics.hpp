// What a few measurements say about a ratio.
#pragma once

#include <span>

namespace handfast::bench::impaired {

struct Interval {
    double middle{0};
    double low{0};
    double high{0};
};

// The geometric mean of the ratios with its 95 % interval: Student's t over their logarithms. One
// ratio has no interval: `low` is 0 and `high` infinite.
[[nodiscard]] Interval mean_ratio(std::span<const double> ratios);

}  // namespace handfast::bench::impaired
