// What the golden ladders show: the plays of a lesson on TCP.
#pragma once

#include "unit/observe/stage.hpp"

namespace handfast::observe::test {

// Handshake, a message each way, the four-way close, TIME_WAIT's end.
void exchange(Stage& stage);
// A SYN, data, a FIN and the last ACK are lost; a repetition is corrupted.
void losses(Stage& stage);
// Packets that cross, a super-segment with a hole, a second copy, a late loss, a RST.
void traffic(Stage& stage);
// A SYN/ACK that acknowledges what was never sent.
void wrong_ack(Stage& stage);
// Datagrams: lost and sent again, answered, refused by ICMP.
void datagrams(Stage& stage);

}  // namespace handfast::observe::test
