// What few sockets ask for, kept beside the socket's record so that the others do not pay for it:
// time-outs of blocking calls, and options that are remembered for whoever asks again.
#pragma once

#include "core/base/enum_array.hpp"
#include "core/berkeley/options.hpp"

namespace handfast::socket {

struct Extras {
    berkeley::Timeouts timeouts;
    EnumArray<berkeley::Option, int> values;
};

}  // namespace handfast::socket
