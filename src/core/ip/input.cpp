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

// Where the addresses stand in a header, and the networks that no host on a wire is in.
constexpr std::size_t source_at = 12;
constexpr std::size_t destination_at = 16;
constexpr std::uint32_t this_network = 0;
constexpr std::uint32_t loopback_network = 127;
constexpr std::uint32_t first_multicast = 224;  // and 240.0.0.0/4 behind it

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
    // What is no IPv4 stands where it stood: whoever looked before us pulled nothing together.
    if (packet.head_size() < Ipv4View::header_min) [[unlikely]]
        (void)packet.pull(std::min(packet.size(), Ipv4View::header_min));
    const auto view = Ipv4View::parse(packet.head(), packet.size());
    if (!view) {
        ledger_.drop(reason_of(view.error()), packet, now);
        return std::nullopt;
    }
    buf::Packet::Facts& facts = packet.facts();
    // Link padding ends here (attack A26).
    if (packet.size() != view->total_length()) packet.truncate(view->total_length());
    const Cast cast = links_.cast_of(load_be32(view->header(), destination_at), facts.link);
    if (const auto reason = objection(*view, facts, cast)) {
        ledger_.drop(*reason, packet, now);
        return std::nullopt;
    }
    if (cast != Cast::own) facts.link_broadcast = true;
    if (view->is_fragment()) {
        auto whole = reassembler_.add(std::move(packet), *view, now);
        return whole ? deliver(std::move(*whole), now) : std::nullopt;
    }
    const bool has_options = view->header_size() > Ipv4View::header_min;
    HeaderCopy header;
    if (view->protocol() != wire::Protocol::tcp || has_options) [[unlikely]]
        header.assign(view->header().begin(), view->header().end());
    packet.trim_front(view->header_size());
    facts.transport_at = 0;
    const bool unicast = !facts.link_broadcast;
    return deliver({.packet = std::move(packet),
                    .envelope = envelope_of(*view),
                    .header = header,
                    .unicast = unicast},
                   now);
}

// The last look, at options: an error about them needs the whole of what it quotes.
std::optional<Arrived> Ip::deliver(Arrived arrived, Instant now) {
    if (arrived.header.size() > Ipv4View::header_min) [[unlikely]] {
        const Bytes header{arrived.header.data(), arrived.header.size()};
        if (const auto fault = check_options(header.subspan(Ipv4View::header_min))) {
            if (fault->kind == OptionFault::Kind::malformed)
                icmp_.send_error(arrived, wire::IcmpHeader::parameter_problem(fault->at), now);
            ledger_.drop(Drop::ip_malformed, arrived.packet, now);
            return std::nullopt;
        }
    }
    ledger_.count(Counter::ip_in_delivers);
    return arrived;
}

// Why a datagram is not taken; its TTL is never a reason (IP4-16).
std::optional<Drop> Ip::objection(const Ipv4View& view,
                                  const buf::Packet::Facts& facts,
                                  Cast cast) const {
    if (facts.checksum == buf::ChecksumState::unknown && !view.checksum_verifies())
        return Drop::ip_bad_checksum;
    if (cast == Cast::foreign) return Drop::ip_not_for_us;
    const bool looped = facts.link == loopback_link;
    // RFC 1122 §3.2.1.3 (g): no such address outside a host.
    if (!looped && load_u8(view.header(), destination_at) == loopback_network)
        return Drop::ip_not_for_us;
    // IP4-39: what is for one was sent to all.
    if (cast == Cast::own && facts.link_broadcast) return Drop::ip_not_for_us;
    if (is_martian(load_be32(view.header(), source_at), facts.link)) return Drop::ip_martian_source;
    return std::nullopt;
}

// A source that no other host can have (IP4-9; attacks A44, A48).
bool Ip::is_martian(std::uint32_t source, std::uint8_t link) const {
    if (link == loopback_link) return !links_.is_own(source);
    const std::uint32_t network = source >> 24;
    if (network == this_network || network == loopback_network || network >= first_multicast)
        return true;
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
