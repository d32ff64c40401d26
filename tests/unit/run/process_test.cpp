#include "host/run/process.hpp"

#include <array>
#include <cerrno>
#include <climits>
#include <cstring>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace handfast::run {
namespace {

using berkeley::Errno;

TEST(SignalState, is_read_from_the_status_of_a_thread) {
    const auto state = parse_signal_state(
        "Name:\tpython3\nTgid:\t4711\nPid:\t4712\nThreads:\t3\nSigQ:\t1/100\n"
        "SigPnd:\t0000000000000200\nShdPnd:\t0000000000000800\nSigBlk:\t0000000000000001\n"
        "SigIgn:\t0000000001001000\nSigCgt:\t0000000000000002\n");
    ASSERT_TRUE(state);
    EXPECT_EQ(state->process, 4711);
    EXPECT_EQ(state->threads, 3);
    EXPECT_EQ(state->thread_pending, 0x200U);
    EXPECT_EQ(state->process_pending, 0x800U);
    EXPECT_EQ(state->blocked, 1U);
    EXPECT_EQ(state->ignored, 0x1001000U);
}

TEST(SignalState, is_unknown_of_a_thread_that_is_gone) {
    EXPECT_EQ(parse_signal_state(""), std::nullopt);
}

TEST(Memory, is_read_and_written) {
    std::array<char, 6> text{"there"};
    const Memory memory{::getpid()};
    std::array<std::byte, 5> copy{};
    ASSERT_TRUE(memory.read(reinterpret_cast<std::uint64_t>(text.data()), copy));
    EXPECT_EQ(std::memcmp(copy.data(), "there", 5), 0);
    ASSERT_TRUE(memory.store(reinterpret_cast<std::uint64_t>(text.data()), 'T'));
    EXPECT_STREQ(text.data(), "There");
}

TEST(Memory, is_not_at_address_zero) {
    const auto value = Memory{::getpid()}.load<int>(0);
    ASSERT_FALSE(value);
    EXPECT_EQ(value.error(), Errno::bad_address);
}

TEST(Memory, that_may_not_be_written_is_not_written) {
    const char* const text = "constant";
    const auto done = Memory{::getpid()}.store(reinterpret_cast<std::uint64_t>(text), 'C');
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error(), Errno::bad_address);
}

TEST(Processes, gives_a_duplicate_of_a_descriptor) {
    std::array<int, 2> pipe{};
    ASSERT_EQ(::pipe2(pipe.data(), O_CLOEXEC), 0);
    const link::FileDescriptor in{pipe[0]};
    const link::FileDescriptor out{pipe[1]};
    Processes processes;
    const auto duplicate = processes.descriptor(::gettid(), out.get());
    ASSERT_TRUE(duplicate);
    EXPECT_NE(duplicate->get(), out.get());
    char octet = 0;
    EXPECT_EQ(::write(duplicate->get(), "x", 1), 1);
    EXPECT_EQ(::read(in.get(), &octet, 1), 1);
}

TEST(Processes, says_which_descriptors_there_are_not) {
    Processes processes;
    const auto none = processes.descriptor(::gettid(), INT_MAX);
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error(), Errno::bad_file_descriptor);
    EXPECT_TRUE(processes.reachable(::gettid()));
}

TEST(Processes, tells_what_is_closed_by_execve) {
    const link::FileDescriptor closed{::open("/dev/null", O_RDONLY | O_CLOEXEC)};
    const link::FileDescriptor kept{::open("/dev/null", O_RDONLY)};
    EXPECT_TRUE(closes_on_exec(::getpid(), closed.get()));
    EXPECT_FALSE(closes_on_exec(::getpid(), kept.get()));
}

}  // namespace
}  // namespace handfast::run
