#include "core/tcp/event/icmp.hpp"

#include <algorithm>

#include "core/tcp/event/fast_open.hpp"
#include "core/tcp/event/open.hpp"
#include "core/tcp/send/recovery.hpp"

namespace handfast::tcp {

using trace::Drop;
using Kind = Tcp::IcmpNews::Kind;

namespace {

// Attack A11: nobody makes us send absurdly small segments. RFC 879's 536 and its headers; RFC 8200
// §5.
std::uint16_t path_mtu_floor(wire::Family f) {
    return f == wire::Family::ipv4 ? 552 : 1280;
}
std::uint16_t headers(wire::Family f) {
    return f == wire::Family::ipv4 ? 40 : 60;
}

// The segment was too long for a link on the way: smaller ones from now on, and this one again.
void shrink_segments(Tables& t, Connection& c, std::uint16_t mtu) {
    const wire::Family family = c.tuple.local.address.family();
    const std::uint16_t path = std::max(mtu, path_mtu_floor(family));
    const auto path_mss = static_cast<std::uint16_t>(path - headers(family));
    if (path_mss >= full_segment(c.negotiated)) return;  // the news came for each segment in flight
    settle_mss(t, c, path_mss);
    send_again(c);
    t.want_transmit(c);
}

// It was our SYN with its text that was too long: an ordinary one, at once.
void shrink_syn(Tables& t, Connection& c, std::uint16_t mtu) {
    const std::uint16_t path = std::max(mtu, path_mtu_floor(c.tuple.local.address.family()));
    if (path >= c.negotiated.link_mtu || c.snd.nxt == c.snd.iss) return;
    shrink_link(c, path);
    fall_back(c);
    t.want_transmit(c);
}

}  // namespace

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
