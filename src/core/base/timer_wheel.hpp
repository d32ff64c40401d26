// The one timer wheel of a shard: what is due by an instant, in order of time.
//
//   level 0   | tick | tick | ...  64 slots of 8.192 us
//   level 1   |   64 ticks  | ...  64 slots of 524 us
//   ...                            up to level 8, which ends beyond the last Instant
//
// When the time of a slot above level 0 comes, its entries go down to the levels below it.
//
// An entry stands at the level of the highest base-64 digit in which its tick differs from the
// current one, in the slot of that digit. So every entry of a level comes before all those of the
// levels above it, and the first slot that is filled holds the earliest entry of all. A bitmap per
// level finds it: empty time, however long, costs nothing.
//
// Slots are in no order; a slot that has come due is sorted, by nanoseconds and by order of arming.
// (G. Varghese, T. Lauck: Hashed and hierarchical timing wheels, SOSP 1987, scheme 7.)
#pragma once

#include <array>
#include <boost/intrusive/list.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "core/base/time.hpp"

namespace handfast {

class TimerWheel {
public:
    // What waits for its deadline: a member or base of its owner, at a fixed address. Leaves the
    // wheel when it is destroyed.
    class Entry {
    public:
        Entry() = default;
        Entry(const Entry&) = delete;
        Entry& operator=(const Entry&) = delete;
        Entry(Entry&&) = delete;
        Entry& operator=(Entry&&) = delete;
        ~Entry();

        [[nodiscard]] bool armed() const { return wheel_ != nullptr; }
        // What it waits for, when it is armed.
        [[nodiscard]] Deadline deadline() const {
            return armed() ? Deadline{deadline_} : std::nullopt;
        }

    private:
        friend class TimerWheel;
        using Hook = boost::intrusive::list_member_hook<
            boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;

        Hook hook_;
        TimerWheel* wheel_{nullptr};  // null: not armed
        Instant deadline_;
        // The deadline that its slot was found by, never after deadline_: moving a deadline later
        // leaves the entry where it is. `in_no_slot` for one that waits in due_ or deferred_.
        Instant filed_{in_no_slot};
        std::uint64_t arming_{0};  // counts up: which of equal deadlines was armed first
    };

    TimerWheel();
    TimerWheel(const TimerWheel&) = delete;
    TimerWheel& operator=(const TimerWheel&) = delete;
    TimerWheel(TimerWheel&&) = delete;
    TimerWheel& operator=(TimerWheel&&) = delete;
    ~TimerWheel();

    // Arms the entry, or moves its deadline. O(1); later than before costs no wheel operation.
    void set(Entry& entry, Instant deadline);
    // O(1). An entry that is not armed stays so.
    void cancel(Entry& entry);

    // Calls fire(Entry&) for every entry whose deadline is at or before `now`, once, disarmed, in
    // order of deadline and equal ones in order of arming. `fire` may set, cancel and destroy any
    // entry, the one that it is given too, but not call advance(). What it sets to a deadline that
    // is due as well fires in the same call if that is later than the deadline being fired, else in
    // the next call: so a call always ends, and never goes back in time.
    //
    // Each entry moves at most once per level in its life, besides once for each time that the
    // place is reached that a moved deadline left. All entries of a slot move at once.
    template <class F>
    void advance(Instant now, F&& fire) {
        begin_advance(now);
        while (Entry* const entry = take_due()) fire(*entry);
        end_advance();
    }

    // When advance() is next needed: the earliest deadline. It may name an earlier instant, never a
    // later one, in two cases, and advance() at that instant puts it right: if the earliest entry
    // was moved later, and if it was canceled or moved out of a slot with more than `look_limit`
    // others. O(levels).
    [[nodiscard]] Deadline next() const;

    // Entries that are armed.
    [[nodiscard]] std::size_t size() const { return size_; }

private:
    static constexpr unsigned tick_bits = 13;  // nanoseconds in a tick, as a power of 2
    static constexpr unsigned digit_bits = 6;  // slots of a level, likewise
    static constexpr std::size_t slots = std::size_t{1} << digit_bits;
    static constexpr std::size_t levels = 9;  // 13 + 9 * 6 >= 63 bits of nanoseconds
    static constexpr std::size_t look_limit = 64;
    static constexpr Instant in_no_slot = Instant::min();

    using List =
        boost::intrusive::list<Entry,
                               boost::intrusive::member_hook<Entry, Entry::Hook, &Entry::hook_>,
                               boost::intrusive::constant_time_size<false>>;

    struct Place {
        std::size_t level;
        std::size_t slot;
    };

    // What next() wants to know of a slot without looking through it.
    struct Hints {
        std::array<Instant, slots> earliest{};  // never after the earliest filed_ of a filled slot
        std::uint64_t stale{0};                 // slots whose earliest entry may have left
    };

    struct Level {
        std::uint64_t filled{0};  // slots that are not empty
        std::array<List, slots> lists;
        // Looking again changes no answer, so that the question can be const.
        mutable Hints hints;
    };

    [[nodiscard]] static std::uint64_t tick_of(Instant at);
    [[nodiscard]] Place place_of(Instant filed) const;
    [[nodiscard]] std::uint64_t first_tick_of(Place place) const;
    [[nodiscard]] std::optional<Place> first_filled() const;
    [[nodiscard]] Instant earliest_in(Place place) const;

    [[nodiscard]] static bool fires_before(const Entry& a, const Entry& b);

    void put(Entry& entry);
    void file(Entry& entry);
    void queue_due(Entry& entry);
    void unlink(Entry& entry);
    void disarm(Entry& entry);

    void begin_advance(Instant now);
    [[nodiscard]] Entry* take_due();
    [[nodiscard]] bool step();
    void empty_slot(Place place);
    void end_advance();

    std::array<Level, levels> levels_;
    std::uint64_t current_{0};  // the tick that places are counted from; never after the time
    std::uint64_t armings_{0};
    std::size_t size_{0};

    // While advance() runs; empty otherwise.
    bool advancing_{false};
    Instant now_;
    Instant firing_;  // the deadline of the entry that is being fired
    List due_;        // in order of firing
    List deferred_;   // set to a deadline that this call has passed: for the next one
};

static_assert(sizeof(TimerWheel::Entry) <= 48);

}  // namespace handfast
