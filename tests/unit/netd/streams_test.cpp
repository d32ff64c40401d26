// Programs' streams: what read, write, poll and close of a real descriptor see of TCP.
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <gtest/gtest.h>
#include <sched.h>

#include "unit/netd/rig.hpp"

namespace handfast::netd::test {
namespace {

using Whose = control::GetName::Whose;

TEST(NetdStreams, carry_octets_both_ways) {
    const Running running;
    Connected c{running};
    write_all(c.left.fd(), "hello");
    EXPECT_EQ(read_some(c.right.fd(), 5), "hello");
    write_all(c.right.fd(), "h");
    EXPECT_EQ(read_some(c.left.fd(), 1), "h");
    // Else Nagle's algorithm and a delayed acknowledgment wait for each other.
    ASSERT_EQ(c.client.set_option(c.left, IPPROTO_TCP, TCP_NODELAY, 1), 0);
    for (int i = 0; i < 100; ++i) {
        const std::string text = std::to_string(i);
        write_all(c.left.fd(), text);
        ASSERT_EQ(read_some(c.right.fd(), text.size()), text);
    }
}

TEST(NetdStreams, have_the_names_of_their_connection) {
    const Running running;
    Connected c{running};
    const auto left = c.client.name(c.left, Whose::own);
    const auto right = c.server.name(c.right, Whose::peer);
    ASSERT_TRUE(left && right);
    EXPECT_EQ(*left, *right);
    EXPECT_EQ(left->address, c.client.address());
    EXPECT_EQ(c.client.name(c.left, Whose::peer), at(c.server.address(), 80));
    EXPECT_EQ(c.server.name(c.right, Whose::own), at(c.server.address(), 80));
}

TEST(NetdStreams, reach_the_same_host_by_its_loopback) {
    const Running running;
    Supervisor supervisor{running, ""};
    const Stream listener = supervisor.stream();
    const auto address = at(wire::IpAddress::v4(127, 0, 0, 1), 8080);
    ASSERT_EQ(supervisor.bind(listener, address), 0);
    ASSERT_EQ(supervisor.listen(listener, 5), 0);
    const Stream left = supervisor.stream();
    ASSERT_EQ(supervisor.connect(left, address), 0);
    const Stream right = supervisor.accept(listener);
    write_all(right.fd(), "loop");
    EXPECT_EQ(read_some(left.fd(), 4), "loop");
}

TEST(NetdStreams, end_in_one_direction_and_go_on_in_the_other) {
    const Running running;
    const Connected c{running};
    write_all(c.left.fd(), "question");
    ASSERT_EQ(::shutdown(c.left.fd(), SHUT_WR), 0);
    EXPECT_EQ(read_some(c.right.fd(), 100), "question");
    EXPECT_EQ(look(c.right.fd()), POLLIN | POLLOUT | POLLRDHUP);
    write_all(c.right.fd(), "answer");
    EXPECT_EQ(read_some(c.left.fd(), 6), "answer");
    ASSERT_EQ(::shutdown(c.right.fd(), SHUT_WR), 0);
    EXPECT_EQ(read_end(c.left.fd()), 0);
}

TEST(NetdStreams, that_ended_in_both_directions_show_no_error) {
    const Running running;
    Connected c{running};
    ASSERT_EQ(::shutdown(c.left.fd(), SHUT_WR), 0);
    EXPECT_EQ(read_end(c.right.fd()), 0);
    write_all(c.right.fd(), "last");
    c.right.close();
    // By then netd has let go of its end: hung up means that both directions have ended.
    while ((look(c.left.fd()) & POLLHUP) == 0) std::this_thread::yield();
    while (c.client.holds_sockets("client")) std::this_thread::yield();
    EXPECT_EQ(read_some(c.left.fd(), 4), "last");
    EXPECT_EQ(read_end(c.left.fd()), 0);
    EXPECT_TRUE(c.client.name(c.left, Whose::own).has_value());
}

TEST(NetdStreams, deliver_what_was_written_before_close) {
    const Running running;
    Connected c{running};
    const std::string text(300'000, 'x');
    std::thread writer{[&] {
        write_all(c.left.fd(), text);
        c.left.close();
    }};
    const std::string got = read_some(c.right.fd(), text.size() + 1);
    writer.join();
    EXPECT_TRUE(got == text);
}

TEST(NetdStreams, show_a_reset_when_the_peer_closes_with_unread_octets__rfc9293_3_6_1) {
    const Running running;
    Connected c{running};
    write_all(c.left.fd(), "nobody reads this");
    wait_for(c.right.fd(), POLLIN);
    c.right.close();
    EXPECT_EQ(read_end(c.left.fd()), ECONNRESET);
    EXPECT_EQ(c.client.error_of(c.left), ECONNRESET);
    EXPECT_EQ(c.client.error_of(c.left), 0);
}

TEST(NetdStreams, show_a_reset_by_linger_of_no_time) {
    const Running running;
    Connected c{running};
    const linger none{.l_onoff = 1, .l_linger = 0};
    control::Octets value(sizeof none);
    std::memcpy(value.data(), &none, sizeof none);
    ASSERT_EQ(
        c.server
            .ask(control::SetOption{
                .socket = c.right.key, .level = SOL_SOCKET, .name = SO_LINGER, .value = value})
            .error,
        0);
    write_all(c.right.fd(), "bye");
    EXPECT_EQ(read_some(c.left.fd(), 3), "bye");
    c.right.close();
    wait_for(c.left.fd(), POLLIN);
    EXPECT_EQ(look(c.left.fd()), POLLIN | POLLOUT | POLLERR | POLLHUP | POLLRDHUP);
    EXPECT_EQ(read_end(c.left.fd()), ECONNRESET);
}

TEST(NetdStreams, are_refused_where_nobody_listens_and_may_try_again) {
    const Running running;
    Supervisor server{running, "server"};
    Supervisor client{running, "client"};
    const Stream left = client.stream();
    EXPECT_EQ(client.connect(left, at(server.address(), 80)), ECONNREFUSED);
    const Stream listener = server.stream();
    ASSERT_EQ(server.bind(listener, at({}, 80)), 0);
    ASSERT_EQ(server.listen(listener, 1), 0);
    EXPECT_EQ(client.connect(left, at(server.address(), 80)), 0);
}

TEST(NetdStreams, cannot_leave_the_segment) {
    const Running running;
    Supervisor client{running, "client"};
    const Stream left = client.stream();
    const auto elsewhere = at(wire::IpAddress::v4(203, 0, 113, 1), 80);
    EXPECT_EQ(client.connect(left, elsewhere), ENETUNREACH);
    const Stream datagrams = client.datagram();
    EXPECT_EQ(
        client.ask(control::SendTo{.socket = datagrams.key, .to = elsewhere, .octets = {}}).error,
        ENETUNREACH);
}

TEST(NetdStreams, are_refused_when_the_listener_was_closed) {
    const Running running;
    Supervisor server{running, "server"};
    Supervisor client{running, "client"};
    Stream listener = server.stream();
    ASSERT_EQ(server.bind(listener, at({}, 80)), 0);
    ASSERT_EQ(server.listen(listener, 1), 0);
    listener.close();
    const Stream left = client.stream();
    EXPECT_EQ(client.connect(left, at(server.address(), 80)), ECONNREFUSED);
}

TEST(NetdStreams, that_do_not_wait_become_writable_when_established) {
    const Running running;
    Supervisor server{running, "server"};
    Supervisor client{
        running,
        control::Join{
            .host = "client", .addresses = {}, .options = {{"delay", "30ms"}}, .program = "test"}};
    const Stream listener = server.stream();
    ASSERT_EQ(server.bind(listener, at({}, 80)), 0);
    ASSERT_EQ(server.listen(listener, 1), 0);
    const Stream left = client.stream();
    EXPECT_EQ(look(left.fd()), POLLOUT | POLLHUP);
    ASSERT_EQ(client.start_connecting(left, at(server.address(), 80)), EINPROGRESS);
    EXPECT_EQ(look(left.fd()), 0);
    EXPECT_EQ(wait_for(left.fd(), POLLOUT | POLLIN), POLLOUT);
    EXPECT_EQ(client.error_of(left), 0);
    const Stream right = server.accept(listener);
    write_all(left.fd(), "first");
    EXPECT_EQ(read_some(right.fd(), 5), "first");
    write_all(right.fd(), "second");
    EXPECT_EQ(read_some(left.fd(), 6), "second");
}

// A program writes as soon as there is room, while netd is still making more of it.
TEST(NetdStreams, that_do_not_wait_keep_what_is_written_at_once) {
    const Running running;
    Supervisor server{running, "server"};
    Supervisor client{running, "client"};
    ASSERT_EQ(client.ask(control::SetLink{.host = "client", .options = {{"delay", "1ms"}}}).error,
              0);
    const Stream listener = server.stream();
    ASSERT_EQ(server.bind(listener, at({}, 80)), 0);
    ASSERT_EQ(server.listen(listener, 1), 0);
    for (int i = 0; i < 100; ++i) {
        const Stream left = client.stream();
        ASSERT_EQ(client.start_connecting(left, at(server.address(), 80)), EINPROGRESS);
        while (look(left.fd()) == 0) {
        }
        write_all(left.fd(), "first");
        const Stream right = server.accept(listener);
        EXPECT_EQ(read_some(right.fd(), 5), "first");
    }
}

TEST(NetdStreams, that_do_not_wait_show_a_refusal) {
    const Running running;
    Supervisor server{running, "server"};
    Supervisor client{running, "client"};
    const Stream left = client.stream();
    ASSERT_EQ(client.start_connecting(left, at(server.address(), 80)), EINPROGRESS);
    wait_for(left.fd(), POLLIN);
    // The kernel tells of the end first, and gives the filler's memory back then.
    while ((look(left.fd()) & POLLOUT) == 0) ::sched_yield();
    EXPECT_EQ(look(left.fd()), POLLIN | POLLOUT | POLLERR | POLLHUP | POLLRDHUP);
    EXPECT_EQ(client.error_of(left), ECONNREFUSED);
}

TEST(NetdStreams, that_do_not_wait_are_told_of_a_refusal_by_the_next_connect_too) {
    const Running running;
    Supervisor server{running, "server"};
    Supervisor client{running, "client"};
    const Stream left = client.stream();
    const auto to = at(server.address(), 80);
    ASSERT_EQ(client.start_connecting(left, to), EINPROGRESS);
    wait_for(left.fd(), POLLIN);
    const control::Connect again{.socket = left.key, .address = to, .patience = {}};
    EXPECT_EQ(client.ask(again).error, ECONNREFUSED);
    EXPECT_EQ(client.ask(again).error, ECONNREFUSED);  // a new attempt
}

TEST(NetdStreams, whose_connection_takes_longer_than_their_patience_go_on) {
    const Running running;
    Supervisor server{running, "server"};
    Supervisor client{
        running,
        control::Join{
            .host = "client", .addresses = {}, .options = {{"delay", "50ms"}}, .program = "test"}};
    const Stream listener = server.stream();
    ASSERT_EQ(server.bind(listener, at({}, 80)), 0);
    ASSERT_EQ(server.listen(listener, 1), 0);
    const Stream left = client.stream();
    const auto reply = client.ask(control::Connect{
        .socket = left.key, .address = at(server.address(), 80), .patience = milliseconds{1}});
    EXPECT_EQ(reply.error, EINPROGRESS);
    EXPECT_EQ(client.connect(left, at(server.address(), 80)), 0);
}

TEST(NetdStreams, wait_for_a_slow_reader) {
    const Running running;
    const Connected c{running};
    constexpr std::size_t size = 50'000'000;
    const auto octet_at = [](std::size_t i) { return static_cast<char>(i * 2'654'435'761U >> 13); };
    std::string text(size, '\0');
    for (std::size_t i = 0; i < size; ++i) text[i] = octet_at(i);
    std::thread writer{[&] {
        write_all(c.left.fd(), text);
        ::shutdown(c.left.fd(), SHUT_WR);
    }};
    // Nothing is read until the way is full.
    while ((look(c.left.fd()) & POLLOUT) != 0) std::this_thread::yield();
    std::string got;
    std::size_t step = 1;
    while (got.size() < size) {
        const std::string part = read_some(c.right.fd(), std::min(step, size - got.size()));
        if (part.empty()) break;
        got += part;
        step = std::min<std::size_t>(step * 2, 1'000'000);
    }
    writer.join();
    EXPECT_TRUE(got == text);
    EXPECT_EQ(read_end(c.right.fd()), 0);
}

TEST(NetdStreams, tell_what_is_on_its_way) {
    const Running running;
    Connected c{running};
    write_all(c.left.fd(), "12345");
    wait_for(c.right.fd(), POLLIN);
    const auto reply =
        c.server.ask(control::GetPending{.socket = c.right.key, .request = FIONREAD});
    EXPECT_EQ(reply.error, 0);
    EXPECT_EQ(reply.number, 0);  // all of it lies at the program's own end
}

}  // namespace
}  // namespace handfast::netd::test
