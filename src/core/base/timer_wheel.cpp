#include "core/base/timer_wheel.hpp"

#include <algorithm>
#include <bit>
#include <iterator>

#include "core/base/check.hpp"

namespace handfast {
namespace {

[[nodiscard]] constexpr std::uint64_t bit(std::size_t slot) {
    return std::uint64_t{1} << slot;
}

}  // namespace

TimerWheel::Entry::~Entry() {
    if (armed()) wheel_->disarm(*this);
}

TimerWheel::TimerWheel() = default;

TimerWheel::~TimerWheel() {
    HF_CHECK(!advancing_);
    while (const auto place = first_filled())
        disarm(levels_[place->level].lists[place->slot].front());
}

void TimerWheel::set(Entry& entry, Instant deadline) {
    HF_CHECK(entry.wheel_ == nullptr || entry.wheel_ == this);
    entry.deadline_ = deadline;
    entry.arming_ = ++armings_;
    if (!entry.armed()) {
        entry.wheel_ = this;
        ++size_;
    } else if (entry.filed_ != in_no_slot && deadline >= entry.filed_) {
        return;  // Its slot comes first and will pass it on.
    } else {
        unlink(entry);
    }
    put(entry);
}

void TimerWheel::cancel(Entry& entry) {
    if (!entry.armed()) return;
    HF_CHECK(entry.wheel_ == this);
    disarm(entry);
}

Deadline TimerWheel::next() const {
    Deadline first;
    if (const auto place = first_filled()) first = earliest_in(*place);
    // Asked from within advance(): what it still has to do.
    if (!due_.empty()) first = earlier(first, due_.front().deadline_);
    for (const Entry& entry : deferred_) first = earlier(first, entry.deadline_);
    return first;
}

// Instants before the clock's origin are long past, whichever they are.
std::uint64_t TimerWheel::tick_of(Instant at) {
    const auto since_origin = std::max(at.time_since_epoch(), Duration::zero());
    return static_cast<std::uint64_t>(since_origin.count()) >> tick_bits;
}

// What is overdue stands in the current tick. The place of an entry that has been filed stays what
// this says while current_ moves on: a slot is emptied before current_ enters it.
TimerWheel::Place TimerWheel::place_of(Instant filed) const {
    const std::uint64_t tick = std::max(tick_of(filed), current_);
    const std::uint64_t different = tick ^ current_;
    if (different == 0) return {.level = 0, .slot = tick % slots};
    const std::size_t level =
        (static_cast<std::size_t>(std::bit_width(different)) - 1) / digit_bits;
    return {.level = level, .slot = (tick >> (level * digit_bits)) % slots};
}

std::uint64_t TimerWheel::first_tick_of(Place place) const {
    const std::size_t shift = place.level * digit_bits;
    const std::uint64_t digits_above = current_ >> (shift + digit_bits);
    return ((digits_above << digit_bits) | place.slot) << shift;
}

std::optional<TimerWheel::Place> TimerWheel::first_filled() const {
    for (std::size_t level = 0; level < levels; ++level) {
        const std::uint64_t filled = levels_[level].filled;
        if (filled != 0)
            return Place{.level = level,
                         .slot = static_cast<std::size_t>(std::countr_zero(filled))};
    }
    return std::nullopt;
}

// Looks through a stale slot, if that is not far; else the bound stands.
Instant TimerWheel::earliest_in(Place place) const {
    const Level& level = levels_[place.level];
    Instant& earliest = level.hints.earliest[place.slot];
    if ((level.hints.stale & bit(place.slot)) == 0) return earliest;
    level.hints.stale &= ~bit(place.slot);
    Instant found = Instant::max();
    std::size_t looked_at = 0;
    for (const Entry& entry : level.lists[place.slot]) {
        if (looked_at++ == look_limit) return earliest;
        found = std::min(found, entry.filed_);
    }
    return earliest = found;
}

bool TimerWheel::fires_before(const Entry& a, const Entry& b) {
    return a.deadline_ != b.deadline_ ? a.deadline_ < b.deadline_ : a.arming_ < b.arming_;
}

void TimerWheel::put(Entry& entry) {
    const bool due = advancing_ && entry.deadline_ <= now_;
    if (due && entry.deadline_ <= firing_) {
        deferred_.push_back(entry);
    } else if (due && tick_of(entry.deadline_) <= current_) {
        queue_due(entry);
    } else {
        file(entry);
    }
}

void TimerWheel::file(Entry& entry) {
    entry.filed_ = std::max(entry.deadline_, in_no_slot + nanoseconds{1});
    const Place place = place_of(entry.filed_);
    Level& level = levels_[place.level];
    Instant& earliest = level.hints.earliest[place.slot];
    const bool was_filled = (level.filled & bit(place.slot)) != 0;
    earliest = was_filled ? std::min(earliest, entry.filed_) : entry.filed_;
    level.filled |= bit(place.slot);
    level.lists[place.slot].push_back(entry);
}

// Into due_, which is in order; it was armed last, so its place is most often at the end.
void TimerWheel::queue_due(Entry& entry) {
    auto after = due_.end();
    while (after != due_.begin() && fires_before(entry, *std::prev(after))) --after;
    due_.insert(after, entry);
}

void TimerWheel::unlink(Entry& entry) {
    entry.hook_.unlink();
    if (entry.filed_ == in_no_slot) return;
    const Place place = place_of(entry.filed_);
    Level& level = levels_[place.level];
    if (level.lists[place.slot].empty()) {
        level.filled &= ~bit(place.slot);
        level.hints.stale &= ~bit(place.slot);
    } else if (entry.filed_ == level.hints.earliest[place.slot]) {
        level.hints.stale |= bit(place.slot);
    }
    entry.filed_ = in_no_slot;
}

void TimerWheel::disarm(Entry& entry) {
    unlink(entry);
    entry.wheel_ = nullptr;
    --size_;
}

void TimerWheel::begin_advance(Instant now) {
    HF_CHECK(!advancing_);
    advancing_ = true;
    now_ = now;
}

TimerWheel::Entry* TimerWheel::take_due() {
    while (due_.empty()) {
        if (!step()) return nullptr;
    }
    Entry& entry = due_.front();
    disarm(entry);
    firing_ = entry.deadline_;
    return &entry;
}

// Goes to the first slot that is filled and empties it. False when that is not due.
bool TimerWheel::step() {
    const auto place = first_filled();
    if (!place) return false;
    const std::uint64_t tick = first_tick_of(*place);
    if (tick > std::max(tick_of(now_), current_)) return false;
    if (place->level == 0 && earliest_in(*place) > now_) return false;
    current_ = std::max(current_, tick);
    empty_slot(*place);
    return true;
}

// Hands what is due to due_ and files the rest anew: at lower levels, or where their deadlines have
// been moved to.
void TimerWheel::empty_slot(Place place) {
    Level& level = levels_[place.level];
    List taken;
    taken.swap(level.lists[place.slot]);
    level.filled &= ~bit(place.slot);
    level.hints.stale &= ~bit(place.slot);
    while (!taken.empty()) {
        Entry& entry = taken.front();
        taken.pop_front();
        if (place.level == 0 && entry.deadline_ <= now_ && tick_of(entry.deadline_) <= current_) {
            entry.filed_ = in_no_slot;
            due_.push_back(entry);
        } else {
            file(entry);
        }
    }
    due_.sort(fires_before);
}

void TimerWheel::end_advance() {
    current_ = std::max(current_, tick_of(now_));
    advancing_ = false;
    while (!deferred_.empty()) {
        Entry& entry = deferred_.front();
        deferred_.pop_front();
        file(entry);
    }
}

}  // namespace handfast
