// Urgent octets of programs' streams: AF_UNIX's own on both ends.
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cerrno>
#include <gtest/gtest.h>
#include <sched.h>

#include "unit/netd/rig.hpp"

namespace handfast::netd::test {
namespace {

void send_urgent(int fd, std::string_view text) {
    ASSERT_EQ(::send(fd, text.data(), text.size(), MSG_OOB), static_cast<ssize_t>(text.size()));
}

// 0: there is none.
char take_urgent(int fd) {
    char octet = 0;
    return ::recv(fd, &octet, 1, MSG_OOB) == 1 ? octet : '\0';
}

bool is_at_mark(int fd) {
    int yes = 0;
    EXPECT_EQ(::ioctl(fd, SIOCATMARK, &yes), 0);
    return yes != 0;
}

// Text that was written at once may come in parts, but none that crosses the mark.
std::string read_to_mark(int fd, std::size_t most) {
    std::string text;
    while (text.size() < most && !is_at_mark(fd)) text += read_some(fd, 1);
    return text;
}

TEST(NetdUrgent, comes_out_of_line_with_the_text_around_it__rfc9293_3_8_5) {
    const Running running;
    const Connected c{running};
    send_urgent(c.left.fd(), "before!");
    write_all(c.left.fd(), "after");
    wait_for(c.right.fd(), POLLPRI);
    EXPECT_EQ(read_to_mark(c.right.fd(), 7), "before");
    EXPECT_EQ(take_urgent(c.right.fd()), '!');
    EXPECT_EQ(read_some(c.right.fd(), 5), "after");
}

TEST(NetdUrgent, that_nobody_takes_is_passed_over) {
    const Running running;
    const Connected c{running};
    send_urgent(c.left.fd(), "before!");
    write_all(c.left.fd(), "after");
    EXPECT_EQ(read_some(c.right.fd(), 11), "beforeafter");
}

TEST(NetdUrgent, may_be_read_in_line) {
    const Running running;
    const Connected c{running};
    const int yes = 1;
    ASSERT_EQ(::setsockopt(c.right.fd(), SOL_SOCKET, SO_OOBINLINE, &yes, sizeof yes), 0);
    send_urgent(c.left.fd(), "before!");
    write_all(c.left.fd(), "after");
    EXPECT_EQ(read_some(c.right.fd(), 12), "before!after");
}

TEST(NetdUrgent, comes_one_after_another) {
    const Running running;
    Connected c{running};
    ASSERT_EQ(c.client.set_option(c.left, IPPROTO_TCP, TCP_NODELAY, 1), 0);
    for (int i = 0; i < 20; ++i) {
        const std::string text(static_cast<std::size_t>(i) * 1000, 'x');
        const char octet = static_cast<char>('a' + i);
        send_urgent(c.left.fd(), text + octet);
        wait_for(c.right.fd(), POLLPRI);
        ASSERT_EQ(read_to_mark(c.right.fd(), text.size() + 1).size(), text.size());
        ASSERT_EQ(take_urgent(c.right.fd()), octet);
        write_all(c.right.fd(), "y");
        ASSERT_EQ(read_some(c.left.fd(), 1), "y");
    }
}

TEST(NetdUrgent, lets_much_text_behind_it_through) {
    const Running running;
    const Connected c{running};
    const std::string text(3'000'000, 't');
    std::thread writer{[&] {
        send_urgent(c.left.fd(), "!");
        write_all(c.left.fd(), text);
        ::shutdown(c.left.fd(), SHUT_WR);
    }};
    EXPECT_EQ(read_some(c.right.fd(), text.size() + 1).size(), text.size());
    writer.join();
    EXPECT_EQ(read_end(c.right.fd()), 0);
}

TEST(NetdUrgent, alone_before_the_end_of_the_stream_comes_too) {
    const Running running;
    const Connected c{running};
    send_urgent(c.left.fd(), "!");
    ::shutdown(c.left.fd(), SHUT_WR);
    wait_for(c.right.fd(), POLLPRI);
    EXPECT_EQ(take_urgent(c.right.fd()), '!');
    EXPECT_EQ(read_end(c.right.fd()), 0);
}

TEST(NetdUrgent, leaves_a_reset_to_be_seen) {
    const Running running;
    Connected c{running};
    send_urgent(c.left.fd(), "!");
    wait_for(c.right.fd(), POLLPRI);
    EXPECT_EQ(take_urgent(c.right.fd()), '!');
    write_all(c.left.fd(), "nobody reads this");
    // poll(2) of AF_UNIX shows the place of an urgent octet as something to read.
    for (int there = 0; there == 0; ::ioctl(c.right.fd(), FIONREAD, &there)) ::sched_yield();
    c.right.close();
    EXPECT_EQ(read_end(c.left.fd()), ECONNRESET);
}

}  // namespace
}  // namespace handfast::netd::test
