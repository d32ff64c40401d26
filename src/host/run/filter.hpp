// The seccomp filter of a program: which of its system calls come to the supervisor, which are
// refused at once, and which (nearly all) the kernel serves as ever.
//
//   comes to the supervisor   socket() of AF_INET and AF_INET6, all that may be done to a socket by
//                             number and needs an address, an option or a message
//   refused                   i386 and x32 calls, io_uring, AF_PACKET and families over the
//                             kernel's TCP: they would leave the network unseen
//   the kernel's              read, write, send and recv without an address, poll, epoll, close …
//
// A filter sees registers only, so a call on a descriptor that is not ours comes too and is
// continued.
#pragma once

#include <linux/filter.h>

#include <vector>

#include "host/link/failure.hpp"
#include "host/link/file_descriptor.hpp"

namespace handfast::run {

using FilterProgram = std::vector<sock_filter>;

// Made before the fork: it allocates.
[[nodiscard]] link::Result<FilterProgram> build_filter();

// Puts the filter on the calling thread for ever, and on all that it will ever be. Gives the
// descriptor at which its calls arrive, close-on-exec. EBUSY: a supervisor is there already.
[[nodiscard]] link::Result<link::FileDescriptor> install_filter(FilterProgram& program);

// Whether the calling process stands under a supervisor already. Forks if it cannot know else.
[[nodiscard]] bool is_supervised();

}  // namespace handfast::run
