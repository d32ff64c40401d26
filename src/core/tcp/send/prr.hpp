// Proportional Rate Reduction: how fast the window falls during a recovery (RFC 9937 §6).
//
// While more is in flight than the threshold, what is sent is to what is delivered as the threshold
// is to the flight when recovery began. Below it the flight is kept (conservation), and while
// acknowledgments prove progress without further loss (SafeACK) it grows as in slow start.
#pragma once

#include <algorithm>
#include <cstdint>

namespace handfast::tcp {

class Prr {
public:
    struct Start {
        std::uint32_t flight{0};     // RecoverFS
        std::uint32_t threshold{0};  // ssthresh, as the congestion controller lowered it
        std::uint32_t in_flight{0};  // now
        std::uint32_t mss{0};
    };
    struct Ack {
        std::uint32_t delivered{0};  // octets
        std::uint32_t in_flight{0};  // after it
        bool safe{false};            // SafeACK: it advances SND.UNA and marks nothing further lost
    };

    Prr() = default;
    explicit Prr(const Start& s) : start_{s}, window_{s.in_flight + s.mss} {
        start_.flight = std::max(s.flight, 1U);
        start_.mss = std::max(s.mss, 1U);
    }

    void on_ack(const Ack& ack) {
        if (ack.delivered == 0) return;
        delivered_ += ack.delivered;
        std::uint64_t may = 0;
        if (ack.in_flight > start_.threshold) {
            // Rounded up to whole segments, for less than one does not go out.
            const std::uint64_t unit = std::uint64_t{start_.flight} * start_.mss;
            const std::uint64_t share =
                (delivered_ * start_.threshold + unit - 1) / unit * start_.mss;
            may = share > sent_ ? share - sent_ : 0;
        } else {
            const std::uint64_t owed = delivered_ > sent_ ? delivered_ - sent_ : 0;
            may = std::max<std::uint64_t>(owed, ack.delivered) + (ack.safe ? start_.mss : 0);
            may = std::min<std::uint64_t>(may, start_.threshold - ack.in_flight);
        }
        // The first repetition goes out in any case; without an acknowledgment too.
        if (sent_ == 0 && may == 0) may = start_.mss;
        window_ = ack.in_flight + static_cast<std::uint32_t>(may);
    }
    void on_sent(std::uint32_t octets) { sent_ += octets; }

    // Octets that may be in flight until the next acknowledgment.
    [[nodiscard]] std::uint32_t window_bytes() const { return window_; }

private:
    Start start_;
    std::uint64_t delivered_{0};
    std::uint64_t sent_{0};
    std::uint32_t window_{0};
};

}  // namespace handfast::tcp
