// The process that answers a program's calls, its descendants' too: one thread, which never waits
// but in one epoll.
#pragma once

#include <sys/epoll.h>
#include <sys/types.h>

#include <string>
#include <vector>

#include "host/run/control_channel.hpp"
#include "host/run/notifications.hpp"
#include "host/run/program.hpp"
#include "host/run/services.hpp"

namespace handfast::run {

class Supervisor {
public:
    struct Parts {
        ControlChannel daemon;
        std::uint64_t network_key{0};
        link::FileDescriptor folder;    // of the network
        link::FileDescriptor launcher;  // its pidfd
        link::FileDescriptor status;    // where the program's status is written to
        Program program;
    };

    [[nodiscard]] static link::Result<void> run(Parts parts);

private:
    Supervisor(Parts parts, link::FileDescriptor epoll, Meeting meeting);

    enum class Source : std::uint64_t { calls, daemon, children, launcher };

    void watch(int file, Source source) const;
    void loop();
    void handle(std::uint64_t tag, std::uint32_t events);
    void serve_call();
    void reap();
    void launcher_ended();
    void program_ended(int status);
    void watch_daemon();
    void daemon_is_gone();
    [[nodiscard]] int patience() const;

    link::FileDescriptor epoll_;
    Notifications notifications_;
    Services services_;
    link::FileDescriptor children_;  // a signalfd of SIGCHLD
    link::FileDescriptor launcher_;
    link::FileDescriptor status_;
    pid_t program_;
    std::uint32_t daemon_events_{EPOLLIN};  // what is watched for there
    bool childless_{false};
};

}  // namespace handfast::run
