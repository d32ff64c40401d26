#include "host/run/launcher.hpp"

#include <sys/poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <fcntl.h>
#include <fmt/format.h>
#include <optional>
#include <unistd.h>
#include <utility>

#include "host/run/supervisor.hpp"

namespace handfast::run {

namespace {

using link::FileDescriptor;

// What is sent to the launcher is meant for the program. Job control stays the kernel's: the
// terminal stops both.
sigset_t forwarded() {
    sigset_t set{};
    ::sigfillset(&set);
    for (const int own : {SIGCHLD,
                          SIGTSTP,
                          SIGTTIN,
                          SIGTTOU,
                          SIGSEGV,
                          SIGBUS,
                          SIGFPE,
                          SIGILL,
                          SIGTRAP,
                          SIGABRT,
                          SIGSYS})
        ::sigdelset(&set, own);
    return set;
}

// ---- The supervisor's process -------------------------------------------------------------------

// Nothing of the caller's stays open here: who waits for the end of a pipe would wait for us.
void keep_only(std::vector<int> files) {
    std::ranges::sort(files);
    unsigned next = 0;
    for (const int file : files) {
        const auto number = static_cast<unsigned>(file);
        if (number > next) ::close_range(next, number - 1, 0);
        next = std::max(next, number + 1);
    }
    ::close_range(next, ~0U, 0);
}

// Standard error is kept until the program ends.
void leave_the_caller() {
    const FileDescriptor nowhere{::open("/dev/null", O_RDWR | O_CLOEXEC)};
    ::dup2(nowhere.get(), STDIN_FILENO);
    ::dup2(nowhere.get(), STDOUT_FILENO);
    ::setsid();  // the terminal's signals are not for us
    if (::chdir("/") != 0) return;
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
}

struct Ends {
    FileDescriptor launcher;  // pidfd
    FileDescriptor status;
};

link::Result<void> supervise(Launch launch, FilterProgram filter, const sigset_t& mask, Ends ends) {
    ::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    auto program = start(launch.command, filter, mask);
    if (!program) return std::unexpected{program.error()};
    static_cast<void>(::write(ends.status.get(), &program->pid, sizeof program->pid));
    if (!program->listener) {  // it has said why
        int status = 0;
        ::waitpid(program->pid, &status, 0);
        static_cast<void>(::write(ends.status.get(), &status, sizeof status));
        return {};
    }
    leave_the_caller();
    keep_only({STDIN_FILENO,
               STDOUT_FILENO,
               STDERR_FILENO,
               launch.daemon.descriptor(),
               launch.folder.get(),
               ends.launcher.get(),
               ends.status.get(),
               program->listener.get()});
    return Supervisor::run({.daemon = std::move(launch.daemon),
                            .network_key = launch.network_key,
                            .folder = std::move(launch.folder),
                            .launcher = std::move(ends.launcher),
                            .status = std::move(ends.status),
                            .program = std::move(*program)});
}

// ---- The launcher's process ---------------------------------------------------------------------

// What the program was killed by kills us too: the caller's shell sees the same. One dump of a core
// is enough.
int end_as(int status) {
    if (!WIFSIGNALED(status)) return WEXITSTATUS(status);
    const int signal = WTERMSIG(status);
    ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    ::signal(signal, SIG_DFL);
    sigset_t set{};
    ::sigemptyset(&set);
    ::sigaddset(&set, signal);
    ::raise(signal);
    ::pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
    return 128 + signal;
}

void forward(int signals, pid_t program) {
    signalfd_siginfo signal{};
    if (::read(signals, &signal, sizeof signal) != sizeof signal) return;
    // The terminal sends its signals to the whole group, and the program is in it.
    if (signal.ssi_code == SI_KERNEL) return;
    ::kill(program, static_cast<int>(signal.ssi_signo));
}

// The program's status; nothing: the supervisor was killed.
std::optional<int> wait_for(const FileDescriptor& status, int signals, pid_t program) {
    std::array<pollfd, 2> files{{{.fd = status.get(), .events = POLLIN, .revents = 0},
                                 {.fd = signals, .events = POLLIN, .revents = 0}}};
    for (;;) {
        if (::poll(files.data(), files.size(), -1) < 0) continue;
        if (files[1].revents != 0) forward(signals, program);
        if (files[0].revents == 0) continue;
        int value = 0;
        if (::read(status.get(), &value, sizeof value) == sizeof value) return value;
        return std::nullopt;
    }
}

link::Result<int> attend(pid_t supervisor, const FileDescriptor& status, const sigset_t& signals) {
    const FileDescriptor signal_file{::signalfd(-1, &signals, SFD_CLOEXEC)};
    if (!signal_file) return link::fail("wait for signals", "");
    pid_t program = 0;
    if (::read(status.get(), &program, sizeof program) != sizeof program)
        return cannot_start;  // the supervisor has said why
    const auto value = wait_for(status, signal_file.get(), program);
    if (value) return end_as(*value);
    // First all that it had open is closed: netd is to see its end before the program's, which is
    // no end of a stream.
    ::waitpid(supervisor, nullptr, 0);
    ::kill(program, SIGKILL);
    return std::unexpected{link::Failure{.error = std::errc::owner_dead,
                                         .text = "the program's supervisor was killed"}};
}

}  // namespace

link::Result<int> launch(Launch launch) {
    auto filter = build_filter();
    if (!filter) return std::unexpected{filter.error()};
    std::array<int, 2> pipe{};
    if (::pipe2(pipe.data(), O_CLOEXEC) != 0) return link::fail("make a pipe", "");
    FileDescriptor status{pipe[0]};
    FileDescriptor report{pipe[1]};
    FileDescriptor self{static_cast<int>(::syscall(SYS_pidfd_open, ::getpid(), 0))};
    if (!self) return link::fail("name this process", "Linux 5.3 or later is needed");
    sigset_t mask{};
    const sigset_t signals = forwarded();
    ::pthread_sigmask(SIG_BLOCK, &signals, &mask);
    const pid_t supervisor = ::fork();
    if (supervisor < 0) return link::fail("start a process", "");
    if (supervisor > 0) {
        report = {};
        self = {};
        // netd must see the supervisor's end, whatever becomes of us.
        {
            const ControlChannel left_to_it{std::move(launch.daemon)};
        }
        return attend(supervisor, status, signals);
    }
    status = {};
    const auto done = supervise(std::move(launch),
                                std::move(*filter),
                                mask,
                                {.launcher = std::move(self), .status = std::move(report)});
    if (!done) fmt::print(stderr, "handfast: {}\n", done.error().text);
    ::_exit(0);
}

}  // namespace handfast::run
