// RFC 792: ICMP for IPv4, with the next-hop MTU of RFC 1191 §4.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>

#include "core/base/bytes.hpp"
#include "core/base/check.hpp"
#include "core/wire/address.hpp"
#include "core/wire/ipv4.hpp"
#include "core/wire/parse_error.hpp"
#include "core/wire/seq_num.hpp"

namespace handfast::wire {

enum class IcmpType : std::uint8_t {
    echo_reply = 0,
    destination_unreachable = 3,
    source_quench = 4,  // to be ignored: RFC 6633
    redirect = 5,
    echo = 8,
    time_exceeded = 11,
    parameter_problem = 12,
    timestamp = 13,
    timestamp_reply = 14,
};

// RFC 792, RFC 1122 §3.2.2.1, RFC 1812 §5.2.7.1.
enum class UnreachableCode : std::uint8_t {
    network = 0,
    host = 1,
    protocol = 2,
    port = 3,
    fragmentation_needed = 4,
    source_route_failed = 5,
    network_unknown = 6,
    host_unknown = 7,
    source_host_isolated = 8,
    network_prohibited = 9,
    host_prohibited = 10,
    network_for_tos = 11,
    host_for_tos = 12,
    communication_prohibited = 13,
    host_precedence_violation = 14,
    precedence_cutoff = 15,
};

enum class TimeExceededCode : std::uint8_t { in_transit = 0, in_reassembly = 1 };

enum class ParameterProblemCode : std::uint8_t {
    pointer = 0,
    option_missing = 1,  // RFC 1108
    bad_length = 2,
};

// Of errors: each quotes the datagram that it is about (RFC 1122 §3.2.2).
[[nodiscard]] constexpr bool is_error(IcmpType type) {
    return type == IcmpType::destination_unreachable || type == IcmpType::source_quench ||
           type == IcmpType::redirect || type == IcmpType::time_exceeded ||
           type == IcmpType::parameter_problem;
}

// What an error quotes: an IPv4 header and at least the first 8 octets behind it.
class QuotedDatagram {
public:
    static constexpr std::size_t transport_min = 8;

    // A fragment other than the first has no transport header, and no error is sent about it
    // (RFC 1122 §3.2.2): such a quotation is malformed.
    [[nodiscard]] static constexpr std::expected<QuotedDatagram, ParseError> parse(Bytes octets) {
        // The total length is that of the whole datagram, of which this is the beginning.
        const auto ip = Ipv4View::parse(octets, Ipv4View::datagram_max);
        if (!ip) return std::unexpected{ip.error()};
        if (ip->fragment_offset() != 0) return std::unexpected{ParseError::malformed};
        if (ip->payload().size() < transport_min) return std::unexpected{ParseError::truncated};
        return QuotedDatagram{*ip};
    }

    [[nodiscard]] constexpr const Ipv4View& ip() const { return ip_; }
    // Of TCP and UDP, where both stand first.
    [[nodiscard]] constexpr Port source_port() const { return Port{load_be16(ip_.payload(), 0)}; }
    [[nodiscard]] constexpr Port target_port() const { return Port{load_be16(ip_.payload(), 2)}; }
    // Of TCP: must be in flight for the error to be believed (RFC 5927 §4.1).
    [[nodiscard]] constexpr SeqNum tcp_seq() const { return SeqNum{load_be32(ip_.payload(), 4)}; }
    // Of an echo, whose sender asks for it.
    [[nodiscard]] constexpr std::uint16_t echo_identifier() const {
        return load_be16(ip_.payload(), 4);
    }

private:
    constexpr explicit QuotedDatagram(const Ipv4View& ip) : ip_{ip} {}

    Ipv4View ip_;
};

class IcmpView {
public:
    static constexpr std::size_t header_size = 8;

    // The octets must hold the header. Those that quoted() is asked of must hold the quotation too;
    // an echo's data may stand elsewhere. The checksum covers all of it and is the caller's.
    [[nodiscard]] static constexpr std::expected<IcmpView, ParseError> parse(Bytes message) {
        if (message.size() < header_size) return std::unexpected{ParseError::truncated};
        return IcmpView{message};
    }

    // May be no type that is named: such a message is discarded (RFC 1122 §3.2.2).
    [[nodiscard]] constexpr IcmpType type() const { return IcmpType{load_u8(bytes_, 0)}; }
    [[nodiscard]] constexpr std::uint8_t code() const { return load_u8(bytes_, 1); }
    [[nodiscard]] constexpr std::uint16_t checksum() const { return load_be16(bytes_, 2); }

    // Each of the following for the types that have it.
    [[nodiscard]] constexpr UnreachableCode unreachable_code() const {
        return UnreachableCode{code()};
    }
    [[nodiscard]] constexpr TimeExceededCode time_exceeded_code() const {
        return TimeExceededCode{code()};
    }
    [[nodiscard]] constexpr std::uint16_t identifier() const { return load_be16(bytes_, 4); }
    [[nodiscard]] constexpr std::uint16_t sequence() const { return load_be16(bytes_, 6); }
    [[nodiscard]] constexpr std::uint8_t pointer() const { return load_u8(bytes_, 4); }
    [[nodiscard]] constexpr IpAddress gateway() const {
        return IpAddress::v4(load_be32(bytes_, 4));
    }
    // Zero from a router that predates RFC 1191.
    [[nodiscard]] constexpr std::uint16_t next_hop_mtu() const { return load_be16(bytes_, 6); }

    // What stands behind the header in the octets that were parsed.
    [[nodiscard]] constexpr Bytes body() const { return bytes_.subspan(header_size); }
    // The datagram that an error is about; malformed for what is no error.
    [[nodiscard]] constexpr std::expected<QuotedDatagram, ParseError> quoted() const {
        if (!is_error(type())) return std::unexpected{ParseError::malformed};
        return QuotedDatagram::parse(body());
    }

private:
    constexpr explicit IcmpView(Bytes bytes) : bytes_{bytes} {}

    Bytes bytes_;
};

// A header to write; data or quotation follows it.
struct IcmpHeader {
    IcmpType type{IcmpType::echo};
    std::uint8_t code{0};
    std::uint32_t rest{0};  // the second word, which each type reads in its own way

    static constexpr std::size_t size = IcmpView::header_size;
    static constexpr std::size_t checksum_at = 2;

    struct EchoNumbers {
        std::uint16_t identifier{0};
        std::uint16_t sequence{0};
    };
    [[nodiscard]] static constexpr IcmpHeader echo(EchoNumbers n) {
        return {.type = IcmpType::echo, .rest = word(n)};
    }
    [[nodiscard]] static constexpr IcmpHeader echo_reply(EchoNumbers n) {
        return {.type = IcmpType::echo_reply, .rest = word(n)};
    }
    [[nodiscard]] static constexpr IcmpHeader unreachable(UnreachableCode code) {
        return {.type = IcmpType::destination_unreachable, .code = static_cast<std::uint8_t>(code)};
    }
    [[nodiscard]] static constexpr IcmpHeader fragmentation_needed(std::uint16_t next_hop_mtu) {
        IcmpHeader header = unreachable(UnreachableCode::fragmentation_needed);
        header.rest = next_hop_mtu;
        return header;
    }
    [[nodiscard]] static constexpr IcmpHeader time_exceeded(TimeExceededCode code) {
        return {.type = IcmpType::time_exceeded, .code = static_cast<std::uint8_t>(code)};
    }
    [[nodiscard]] static constexpr IcmpHeader parameter_problem(std::uint8_t pointer) {
        return {.type = IcmpType::parameter_problem, .rest = std::uint32_t{pointer} << 24};
    }

    // Writes `size` octets at the start of `out`, checksum field zero: it covers what follows too.
    constexpr void emit(MutableBytes out) const {
        HF_CHECK(out.size() >= size);
        store_u8(out, 0, static_cast<std::uint8_t>(type));
        store_u8(out, 1, code);
        store_be16(out, checksum_at, 0);
        store_be32(out, 4, rest);
    }

private:
    [[nodiscard]] static constexpr std::uint32_t word(EchoNumbers n) {
        return (std::uint32_t{n.identifier} << 16) | n.sequence;
    }
};

}  // namespace handfast::wire
