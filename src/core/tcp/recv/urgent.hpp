// Urgent data: RFC 9293 §3.8.5, RFC 6093. The last urgent octet is read out of line unless the
// owner wants it in line; all before it is ordinary text (MUST-30).
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
// 1 when the reader has come to an urgent octet that is not part of the text.
[[nodiscard]] std::size_t octets_to_skip(const Connection& c);
// Drops it from the text.
void skip_urgent(Connection& c);
// After reading: a mark that was passed must not come round again after 2^32 octets.
void forget_passed_mark(Connection& c);
[[nodiscard]] bool at_urgent_mark(const Connection& c);  // MUST-33
[[nodiscard]] bool has_urgent_octet(const Connection& c);
// recv(MSG_OOB).
[[nodiscard]] berkeley::Result<std::size_t> receive_urgent(Connection& c,
                                                           MutableBytes into,
                                                           berkeley::MessageFlags flags);

}  // namespace handfast::tcp
