// Is the program's socket still there? netd holds no end of a socket that is not connected, only an
// O_PATH descriptor of the name that it was bound to.
#pragma once

#include <string>

#include "host/link/file_descriptor.hpp"

namespace handfast::netd {

// How a descriptor is named so that connect(2) finds what is behind it, from any mount namespace.
[[nodiscard]] std::string path_of(int descriptor);

// Asks after lives: connect(2) of a datagram socket finds a stream socket there (EPROTOTYPE) or
// nobody (ECONNREFUSED), and is never connected by it.
class Knocker {
public:
    Knocker();

    [[nodiscard]] bool is_alive(int life) const;

private:
    link::FileDescriptor asking_;
};

}  // namespace handfast::netd
