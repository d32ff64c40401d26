#include "host/runtime/signal.hpp"

#include <gtest/gtest.h>
#include <memory>
#include <thread>
#include <vector>

#include "host/runtime/clock.hpp"

namespace handfast::runtime {
namespace {

TEST(Signal, given_before_it_is_waited_for_costs_no_wakeup) {
    Signal signal;
    EXPECT_FALSE(signal.given());
    EXPECT_EQ(signal.give(), Wakeup::none);
    EXPECT_TRUE(signal.given());
    EXPECT_TRUE(signal.sleep({}));
    EXPECT_TRUE(signal.look_for(now(), [] {}));
}

TEST(Signal, sleeps_no_longer_than_its_deadline) {
    Signal signal;
    EXPECT_FALSE(signal.sleep(Instant{}));  // long ago
    EXPECT_FALSE(signal.given());
}

TEST(Signal, is_seen_although_the_deadline_has_passed) {
    Signal signal;
    signal.give();
    EXPECT_TRUE(signal.sleep(Instant{}));
}

TEST(Signal, given_to_a_sleeper_whose_time_was_over_asks_for_a_wakeup_once) {
    Signal signal;
    EXPECT_FALSE(signal.sleep(Instant{}));
    EXPECT_FALSE(signal.give_to_awake()) << "for all it knows the waiter sleeps";
    EXPECT_EQ(signal.give(), Wakeup::issued);
    EXPECT_EQ(signal.give(), Wakeup::none);
}

TEST(Signal, wakes_a_thread_that_sleeps) {
    for (int round = 0; round < 200; ++round) {
        auto signal = std::make_unique<Signal>();
        int told = 0;
        std::jthread waiter{[&, mine = signal.get()] {
            EXPECT_TRUE(mine->sleep({}));
            EXPECT_EQ(told, round);
        }};
        told = round;
        signal->give();
        waiter.join();
    }
}

}  // namespace
}  // namespace handfast::runtime
