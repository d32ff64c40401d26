#include "host/run/program.hpp"

#include <sys/socket.h>
#include <sys/syscall.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <fmt/format.h>
#include <system_error>
#include <unistd.h>

namespace handfast::run {

namespace {

using link::FileDescriptor;

void say(const std::string& text) {
    fmt::print(stderr, "handfast: {}\n", text);
    static_cast<void>(std::fflush(stderr));
}

// No notified call may be made between the filter and "go": nobody would answer it.
[[noreturn]] void become(const std::vector<std::string>& command,
                         FilterProgram& filter,
                         const sigset_t& mask,
                         int supervisor) {
    const auto listener = install_filter(filter);
    if (!listener) {
        say(listener.error().text);
        ::_exit(cannot_start);
    }
    const int number = listener->get();
    char go = 0;
    if (::write(supervisor, &number, sizeof number) != sizeof number ||
        ::read(supervisor, &go, 1) != 1) {
        say("the supervisor cannot reach the program: may this user trace its own processes?");
        ::_exit(cannot_start);
    }
    ::pthread_sigmask(SIG_SETMASK, &mask, nullptr);
    execute(command);
}

// The listener, out of the child that has installed it.
FileDescriptor fetch(pid_t child, int number) {
    const FileDescriptor process{static_cast<int>(::syscall(SYS_pidfd_open, child, 0))};
    if (!process) return {};
    return FileDescriptor{static_cast<int>(::syscall(SYS_pidfd_getfd, process.get(), number, 0))};
}

}  // namespace

void execute(const std::vector<std::string>& command) {
    std::vector<char*> words;
    words.reserve(command.size() + 1);
    for (const auto& word : command) words.push_back(const_cast<char*>(word.c_str()));  // NOLINT
    words.push_back(nullptr);
    ::execvp(words.front(), words.data());
    const int error = errno;
    say(fmt::format(
        "cannot run ‘{}’: {}", command.front(), std::generic_category().message(error)));
    ::_exit(error == ENOENT ? no_such_program : cannot_execute);
}

link::Result<Program> start(const std::vector<std::string>& command,
                            FilterProgram& filter,
                            const sigset_t& mask) {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
        return link::fail("make a pair of sockets", "");
    FileDescriptor here{ends[0]};
    FileDescriptor there{ends[1]};
    const pid_t child = ::fork();
    if (child < 0) return link::fail("start a process", "");
    if (child == 0) {
        here = {};
        become(command, filter, mask, there.get());
    }
    there = {};
    int number = -1;
    Program program{.pid = child, .listener = {}};
    if (::read(here.get(), &number, sizeof number) != sizeof number) return program;
    program.listener = fetch(child, number);
    if (program.listener && ::write(here.get(), "!", 1) != 1) program.listener = {};
    return program;
}

}  // namespace handfast::run
