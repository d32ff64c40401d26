// Error numbers as values: POSIX's, by their standard C++ names.
#pragma once

#include <expected>
#include <system_error>

namespace handfast::berkeley {

using Errno = std::errc;

template <class T>
using Result = std::expected<T, Errno>;

[[nodiscard]] inline std::unexpected<Errno> fail(Errno e) {
    return std::unexpected{e};
}

}  // namespace handfast::berkeley
