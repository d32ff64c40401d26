// Where a program's file is registered in its epolls. Linux keeps that with the open file and its
// number, so that a file which takes the place of another must be registered anew: the program does
// not know that there is a new one.
#pragma once

#include <sys/epoll.h>
#include <sys/types.h>

#include <vector>

#include "host/link/file_descriptor.hpp"
#include "host/run/process.hpp"

namespace handfast::run {

class Registrations {
public:
    // Those of the file that the thread's process has at this number; `file` is a duplicate of it.
    [[nodiscard]] static Registrations of(pid_t thread, int number, int file, Processes& processes);

    // Ends them. The file may live on under another number.
    void remove(int file) const;
    // Begins them for the file that is at the number now.
    void add(int file) const;

private:
    struct Registration {
        link::FileDescriptor epoll;
        epoll_event event{};
    };

    explicit Registrations(int number) : number_{number} {}

    void control(int operation, int file) const;

    int number_;
    std::vector<Registration> all_;
};

}  // namespace handfast::run
