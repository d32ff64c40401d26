// IP's way up: RFC 1122 §3.2.
#include <algorithm>

#include "core/ip/ip.hpp"
#include "core/ip/options.hpp"
#include "core/wire/ipv4.hpp"

namespace handfast::ip {

using trace::Counter;
using trace::Drop;
using wire::Ipv4View;

namespace {

[[nodiscard]] Drop reason_of(wire::ParseError error) {
    switch (error) {
        case wire::ParseError::truncated:
            return Drop::ip_truncated;
        case wire::ParseError::bad_version:
            return Drop::ip_bad_version;
        default:
            return Drop::ip_malformed;
    }
}

}  // namespace

std::optional<Arrived> Ip::datagram_arrives(buf::Packet packet, Instant now) {
    ledger_.count(Counter::ip_in_receives);
    const auto view = Ipv4View::parse(packet.head(), packet.size());
    if (!view) {
        ledger_.drop(reason_of(view.error()), packet, now);
        return std::nullopt;
    }
    packet.truncate(view->total_length());  // link padding ends here (attack A26)
    buf::Packet::Facts& facts = packet.facts();
    const Cast cast = links_.cast_of(view->destination(), facts.link);
    if (const auto reason = objection(*view, packet, cast)) {
        ledger_.drop(*reason, packet, now);
        return std::nullopt;
    }
    if (cast != Cast::own) facts.link_broadcast = true;

    std::optional<Arrived> arrived;
    if (view->is_fragment()) {
        arrived = reassembler_.add(std::move(packet), *view, now);
        if (!arrived) return std::nullopt;
    } else {
        arrived.emplace(Arrived{.packet = {},
                                .envelope = {.source = view->source(),
                                             .destination = view->destination(),
                                             .protocol = view->protocol(),
                                             .tos = view->tos(),
                                             .ttl = view->ttl(),
                                             .dont_fragment = view->dont_fragment()},
                                .header = {},
                                .unicast = !facts.link_broadcast});
        const bool has_options = view->header_size() > Ipv4View::header_min;
        if (view->protocol() != wire::Protocol::tcp || has_options)
            arrived->header.assign(view->header().begin(), view->header().end());
        packet.trim_front(view->header_size());
        facts.transport_at = 0;
        arrived->packet = std::move(packet);
    }
    if (arrived->header.size() > Ipv4View::header_min) {
        // Only now, for an error about options needs the whole of what it quotes.
        const Bytes header{arrived->header.data(), arrived->header.size()};
        if (const auto fault = check_options(header.subspan(Ipv4View::header_min))) {
            if (fault->kind == OptionFault::Kind::malformed)
                icmp_.send_error(*arrived, wire::IcmpHeader::parameter_problem(fault->at), now);
            ledger_.drop(Drop::ip_malformed, arrived->packet, now);
            return std::nullopt;
        }
    }
    ledger_.count(Counter::ip_in_delivers);
    return arrived;
}

// Why a datagram is not taken; its TTL is never a reason (IP4-16).
std::optional<Drop> Ip::objection(const Ipv4View& view,
                                  const buf::Packet& packet,
                                  Cast cast) const {
    const buf::Packet::Facts& facts = packet.facts();
    if (facts.checksum == buf::ChecksumState::unknown && !view.checksum_verifies())
        return Drop::ip_bad_checksum;
    if (cast == Cast::foreign) return Drop::ip_not_for_us;
    const bool looped = facts.link == loopback_link;
    // RFC 1122 §3.2.1.3 (g): no such address outside a host.
    if (!looped && view.destination().is_loopback()) return Drop::ip_not_for_us;
    // IP4-39: what is for one was sent to all.
    if (cast == Cast::own && facts.link_broadcast) return Drop::ip_not_for_us;
    if (is_martian(view.source(), facts.link)) return Drop::ip_martian_source;
    return std::nullopt;
}

// A source that no other host can have (IP4-9; attacks A44, A48).
bool Ip::is_martian(const wire::IpAddress& source, std::uint8_t link) const {
    if (link == loopback_link) return !links_.is_own(source);
    const std::uint32_t network = source.v4_value() >> 24;
    if (network == 0 || network == 127 || network >= 224) return true;
    return links_.is_own(source) || links_.is_broadcast(source);
}

void Ip::arp_arrives(const buf::Packet& packet, Instant now) {
    const std::uint8_t link = packet.facts().link;
    if (const auto reason = neighbors_.arp_arrives(link, packet.head(), now))
        ledger_.drop(*reason, packet, now);
}

void Ip::refuse(const Arrived& arrived, wire::UnreachableCode code, Instant now) {
    icmp_.send_error(arrived, wire::IcmpHeader::unreachable(code), now);
}

}  // namespace handfast::ip
