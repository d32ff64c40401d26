// Which sockets there are: what socket(2) is asked for, as what we serve, or as Linux's refusal.
#pragma once

#include "host/run/stand_in.hpp"

namespace handfast::run::calls {

struct SocketRequest {
    int family{0};
    int type{0};  // without flags
    int protocol{0};
};

// What is not served is refused, and never left to the kernel: its sockets would leave the network
// unseen.
[[nodiscard]] berkeley::Result<Mark> mark_for(const SocketRequest& request);

}  // namespace handfast::run::calls
