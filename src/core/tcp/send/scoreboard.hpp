// What is in flight, and what became of it: RFC 2018 §5, RFC 2883, RFC 6675 §3.
//
//   una                                                          end
//    |  record   | record |   record    | record |   record      |
//    |in flight  | sacked | lost        | sacked |  in flight    |
//
// One record for each transmission: a segment, or a super-segment, which is cut when the peer tells
// apart what came of it. Records lie in order of sequence; those in flight are chained in the order
// of sending too (RFC 8985 §5.1). Cuts lie at multiples of the MSS, and records are bounded: a peer
// cannot make us keep one for every octet (attacks A17, A18). Finding takes O(log n); everything
// else is O(1) for each record that changes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/base/enum_array.hpp"
#include "core/base/interval_set.hpp"
#include "core/base/ring.hpp"
#include "core/tcp/send/stamp.hpp"
#include "core/wire/seq_num.hpp"

namespace handfast::tcp {

enum class Presence : std::uint8_t {
    in_flight,
    lost,    // thought to be, and not sent again yet
    sacked,  // the peer has it
    count
};

// What one acknowledgment says.
struct AckFacts {
    wire::SeqNum una;
    std::span<const wire::SeqRange> blocks;
};

// What one acknowledgment told that was not known.
struct AckNews {
    // NOLINTNEXTLINE(modernize-use-equals-default): that would zero all of it, for each segment
    AckNews() {}

    std::uint32_t delivered{0};  // octets, acknowledged or SACKed for the first time
    std::uint32_t newly_sacked{0};
    std::optional<Delivery> once;      // the last sent, of what was sent once …
    std::optional<Delivery> repeated;  // … and of what was sent again (RFC 8985 §6.2 step 2)
    // When the first of what was acknowledged in order, or else SACKed, had been sent; none when it
    // had been sent again (Karn).
    Deadline oldest_sent_at;
    std::optional<wire::SeqRange> duplicate;      // D-SACK
    std::optional<wire::SeqNum> lowest_original;  // end of the first that came, sent but once
    // It came late: what was sent after it had come before (§6.2 step 3), over so many octets.
    std::uint32_t reordering{0};
    bool acknowledged_repeated{false};
};

class Scoreboard {
public:
    struct Record {
        wire::SeqRange range;
        Stamp stamp;
        std::uint32_t older{0};  // chain in the order of sending
        std::uint32_t newer{0};
        std::uint16_t transmissions{1};
        Presence presence{Presence::in_flight};

        [[nodiscard]] SendOrder order() const {
            return {.sent_at = stamp.sent_at, .end = range.end};
        }
    };
    struct Start {
        wire::SeqNum una;
        std::uint32_t mss{1460};
        std::size_t max_records{0};
    };

    Scoreboard() : Scoreboard{Start{}} {}
    explicit Scoreboard(const Start& start);

    // Text that continues at end(). Callers ask full() first.
    void on_sent(wire::SeqRange range, const Stamp& stamp) { append(range).stamp = stamp; }
    // Text that was sent before.
    void on_resent(wire::SeqRange range, const Stamp& stamp);
    [[nodiscard]] AckNews acknowledge(const AckFacts& facts);
    // A timeout: all that the peer has not told to have is lost. When it acknowledged nothing of
    // what it had SACKed in front, it has thrown that away (RFC 2018 §8).
    void lose_all();
    // What has been in flight longest is lost.
    wire::SeqRange lose_oldest();
    // What was marked lost and not sent again is on its way after all: the timeout was spurious.
    void restore_lost();
    [[nodiscard]] bool has_reneged() const {
        return !empty() && at(0).presence == Presence::sacked;
    }
    void set_mss(std::uint32_t mss);

    // What has been in flight longest; nullptr: nothing is.
    [[nodiscard]] const Record* oldest() const {
        return oldest_ == none ? nullptr : &records_[oldest_];
    }
    [[nodiscard]] const Record* last() const;
    // The first octets that are lost, at most this many.
    [[nodiscard]] std::optional<wire::SeqRange> next_lost(std::uint32_t most) const;
    [[nodiscard]] std::uint16_t transmissions_at(wire::SeqNum seq) const;

    [[nodiscard]] bool empty() const { return order_.empty(); }
    [[nodiscard]] bool full() const { return order_.size() >= max_records_; }
    [[nodiscard]] std::size_t size() const { return order_.size(); }
    [[nodiscard]] wire::SeqNum una() const { return una_; }
    [[nodiscard]] wire::SeqNum end() const { return end_; }
    // RFC 6675 §4, "pipe".
    [[nodiscard]] std::uint32_t in_flight() const { return octets_[Presence::in_flight]; }
    [[nodiscard]] std::uint32_t lost() const { return octets_[Presence::lost]; }
    [[nodiscard]] std::uint32_t sacked() const { return octets_[Presence::sacked]; }
    [[nodiscard]] std::uint32_t sacked_segments() const { return sacked_segments_; }
    // Octets in flight for the second time or more. Looks at every record.
    [[nodiscard]] std::uint32_t repeated_in_flight() const;
    // Segments that were sent and not acknowledged. Looks at every record.
    [[nodiscard]] std::size_t segments() const;
    // Octets of heap.
    [[nodiscard]] std::size_t memory() const;

private:
    static constexpr std::uint32_t none = 0xffff'ffff;

    [[nodiscard]] Record& at(std::size_t i) { return records_[order_[i]]; }
    [[nodiscard]] const Record& at(std::size_t i) const { return records_[order_[i]]; }
    // The record that holds this octet, or size().
    [[nodiscard]] std::size_t index_of(wire::SeqNum seq) const;
    [[nodiscard]] std::uint64_t offset_of(wire::SeqNum seq) const {
        return una_offset_ + octets_between(una_, seq);
    }
    [[nodiscard]] std::uint32_t segments_in(std::uint32_t octets) const {
        return (octets + mss_ - 1) / mss_;
    }

    [[nodiscard]] Record& append(wire::SeqRange range);
    [[nodiscard]] std::uint32_t take_slot();
    void drop_first();
    void clear();
    void chain_last(std::uint32_t slot);
    void chain_first(std::uint32_t slot);
    void chain_after(std::uint32_t slot, std::uint32_t older);
    void unchain(std::uint32_t slot);
    void split(std::size_t i, wire::SeqNum cut);
    void become(std::uint32_t slot, Presence presence);
    void note_delivery(const Record& r, AckNews& news) const;
    void take_cumulative(wire::SeqNum una, AckNews& news);
    void take_block(wire::SeqRange block, AckNews& news);
    void sack_within(wire::SeqRange part, AckNews& news);
    [[nodiscard]] std::optional<wire::SeqRange> duplicate_in(const AckFacts& facts) const;

    std::vector<Record> records_;
    Ring<std::uint32_t> order_;
    IntervalSet sacked_;
    EnumArray<Presence, std::uint32_t> octets_;
    std::uint64_t una_offset_{0};
    wire::SeqNum una_;
    wire::SeqNum end_;
    wire::SeqNum highest_delivered_;  // RACK.fack
    mutable wire::SeqNum lost_hint_;  // nothing before it is lost: saves looking again
    std::uint32_t sacked_segments_{0};
    std::uint32_t mss_;
    std::uint32_t free_{none};
    std::uint32_t oldest_{none};
    std::uint32_t newest_{none};
    std::size_t max_records_;
};

}  // namespace handfast::tcp
