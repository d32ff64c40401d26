// What recvmsg() tells beside the octets, for those options that ask for it.
#pragma once

#include <sys/socket.h>

#include "packetdrill/descriptors.hpp"

namespace handfast::packetdrill {

// Fills msg_control, cut to its room, and says so in msg_flags and msg_controllen.
void tell_ancillary(socket::Sockets& sockets,
                    const SocketEnd& end,
                    const berkeley::DatagramInfo& datagram,
                    msghdr& message);

}  // namespace handfast::packetdrill
