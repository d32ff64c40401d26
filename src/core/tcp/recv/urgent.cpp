#include "core/tcp/recv/urgent.hpp"

#include <algorithm>
#include <optional>

namespace handfast::tcp {

using berkeley::Errno;
using berkeley::fail;

namespace {

// How many octets stand in the queue before the urgent one; nullopt: it was passed, or there is
// none.
std::optional<std::uint32_t> octets_to_mark(const Connection& c) {
    if (!c.rcv.urgent_end) return std::nullopt;
    const wire::SeqNum mark = *c.rcv.urgent_end - 1;
    const wire::SeqNum first = c.rcv.seq_of(c.rcv.queue.begin_position());
    if (before(mark, first)) return std::nullopt;
    return wire::octets_between(first, mark);
}

}  // namespace

std::size_t octets_to_skip(const Connection& c) {
    const bool at_it = at_urgent_mark(c) && !c.rcv.queue.empty();
    return at_it && !c.settings.oob_inline ? 1 : 0;
}

std::size_t readable_octets(const Connection& c) {
    const std::size_t all = c.rcv.queue.size();
    const auto to_mark = octets_to_mark(c);
    if (!to_mark || *to_mark == 0) return all - octets_to_skip(c);
    return std::min<std::size_t>(all, *to_mark);
}

void skip_urgent(Connection& c) {
    c.rcv.queue.drop_before(c.rcv.queue.begin_position() + octets_to_skip(c));
    forget_passed_mark(c);
}

void forget_passed_mark(Connection& c) {
    if (c.rcv.urgent_end && !octets_to_mark(c)) c.rcv.urgent_end.reset();
}

bool at_urgent_mark(const Connection& c) {
    const auto to_mark = octets_to_mark(c);
    return to_mark && *to_mark == 0;
}

bool has_urgent_octet(const Connection& c) {
    const auto to_mark = octets_to_mark(c);
    return to_mark && !c.rcv.urgent_taken && *to_mark < c.rcv.queue.size();
}

berkeley::Result<std::size_t> receive_urgent(Connection& c,
                                             MutableBytes into,
                                             berkeley::MessageFlags flags) {
    const auto to_mark = octets_to_mark(c);
    if (c.settings.oob_inline || !to_mark || c.rcv.urgent_taken)
        return fail(Errno::invalid_argument);
    if (!has_urgent_octet(c)) return fail(Errno::resource_unavailable_try_again);
    if (into.empty()) return std::size_t{0};
    (void)c.rcv.queue.copy_out(c.rcv.queue.begin_position() + *to_mark, into.first(1));
    if (!flags.peek) c.rcv.urgent_taken = true;
    return std::size_t{1};
}

}  // namespace handfast::tcp
