// epoll(7) over the adaptor's descriptors.
//
// A set lists a descriptor when there are news of it. Level triggered, it stays listed as long as
// it is ready; edge triggered, until it was told once.
#pragma once

#include "packetdrill/descriptors.hpp"

namespace handfast::packetdrill {

// There are news of this socket: every set that watches it hears them.
void tell_epoll(Descriptors& descriptors, socket::SocketId id);

}  // namespace handfast::packetdrill
