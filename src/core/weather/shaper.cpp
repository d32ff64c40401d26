#include "core/weather/shaper.hpp"

#include <algorithm>

namespace handfast::weather {

std::optional<Instant> Shaper::admit(std::size_t octets,
                                     std::uint64_t bits_per_second,
                                     std::size_t queue,
                                     Instant now) {
    if (bits_per_second == 0) return now;
    constexpr std::uint64_t second = 1'000'000'000;
    if (free_at_ <= now) {
        free_at_ = now;
        remainder_ = 0;
    } else {
        const auto wait = static_cast<double>((free_at_ - now).count());
        const double waiting = wait * static_cast<double>(bits_per_second) / (8.0 * second);
        if (waiting + static_cast<double>(octets) > static_cast<double>(queue)) return std::nullopt;
    }
    const std::uint64_t work = octets * 8 * second + remainder_;
    remainder_ = work % bits_per_second;
    free_at_ += nanoseconds{work / bits_per_second};
    return free_at_;
}

}  // namespace handfast::weather
