// The tail loss probe: when the end of a flight is not acknowledged, one segment asks for news
// before the retransmission timer must (RFC 8985 §7).
#pragma once

#include <cstdint>
#include <optional>

#include "core/base/time.hpp"
#include "core/wire/seq_num.hpp"

namespace handfast::tcp {

class TailProbe {
public:
    enum class Sent : std::uint8_t { new_text, repetition };
    enum class Outcome : std::uint8_t { nothing, no_loss, repaired_loss };
    struct Ack {
        wire::SeqNum una;
        std::optional<wire::SeqRange> duplicate{};  // its D-SACK
        bool is_duplicate{false};                   // nothing new, no SACK, the window unchanged
    };

    // §7.2: how long to wait for an acknowledgment, which may be delayed when it is of one segment.
    [[nodiscard]] static Duration timeout(std::optional<Duration> srtt, bool one_segment) {
        constexpr Duration max_ack_delay = milliseconds{200};
        constexpr Duration unknown = seconds{1};
        constexpr Duration least = milliseconds{2};  // a burst's tail is acknowledged late
        if (!srtt) return unknown;
        return 2 * *srtt + (one_segment ? max_ack_delay : least);
    }

    // §7.3
    void on_sent(wire::SeqNum end, Sent what) {
        end_ = end;
        what_ = what;
    }
    // §7.4.2: did the probe repair a loss that nobody else saw?
    Outcome on_ack(const Ack& ack) {
        if (!end_ || before(ack.una, *end_)) return Outcome::nothing;
        const bool both_came = ack.duplicate && ack.duplicate->end == *end_;
        if (what_ == Sent::new_text || both_came || ack.is_duplicate) {
            end_.reset();
            return Outcome::no_loss;
        }
        if (ack.una == *end_) return Outcome::nothing;
        end_.reset();
        return Outcome::repaired_loss;
    }
    void forget() { end_.reset(); }
    [[nodiscard]] bool is_out() const { return end_.has_value(); }
    // A D-SACK of this range tells of the probe, not of a repetition by loss detection.
    [[nodiscard]] bool explains(const wire::SeqRange& duplicate) const {
        return end_ && what_ == Sent::repetition && duplicate.end == *end_;
    }

private:
    std::optional<wire::SeqNum> end_;
    Sent what_{Sent::new_text};
};

}  // namespace handfast::tcp
