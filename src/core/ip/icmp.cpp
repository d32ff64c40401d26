#include "core/ip/icmp.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "core/ip/links.hpp"
#include "core/wire/checksum.hpp"

namespace handfast::ip {

using berkeley::Errno;
using berkeley::fail;
using trace::Counter;
using trace::Drop;
using wire::IcmpHeader;
using wire::IcmpType;
using wire::IcmpView;

namespace {

constexpr std::uint64_t limiter_use = 0x6970'0004;

// RFC 1812 §4.3.2.3: an error is at most this long, its IP header among it.
constexpr std::size_t error_max = 576;
constexpr std::size_t quote_max = error_max - wire::Ipv4View::header_min - IcmpHeader::size;

// The header of a message with the longest quotation's beginning: all that is read of an error.
constexpr std::size_t look_at =
    IcmpHeader::size + wire::Ipv4View::header_max + wire::QuotedDatagram::transport_min;

[[nodiscard]] std::uint16_t checksum_of(const buf::Packet& message) {
    wire::Checksum sum;
    sum.add(message.head());
    for (const buf::Slice& s : message.slices()) sum.add(s.bytes());
    return sum.finish();
}

}  // namespace

Icmp::Icmp(
    Ledger& ledger, buf::Pool& pool, const Entropy& entropy, const Limits& limits, Instant now)
    : ledger_{ledger},
      pool_{pool},
      limits_{limits},
      limiter_{limits, KeyedHash::derive(entropy, limiter_use)({}), now},
      outgoing_{ledger, limits} {}

// ---- Coming in ----------------------------------------------------------------------------------

std::optional<IcmpError> Icmp::arrives(Arrived arrived, Instant now) {
    buf::Packet& packet = arrived.packet;
    ledger_.count(Counter::icmp_in_msgs);
    const auto drop = [&](Drop reason) {
        ledger_.drop(reason, packet, now);
        return std::nullopt;
    };
    if (!packet.pull(std::min(packet.size(), look_at))) return drop(Drop::icmp_malformed);
    const auto view = IcmpView::parse(packet.head());
    if (!view) return drop(Drop::icmp_malformed);
    if (checksum_of(packet) != 0) return drop(Drop::icmp_bad_checksum);
    switch (view->type()) {
        case IcmpType::echo:
            answer_echo(std::move(arrived), now);
            return std::nullopt;
        case IcmpType::echo_reply:
            take_echo_reply(arrived, *view, now);
            return std::nullopt;
        case IcmpType::destination_unreachable:
            ledger_.count(Counter::icmp_in_dest_unreachs);
            break;
        case IcmpType::time_exceeded:
            ledger_.count(Counter::icmp_in_time_excds);
            break;
        case IcmpType::parameter_problem:
            break;
        case IcmpType::source_quench:  // RFC 6633 §3 (ICMP4-10, MUST-55)
            return drop(Drop::icmp_source_quench);
        default:
            // Unknown (ICMP4-1), or known and not heeded: Redirect (attack A13), Timestamp
            // (ICMP4-17).
            return drop(Drop::icmp_unknown_type);
    }
    const auto error = read_error(*view, arrived.envelope.source);
    if (!error) return drop(error.error());
    return *error;
}

// The same octets go back (ICMP4-13): shared, not copied, and no more of them than came (attack
// A32).
void Icmp::answer_echo(Arrived arrived, Instant now) {
    ledger_.count(Counter::icmp_in_echos);
    buf::Packet packet = std::move(arrived.packet);
    if (!arrived.unicast) {  // ICMP4-15: smurf
        ledger_.drop(Drop::icmp_broadcast_echo, packet, now);
        return;
    }
    const MutableBytes header = packet.mutable_head();
    store_u8(header, 0, static_cast<std::uint8_t>(IcmpType::echo_reply));
    store_u8(header, 1, 0);
    store_be16(header, IcmpHeader::checksum_at, 0);
    store_be16(header, IcmpHeader::checksum_at, checksum_of(packet));
    packet.facts() = {
        .at = now, .tag = ledger_.tag(trace::Why::echo_reply), .link = packet.facts().link};
    ledger_.count(Counter::icmp_out_echo_reps);
    send(std::move(packet),
         {.source = arrived.envelope.destination,
          .destination = arrived.envelope.source,
          .protocol = wire::Protocol::icmp,
          .tos = arrived.envelope.tos,
          .dont_fragment = false},
         now);
}

// ---- Errors of ours -----------------------------------------------------------------------------

void Icmp::send_error(const Arrived& about, const IcmpHeader& header, Instant now) {
    if (!about.unicast || about.header.empty()) return;
    if (about.envelope.protocol == wire::Protocol::icmp) {
        // About no error, nor about what may be one.
        std::array<std::byte, 1> type{};
        if (about.packet.size() == 0) return;
        about.packet.copy_out(0, type);
        if (load_u8(type, 0) != static_cast<std::uint8_t>(IcmpType::echo)) return;
    }
    // As Linux has it: what a host says to itself needs no limit.
    if (about.packet.facts().link != loopback_link && !limiter_.allows(now)) {
        ledger_.count(Counter::icmp_out_rate_limited);
        return;
    }
    const std::size_t of_payload =
        std::min(about.packet.size(), quote_max - std::min(quote_max, about.header.size()));
    buf::Packet packet = buf::Packet::make(pool_);
    buf::Slice quote = pool_.allocate(about.header.size() + of_payload);
    if (!packet || !quote) return;
    quote.append({about.header.data(), about.header.size()});
    about.packet.copy_out(0, quote.tail().first(of_payload));
    quote.grow(of_payload);
    HF_CHECK(packet.append(std::move(quote)));
    const MutableBytes out = packet.prepend(IcmpHeader::size);
    header.emit(out);
    store_be16(out, IcmpHeader::checksum_at, checksum_of(packet));
    packet.facts().at = now;
    packet.facts().tag = ledger_.tag(trace::Why::icmp_error);
    if (header.type == IcmpType::destination_unreachable)
        ledger_.count(Counter::icmp_out_dest_unreachs);
    send(std::move(packet),
         {.source = about.envelope.destination,
          .destination = about.envelope.source,
          .protocol = wire::Protocol::icmp},
         now);
}

void Icmp::send(buf::Packet packet, const wire::Envelope& envelope, Instant now) {
    if (outgoing_.push({.packet = std::move(packet), .envelope = envelope}, now))
        ledger_.count(Counter::icmp_out_msgs);
}

std::optional<Message> Icmp::transmit() {
    if (outgoing_.empty()) return std::nullopt;
    return outgoing_.pop();
}

// ---- Echoes of ours -----------------------------------------------------------------------------

berkeley::Result<void> Icmp::send_echo(const Echo& echo, Instant now) {
    if (echo.length > echo_data_max) return fail(Errno::message_size);
    buf::Packet packet = buf::Packet::make(pool_);
    buf::Slice data = pool_.allocate(echo.length);
    if (!packet || !data) return fail(Errno::no_buffer_space);
    const MutableBytes octets = data.tail().first(echo.length);
    for (std::size_t i = 0; i < octets.size(); ++i) octets[i] = static_cast<std::byte>(i);
    data.grow(echo.length);
    HF_CHECK(packet.append(std::move(data)));
    const MutableBytes out = packet.prepend(IcmpHeader::size);
    IcmpHeader::echo({.identifier = echo.identifier, .sequence = echo.sequence}).emit(out);
    store_be16(out, IcmpHeader::checksum_at, checksum_of(packet));
    packet.facts().at = now;
    packet.facts().tag = ledger_.tag(trace::Why::echo_request);
    const wire::Envelope envelope{.source = echo.source,
                                  .destination = echo.destination,
                                  .protocol = wire::Protocol::icmp,
                                  .ttl = echo.ttl,
                                  .dont_fragment = false};
    if (!outgoing_.push({.packet = std::move(packet), .envelope = envelope}, now))
        return fail(Errno::no_buffer_space);
    ledger_.count(Counter::icmp_out_msgs);
    if (asked_.size() >= limits_.echo_replies) (void)asked_.pop_front();
    asked_.push_back({echo.destination, echo.identifier, echo.sequence});
    return {};
}

bool Icmp::was_asked(const Asked& asked) const {
    for (std::size_t i = 0; i < asked_.size(); ++i) {
        if (asked_[i] == asked) return true;
    }
    return false;
}

void Icmp::take_echo_reply(const Arrived& arrived, const IcmpView& view, Instant now) {
    const Asked asked{arrived.envelope.source, view.identifier(), view.sequence()};
    if (!was_asked(asked) || answers_.size() >= limits_.echo_replies) {
        ledger_.drop(Drop::icmp_no_flow, arrived.packet, now);
        return;
    }
    answers_.push_back({.from = arrived.envelope.source,
                        .identifier = asked.identifier,
                        .sequence = asked.sequence,
                        .length = arrived.packet.size() - IcmpHeader::size,
                        .ttl = arrived.envelope.ttl,
                        .at = now,
                        .error = std::nullopt});
}

std::optional<Drop> Icmp::echo_failed(const IcmpError& error, Instant now) {
    const Asked asked{error.tuple.remote.address, error.identifier, error.sequence};
    if (!was_asked(asked) || answers_.size() >= limits_.echo_replies) return Drop::icmp_no_flow;
    answers_.push_back({.from = error.reporter,
                        .identifier = asked.identifier,
                        .sequence = asked.sequence,
                        .at = now,
                        .error = error.error});
    return std::nullopt;
}

void Icmp::take_echo_answers(std::vector<EchoAnswer>& out) {
    out.clear();
    std::swap(out, answers_);
}

}  // namespace handfast::ip
