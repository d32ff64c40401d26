#include "host/runtime/mailbox.hpp"

#include <deque>
#include <gtest/gtest.h>
#include <thread>
#include <vector>

namespace handfast::runtime {
namespace {

void do_nothing(Request&, network::Network&, Instant) {}

TEST(Mailbox, gives_requests_in_the_order_in_which_they_came) {
    Mailbox mailbox;
    EXPECT_TRUE(mailbox.empty());
    EXPECT_TRUE(mailbox.take_all().empty());
    std::deque<Request> requests;
    for (int i = 0; i < 5; ++i) mailbox.put(requests.emplace_back(do_nothing));
    EXPECT_FALSE(mailbox.empty());
    RequestList taken = mailbox.take_all();
    EXPECT_TRUE(mailbox.empty());
    for (Request& r : requests) EXPECT_EQ(&taken.pop_front(), &r);
    EXPECT_TRUE(taken.empty());
}

TEST(Mailbox, loses_none_of_many_threads) {
    constexpr int threads = 4;
    constexpr int each = 5000;
    Mailbox mailbox;
    std::vector<std::deque<Request>> requests(threads);
    std::vector<std::jthread> writers;
    for (auto& mine : requests) {
        writers.emplace_back([&] {
            for (int i = 0; i < each; ++i) mailbox.put(mine.emplace_back(do_nothing));
        });
    }
    int taken = 0;
    while (taken < threads * each) {
        for (RequestList list = mailbox.take_all(); !list.empty(); ++taken) (void)list.pop_front();
    }
    EXPECT_EQ(taken, threads * each);
    EXPECT_TRUE(mailbox.empty());
}

}  // namespace
}  // namespace handfast::runtime
