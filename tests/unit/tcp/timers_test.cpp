#include "core/tcp/timers.hpp"

#include <gtest/gtest.h>

namespace handfast::tcp {
namespace {

constexpr Instant at(int n) {
    return Instant{seconds{n}};
}

TEST(Timers, wait_for_nothing_at_first) {
    const Timers timers;
    EXPECT_FALSE(timers.next());
    EXPECT_FALSE(timers.armed(Timer::retransmit));
}

TEST(Timers, name_the_earliest_of_all_that_are_armed) {
    Timers timers;
    timers.arm(Timer::keep_alive, at(9));
    timers.arm(Timer::delayed_ack, at(3));
    timers.arm(Timer::retransmit, at(5));
    EXPECT_EQ(timers.next(), at(3));
}

TEST(Timers, name_the_next_one_when_the_first_is_stopped) {
    Timers timers;
    timers.arm(Timer::delayed_ack, at(3));
    timers.arm(Timer::retransmit, at(5));
    timers.stop(Timer::delayed_ack);
    EXPECT_EQ(timers.next(), at(5));
    timers.stop(Timer::retransmit);
    EXPECT_FALSE(timers.next());
}

TEST(Timers, name_the_next_one_when_the_first_is_moved_later) {
    Timers timers;
    timers.arm(Timer::retransmit, at(3));
    timers.arm(Timer::persist, at(5));
    timers.arm(Timer::retransmit, at(7));
    EXPECT_EQ(timers.next(), at(5));
    timers.arm(Timer::persist, at(9));
    EXPECT_EQ(timers.next(), at(7));
}

TEST(Timers, keep_the_first_when_another_of_the_same_instant_is_stopped) {
    Timers timers;
    timers.arm(Timer::retransmit, at(3));
    timers.arm(Timer::cork, at(3));
    timers.stop(Timer::cork);
    EXPECT_EQ(timers.next(), at(3));
}

TEST(Timers, wait_for_nothing_when_all_are_stopped) {
    Timers timers;
    timers.arm(Timer::retransmit, at(3));
    timers.arm(Timer::linger, at(4));
    timers.stop_all();
    EXPECT_FALSE(timers.next());
    timers.arm(Timer::linger, at(8));
    EXPECT_EQ(timers.next(), at(8));
}

}  // namespace
}  // namespace handfast::tcp
