#include "host/runtime/watched.hpp"

#include <gtest/gtest.h>

namespace handfast::runtime {
namespace {

using berkeley::Ready;

struct Lists : testing::Test {
    ~Lists() override {
        waiting.clear();
        woken.clear();
    }
    Waiter reader{Ready::in_bit};
    Waiter second_reader{Ready::in_bit};
    Waiter writer{Ready::out_bit};
    WaiterList waiting;
    WaiterList woken;

    void SetUp() override {
        waiting.push_back(reader);
        waiting.push_back(second_reader);
        waiting.push_back(writer);
    }
};

using ChooseReady = Lists;

TEST_F(ChooseReady, takes_one_waiter_for_each_bit) {
    choose_ready(waiting, {Ready::in_bit}, woken);
    EXPECT_TRUE(reader.chosen);
    EXPECT_FALSE(second_reader.chosen);
    EXPECT_FALSE(writer.chosen);
    EXPECT_EQ(woken.size(), 1U);
    choose_ready(waiting, {Ready::in_bit | Ready::out_bit}, woken);
    EXPECT_TRUE(second_reader.chosen);
    EXPECT_TRUE(writer.chosen);
    EXPECT_TRUE(waiting.empty());
}

TEST_F(ChooseReady, takes_everyone_when_the_socket_failed) {
    choose_ready(waiting, {Ready::err_bit}, woken);
    EXPECT_TRUE(waiting.empty());
    EXPECT_EQ(woken.size(), 3U);
}

TEST_F(ChooseReady, takes_nobody_for_what_nobody_wants) {
    choose_ready(waiting, {Ready::pri_bit}, woken);
    EXPECT_TRUE(woken.empty());
}

TEST(Patience, ends_with_long_waits_and_comes_back_with_short_ones) {
    Patience patience;
    EXPECT_GT(patience.look(), Duration{0});
    for (int i = 0; i < 20; ++i) patience.learn(milliseconds{10});
    EXPECT_EQ(patience.look(), Duration{0});
    for (int i = 0; i < 20; ++i) patience.learn(microseconds{10});
    EXPECT_GT(patience.look(), Duration{0});
}

}  // namespace
}  // namespace handfast::runtime
