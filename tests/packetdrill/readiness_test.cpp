// poll and epoll: levels, edges, and timeouts in virtual time.
#include <sys/epoll.h>

#include <array>
#include <gtest/gtest.h>

#include "host/host.hpp"

namespace handfast::packetdrill {

namespace {

using Interface = packetdrill_interface;

struct Ready {
    long count{0};
    short bits{0};
};

Ready poll(Host& host, Fd fd, short events, int timeout_ms) {
    pollfd one{.fd = fd, .events = events, .revents = -1};
    const long count = host.call(&Interface::poll, &one, 1, timeout_ms);
    return {count, one.revents};
}

class Epoll {
public:
    explicit Epoll(Host& host)
        : host_{&host}, fd_{static_cast<Fd>(host.call(&Interface::epoll_create, 1))} {}
    Epoll(const Epoll&) = delete;
    Epoll& operator=(const Epoll&) = delete;
    ~Epoll() { EXPECT_EQ(host_->close(fd_), 0); }

    long control(int operation, Fd fd, std::uint32_t events) {
        epoll_event event{.events = events, .data = {.u64 = static_cast<std::uint64_t>(fd) + 7}};
        return host_->call(&Interface::epoll_ctl, fd_, operation, fd, &event);
    }
    // The bits of the one descriptor that is listed; 0: none.
    std::uint32_t wait(Fd fd, int timeout_ms) {
        std::array<epoll_event, 4> events{};
        const long n = host_->call(&Interface::epoll_wait, fd_, events.data(), 4, timeout_ms);
        EXPECT_LE(n, 1);
        if (n != 1) return 0;
        EXPECT_EQ(events[0].data.u64, static_cast<std::uint64_t>(fd) + 7);
        return events[0].events;
    }
    [[nodiscard]] Fd fd() const { return fd_; }

private:
    Host* host_;
    Fd fd_;
};

TEST(PacketdrillPoll, tells_what_is_asked_and_what_is_wrong) {
    Host host{"ip=4"};
    const Fd fd = host.accepted();
    EXPECT_EQ(poll(host, fd, POLLIN | POLLOUT, 0).bits, POLLOUT);
    host.in("P. 1:11(10) ack 1");
    EXPECT_EQ(poll(host, fd, POLLIN | POLLRDNORM, 0).bits, POLLIN | POLLRDNORM);
    EXPECT_EQ(poll(host, fd, 0, 0).bits, 0);
    host.in("R. 11:11(0) ack 1");
    EXPECT_EQ(poll(host, fd, 0, 0).bits, POLLERR | POLLHUP);
    constexpr Fd none = 9999;
    EXPECT_EQ(poll(host, none, POLLIN, 0).bits, POLLNVAL);
    EXPECT_EQ(poll(host, -1, POLLIN, 0).count, 0);
    EXPECT_EQ(host.close(fd), 0);
}

TEST(PacketdrillPoll, waits_as_long_as_it_was_told_to) {
    Host host{"ip=4"};
    const Fd fd = host.accepted();
    const long long before = host.now();
    EXPECT_EQ(poll(host, fd, POLLIN, 250).count, 0);
    EXPECT_NEAR(static_cast<double>(host.now() - before), 250e3, 10);
    EXPECT_EQ(host.close(fd), 0);
}

TEST(PacketdrillEpoll, lists_again_and_again_what_is_ready) {
    Host host{"ip=4"};
    const Fd fd = host.accepted();
    Epoll epoll{host};
    EXPECT_EQ(epoll.control(EPOLL_CTL_ADD, fd, EPOLLIN), 0);
    EXPECT_EQ(epoll.wait(fd, 0), 0U);
    host.in("P. 1:11(10) ack 1");
    EXPECT_EQ(epoll.wait(fd, 0), EPOLLIN);
    EXPECT_EQ(epoll.wait(fd, 0), EPOLLIN);
    EXPECT_EQ(host.read(fd, 100), 10);
    EXPECT_EQ(epoll.wait(fd, 0), 0U);
    EXPECT_EQ(host.close(fd), 0);
}

TEST(PacketdrillEpoll, lists_an_edge_once) {
    Host host{"ip=4"};
    const Fd fd = host.accepted();
    Epoll epoll{host};
    EXPECT_EQ(epoll.control(EPOLL_CTL_ADD, fd, EPOLLIN | EPOLLET), 0);
    host.in("P. 1:11(10) ack 1");
    EXPECT_EQ(epoll.wait(fd, 0), EPOLLIN);
    EXPECT_EQ(epoll.wait(fd, 0), 0U);
    host.in("P. 11:21(10) ack 1");
    EXPECT_EQ(epoll.wait(fd, 0), EPOLLIN);
    EXPECT_EQ(host.close(fd), 0);
}

TEST(PacketdrillEpoll, falls_silent_after_one_shot_until_it_is_told_again) {
    Host host{"ip=4"};
    const Fd fd = host.accepted();
    Epoll epoll{host};
    EXPECT_EQ(epoll.control(EPOLL_CTL_ADD, fd, EPOLLOUT | EPOLLONESHOT), 0);
    EXPECT_EQ(epoll.wait(fd, 0), EPOLLOUT);
    EXPECT_EQ(epoll.wait(fd, 0), 0U);
    EXPECT_EQ(epoll.control(EPOLL_CTL_MOD, fd, EPOLLOUT), 0);
    EXPECT_EQ(epoll.wait(fd, 0), EPOLLOUT);
    EXPECT_EQ(host.close(fd), 0);
}

TEST(PacketdrillEpoll, waits_as_long_as_it_was_told_to) {
    Host host{"ip=4"};
    const Fd fd = host.accepted();
    Epoll epoll{host};
    EXPECT_EQ(epoll.control(EPOLL_CTL_ADD, fd, EPOLLIN), 0);
    const long long before = host.now();
    EXPECT_EQ(epoll.wait(fd, 250), 0U);
    EXPECT_NEAR(static_cast<double>(host.now() - before), 250e3, 10);
    EXPECT_EQ(host.close(fd), 0);
}

TEST(PacketdrillEpoll, forgets_what_is_closed_or_removed) {
    Host host{"ip=4"};
    const Fd fd = host.accepted();
    Epoll epoll{host};
    EXPECT_EQ(epoll.control(EPOLL_CTL_ADD, fd, EPOLLOUT), 0);
    EXPECT_EQ(epoll.control(EPOLL_CTL_DEL, fd, 0), 0);
    EXPECT_EQ(epoll.wait(fd, 0), 0U);
    EXPECT_EQ(epoll.control(EPOLL_CTL_ADD, fd, EPOLLOUT), 0);
    EXPECT_EQ(host.close(fd), 0);
    EXPECT_EQ(epoll.wait(fd, 0), 0U);
}

TEST(PacketdrillEpoll, names_what_is_wrong) {
    Host host{"ip=4"};
    const Fd fd = host.accepted();
    Epoll epoll{host};
    constexpr Fd none = 9999;
    epoll_event event{};
    EXPECT_EQ(host.call(&Interface::epoll_create, 0), -EINVAL);
    EXPECT_EQ(epoll.control(EPOLL_CTL_ADD, none, 0), -EBADF);
    EXPECT_EQ(epoll.control(EPOLL_CTL_ADD, epoll.fd(), 0), -EINVAL);
    EXPECT_EQ(epoll.control(EPOLL_CTL_MOD, fd, 0), -ENOENT);
    EXPECT_EQ(epoll.control(EPOLL_CTL_DEL, fd, 0), -ENOENT);
    EXPECT_EQ(epoll.control(7, fd, 0), -EINVAL);
    EXPECT_EQ(epoll.control(EPOLL_CTL_ADD, fd, EPOLLIN), 0);
    EXPECT_EQ(epoll.control(EPOLL_CTL_ADD, fd, EPOLLIN), -EEXIST);
    EXPECT_EQ(host.call(&Interface::epoll_ctl, epoll.fd(), EPOLL_CTL_MOD, fd, nullptr), -EFAULT);
    EXPECT_EQ(host.call(&Interface::epoll_wait, epoll.fd(), nullptr, 1, 0), -EFAULT);
    EXPECT_EQ(host.call(&Interface::epoll_wait, epoll.fd(), &event, 0, 0), -EINVAL);
    EXPECT_EQ(host.call(&Interface::epoll_wait, fd, &event, 1, 0), -EINVAL);
    EXPECT_EQ(host.close(fd), 0);
}

}  // namespace

}  // namespace handfast::packetdrill
