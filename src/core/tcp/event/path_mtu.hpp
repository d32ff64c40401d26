// How long segments may be, as it changes during a connection: RFC 1191 (the network tells), RFC
// 4821 and RFC 8899 (it does not).
#pragma once

#include "core/tcp/tables.hpp"

namespace handfast::tcp {

// The segment was too long for a link on the way: smaller ones from now on, and this one again.
void shrink_segments(Tables& t, Connection& c, std::uint16_t mtu);
// It was our SYN with its text that was too long: an ordinary one, at once.
void shrink_syn(Tables& t, Connection& c, std::uint16_t mtu);
// Some timeouts in a row: if the segment is a long one, its length may be why.
void suspect_black_hole(Tables& t, Connection& c);
// SND.UNA moved, while a search goes on.
void take_answer_of_path(Tables& t, Connection& c);

}  // namespace handfast::tcp
