#include "host/run/supervisor.hpp"

#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/wait.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <spdlog/spdlog.h>
#include <unistd.h>
#include <utility>

#include "host/run/calls/verbs.hpp"
#include "host/run/listeners.hpp"
#include "host/runtime/clock.hpp"

namespace handfast::run {

namespace {

using link::FileDescriptor;

FileDescriptor watch_children() {
    sigset_t set{};
    ::sigemptyset(&set);
    ::sigaddset(&set, SIGCHLD);
    ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
    return FileDescriptor{::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK)};
}

// Whoever reads what the program writes waits for the end of all who hold that descriptor.
void leave_standard_error() {
    const FileDescriptor nowhere{::open("/dev/null", O_RDWR | O_CLOEXEC)};
    ::dup2(nowhere.get(), STDERR_FILENO);
}

}  // namespace

link::Result<void> Supervisor::run(Parts parts) {
    FileDescriptor epoll{::epoll_create1(EPOLL_CLOEXEC)};
    if (!epoll) return link::fail("make an epoll descriptor", "");
    auto meeting = Meeting::open(parts.folder.get());
    if (!meeting) {
        errno = static_cast<int>(meeting.error());
        return link::fail("make a socket in the network's folder", "");
    }
    Supervisor supervisor{std::move(parts), std::move(epoll), std::move(*meeting)};
    supervisor.loop();
    return {};
}

Supervisor::Supervisor(Parts parts, FileDescriptor epoll, Meeting meeting)
    : epoll_{std::move(epoll)},
      notifications_{std::move(parts.program.listener)},
      services_{.network_key = parts.network_key,
                .folder = std::move(parts.folder),
                .daemon = DaemonLink{std::move(parts.daemon)},
                .told = ToldBefore{Generations::open(services_.folder.get())},
                .parking = Parking{epoll_.get()},
                .meeting = std::move(meeting),
                .processes = {},
                .far_ends = {},
                .spilled = {}},
      children_{watch_children()},
      launcher_{std::move(parts.launcher)},
      status_{std::move(parts.status)},
      program_{parts.program.pid} {
    watch(notifications_.descriptor(), Source::calls);
    watch(services_.daemon.descriptor(), Source::daemon);
    watch(children_.get(), Source::children);
    watch(launcher_.get(), Source::launcher);
}

void Supervisor::watch(int file, Source source) const {
    epoll_event event{.events = EPOLLIN, .data = {.u64 = std::to_underlying(source)}};
    static_cast<void>(::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, file, &event));
}

void Supervisor::loop() {
    reap();  // it may have ended before the signal was watched
    std::array<epoll_event, 64> events{};
    while (!childless_) {
        const int count =
            ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), patience());
        for (int i = 0; i < count; ++i) {
            const epoll_event& event = events[static_cast<std::size_t>(i)];
            handle(event.data.u64, event.events);
        }
        services_.parking.look(runtime::now());
        watch_daemon();
    }
    services_.daemon.take_leave();
}

// Milliseconds until somebody who waits is to be looked at; -1: nobody waits.
int Supervisor::patience() const {
    const auto next = services_.parking.next_look();
    if (!next) return -1;
    const auto rest = std::chrono::ceil<milliseconds>(*next - runtime::now()).count();
    return static_cast<int>(std::clamp<std::int64_t>(rest, 0, 60'000));
}

void Supervisor::handle(std::uint64_t tag, std::uint32_t events) {
    if (tag > Parking::first_ticket) return services_.parking.ready(Parking::Ticket{tag});
    switch (Source{tag}) {
        case Source::calls:
            if ((events & EPOLLIN) != 0) return serve_call();
            // The last process under the filter is gone; those who were never under it may live.
            ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, notifications_.descriptor(), nullptr);
            return;
        case Source::daemon:
            return services_.daemon.serve();
        case Source::children:
            return reap();
        case Source::launcher:
            return launcher_ended();
    }
}

void Supervisor::serve_call() {
    const auto what = notifications_.receive();
    if (!what) return;
    Call call{notifications_, *what};
    const auto verb = calls::verb_of(call.number());
    if (verb == nullptr) return call.carry_on();
    verb(std::move(call), services_);
}

void Supervisor::watch_daemon() {
    std::uint32_t wanted = services_.daemon.alive() ? std::uint32_t{EPOLLIN} : 0U;
    if (services_.daemon.waiting()) wanted |= EPOLLOUT;
    if (wanted == daemon_events_) return;
    daemon_events_ = wanted;
    epoll_event event{.events = wanted, .data = {.u64 = std::to_underlying(Source::daemon)}};
    const int what = wanted == 0 ? EPOLL_CTL_DEL : EPOLL_CTL_MOD;
    static_cast<void>(::epoll_ctl(epoll_.get(), what, services_.daemon.descriptor(), &event));
    if (wanted == 0) daemon_is_gone();
}

void Supervisor::daemon_is_gone() {
    spdlog::warn("the network's daemon is gone: calls fail with ENETDOWN");
    services_.parking.abandon();
    shut_listeners(services_.processes);
}

// The program's descendants come to be our children when their parents end.
void Supervisor::reap() {
    std::array<signalfd_siginfo, 8> signals{};
    while (::read(children_.get(), signals.data(), sizeof signals) > 0) {
    }
    for (;;) {
        int status = 0;
        const pid_t pid = ::waitpid(-1, &status, WNOHANG);
        if (pid == 0) return;
        if (pid < 0) {
            childless_ = errno == ECHILD;
            return;
        }
        if (pid == program_) program_ended(status);
    }
}

void Supervisor::program_ended(int status) {
    program_ = 0;
    launcher_ = {};
    static_cast<void>(::write(status_.get(), &status, sizeof status));
    status_ = {};
    leave_standard_error();
}

// Killed, since it waits for us else. What it was asked to end must end.
void Supervisor::launcher_ended() {
    launcher_ = {};
    if (program_ != 0) ::kill(program_, SIGKILL);
}

}  // namespace handfast::run
