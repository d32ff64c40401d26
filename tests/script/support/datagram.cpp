#include "datagram.hpp"

#include <algorithm>
#include <charconv>
#include <stdexcept>

#include "core/wire/checksum.hpp"
#include "core/wire/icmp.hpp"
#include "core/wire/ipv4.hpp"
#include "core/wire/tcp.hpp"
#include "core/wire/udp.hpp"

namespace handfast::script {

using wire::Protocol;

namespace {

constexpr std::uint8_t option_end = 0;
constexpr std::uint8_t option_nop = 1;
constexpr std::uint8_t option_mss = 2;
constexpr std::uint8_t option_wscale = 3;
constexpr std::uint8_t option_sack_permitted = 4;
constexpr std::uint8_t option_sack = 5;
constexpr std::uint8_t option_timestamps = 8;
constexpr std::uint8_t option_user_timeout = 28;
constexpr std::uint8_t option_fast_open = 34;

void put(Octets& out, std::uint32_t value, std::size_t octets) {
    while (octets-- > 0) out.push_back(static_cast<std::byte>(value >> (8 * octets) & 0xffU));
}

std::uint32_t number(std::string_view text, int base = 10) {
    std::uint32_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
    if (error != std::errc{} || end != text.data() + text.size())
        throw std::invalid_argument{"option with \"" + std::string{text} + '"'};
    return value;
}

// The parts of "a/b" or "a:b"; "*" is the number given.
struct Pair {
    std::uint32_t first;
    std::uint32_t second;
};
Pair pair_in(std::string_view text, char between, Pair unsaid) {
    const std::size_t at = text.find(between);
    const std::string_view first = text.substr(0, at);
    const std::string_view second = at == std::string_view::npos ? "*" : text.substr(at + 1);
    return {first == "*" ? unsaid.first : number(first),
            second == "*" ? unsaid.second : number(second)};
}

void put_sack(Octets& out, std::string_view blocks, const Flow& flow) {
    const std::size_t length_at = out.size() + 1;
    put(out, option_sack, 1);
    put(out, 2, 1);
    while (!blocks.empty()) {
        const std::size_t space = blocks.find(' ');
        const Pair edges = pair_in(blocks.substr(0, space), ':', {});
        put(out, (flow.iss + edges.first).raw(), 4);
        put(out, (flow.iss + edges.second).raw(), 4);
        blocks.remove_prefix(space == std::string_view::npos ? blocks.size() : space + 1);
    }
    out[length_at] = static_cast<std::byte>(out.size() - length_at + 1);
}

void put_hex(Octets& out, std::string_view hex) {
    for (std::size_t at = 0; at + 1 < hex.size(); at += 2)
        put(out, number(hex.substr(at, 2), 16), 1);
}

void put_option(Octets& out, std::string_view option, const Flow& flow, std::uint32_t clock) {
    const std::size_t space = option.find(' ');
    const std::string_view name = option.substr(0, space);
    const std::string_view value =
        space == std::string_view::npos ? std::string_view{} : option.substr(space + 1);
    if (name == "nop") return put(out, option_nop, 1);
    if (name == "eol") return put(out, option_end, 1);
    if (name == "sackOK") return put(out, option_sack_permitted << 8 | 2, 2);
    if (name == "mss") return put(out, option_mss << 24 | 4 << 16 | number(value), 4);
    if (name == "wscale") return put(out, option_wscale << 16 | 3 << 8 | number(value), 3);
    if (name == "uto") return put(out, option_user_timeout << 24 | 4 << 16 | number(value), 4);
    if (name == "sack") return put_sack(out, value, flow);
    if (name == "ts") {
        const Pair ts = pair_in(value, '/', {clock, flow.last_timestamp});
        put(out, option_timestamps << 8 | 10, 2);
        put(out, ts.first, 4);
        return put(out, ts.second, 4);
    }
    if (name == "FO") {
        put(out, option_fast_open << 8 | static_cast<std::uint32_t>(2 + value.size() / 2), 2);
        return put_hex(out, value);
    }
    if (!name.starts_with("0x")) throw std::invalid_argument{"option " + std::string{option}};
    put_hex(out, name.substr(2));
}

Octets options_of(const Line& line, const Flow& flow, std::uint32_t clock) {
    Octets out;
    const bool as_agreed = !line.options && flow.timestamps() && !line.flags.syn();
    if (as_agreed) {
        put(out, option_nop << 8 | option_nop, 2);
        put_option(out, "ts *", flow, clock);
    }
    if (line.options)
        for (const std::string& o : *line.options) put_option(out, o, flow, clock);
    while (out.size() % 4 != 0) put(out, option_end, 1);
    return out;
}

Octets tcp_octets(const Line& line, const Flow& flow, std::uint32_t clock) {
    const Octets options = options_of(line, flow, clock);
    Octets out;
    put(out, wire::number(flow.remote.port), 2);
    put(out, wire::number(flow.local.port), 2);
    put(out, (flow.irs + line.seq).raw(), 4);
    put(out, line.ack ? (flow.iss + *line.ack).raw() : 0, 4);
    put(out, static_cast<std::uint32_t>((20 + options.size()) / 4) << 4, 1);
    put(out, line.flags.bits, 1);
    put(out, line.window.value_or(flow.window), 2);
    put(out, 0, 2);
    put(out, line.urgent.value_or(0), 2);
    out.insert(out.end(), options.begin(), options.end());
    const std::uint32_t first = line.seq + (line.flags.syn() ? 1 : 0);
    for (std::uint32_t i = 0; i < line.length; ++i) out.push_back(octet_at(first + i));
    return out;
}

Octets udp_octets(std::uint32_t length, const Flow& flow) {
    Octets out;
    put(out, wire::number(flow.remote.port), 2);
    put(out, wire::number(flow.local.port), 2);
    put(out, static_cast<std::uint32_t>(wire::UdpHeader::size) + length, 2);
    put(out, 0, 2);
    for (std::uint32_t i = 0; i < length; ++i) out.push_back(octet_at(i));
    return out;
}

Octets with_ip(Octets payload, const wire::Ipv4Header& header) {
    Octets out(header.size());
    header.emit(out);
    out.insert(out.end(), payload.begin(), payload.end());
    return out;
}

// The beginning of a datagram of the host, as a router quotes it.
Octets quotation(const Line& quoted, const Flow& flow) {
    Octets transport;
    const bool is_udp = quoted.kind == Line::Kind::udp;
    put(transport, wire::number(flow.local.port), 2);
    put(transport, wire::number(flow.remote.port), 2);
    if (is_udp) {
        put(transport, static_cast<std::uint32_t>(wire::UdpHeader::size) + quoted.length, 2);
        put(transport, 0, 2);
    } else {
        put(transport, (flow.iss + quoted.seq).raw(), 4);
    }
    Octets out = with_ip(transport,
                         {.source = flow.local.address,
                          .destination = flow.remote.address,
                          .protocol = is_udp ? Protocol::udp : Protocol::tcp,
                          .ttl = 1,
                          .payload_size = (is_udp ? 8 : 20) + std::size_t{quoted.length}});
    return out;
}

Octets icmp_octets(const Line& line, const Flow& flow) {
    Octets out;
    put(out, line.type, 1);
    put(out, line.code, 1);
    put(out, 0, 2);
    put(out, line.rest, 4);
    for (std::uint32_t i = 0; i < line.length; ++i) out.push_back(octet_at(i));
    for (const Line& q : line.quoted) {
        const Octets quoted = quotation(q, flow);
        out.insert(out.end(), quoted.begin(), quoted.end());
    }
    return out;
}

Protocol protocol_of(Line::Kind kind) {
    if (kind == Line::Kind::tcp) return Protocol::tcp;
    return kind == Line::Kind::udp ? Protocol::udp : Protocol::icmp;
}

void fill_checksum(Octets& payload, Protocol protocol, const wire::Ipv4Header& header) {
    wire::Checksum sum;
    if (protocol != Protocol::icmp)
        sum.add_pseudo_header(header.source, header.destination, protocol, payload.size());
    sum.add(payload);
    const std::size_t at = protocol == Protocol::tcp   ? wire::TcpHeader::checksum_at
                           : protocol == Protocol::udp ? wire::UdpHeader::checksum_at
                                                       : wire::IcmpHeader::checksum_at;
    const std::uint16_t field =
        protocol == Protocol::udp ? wire::UdpHeader::checksum_field(sum) : sum.finish();
    store_be16(payload, at, field);
}

// ---- Reading ------------------------------------------------------------------------------------

std::string range_text(Bytes blocks, const Flow& flow) {
    std::string out;
    for (std::size_t at = 0; at + 8 <= blocks.size(); at += 8) {
        if (at > 0) out += ' ';
        out += std::to_string(load_be32(blocks, at) - flow.irs.raw()) + ':' +
               std::to_string(load_be32(blocks, at + 4) - flow.irs.raw());
    }
    return out;
}

std::string hex_text(Bytes octets) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string out;
    for (const std::byte b : octets) {
        out += digits[std::to_integer<unsigned>(b) >> 4];
        out += digits[std::to_integer<unsigned>(b) & 0xf];
    }
    return out;
}

std::string option_text(std::uint8_t kind, Bytes value, const Flow& flow) {
    switch (kind) {
        case option_mss:
            return "mss " + std::to_string(load_be16(value, 0));
        case option_wscale:
            return "wscale " + std::to_string(load_u8(value, 0));
        case option_sack_permitted:
            return "sackOK";
        case option_timestamps:
            return "ts " + std::to_string(load_be32(value, 0)) + '/' +
                   std::to_string(load_be32(value, 4));
        case option_sack:
            return "sack " + range_text(value, flow);
        case option_user_timeout:
            return "uto " + std::to_string(load_be16(value, 0));
        case option_fast_open:
            return value.empty() ? "FO" : "FO " + hex_text(value);
        default:
            return "option " + std::to_string(kind);
    }
}

std::vector<std::string> option_texts(Bytes options, const Flow& flow) {
    std::vector<std::string> out;
    for (std::size_t at = 0; at < options.size();) {
        const std::uint8_t kind = load_u8(options, at);
        if (kind <= option_nop) {
            out.emplace_back(kind == option_nop ? "nop" : "eol");
            ++at;
            continue;
        }
        const std::size_t length = load_u8(options, at + 1);
        out.push_back(option_text(kind, options.subspan(at + 2, length - 2), flow));
        at += length;
    }
    return out;
}

// The host writes the octets of octet_at() from number 1 on; a peer that sees others has been lied
// to.
bool is_as_written(Bytes text, std::uint32_t first) {
    for (std::size_t i = 0; i < text.size(); ++i)
        if (text[i] != octet_at(first + static_cast<std::uint32_t>(i))) return false;
    return true;
}

void read_tcp(Seen& seen, const wire::Ipv4View& ip, const Flow& flow) {
    const auto tcp = wire::TcpView::parse(ip.payload());
    if (!tcp) {
        seen.fault = "malformed TCP";
        return;
    }
    Line& line = seen.line;
    line.kind = Line::Kind::tcp;
    line.flags = tcp->flags();
    line.seq = tcp->seq().raw() - flow.iss.raw();
    line.length = static_cast<std::uint32_t>(tcp->payload().size());
    if (line.flags.ack()) line.ack = tcp->ack().raw() - flow.irs.raw();
    line.window = tcp->window();
    if (line.flags.urg()) line.urgent = tcp->urgent_pointer();
    line.options = option_texts(tcp->options(), flow);
    seen.source.port = tcp->source_port();
    seen.destination.port = tcp->target_port();
    const std::uint32_t text_at = line.seq + (line.flags.syn() ? 1 : 0);
    if (!is_as_written(tcp->payload(), text_at)) seen.fault = "text that nobody wrote";
    if (!line.flags.ack() && tcp->ack().raw() != 0) seen.fault = "a number but no ACK bit";
    if (!line.flags.urg() && tcp->urgent_pointer() != 0) seen.fault = "a pointer but no URG bit";
}

void read_udp(Seen& seen, const wire::Ipv4View& ip) {
    const auto udp = wire::UdpView::parse(ip.payload(), ip.payload_size());
    if (!udp) {
        seen.fault = "malformed UDP";
        return;
    }
    seen.line.kind = Line::Kind::udp;
    seen.line.length = static_cast<std::uint32_t>(udp->payload_size());
    seen.source.port = udp->source_port();
    seen.destination.port = udp->target_port();
}

Line read_quoted(const wire::QuotedDatagram& quoted, const Flow& flow) {
    const std::size_t behind = quoted.ip().payload_size();
    if (quoted.ip().protocol() == Protocol::tcp)
        return {.kind = Line::Kind::tcp,
                .seq = quoted.tcp_seq().raw() - flow.irs.raw(),
                .length = static_cast<std::uint32_t>(behind - wire::TcpView::header_min)};
    return {.kind = Line::Kind::udp,
            .length = static_cast<std::uint32_t>(behind - wire::UdpHeader::size)};
}

void read_icmp(Seen& seen, const wire::Ipv4View& ip, const Flow& flow) {
    const auto icmp = wire::IcmpView::parse(ip.payload());
    if (!icmp) {
        seen.fault = "malformed ICMP";
        return;
    }
    Line& line = seen.line;
    line.kind = Line::Kind::icmp;
    line.type = load_u8(ip.payload(), 0);
    line.code = icmp->code();
    line.rest = load_be32(ip.payload(), 4);
    if (!wire::is_error(icmp->type())) {
        line.length = static_cast<std::uint32_t>(icmp->body().size());
        return;
    }
    if (const auto quoted = icmp->quoted()) line.quoted.push_back(read_quoted(*quoted, flow));
}

std::string checksum_fault(const wire::Ipv4View& ip, Sum sum) {
    if (!ip.checksum_verifies()) return "bad IP checksum";
    if (ip.is_fragment() || sum == Sum::partial) return {};
    const Protocol protocol = ip.protocol();
    if (protocol == Protocol::udp && load_be16(ip.payload(), wire::UdpHeader::checksum_at) == 0)
        return {};
    wire::Checksum all;
    if (protocol != Protocol::icmp)
        all.add_pseudo_header(ip.source(), ip.destination(), protocol, ip.payload_size());
    return all.add(ip.payload()).verifies() ? "" : "bad checksum";
}

}  // namespace

Octets build(const Line& line, const Flow& flow, const Ip& ip, std::uint32_t clock) {
    const Protocol protocol = protocol_of(line.kind);
    Octets payload = line.kind == Line::Kind::tcp   ? tcp_octets(line, flow, clock)
                     : line.kind == Line::Kind::udp ? udp_octets(line.length, flow)
                                                    : icmp_octets(line, flow);
    const wire::Ipv4Header header{.source = ip.source.value_or(flow.remote.address),
                                  .destination = ip.destination.value_or(flow.local.address),
                                  .protocol = protocol,
                                  .tos = ip.tos,
                                  .ttl = ip.ttl,
                                  .identification = 1,
                                  .payload_size = payload.size(),
                                  .options = std::as_bytes(std::span{ip.options})};
    if (ip.wrong != Wrong::no_checksum) fill_checksum(payload, protocol, header);
    if (ip.wrong == Wrong::checksum) payload.back() ^= std::byte{0x55};
    Octets out = with_ip(std::move(payload), header);
    if (ip.wrong == Wrong::ip_checksum) out[10] ^= std::byte{0x55};
    return out;
}

Octets fragment(Bytes datagram, Piece piece) {
    constexpr std::size_t header = wire::Ipv4View::header_min;
    Octets out(header + piece.length);
    std::ranges::copy(datagram.first(header), out.begin());
    const std::size_t from = std::min(header + piece.offset, datagram.size());
    const Bytes part = datagram.subspan(from, std::min(piece.length, datagram.size() - from));
    std::ranges::copy(part, out.begin() + header);
    store_be16(out, 2, static_cast<std::uint16_t>(out.size()));
    store_be16(out, 6, static_cast<std::uint16_t>((piece.more ? 0x2000U : 0U) | piece.offset / 8));
    mend_ip_checksum(out);
    return out;
}

void mend_ip_checksum(Octets& datagram) {
    const std::size_t header = (load_u8(datagram, 0) & 0xfU) * 4U;
    store_be16(datagram, 10, 0);
    const std::uint16_t sum =
        wire::Checksum{}.add(Bytes{datagram}.first(std::min(header, datagram.size()))).finish();
    store_be16(datagram, 10, sum);
}

Seen read(Bytes datagram, const Flow& flow, Sum sum) {
    Seen seen;
    seen.octets.assign(datagram.begin(), datagram.end());
    const auto ip = wire::Ipv4View::parse(datagram);
    if (!ip) {
        seen.fault = "malformed IP";
        return seen;
    }
    seen.fault = checksum_fault(*ip, sum);
    seen.source.address = ip->source();
    seen.destination.address = ip->destination();
    seen.ttl = ip->ttl();
    seen.tos = ip->tos();
    seen.identification = ip->identification();
    seen.dont_fragment = ip->dont_fragment();
    if (ip->is_fragment()) return seen;
    if (ip->protocol() == Protocol::tcp) read_tcp(seen, *ip, flow);
    if (ip->protocol() == Protocol::udp) read_udp(seen, *ip);
    if (ip->protocol() == Protocol::icmp) read_icmp(seen, *ip, flow);
    return seen;
}

std::optional<Ports> ports_of(Bytes datagram) {
    const auto ip = wire::Ipv4View::parse(datagram);
    if (!ip || ip->payload().size() < 4) return std::nullopt;
    if (ip->protocol() != Protocol::tcp && ip->protocol() != Protocol::udp) return std::nullopt;
    return Ports{.local = wire::Port{load_be16(ip->payload(), 0)},
                 .remote = wire::Port{load_be16(ip->payload(), 2)}};
}

std::optional<wire::SeqNum> initial_number_in(Bytes datagram) {
    const auto ip = wire::Ipv4View::parse(datagram);
    if (!ip || ip->protocol() != Protocol::tcp) return std::nullopt;
    const auto tcp = wire::TcpView::parse(ip->payload());
    if (!tcp || !tcp->flags().syn()) return std::nullopt;
    return tcp->seq();
}

}  // namespace handfast::script
