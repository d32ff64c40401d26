// RACK: what was sent long enough before something that has arrived is lost (RFC 8985 §5, §6).
//
//   sent:   1 . . 2 . . 3 . . 4 . . now          arrived: 3, the newest
//           1 and 2 were sent before 3; each is lost when it has been on its way for
//           RACK.rtt + the reordering window
//
// A pure value over a scoreboard: it says when the oldest that is in flight there will be lost.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

#include "core/base/time.hpp"
#include "core/tcp/send/scoreboard.hpp"

namespace handfast::tcp {

class Rack {
public:
    // What an acknowledgment says beyond the scoreboard's news.
    struct Ack {
        Instant now;
        wire::SeqNum una;
        wire::SeqNum sent_end;  // SND.NXT
        Duration min_rtt{0};
        std::uint64_t echo_ms{no_echo};  // when what it echoes was sent
        bool duplicate{false};  // it tells that a repetition (no tail loss probe) was in vain
    };
    struct Look {
        Duration min_rtt{0};
        Duration srtt{0};
        std::uint32_t duplicate_threshold{3};
        bool in_recovery{false};  // or after a timeout
    };

    // §6.2, steps 2 to 4.
    void on_ack(const AckNews& news, const Ack& ack) {
        if (news.once) take(*news.once, ack.now);
        if (news.repeated && !is_ambiguous(*news.repeated, ack)) take(*news.repeated, ack.now);
        reordering_ = std::max(reordering_, news.reordering);
        if (duplicate_round_ && at_or_before(*duplicate_round_, ack.una)) duplicate_round_.reset();
        if (ack.duplicate && !duplicate_round_) {
            duplicate_round_ = ack.sent_end;
            if (multiplier_ < multiplier_max) ++multiplier_;
            persistence_ = recoveries_to_persist;
        }
    }
    // §6.2 step 4: a wide window is given up after sixteen recoveries without a spurious
    // repetition.
    void on_recovered() {
        if (persistence_ > 0 && --persistence_ == 0) multiplier_ = 1;
    }
    // A recovery was in vain (RFC 4015): it was reordering, by so many octets. Where what is late
    // is always repeated before it comes, nothing else would ever tell.
    void on_undone(std::uint32_t octets) { reordering_ = std::max(reordering_, octets); }

    // §6.2 step 5: when the oldest in flight is lost, if it does not arrive before; by then the
    // reordering timer asks. The RFC waits for the last of them; the first costs no more, for what
    // is lost is marked in the order of sending.
    [[nodiscard]] Deadline lost_at(const Scoreboard& board, const Look& look) const {
        const Scoreboard::Record* const oldest = board.oldest();
        if (oldest == nullptr || !newest_) return std::nullopt;
        if (!newest_->is_after(oldest->order())) return std::nullopt;
        return oldest->stamp.sent_at + rtt_ + reordering_window(board, look);
    }

    [[nodiscard]] Duration reordering_window(const Scoreboard& board, const Look& look) const {
        const bool proved = look.in_recovery || board.sacked_segments() >= look.duplicate_threshold;
        if (!reordering_seen() && proved) return Duration{0};
        return std::min(multiplier_ * (look.min_rtt / 4), look.srtt);
    }
    [[nodiscard]] Duration rtt() const { return rtt_; }
    [[nodiscard]] bool reordering_seen() const { return reordering_ > 0; }
    // Octets by which something came late, at most.
    [[nodiscard]] std::uint32_t reordering() const { return reordering_; }
    void forget() { newest_.reset(); }

private:
    static constexpr std::uint8_t recoveries_to_persist = 16;
    static constexpr std::int32_t multiplier_max = 1 << 10;  // SRTT bounds the window long before

    // §6.2 step 2: was it the first transmission that arrived? An older echo, or a round trip
    // shorter than any, says so.
    [[nodiscard]] static bool is_ambiguous(const Delivery& d, const Ack& ack) {
        if (ack.echo_ms < to_ms(d.stamp.sent_at)) return true;
        return ack.now - d.stamp.sent_at < ack.min_rtt;
    }
    void take(const Delivery& d, Instant now) {
        rtt_ = now - d.stamp.sent_at;
        if (!newest_ || d.order().is_after(*newest_)) newest_ = d.order();
    }

    std::optional<SendOrder> newest_;  // RACK.xmit_ts and RACK.end_seq
    Duration rtt_{0};
    std::optional<wire::SeqNum> duplicate_round_;
    std::int32_t multiplier_{1};
    std::uint8_t persistence_{0};
    std::uint32_t reordering_{0};
};

}  // namespace handfast::tcp
