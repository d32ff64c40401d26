// How long may a segment be? Packetization-layer path MTU discovery: RFC 4821 §7, RFC 8899 §5.
//
//      low                  probe                  high
//   ----|--------------------?----------------------|----
//     gets through      is on its way     is not known to get through
//
// Sizes are those of full segments: text and TCP options. The search begins when long segments are
// suspected to end in a black hole, and is over when nothing worth asking for is left. Its first
// question is whether the suspicion was wrong.
#pragma once

#include <cstdint>
#include <optional>

#include "core/wire/seq_num.hpp"

namespace handfast::tcp {

class PathSearch {
public:
    struct Start {
        std::uint32_t low{0};
        std::uint32_t high{0};
    };
    explicit PathSearch(const Start& s) : low_{s.low}, high_{s.high} {}

    // The size to ask for next; 0: an answer is awaited, or the search is over.
    [[nodiscard]] std::uint32_t next() const {
        if (probe_ || is_over()) return 0;
        return asked_ ? low_ + (high_ - low_ + 1) / 2 : high_;
    }
    [[nodiscard]] bool is_over() const { return high_ < low_ + (asked_ ? precision : 1); }

    void on_sent(wire::SeqRange probe, std::uint32_t size) {
        probe_ = probe;
        size_ = size;
        asked_ = true;
    }
    // SND.UNA moved. The size that was proved, or 0.
    [[nodiscard]] std::uint32_t on_ack(wire::SeqNum una) {
        if (!probe_ || before(una, probe_->end)) return 0;
        probe_.reset();
        return low_ = size_;
    }
    // This is thought lost. True: it is the probe, whose loss says nothing of congestion.
    [[nodiscard]] bool on_lost(wire::SeqRange lost) {
        if (!probe_ || lost.begin != probe_->begin) return false;
        on_timeout();
        return true;
    }
    // All is thought lost.
    void on_timeout() {
        if (probe_) high_ = size_ - 1;
        probe_.reset();
    }

private:
    static constexpr std::uint32_t precision = 16;  // octets that are not worth a question

    std::uint32_t low_;
    std::uint32_t high_;
    std::uint32_t size_{0};
    std::optional<wire::SeqRange> probe_;
    bool asked_{false};
};

}  // namespace handfast::tcp
