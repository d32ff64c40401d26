// The listeners of all programs below this process. Nobody keeps them in mind: they are looked for
// when netd is gone, and nothing else would ever wake who waits for a connection.
#pragma once

#include "host/run/process.hpp"

namespace handfast::run {

// From now on they are readable for poll(2), and accept(2) fails.
void shut_listeners(Processes& processes);

}  // namespace handfast::run
