#include "core/tcp/event/path_mtu.hpp"

#include <algorithm>

#include "core/tcp/event/fast_open.hpp"
#include "core/tcp/event/open.hpp"
#include "core/tcp/send/recovery.hpp"

namespace handfast::tcp {

namespace {

// Attack A11: nobody makes us send absurdly small segments. RFC 9293 §3.7.1's 536 and its headers;
// RFC 8200 §5.
std::uint16_t path_mtu_floor(wire::Family f) {
    return f == wire::Family::ipv4 ? 552 : 1280;
}
std::uint16_t headers(wire::Family f) {
    return f == wire::Family::ipv4 ? 40 : 60;
}
std::uint16_t least_segment(const Connection& c) {
    const wire::Family family = c.tuple.local.address.family();
    return static_cast<std::uint16_t>(path_mtu_floor(family) - headers(family));
}

void settle_path(Tables& t, Connection& c, std::uint32_t segment) {
    settle_mss(t, c, static_cast<std::uint16_t>(segment));
    c.snd.board.set_mss(c.negotiated.mss);
}

}  // namespace

void shrink_segments(Tables& t, Connection& c, std::uint16_t mtu) {
    const wire::Family family = c.tuple.local.address.family();
    const std::uint16_t path = std::max(mtu, path_mtu_floor(family));
    const auto path_mss = static_cast<std::uint16_t>(path - headers(family));
    if (path_mss >= c.negotiated.full_segment())
        return;  // the news came for each segment in flight
    c.snd.path.reset();
    settle_mss(t, c, path_mss);
    send_again(c);
    t.want_transmit(c);
}

void shrink_syn(Tables& t, Connection& c, std::uint16_t mtu) {
    const std::uint16_t path = std::max(mtu, path_mtu_floor(c.tuple.local.address.family()));
    if (path >= c.negotiated.link_mtu || c.snd.nxt == c.snd.iss) return;
    shrink_link(c, path);
    fall_back(c);
    t.want_transmit(c);
}

// RFC 4821 §7.7, RFC 8899 §4.3: nothing was heard of the first segment, however often it was sent.
// Those that follow are of a length that nearly every path takes; if that does not help either, of
// one that all do.
void suspect_black_hole(Tables& t, Connection& c) {
    if (!t.env.profile.black_hole_detection || !is_synchronized(c.state)) return;
    const std::uint32_t before = c.negotiated.full_segment();
    const std::uint32_t options = before - c.negotiated.mss;
    const std::uint32_t sent = wire::octets_between(c.snd.una, c.snd.max);
    const std::uint32_t length = std::min<std::uint32_t>(sent, c.negotiated.mss) + options;
    const std::uint32_t least = least_segment(c);
    const std::uint32_t base = std::max<std::uint32_t>(t.env.profile.base_segment, least);
    const std::uint32_t now = c.snd.path && before <= base ? least : base;
    if (length <= now) return;
    settle_path(t, c, now);
    c.snd.path = std::make_unique<PathSearch>(PathSearch::Start{.low = now, .high = before});
    t.count(trace::Counter::tcp_ext_mtup_fail);
}

void take_answer_of_path(Tables& t, Connection& c) {
    const std::uint32_t proved = c.snd.path->on_ack(c.snd.una);
    if (proved != 0) {
        settle_path(t, c, proved);
        t.count(trace::Counter::tcp_ext_mtup_success);
    }
    if (c.snd.path->is_over()) c.snd.path.reset();
}

}  // namespace handfast::tcp
