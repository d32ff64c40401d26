// How long frames wait at the sender's link: what its congestion control adds to the round trip.
// The link tells when each frame that it takes will arrive; the path's own delay is known.
#pragma once

#include <algorithm>
#include <vector>

#include "core/trace/sink.hpp"

namespace handfast::bench::impaired {

class QueueMeter final : public trace::Sink {
public:
    // Of frames that this host sends over so long a path.
    QueueMeter(trace::HostId sender, Duration delay) : sender_{sender}, delay_{delay} {}

    void on(const trace::FrameFate& e) override {
        // The receiver's link, which has no delay, may have the same number.
        const bool counts = e.host == sender_ && e.direction == trace::Direction::up && !e.lost;
        if (!counts || e.arrives - e.at < delay_) return;
        waits_.push_back(
            std::chrono::duration<double, std::milli>{e.arrives - e.at - delay_}.count());
    }

    // Milliseconds, the frame's own time on the wire included; 0: no frame was seen.
    [[nodiscard]] double mean() const {
        double sum = 0;
        for (const double wait : waits_) sum += wait;
        return waits_.empty() ? 0 : sum / static_cast<double>(waits_.size());
    }
    [[nodiscard]] double within(double quantile) {
        if (waits_.empty()) return 0;
        const auto last = static_cast<double>(waits_.size() - 1);
        const auto at = waits_.begin() + static_cast<std::ptrdiff_t>(last * quantile);
        std::ranges::nth_element(waits_, at);
        return *at;
    }

private:
    trace::HostId sender_;
    Duration delay_;
    std::vector<double> waits_;
};

}  // namespace handfast::bench::impaired
