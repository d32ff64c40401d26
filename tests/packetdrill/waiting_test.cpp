// Calls that wait on a second thread, and the hand-over of the clock: a call ends at the virtual
// moment at which it could go on, whatever the two threads do meanwhile.
#include <sys/syscall.h>

#include <array>
#include <atomic>
#include <fstream>
#include <functional>
#include <gtest/gtest.h>
#include <string>
#include <thread>
#include <unistd.h>

#include "host/host.hpp"

namespace handfast::packetdrill {

namespace {

using Interface = packetdrill_interface;
using std::chrono::milliseconds;

// A call on a thread of its own, and what time it is when it has ended.
class Waiting {
public:
    Waiting(Host& host, std::function<long()> call)
        : thread_{[this, &host, call = std::move(call)] {
              id_ = static_cast<int>(::syscall(SYS_gettid));
              result_ = call();
              ended_ = host.now();
              done_ = true;
          }} {
        // As packetdrill does: on with the script when the other thread sleeps.
        while (!done_ && !sleeps()) std::this_thread::yield();
    }
    Waiting(const Waiting&) = delete;
    Waiting& operator=(const Waiting&) = delete;
    ~Waiting() {
        if (thread_.joinable()) thread_.join();
    }

    [[nodiscard]] bool waits() const { return !done_; }
    long result() {
        thread_.join();
        return result_;
    }
    [[nodiscard]] long long ended() const { return ended_; }

private:
    [[nodiscard]] bool sleeps() const {
        if (id_ == 0) return false;
        std::ifstream file{"/proc/self/task/" + std::to_string(id_) + "/stat"};
        std::string line;
        std::getline(file, line);
        return line.find(") S ") != std::string::npos;
    }

    std::atomic<int> id_{0};
    std::atomic<bool> done_{false};
    long result_{0};
    long long ended_{0};
    std::thread thread_;
};

TEST(PacketdrillWaiting, read_ends_when_text_comes) {
    Host host{"ip=4"};
    const Fd fd = host.accepted();
    Waiting read{host, [&] { return host.read(fd, 100); }};
    EXPECT_TRUE(read.waits());
    host.pass(milliseconds{200});
    const long long at = host.now();
    host.in("P. 1:11(10) ack 1");
    host.pass(milliseconds{500});
    EXPECT_EQ(read.result(), 10);
    EXPECT_LE(read.ended(), at + 10);
    EXPECT_EQ(host.close(fd), 0);
}

TEST(PacketdrillWaiting, accept_ends_when_a_handshake_does) {
    Host host{"ip=4"};
    const Fd listener = host.listener();
    Waiting accept{host, [&] { return host.call(&Interface::accept, listener, nullptr, nullptr); }};
    host.in("S 0:0(0) win 65535 <mss 1000>");
    host.out("S. 0:0(0) ack 1");
    EXPECT_TRUE(accept.waits());
    host.in(". 1:1(0) ack 1");
    const auto fd = static_cast<Fd>(accept.result());
    EXPECT_GE(fd, 0);
    EXPECT_EQ(host.close(fd), 0);
    EXPECT_EQ(host.close(listener), 0);
}

TEST(PacketdrillWaiting, connect_ends_with_its_connection_or_its_error) {
    Host host{"ip=4"};
    const Fd fd = host.socket(AF_INET, SOCK_STREAM);
    const sockaddr_in peer = address_of(peer_endpoint());
    const auto connect = [&] {
        return host.call(
            &Interface::connect, fd, reinterpret_cast<const sockaddr*>(&peer), sizeof peer);
    };
    {
        Waiting refused{host, connect};
        host.out("S 0:0(0)");
        host.in("R. 0:0(0) ack 1");
        EXPECT_EQ(refused.result(), -ECONNREFUSED);
    }
    Waiting accepted{host, connect};
    host.out("S 0:0(0)");
    host.in("S. 0:0(0) ack 1 win 65535 <mss 1000>");
    EXPECT_EQ(accepted.result(), 0);
    EXPECT_EQ(host.close(fd), 0);
}

TEST(PacketdrillWaiting, write_ends_when_all_was_taken) {
    Host host{"ip=4"};
    const Fd fd = host.accepted();
    constexpr int size = 10'000;
    EXPECT_EQ(host.call(&Interface::setsockopt, fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size), 0);
    Waiting write{host, [&] { return host.write(fd, 30'000); }};
    EXPECT_TRUE(write.waits());
    host.in(". 1:1(0) ack 10001");
    host.in(". 1:1(0) ack 20001");
    host.in(". 1:1(0) ack 30001");
    EXPECT_EQ(write.result(), 30'000);
    EXPECT_EQ(host.close(fd), 0);
}

TEST(PacketdrillWaiting, all_that_was_asked_for_is_waited_for) {
    Host host{"ip=4"};
    const Fd fd = host.accepted();
    std::array<std::byte, 20> text{};
    Waiting read{host, [&] {
                     return host.call(&Interface::recv, fd, text.data(), text.size(), MSG_WAITALL);
                 }};
    host.in("P. 1:11(10) ack 1");
    EXPECT_TRUE(read.waits());
    host.in("P. 11:21(10) ack 1");
    EXPECT_EQ(read.result(), 20);
    EXPECT_EQ(host.close(fd), 0);
}

TEST(PacketdrillWaiting, poll_and_epoll_end_at_the_event) {
    Host host{"ip=4"};
    const Fd fd = host.accepted();
    const auto epoll = static_cast<Fd>(host.call(&Interface::epoll_create, 1));
    epoll_event event{.events = EPOLLIN, .data = {}};
    EXPECT_EQ(host.call(&Interface::epoll_ctl, epoll, EPOLL_CTL_ADD, fd, &event), 0);
    pollfd one{.fd = fd, .events = POLLIN, .revents = 0};
    Waiting poll{host, [&] { return host.call(&Interface::poll, &one, 1, -1); }};
    Waiting wait{host, [&] { return host.call(&Interface::epoll_wait, epoll, &event, 1, 5000); }};
    host.in("P. 1:11(10) ack 1");
    host.pass(milliseconds{1});
    EXPECT_EQ(poll.result(), 1);
    EXPECT_EQ(wait.result(), 1);
    EXPECT_EQ(host.close(epoll), 0);
    EXPECT_EQ(host.close(fd), 0);
}

TEST(PacketdrillWaiting, a_timeout_ends_at_its_moment_while_the_other_thread_sleeps) {
    Host host{"ip=4"};
    const Fd fd = host.accepted();
    const timeval limit{.tv_sec = 1, .tv_usec = 0};
    EXPECT_EQ(host.call(&Interface::setsockopt, fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit),
              0);
    const long long before = host.now();
    Waiting read{host, [&] { return host.read(fd, 10); }};
    host.pass(std::chrono::seconds{10});
    EXPECT_EQ(read.result(), -EAGAIN);
    EXPECT_NEAR(static_cast<double>(read.ended() - before), 1e6, 10);
    EXPECT_EQ(host.close(fd), 0);
}

TEST(PacketdrillWaiting, moves_the_clock_by_itself_when_nobody_else_does) {
    Host host{"ip=4"};
    const Fd fd = host.accepted();
    pollfd one{.fd = fd, .events = POLLIN, .revents = 0};
    const long long before = host.now();
    Waiting poll{host, [&] { return host.call(&Interface::poll, &one, 1, 2000); }};
    EXPECT_EQ(poll.result(), 0);  // nothing of the main thread's: it waits for the call
    EXPECT_NEAR(static_cast<double>(poll.ended() - before), 2e6, 10);
    EXPECT_EQ(host.close(fd), 0);
}

TEST(PacketdrillWaiting, close_lingers_until_the_peer_has_everything) {
    Host host{"ip=4"};
    const Fd fd = host.accepted();
    const linger ten_seconds{.l_onoff = 1, .l_linger = 10};
    EXPECT_EQ(
        host.call(
            &Interface::setsockopt, fd, SOL_SOCKET, SO_LINGER, &ten_seconds, sizeof ten_seconds),
        0);
    Waiting close{host, [&] { return host.close(fd); }};
    host.out("F. 1:1(0) ack 1");
    host.pass(milliseconds{50});
    const long long at = host.now();
    host.in(". 1:1(0) ack 2");
    EXPECT_EQ(close.result(), 0);
    EXPECT_LE(close.ended(), at + 10);
}

}  // namespace

}  // namespace handfast::packetdrill
