#include "observe/ladder/label.hpp"

#include <array>
#include <fmt/format.h>
#include <string_view>

#include "core/wire/format.hpp"
#include "observe/text/words.hpp"

namespace handfast::observe::ladder {
namespace {

using Need = Piece::Need;
using Label = std::vector<Piece>;

void add(Label& label, std::string text) {
    label.push_back({.text = std::move(text)});
}
void add_if_room(Label& label, std::string text) {
    label.push_back({.text = std::move(text), .style = Style::quiet, .need = Need::if_room});
}

void add_options(Label& label, const wire::TcpOptions& options, Side from, const SequenceNames& n) {
    if (options.mss) add_if_room(label, fmt::format("mss={}", *options.mss));
    if (options.window_scale) add_if_room(label, fmt::format("wscale={}", *options.window_scale));
    if (options.sack_permitted) add_if_room(label, "sackok");
    for (const wire::SeqRange& block : options.sack) {
        add_if_room(label,
                    fmt::format("sack={}..{}",
                                n.name(opposite(from), block.begin),
                                n.name(opposite(from), block.end)));
    }
}

[[nodiscard]] Style style_of(const trace::TcpSummary& tcp) {
    if (tcp.flags.rst()) return Style::refusing;
    if (tcp.flags.syn()) return Style::opening;
    if (tcp.flags.fin()) return Style::closing;
    return tcp.length > 0 ? Style::data : Style::strong;
}

[[nodiscard]] Label label_of(const trace::TcpSummary& tcp, Side from, const SequenceNames& names) {
    Label label{{.text = flags_text(tcp.flags), .style = style_of(tcp)}};
    add(label, "seq=" + names.name(from, tcp.seq));
    if (tcp.flags.ack()) add(label, "ack=" + names.name(opposite(from), tcp.ack));
    if (tcp.length > 0) add(label, "len=" + length_text(tcp.length, tcp.gso_size));
    if (tcp.flags.fin() && tcp.length > 0) {
        add(label, fmt::format("fin={}", names.name(from, tcp.seq + tcp.length)));
    }
    if (tcp.flags.urg()) add(label, fmt::format("urg={}", tcp.urgent_pointer));
    if (!tcp.flags.rst()) add(label, fmt::format("win={}", tcp.window));
    add_options(label, tcp.options, from, names);
    return label;
}

[[nodiscard]] Label label_of(const UdpSummary& udp) {
    Label label{{.text = "UDP", .style = Style::data}};
    add(label, fmt::format("len={}", udp.length));
    return label;
}

[[nodiscard]] std::string_view unreachable_text(std::uint8_t code) {
    constexpr std::array<std::string_view, 16> texts{
        "network unreachable",
        "host unreachable",
        "protocol unreachable",
        "port unreachable",
        "fragmentation needed",
        "source route failed",
        "network unknown",
        "host unknown",
        "source host isolated",
        "network prohibited",
        "host prohibited",
        "network unreachable for TOS",
        "host unreachable for TOS",
        "communication prohibited",
        "host precedence violation",
        "precedence cutoff",
    };
    return code < texts.size() ? texts[code] : "destination unreachable";
}

[[nodiscard]] std::string icmp_text(const IcmpSummary& icmp) {
    using enum wire::IcmpType;
    switch (icmp.type) {
        case echo:
            return "echo request";
        case echo_reply:
            return "echo reply";
        case destination_unreachable:
            return std::string{unreachable_text(icmp.code)};
        case time_exceeded:
            return icmp.code == 0 ? "TTL exceeded" : "reassembly time exceeded";
        case parameter_problem:
            return "parameter problem";
        case source_quench:
            return "source quench";
        case redirect:
            return "redirect";
        default:
            return fmt::format("type={}", static_cast<unsigned>(icmp.type));
    }
}

[[nodiscard]] Label label_of(const IcmpSummary& icmp) {
    const bool error = wire::is_error(icmp.type);
    Label label{{.text = "ICMP", .style = error ? Style::refusing : Style::strong}};
    add(label, icmp_text(icmp));
    if (icmp.type == wire::IcmpType::echo || icmp.type == wire::IcmpType::echo_reply) {
        add(label, fmt::format("seq={}", icmp.sequence));
        add(label, fmt::format("len={}", icmp.length));
        add_if_room(label, fmt::format("id={}", icmp.identifier));
    }
    if (icmp.next_hop_mtu != 0 && icmp.type == wire::IcmpType::destination_unreachable) {
        add(label, fmt::format("mtu={}", icmp.next_hop_mtu));
    }
    return label;
}

[[nodiscard]] Label label_of(const ArpSummary& arp) {
    Label label{{.text = "ARP", .style = Style::strong}};
    const bool asks = arp.operation == wire::ArpOperation::request;
    add(label,
        asks ? fmt::format("who has {}?", wire::to_string(arp.target))
             : fmt::format("{} is at {}", to_string(arp.sender), to_string(arp.sender_mac)));
    return label;
}

[[nodiscard]] Label label_of(const OtherSummary& other) {
    Label label{{.text = "IP", .style = Style::strong}};
    add(label, fmt::format("protocol={}", static_cast<unsigned>(other.protocol)));
    if (other.fragment) add(label, fmt::format("fragment={}", other.fragment_offset));
    add(label, fmt::format("len={}", other.length));
    return label;
}

}  // namespace

std::vector<Piece> label_of(const Content& content, Side from, const SequenceNames& names) {
    if (const auto* tcp = std::get_if<trace::TcpSummary>(&content)) {
        return label_of(*tcp, from, names);
    }
    if (const auto* udp = std::get_if<UdpSummary>(&content)) return label_of(*udp);
    if (const auto* icmp = std::get_if<IcmpSummary>(&content)) return label_of(*icmp);
    if (const auto* other = std::get_if<OtherSummary>(&content)) return label_of(*other);
    return label_of(std::get<ArpSummary>(content));
}

Style style_of(const Content& content) {
    const auto* tcp = std::get_if<trace::TcpSummary>(&content);
    return tcp != nullptr ? style_of(*tcp) : Style::plain;
}

}  // namespace handfast::observe::ladder
