// Urgent data: RFC 9293 §3.8.5, RFC 6093. The last urgent octet is read out of line unless the owner
// wants it in line; all before it is ordinary text.
//
//   queue:  | text ........ | u | text ... |
//                             ^   ^urgent_end: the octet after the urgent one
//                             ^mark
#pragma once

#include <cstddef>

#include "core/berkeley/calls.hpp"
#include "core/berkeley/errno.hpp"
#include "core/tcp/tcb.hpp"

namespace handfast::tcp {

// Octets that one read may give: it stops at the mark.
[[nodiscard]] std::size_t readable_octets(const Connection& c);
// Drops the urgent octet from the text when the reader has come to it.
void skip_urgent(Connection& c);
[[nodiscard]] bool at_urgent_mark(const Connection& c);
[[nodiscard]] bool has_urgent_octet(const Connection& c);
// recv(MSG_OOB).
[[nodiscard]] berkeley::Result<std::size_t> receive_urgent(Connection& c,
                                                           MutableBytes into,
                                                           berkeley::MessageFlags flags);

}  // namespace handfast::tcp
