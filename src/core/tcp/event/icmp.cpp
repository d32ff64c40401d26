#include "core/tcp/event/icmp.hpp"

#include "core/tcp/event/path_mtu.hpp"

namespace handfast::tcp {

using trace::Drop;
using Kind = Tcp::IcmpNews::Kind;

std::optional<Drop> icmp_arrives(Tables& t, const Tcp::IcmpNews& news, Instant now) {
    Connection* const c = t.flows.find(news.tuple);  // MUST-54
    if (c == nullptr) return Drop::icmp_no_flow;
    // RFC 5927 §4.1: only who sees our segments knows what is in flight.
    const bool in_flight = at_or_before(c->snd.una, news.seq) && before(news.seq, c->snd.max);
    if (!in_flight) return Drop::icmp_not_in_flight;
    if (news.kind == Kind::fragmentation_needed) {
        if (is_synchronized(c->state)) shrink_segments(t, *c, news.mtu);
        if (c->state == State::syn_sent && c->fast_open && c->fast_open->text > 0)
            shrink_syn(t, *c, news.mtu);
        return std::nullopt;
    }
    // RFC 5927 §5.2: in a synchronized state hard errors are soft, for they can be forged.
    if (news.kind == Kind::hard && c->state == State::syn_sent) {
        t.end(*c, news.error, now);
        return std::nullopt;
    }
    c->soft_error = news.error;  // MUST-56, SHLD-25
    return std::nullopt;
}

}  // namespace handfast::tcp
