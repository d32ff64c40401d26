// PD_STATE_FILE: the endpoints of the host and their states, one a line, rewritten when they
// change:
//
//     <fd|?> tcp4|tcp6 <local ip:port> <remote ip:port> ESTABLISHED
//
// Whoever shows it takes it for the list of a FreeBSD host, so the states have that one's names.
#pragma once

#include <string>

#include "packetdrill/descriptors.hpp"
#include "packetdrill/world.hpp"

namespace handfast::packetdrill {

class StateFile {
public:
    // Empty: nobody wants to know.
    // The family is that of endpoints without a socket, of which nobody knows.
    StateFile(std::string path, wire::Family family) : path_{std::move(path)}, family_{family} {}

    void update(World& world, Descriptors& descriptors, Instant now);

private:
    std::string path_;
    wire::Family family_;
    std::string written_;
};

}  // namespace handfast::packetdrill
