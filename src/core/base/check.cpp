#include "core/base/check.hpp"

#include <cstdlib>

namespace handfast {

// The core does no I/O, so the text stands where a debugger and a core dump show it: in this frame.
void check_failed([[maybe_unused]] const char* expression,
                  [[maybe_unused]] const char* file,
                  [[maybe_unused]] int line) {
    std::abort();
}

}  // namespace handfast
