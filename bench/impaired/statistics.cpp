#include "impaired/statistics.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace handfast::bench::impaired {

namespace {

// The 97.5 % quantile of Student's t, by degrees of freedom from 1.
[[nodiscard]] double student_t(std::size_t degrees) {
    constexpr std::array t{12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228,
                           2.201,  2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086};
    constexpr double of_many = 1.96;
    return degrees <= t.size() ? t.at(degrees - 1) : of_many;
}

}  // namespace

Interval mean_ratio(std::span<const double> ratios) {
    const auto count = static_cast<double>(ratios.size());
    double sum = 0;
    for (const double ratio : ratios) sum += std::log(ratio);
    const double mean = sum / count;
    if (ratios.size() < 2) return {std::exp(mean), 0, std::numeric_limits<double>::infinity()};
    double squares = 0;
    for (const double ratio : ratios) squares += std::pow(std::log(ratio) - mean, 2);
    const double deviation = std::sqrt(squares / (count - 1));
    const double half = student_t(ratios.size() - 1) * deviation / std::sqrt(count);
    return {std::exp(mean), std::exp(mean - half), std::exp(mean + half)};
}

}  // namespace handfast::bench::impaired
