#include "sim/flow_rules.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>

#include "core/wire/format.hpp"

namespace handfast::sim {

namespace {

using trace::StateEdge;
using trace::TcpState;
using enum TcpState;

struct Edge {
    TcpState from;
    TcpState to;
    friend bool operator==(const Edge&, const Edge&) = default;
};

// RFC 9293 §3.3.2, Figure 5, read off the figure once more: the engine's own table is not asked.
// CLOSED may follow every state: by a reset, an abort or a time-out.
constexpr std::array figure_5{
    Edge{closed, listen},
    Edge{closed, syn_sent},
    Edge{listen, syn_received},
    Edge{listen, syn_sent},
    Edge{syn_sent, syn_received},
    Edge{syn_sent, established},
    Edge{syn_received, established},
    Edge{syn_received, fin_wait_1},
    Edge{established, fin_wait_1},
    Edge{established, close_wait},
    Edge{fin_wait_1, fin_wait_2},
    Edge{fin_wait_1, closing},
    Edge{fin_wait_1, time_wait},  // the FIN's ACK came with the peer's FIN
    Edge{fin_wait_2, time_wait},
    Edge{close_wait, last_ack},
    Edge{closing, time_wait},
    // A listener's connection begins with its SYN, and text and FIN may come with the ACK that
    // completes the handshake.
    Edge{closed, syn_received},
    Edge{syn_received, close_wait},
};

[[nodiscard]] bool is_legal(const Edge& edge) {
    if (edge.to == closed) return edge.from != closed;
    return std::ranges::find(figure_5, edge) != figure_5.end();
}

[[nodiscard]] std::string name(const wire::FlowTuple& tuple) {
    return fmt::format("{} to {}", wire::to_string(tuple.local), wire::to_string(tuple.remote));
}

[[nodiscard]] bool is_synchronized(TcpState state) {
    return state != closed && state != listen && state != syn_sent && state != time_wait;
}

}  // namespace

std::string_view text(Law law) {
    constexpr std::array<std::string_view, static_cast<std::size_t>(Law::count)> names{
        "octets",
        "end of stream",
        "datagram",
        "error",
        "edge",
        "acknowledgment",
        "window",
        "deadline",
        "standstill",
        "limit",
        "memory",
        "table",
        "end",
        "rest"};
    return names.at(static_cast<std::size_t>(law));
}

std::optional<Complaint> FlowRules::on(const StateEdge& edge) {
    Flow& flow = flows_[edge.tuple];
    const TcpState known = flow.state;
    if (edge.from == closed) flow = {};
    flow.state = edge.to;
    const bool goes_on = known == edge.from;
    if (edge.to == closed) flows_.erase(edge.tuple);
    if (goes_on && is_legal({edge.from, edge.to})) return std::nullopt;
    return Complaint{.law = Law::edge,
                     .at = edge.at,
                     .text = fmt::format("{}: {} to {}, from {}",
                                         name(edge.tuple),
                                         trace::text(edge.from),
                                         trace::text(edge.to),
                                         trace::text(known))};
}

std::optional<Complaint> FlowRules::on(const trace::SegmentSent& sent) {
    const auto found = flows_.find(sent.tcp.tuple);
    if (found == flows_.end() || sent.tcp.flags.rst()) return std::nullopt;
    Flow& flow = found->second;
    if (sent.tcp.options.window_scale) flow.window_unit = 1U << *sent.tcp.options.window_scale;
    if (!is_synchronized(flow.state) || !sent.tcp.flags.ack()) return std::nullopt;
    const wire::SeqNum acknowledged = flow.acknowledged.value_or(sent.tcp.ack);
    flow.acknowledged = wire::later(acknowledged, sent.tcp.ack);
    if (before(sent.tcp.ack, acknowledged))
        return Complaint{
            .law = Law::acknowledgment,
            .at = sent.at,
            .text = fmt::format(
                "{}: goes back by {} octets", name(sent.tcp.tuple), acknowledged - sent.tcp.ack)};
    if (auto complaint = check_offer(sent, flow)) return complaint;
    return check_text(sent);
}

// RFC 7323 §2.4: a scaled window may round the edge, by less than one unit.
std::optional<Complaint> FlowRules::check_offer(const trace::SegmentSent& sent, Flow& flow) {
    const wire::SeqNum edge = sent.tcp.ack + sent.tcp.window;
    const wire::SeqNum offered = flow.offered.value_or(edge);
    flow.offered = wire::later(offered, edge);
    if (offered - edge < static_cast<std::int32_t>(flow.window_unit)) return std::nullopt;
    return Complaint{
        .law = Law::window,
        .at = sent.at,
        .text = fmt::format(
            "{}: the edge moves left by {} octets", name(sent.tcp.tuple), offered - edge)};
}

std::optional<Complaint> FlowRules::check_text(const trace::SegmentSent& sent) const {
    const wire::FlowTuple& own = sent.tcp.tuple;
    if (sent.tcp.length == 0 || own.local == own.remote) return std::nullopt;
    const auto peer = flows_.find({.local = own.remote, .remote = own.local});
    if (peer == flows_.end() || !peer->second.offered) return std::nullopt;
    const std::int32_t beyond = sent.tcp.seq + sent.tcp.length - *peer->second.offered;
    if (beyond <= 0) return std::nullopt;
    return Complaint{.law = Law::window,
                     .at = sent.at,
                     .text = fmt::format("{}: {} octets beyond the offer", name(own), beyond)};
}

}  // namespace handfast::sim
