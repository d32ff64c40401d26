// A file that AF_UNIX will never connect again is exchanged for a fresh one under the same number.
// Duplicates of the old one, and its registrations in epoll, stay behind.
#pragma once

#include "host/run/services.hpp"

namespace handfast::run::calls {

// `socket` is the fresh one afterwards, which netd knows in place of the old one.
[[nodiscard]] Result<void> renew(Call& call, Socket& socket, Services& services);

// connect(2) to AF_UNSPEC on a stream socket.
void disconnect(Call call, Socket socket, Services& services);

}  // namespace handfast::run::calls
