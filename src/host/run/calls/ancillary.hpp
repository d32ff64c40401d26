// What recvmsg(2) tells beside a datagram (cmsg(3)), as octets of the program's memory.
#pragma once

#include <ctime>

#include "core/control/datagram_facts.hpp"
#include "host/run/stand_in.hpp"

namespace handfast::run::calls {

struct Ancillary {
    control::Octets octets;
    bool cut{false};  // not all of it had room: MSG_CTRUNC
};

// Those that the socket has asked for, as long as there is room.
[[nodiscard]] Ancillary ancillary_of(const control::DatagramFacts& facts,
                                     const Mark& mark,
                                     const timespec& arrived,
                                     std::size_t room);

}  // namespace handfast::run::calls
