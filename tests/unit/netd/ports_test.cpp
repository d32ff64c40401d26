// Ports and listeners of programs: who may have them, and when they are free again.
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <gtest/gtest.h>

#include "unit/netd/rig.hpp"

namespace handfast::netd::test {
namespace {

TEST(NetdPorts, are_in_use_while_the_program_lives) {
    const Running running;
    Supervisor supervisor{running, "host"};
    Stream first = supervisor.stream();
    ASSERT_EQ(supervisor.bind(first, at({}, 80)), 0);
    const Stream second = supervisor.stream();
    EXPECT_EQ(supervisor.bind(second, at({}, 80)), EADDRINUSE);
    first.close();
    EXPECT_EQ(supervisor.bind(second, at({}, 80)), 0);
}

TEST(NetdPorts, of_listeners_are_free_when_the_program_is_gone) {
    const Running running;
    Supervisor supervisor{running, "host"};
    Stream first = supervisor.stream();
    ASSERT_EQ(supervisor.bind(first, at({}, 80)), 0);
    ASSERT_EQ(supervisor.listen(first, 1), 0);
    const Stream second = supervisor.stream();
    EXPECT_EQ(supervisor.bind(second, at({}, 80)), EADDRINUSE);
    first.close();
    EXPECT_EQ(supervisor.bind(second, at({}, 80)), 0);
    EXPECT_EQ(supervisor.listen(second, 1), 0);
}

// Linux lets SO_REUSEADDR pass only when both sockets have it.
TEST(NetdPorts, are_held_by_time_wait_unless_they_may_be_reused__rfc9293_3_4_2) {
    const Running running;
    Supervisor server{running, "server"};
    Supervisor client{running, "client"};
    Stream listener = server.stream();
    ASSERT_EQ(server.set_option(listener, SOL_SOCKET, SO_REUSEADDR, 1), 0);
    ASSERT_EQ(server.bind(listener, at({}, 80)), 0);
    ASSERT_EQ(server.listen(listener, 1), 0);
    Stream left = client.stream();
    ASSERT_EQ(client.connect(left, at(server.address(), 80)), 0);
    Stream right = server.accept(listener);
    right.close();  // ends first: TIME-WAIT is its own
    EXPECT_EQ(read_end(left.fd()), 0);
    left.close();
    listener.close();
    const Stream again = server.stream();
    EXPECT_EQ(server.bind(again, at({}, 80)), EADDRINUSE);
    ASSERT_EQ(server.set_option(again, SOL_SOCKET, SO_REUSEADDR, 1), 0);
    EXPECT_EQ(server.bind(again, at({}, 80)), 0);
}

TEST(NetdListeners, hold_no_more_than_their_backlog_asks_for) {
    const Running running;
    Supervisor server{running, "server"};
    Supervisor client{running, "client"};
    const Stream listener = server.stream();
    ASSERT_EQ(server.bind(listener, at({}, 80)), 0);
    ASSERT_EQ(server.listen(listener, 1), 0);
    std::vector<Stream> streams;
    int established = 0;
    for (int i = 0; i < 6; ++i) {
        streams.push_back(client.stream());
        const auto reply = client.ask(control::Connect{.socket = streams.back().key,
                                                       .address = at(server.address(), 80),
                                                       .patience = milliseconds{100}});
        if (reply.error == 0) ++established;
    }
    EXPECT_GE(established, 2);
    EXPECT_LE(established, 3);
    // When one is accepted, there is room for the next.
    const Stream accepted = server.accept(listener);
    const Stream next = server.accept(listener);
    EXPECT_EQ(client.connect(client.stream(), at(server.address(), 80)), 0);
}

TEST(NetdListeners, reset_what_waits_when_they_are_closed) {
    const Running running;
    Supervisor server{running, "server"};
    Supervisor client{running, "client"};
    Stream listener = server.stream();
    ASSERT_EQ(server.bind(listener, at({}, 80)), 0);
    ASSERT_EQ(server.listen(listener, 5), 0);
    const Stream left = client.stream();
    ASSERT_EQ(client.connect(left, at(server.address(), 80)), 0);
    wait_for(listener.fd(), POLLIN);
    listener.close();
    EXPECT_EQ(read_end(left.fd()), ECONNRESET);
}

TEST(Netd, ends_when_nobody_is_left) {
    Running running{Settings{.folder = {}, .network = {}, .msl = milliseconds{1}, .seed = {}}};
    {
        const Connected c{running};
        write_all(c.left.fd(), "last words");
        EXPECT_EQ(read_some(c.right.fd(), 10), "last words");
    }
    running.join();
    EXPECT_FALSE(std::filesystem::exists(running.folder() / run::socket_name));
}

}  // namespace
}  // namespace handfast::netd::test
