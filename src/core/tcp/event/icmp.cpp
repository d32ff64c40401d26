#include "core/tcp/event/icmp.hpp"

#include <algorithm>

#include "core/tcp/event/open.hpp"

namespace handfast::tcp {

using trace::Drop;
using Kind = Tcp::IcmpNews::Kind;

namespace {

constexpr std::uint16_t path_mtu_floor = 552;  // RFC 879's 536 and two headers (attack A11)
constexpr std::uint16_t headers = 40;

// The segment was too long for a link on the way: smaller ones from now on, and this one again.
void shrink_segments(Tables& t, Connection& c, std::uint16_t mtu) {
    const std::uint16_t path = std::max(mtu, path_mtu_floor);
    const auto path_mss = static_cast<std::uint16_t>(path - headers);
    if (path_mss >= c.negotiated.own_mss) return;
    settle_mss(t, c, path_mss);
    c.snd.nxt = c.snd.una;
    c.snd.recovery.after_timeout = true;
    c.snd.recovery.recover = c.snd.max;
    t.want_transmit(c);
}

}  // namespace

std::optional<Drop> icmp_arrives(Tables& t, const Tcp::IcmpNews& news, Instant now) {
    Connection* const c = t.flows.find(news.tuple);
    if (c == nullptr) return Drop::icmp_no_flow;
    // RFC 5927 §4.1: only who sees our segments knows what is in flight.
    const bool in_flight = at_or_before(c->snd.una, news.seq) && before(news.seq, c->snd.max);
    if (!in_flight) return Drop::icmp_not_in_flight;
    if (news.kind == Kind::fragmentation_needed) {
        if (is_synchronized(c->state)) shrink_segments(t, *c, news.mtu);
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
