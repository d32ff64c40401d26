#include "core/base/timer_wheel.hpp"

#include <array>
#include <gtest/gtest.h>
#include <memory>
#include <vector>

namespace handfast {
namespace {

using Entry = TimerWheel::Entry;

constexpr Duration tick{1 << 13};
constexpr Duration year = std::chrono::hours{24 * 365};

Instant at(Duration since_origin) {
    return Instant{since_origin};
}

// Advances and tells which entries fired, by their places in `entries`.
template <std::size_t N>
std::vector<std::size_t> fired(TimerWheel& wheel, std::array<Entry, N>& entries, Instant now) {
    std::vector<std::size_t> places;
    wheel.advance(
        now, [&](Entry& e) { places.push_back(static_cast<std::size_t>(&e - entries.data())); });
    return places;
}

using Places = std::vector<std::size_t>;

TEST(TimerWheel, awaits_nothing_when_nothing_is_armed) {
    TimerWheel wheel;
    std::array<Entry, 1> entries;
    EXPECT_EQ(wheel.next(), std::nullopt);
    EXPECT_EQ(wheel.size(), 0U);
    EXPECT_FALSE(entries[0].armed());
    EXPECT_EQ(entries[0].deadline(), std::nullopt);
    EXPECT_EQ(fired(wheel, entries, at(100 * year)), Places{});
}

TEST(TimerWheel, fires_at_the_nanosecond_and_not_before) {
    TimerWheel wheel;
    std::array<Entry, 1> entries;
    wheel.set(entries[0], at(nanoseconds{12'345'678}));
    EXPECT_EQ(wheel.next(), at(nanoseconds{12'345'678}));
    EXPECT_EQ(fired(wheel, entries, at(nanoseconds{12'345'677})), Places{});
    EXPECT_EQ(wheel.next(), at(nanoseconds{12'345'678}));
    EXPECT_EQ(fired(wheel, entries, at(nanoseconds{12'345'678})), Places{0});
    EXPECT_FALSE(entries[0].armed());
    EXPECT_EQ(fired(wheel, entries, at(nanoseconds{12'345'679})), Places{});
}

TEST(TimerWheel, fires_in_order_of_nanoseconds_within_one_tick) {
    TimerWheel wheel;
    std::array<Entry, 4> entries;
    wheel.set(entries[0], at(nanoseconds{900}));
    wheel.set(entries[1], at(nanoseconds{100}));
    wheel.set(entries[2], at(nanoseconds{8191}));
    wheel.set(entries[3], at(nanoseconds{500}));
    EXPECT_EQ(fired(wheel, entries, at(nanoseconds{899})), (Places{1, 3}));
    EXPECT_EQ(fired(wheel, entries, at(milliseconds{1})), (Places{0, 2}));
}

TEST(TimerWheel, fires_equal_deadlines_in_the_order_they_were_armed) {
    TimerWheel wheel;
    std::array<Entry, 3> entries;
    const Instant deadline = at(seconds{3});
    wheel.set(entries[1], deadline);
    wheel.set(entries[0], at(seconds{2}));  // moved to the same deadline, last of all
    // Filed at another level, because it is armed when the deadline is nearer.
    EXPECT_EQ(fired(wheel, entries, at(milliseconds{1'999})), Places{});
    wheel.set(entries[2], deadline);
    wheel.set(entries[0], deadline);
    EXPECT_EQ(fired(wheel, entries, deadline), (Places{1, 2, 0}));
}

TEST(TimerWheel, fires_what_is_overdue_when_it_is_set) {
    TimerWheel wheel;
    std::array<Entry, 2> entries;
    EXPECT_EQ(fired(wheel, entries, at(seconds{100})), Places{});
    wheel.set(entries[0], at(seconds{50}));
    wheel.set(entries[1], at(seconds{40}));
    EXPECT_EQ(wheel.next(), at(seconds{40}));
    EXPECT_EQ(fired(wheel, entries, at(seconds{100})), (Places{1, 0}));
}

TEST(TimerWheel, moves_a_deadline_later_without_firing_at_the_old_one) {
    TimerWheel wheel;
    std::array<Entry, 2> entries;
    wheel.set(entries[0], at(milliseconds{200}));
    wheel.set(entries[1], at(milliseconds{900}));
    wheel.set(entries[0], at(seconds{5}));
    EXPECT_EQ(entries[0].deadline(), at(seconds{5}));
    EXPECT_LE(wheel.next(), at(milliseconds{900}));
    EXPECT_EQ(fired(wheel, entries, at(milliseconds{200})), Places{});
    EXPECT_EQ(wheel.next(), at(milliseconds{900}));  // put right when the old place was reached
    EXPECT_EQ(fired(wheel, entries, at(milliseconds{4'999})), Places{1});
    EXPECT_EQ(fired(wheel, entries, at(seconds{5})), Places{0});
}

TEST(TimerWheel, moves_a_deadline_earlier_at_once) {
    TimerWheel wheel;
    std::array<Entry, 1> entries;
    wheel.set(entries[0], at(seconds{7200}));
    wheel.set(entries[0], at(milliseconds{1}));
    EXPECT_EQ(wheel.size(), 1U);
    EXPECT_EQ(wheel.next(), at(milliseconds{1}));
    EXPECT_EQ(fired(wheel, entries, at(milliseconds{1})), Places{0});
    EXPECT_EQ(fired(wheel, entries, at(seconds{7200})), Places{});
}

TEST(TimerWheel, names_the_exact_next_deadline_after_the_earliest_of_a_slot_was_canceled) {
    TimerWheel wheel;
    std::array<Entry, 3> entries;
    wheel.set(entries[0], at(milliseconds{1000}));
    wheel.set(entries[1], at(milliseconds{1002}));
    wheel.set(entries[2], at(milliseconds{1001}));
    wheel.cancel(entries[0]);
    EXPECT_EQ(wheel.next(), at(milliseconds{1001}));
    wheel.cancel(entries[2]);
    EXPECT_EQ(wheel.next(), at(milliseconds{1002}));
    wheel.cancel(entries[1]);
    wheel.cancel(entries[1]);
    EXPECT_EQ(wheel.next(), std::nullopt);
    EXPECT_EQ(wheel.size(), 0U);
}

TEST(TimerWheel, stays_exact_when_the_earliest_of_a_crowded_slot_was_canceled_and_it_is_reached) {
    TimerWheel wheel;
    std::vector<Entry> entries(1000);
    for (std::size_t i = 0; i < entries.size(); ++i)
        wheel.set(entries[i], at(seconds{7200} + microseconds{100 * i}));
    wheel.cancel(entries[0]);
    EXPECT_LE(wheel.next(), at(seconds{7200} + microseconds{100}));  // may be early, by its rule
    wheel.advance(at(seconds{7200}), [](Entry&) { ADD_FAILURE() << "early"; });
    EXPECT_EQ(wheel.next(), at(seconds{7200} + microseconds{100}));
}

TEST(TimerWheel, forgets_an_entry_that_is_destroyed) {
    TimerWheel wheel;
    {
        Entry entry;
        wheel.set(entry, at(seconds{1}));
        EXPECT_EQ(wheel.size(), 1U);
    }
    EXPECT_EQ(wheel.size(), 0U);
    EXPECT_EQ(wheel.next(), std::nullopt);
    wheel.advance(at(seconds{2}), [](Entry&) { FAIL(); });
}

TEST(TimerWheel, disarms_its_entries_when_it_is_destroyed) {
    Entry near;
    Entry far;
    {
        TimerWheel wheel;
        wheel.set(near, at(microseconds{1}));
        wheel.set(far, Instant::max());
    }
    EXPECT_FALSE(near.armed());
    EXPECT_FALSE(far.armed());
}

TEST(TimerWheel, holds_every_instant_there_is) {
    TimerWheel wheel;
    std::array<Entry, 5> entries;
    wheel.set(entries[0], Instant::max());
    wheel.set(entries[1], Instant::max() - nanoseconds{1});
    wheel.set(entries[2], at(250 * year));
    wheel.set(entries[3], Instant::min());
    wheel.set(entries[4], at(-year));
    EXPECT_EQ(fired(wheel, entries, at(-year)), (Places{3, 4}));
    EXPECT_EQ(wheel.next(), at(250 * year));
    EXPECT_EQ(fired(wheel, entries, at(250 * year) - nanoseconds{1}), Places{});
    EXPECT_EQ(fired(wheel, entries, at(250 * year)), Places{2});
    EXPECT_EQ(fired(wheel, entries, Instant::max() - nanoseconds{1}), Places{1});
    EXPECT_EQ(fired(wheel, entries, Instant::max()), Places{0});
}

TEST(TimerWheel, keeps_what_was_set_when_time_went_backwards) {
    TimerWheel wheel;
    std::array<Entry, 2> entries;
    EXPECT_EQ(fired(wheel, entries, at(seconds{10})), Places{});
    wheel.set(entries[0], at(seconds{5}));
    wheel.set(entries[1], at(seconds{7}));
    EXPECT_EQ(fired(wheel, entries, at(seconds{6})), Places{0});
    EXPECT_EQ(fired(wheel, entries, at(seconds{7}) - nanoseconds{1}), Places{});
    EXPECT_EQ(fired(wheel, entries, at(seconds{7})), Places{1});
}

TEST(TimerWheel, fires_what_fire_sets_to_a_later_deadline_that_is_due_in_the_same_call) {
    TimerWheel wheel;
    std::array<Entry, 3> entries;
    wheel.set(entries[0], at(seconds{1}));
    wheel.set(entries[1], at(seconds{3}));
    std::vector<std::pair<std::size_t, Instant>> log;
    wheel.advance(at(seconds{10}), [&](Entry& e) {
        const auto place = static_cast<std::size_t>(&e - entries.data());
        log.emplace_back(place, at(seconds{0}));
        if (place == 0) wheel.set(entries[2], at(seconds{2}));
        if (place == 2) wheel.set(entries[0], at(seconds{2} + nanoseconds{1}));
        if (log.size() > 10) wheel.cancel(entries[1]);
    });
    // 0 sets 2, 2 sets 0 a nanosecond later, that sets 2 again: to the past, so in the next call.
    ASSERT_EQ(log.size(), 4U);
    EXPECT_EQ(log[0].first, 0U);
    EXPECT_EQ(log[1].first, 2U);
    EXPECT_EQ(log[2].first, 0U);
    EXPECT_EQ(log[3].first, 1U);
    EXPECT_EQ(wheel.next(), at(seconds{2}));
    EXPECT_EQ(fired(wheel, entries, at(seconds{10})), Places{2});
}

TEST(TimerWheel, ends_when_an_entry_sets_itself_to_the_instant_it_fires_at) {
    TimerWheel wheel;
    Entry entry;
    wheel.set(entry, at(seconds{1}));
    int calls = 0;
    wheel.advance(at(seconds{1}), [&](Entry& e) {
        ++calls;
        wheel.set(e, at(seconds{1}));
        EXPECT_EQ(wheel.next(), at(seconds{1}));
    });
    EXPECT_EQ(calls, 1);
    EXPECT_EQ(wheel.size(), 1U);
    EXPECT_EQ(wheel.next(), at(seconds{1}));
    wheel.advance(at(seconds{1}), [&](Entry&) { ++calls; });
    EXPECT_EQ(calls, 2);
}

TEST(TimerWheel, does_not_fire_what_fire_cancels_moves_or_destroys) {
    TimerWheel wheel;
    std::array<Entry, 3> entries;
    auto doomed = std::make_unique<Entry>();
    wheel.set(entries[0], at(nanoseconds{10}));
    wheel.set(entries[1], at(nanoseconds{11}));
    wheel.set(entries[2], at(nanoseconds{12}));
    wheel.set(*doomed, at(nanoseconds{13}));
    Places places;
    wheel.advance(at(seconds{1}), [&](Entry& e) {
        places.push_back(static_cast<std::size_t>(&e - entries.data()));
        wheel.cancel(entries[1]);
        wheel.set(entries[2], at(seconds{2}));
        doomed.reset();
    });
    EXPECT_EQ(places, Places{0});
    EXPECT_EQ(wheel.size(), 1U);
    EXPECT_EQ(wheel.next(), at(seconds{2}));
}

TEST(TimerWheel, lets_fire_destroy_the_entry_it_is_given) {
    TimerWheel wheel;
    std::vector<std::unique_ptr<Entry>> entries;
    for (int i = 0; i < 3; ++i) {
        entries.push_back(std::make_unique<Entry>());
        wheel.set(*entries.back(), at(nanoseconds{i}));
    }
    wheel.advance(at(seconds{1}), [&](Entry& e) {
        std::erase_if(entries, [&](const auto& owned) { return owned.get() == &e; });
    });
    EXPECT_TRUE(entries.empty());
}

TEST(TimerWheel, steps_over_centuries_as_cheaply_as_over_a_tick) {
    TimerWheel wheel;
    std::array<Entry, 1> entries;
    // 10,000 visits to every tick of these years would not end in the life of this test.
    for (int i = 1; i <= 10'000; ++i) {
        wheel.set(entries[0], at(i * (year / 64)) + tick);
        EXPECT_EQ(fired(wheel, entries, at(i * (year / 64))), Places{});
        EXPECT_EQ(fired(wheel, entries, at(i * (year / 64)) + tick), Places{0});
    }
}

}  // namespace
}  // namespace handfast
