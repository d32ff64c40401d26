// What calls of sockets cost in the process that makes them: the kernel's, or ours under `handfast
// run`.
#pragma once

#include <string>
#include <vector>

#include "core/base/time.hpp"

namespace handfast::cli {

struct CallCost {
    std::string name;
    double microseconds{0};
};

// Each kind of call is made for so long. Sockets are those of the loopback.
[[nodiscard]] std::vector<CallCost> measure_calls(Duration each);

}  // namespace handfast::cli
