// A trial in a child process with network namespaces of its own, at real-time priority if that is
// allowed.
#pragma once

#include "impaired/trial.hpp"

namespace handfast::bench::impaired {

// Again, a few times, when the relay was kept from running for so long that the path would be
// another one. Throws when the child fails.
[[nodiscard]] Outcome run_in_child(const Trial& trial);

}  // namespace handfast::bench::impaired
