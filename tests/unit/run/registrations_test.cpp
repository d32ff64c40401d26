#include "host/run/registrations.hpp"

#include <sys/socket.h>

#include <array>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace handfast::run {
namespace {

using link::FileDescriptor;

struct Ends {
    FileDescriptor left;
    FileDescriptor right;
};

Ends ends() {
    std::array<int, 2> pair{};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair.data()), 0);
    return {.left = FileDescriptor{pair[0]}, .right = FileDescriptor{pair[1]}};
}

void register_in(int epoll, int number, std::uint32_t events, std::uint64_t data) {
    epoll_event event{.events = events, .data = {.u64 = data}};
    ASSERT_EQ(::epoll_ctl(epoll, EPOLL_CTL_ADD, number, &event), 0);
}

TEST(Registrations, are_those_of_the_file_that_takes_the_number) {
    const FileDescriptor epoll{::epoll_create1(EPOLL_CLOEXEC)};
    const FileDescriptor other{::epoll_create1(EPOLL_CLOEXEC)};
    Ends old = ends();
    Ends fresh = ends();
    const int number = old.left.get();
    register_in(epoll.get(), number, EPOLLIN | EPOLLET, 0x123456789abcdef0);
    register_in(other.get(), fresh.left.get(), EPOLLIN, 2);

    Processes processes;
    const auto kept = Registrations::of(::gettid(), number, number, processes);
    kept.remove(number);
    const FileDescriptor lives_on{::fcntl(number, F_DUPFD_CLOEXEC, 0)};
    ASSERT_EQ(::dup3(fresh.left.get(), number, O_CLOEXEC), number);
    kept.add(fresh.left.get());

    ASSERT_EQ(::write(old.right.get(), "x", 1), 1);
    std::array<epoll_event, 4> events{};
    EXPECT_EQ(::epoll_wait(epoll.get(), events.data(), 4, 0), 0);
    ASSERT_EQ(::write(fresh.right.get(), "x", 1), 1);
    ASSERT_EQ(::epoll_wait(epoll.get(), events.data(), 4, 0), 1);
    const std::uint64_t said = events[0].data.u64;  // epoll_event is packed
    EXPECT_EQ(said, 0x123456789abcdef0U);
    EXPECT_EQ(::epoll_wait(epoll.get(), events.data(), 4, 0), 0);  // by edges, still
    // Known by its number, as the program knows it.
    epoll_event changed{.events = EPOLLOUT, .data = {.u64 = 3}};
    EXPECT_EQ(::epoll_ctl(epoll.get(), EPOLL_CTL_MOD, number, &changed), 0);
}

TEST(Registrations, leave_what_else_has_the_number_here_alone) {
    const FileDescriptor epoll{::epoll_create1(EPOLL_CLOEXEC)};
    Ends registered = ends();
    Ends fresh = ends();
    const int number = registered.left.get();
    register_in(epoll.get(), number, EPOLLIN, 1);
    Processes processes;
    const auto kept = Registrations::of(::gettid(), number, number, processes);
    kept.add(fresh.left.get());
    ASSERT_EQ(::write(registered.right.get(), "x", 1), 1);
    std::array<char, 1> octet{};
    EXPECT_EQ(::read(number, octet.data(), 1), 1);
}

}  // namespace
}  // namespace handfast::run
