// What becomes of programs' sockets when their supervisor is gone.
#include <cerrno>
#include <gtest/gtest.h>
#include <memory>

#include "unit/netd/rig.hpp"

namespace handfast::netd::test {
namespace {

struct Talk {
    explicit Talk(const Running& running)
        : server{running, "server"}, client{std::make_unique<Supervisor>(running, "client")} {
        listener = server.stream();
        EXPECT_EQ(server.bind(listener, at({}, 80)), 0);
        EXPECT_EQ(server.listen(listener, 5), 0);
        left = client->stream();
        EXPECT_EQ(client->connect(left, at(server.address(), 80)), 0);
        right = server.accept(listener);
    }

    Supervisor server;
    std::unique_ptr<Supervisor> client;
    Stream listener;
    Stream left;
    Stream right;
};

TEST(NetdAbandoned, connections_are_reset_at_both_ends) {
    const Running running;
    Talk talk{running};
    write_all(talk.left.fd(), "half of it");
    EXPECT_EQ(read_some(talk.right.fd(), 10), "half of it");
    talk.client.reset();
    EXPECT_EQ(read_end(talk.left.fd()), ECONNRESET);
    EXPECT_EQ(read_end(talk.right.fd()), ECONNRESET);
}

TEST(NetdAbandoned, listeners_are_in_nobodys_way) {
    const Running running;
    Supervisor other{running, "host"};
    auto first = std::make_unique<Supervisor>(running, "host");
    const Stream listener = first->stream();
    ASSERT_EQ(first->bind(listener, at({}, 80)), 0);
    ASSERT_EQ(first->listen(listener, 5), 0);
    first.reset();
    const Stream next = other.stream();
    // Nothing tells when netd has heard of it.
    while (other.bind(next, at({}, 80)) == EADDRINUSE) std::this_thread::yield();
    EXPECT_EQ(other.listen(next, 5), 0);
}

TEST(NetdAbandoned, is_nothing_by_a_supervisor_that_takes_its_leave) {
    const Running running;
    Talk talk{running};
    (void)talk.client->tell(control::Leave{}, {});
    talk.client.reset();
    for (int i = 0; i < 10; ++i) {
        write_all(talk.left.fd(), "still");
        ASSERT_EQ(read_some(talk.right.fd(), 5), "still");
        ASSERT_FALSE(talk.server.holds_sockets("nobody"));
    }
}

}  // namespace
}  // namespace handfast::netd::test
