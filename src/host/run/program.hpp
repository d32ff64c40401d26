// The program itself, from fork to exec: its filter is installed before it runs, and its supervisor
// has the filter's listener in hand before it makes its first call.
//
//   supervisor                      child, later the program
//     fork ─────────────────────────► own signal mask, the filter
//     pidfd_getfd(listener) ◄──────── its number
//     "go" ─────────────────────────► exec
#pragma once

#include <sys/types.h>

#include <signal.h>
#include <string>
#include <vector>

#include "host/link/failure.hpp"
#include "host/link/file_descriptor.hpp"
#include "host/run/filter.hpp"

namespace handfast::run {

inline constexpr int cannot_execute = 126;
inline constexpr int no_such_program = 127;
inline constexpr int cannot_start = 125;

struct Program {
    pid_t pid{0};
    link::FileDescriptor listener;  // none: it could not be started, and has said why itself
};

// Does not return: 127 when there is no such program, 126 when it cannot be executed, each with a
// line on standard error.
[[noreturn]] void execute(const std::vector<std::string>& command);

[[nodiscard]] link::Result<Program> start(const std::vector<std::string>& command,
                                          FilterProgram& filter,
                                          const sigset_t& mask);

}  // namespace handfast::run
