#include "core/stack/news.hpp"

#include <algorithm>
#include <utility>

#include "core/wire/icmp.hpp"
#include "core/wire/ipv4.hpp"

namespace handfast::stack {

using berkeley::Errno;
using trace::Drop;
using wire::Protocol;

namespace {

constexpr std::size_t ports_size = 4;
constexpr std::size_t quotation = wire::Ipv4View::header_min + wire::QuotedDatagram::transport_min;

[[nodiscard]] tcp::Tcp::IcmpNews::Kind kind_of(ip::IcmpError::Kind kind) {
    using From = ip::IcmpError::Kind;
    using To = tcp::Tcp::IcmpNews::Kind;
    if (kind == From::fragmentation_needed) return To::fragmentation_needed;
    return kind == From::hard ? To::hard : To::soft;
}

}  // namespace

void News::icmp(const ip::IcmpError& error, std::uint64_t id, Instant now) {
    std::optional<Drop> drop = Drop::icmp_no_flow;
    // A datagram that we sent bears an address of ours; anything else is a forgery or a stray.
    if (ip_.links().is_own(error.tuple.local.address)) {
        switch (error.protocol) {
            case Protocol::tcp:
                drop = tcp_.icmp_arrives({.kind = kind_of(error.kind),
                                          .error = error.error,
                                          .mtu = error.mtu,
                                          .tuple = error.tuple,
                                          .seq = error.seq},
                                         now);
                break;
            case Protocol::udp:
                drop = udp_.icmp_arrives(error.tuple, error.error);
                break;
            case Protocol::icmp:
                drop = ip_.icmp().echo_failed(error, now);
                break;
            default:
                break;
        }
    }
    if (drop) ledger_.drop(*drop, id, now);
}

void News::no_route(const buf::Packet& packet, const wire::Envelope& envelope, Instant now) {
    unsent(packet.head(), envelope, Errno::network_unreachable, now);
}

void News::no_neighbor(buf::Packet packet, Instant now) {
    // Our own header: it parses. Of a fragment the ports stand behind it, if it is the first.
    if (!packet.pull(std::min(packet.size(), quotation))) return;
    const auto view = wire::Ipv4View::parse(packet.head(), packet.size());
    if (!view || view->fragment_offset() != 0) return;
    const wire::Envelope envelope{
        .source = view->source(), .destination = view->destination(), .protocol = view->protocol()};
    unsent(view->payload(), envelope, Errno::host_unreachable, now);
}

void News::unsent(Bytes transport, const wire::Envelope& envelope, Errno error, Instant now) {
    if (envelope.protocol == Protocol::icmp) {
        const auto view = wire::IcmpView::parse(transport);
        if (!view || view->type() != wire::IcmpType::echo) return;
        (void)ip_.icmp().echo_failed(
            {.error = error,
             .reporter = envelope.source,
             .tuple = {.local = {envelope.source, {}}, .remote = {envelope.destination, {}}},
             .seq = {},
             .identifier = view->identifier(),
             .sequence = view->sequence()},
            now);
        return;
    }
    if (transport.size() < ports_size) return;
    const wire::FlowTuple tuple{
        .local = {envelope.source, wire::Port{load_be16(transport, 0)}},
        .remote = {envelope.destination, wire::Port{load_be16(transport, 2)}}};
    if (envelope.protocol == Protocol::tcp) tcp_.unreachable(envelope, tuple, error, now);
    if (envelope.protocol == Protocol::udp) (void)udp_.icmp_arrives(tuple, error);
}

}  // namespace handfast::stack
