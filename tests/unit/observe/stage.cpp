#include "unit/observe/stage.hpp"

#include <algorithm>

#include "core/wire/checksum.hpp"
#include "core/wire/icmp.hpp"
#include "core/wire/udp.hpp"

namespace handfast::observe::test {
namespace {

[[nodiscard]] trace::HostId id_of(Who who) {
    return who == Who::client ? client_id : server_id;
}
[[nodiscard]] Who other(Who who) {
    return who == Who::client ? Who::server : Who::client;
}

void append(std::vector<std::byte>& octets, std::string_view text) {
    for (const char c : text) octets.push_back(static_cast<std::byte>(c));
}

[[nodiscard]] std::vector<std::byte> in_ip(const wire::FlowTuple& tuple,
                                           wire::Protocol protocol,
                                           const std::vector<std::byte>& payload,
                                           std::uint16_t identification) {
    const wire::Ipv4Header ip{.source = tuple.local.address,
                              .destination = tuple.remote.address,
                              .protocol = protocol,
                              .identification = identification,
                              .payload_size = payload.size(),
                              .options = {}};
    std::vector<std::byte> out(ip.size());
    ip.emit(out);
    out.insert(out.end(), payload.begin(), payload.end());
    return out;
}

}  // namespace

std::vector<std::byte> ip_octets(const TcpFrame& frame) {
    std::vector<std::byte> segment(frame.header.size());
    frame.header.emit(segment);
    append(segment, frame.text);
    const wire::IpAddress& source = frame.tuple.local.address;
    const wire::IpAddress& target = frame.tuple.remote.address;
    wire::Checksum sum;
    sum.add_pseudo_header(source, target, wire::Protocol::tcp, segment.size()).add(segment);
    store_be16(segment, wire::TcpHeader::checksum_at, sum.finish());
    return in_ip(frame.tuple, wire::Protocol::tcp, segment, frame.identification);
}

std::vector<std::byte> udp_octets(const wire::FlowTuple& tuple, std::string_view text) {
    const wire::UdpHeader header{.source_port = tuple.local.port,
                                 .target_port = tuple.remote.port,
                                 .payload_size = text.size()};
    std::vector<std::byte> datagram(wire::UdpHeader::size);
    header.emit(datagram);
    append(datagram, text);
    wire::Checksum sum;
    sum.add_pseudo_header(
           tuple.local.address, tuple.remote.address, wire::Protocol::udp, datagram.size())
        .add(datagram);
    store_be16(datagram, wire::UdpHeader::checksum_at, wire::UdpHeader::checksum_field(sum));
    return in_ip(tuple, wire::Protocol::udp, datagram, 0);
}

std::vector<std::byte> port_unreachable(const std::vector<std::byte>& about) {
    const auto ip = wire::Ipv4View::parse(about);
    std::vector<std::byte> message(wire::IcmpHeader::size);
    wire::IcmpHeader::unreachable(wire::UnreachableCode::port).emit(message);
    message.insert(message.end(), about.begin(), about.end());
    wire::Checksum sum;
    store_be16(message, wire::IcmpHeader::checksum_at, sum.add(message).finish());
    const wire::FlowTuple back{.local = {ip->destination(), {}}, .remote = {ip->source(), {}}};
    return in_ip(back, wire::Protocol::icmp, message, 0);
}

wire::FlowTuple Stage::tuple(Who local) const {
    if (local == Who::client) return {.local = client_end, .remote = server_end};
    return {.local = server_end, .remote = client_end};
}

trace::TcpSummary Stage::summary(const Act& act) const {
    const bool client = act.from == Who::client;
    const wire::SeqNum own = client ? client_isn : server_isn;
    const wire::SeqNum far = client ? server_isn : client_isn;
    trace::TcpSummary tcp{
        .tuple = tuple(act.from),
        .seq = own + isn_offset_ + act.seq,
        .ack = act.ack ? far + isn_offset_ + *act.ack : wire::SeqNum{},
        .flags = act.ack ? act.flags | wire::ack_flag : act.flags,
        .length = act.text.empty() ? act.length : static_cast<std::uint32_t>(act.text.size()),
        .gso_size = act.gso_size,
        .raw_window = static_cast<std::uint16_t>(act.window),
        .window = act.window,
        .options = {}};
    if (act.flags.syn()) tcp.options.mss = 1460;
    return tcp;
}

void Stage::plays(const Act& act) {
    const std::uint64_t id = sends(act);
    if (act.lost) return;
    waits(delay);
    arrives(act, id);
}

std::vector<std::byte> Stage::octets_of(const Act& act) const {
    const trace::TcpSummary tcp = summary(act);
    const wire::TcpHeader header{.source_port = tcp.tuple.local.port,
                                 .target_port = tcp.tuple.remote.port,
                                 .seq = tcp.seq,
                                 .ack = tcp.ack,
                                 .flags = tcp.flags,
                                 .window = tcp.raw_window,
                                 .options = tcp.options};
    return ip_octets({.tuple = tcp.tuple, .header = header, .text = act.text});
}

std::uint64_t Stage::sends(const Act& act) {
    if (act.becomes) edge(act.from, *act.becomes);
    const std::uint64_t id = next_id_++;
    if (!is_silent(act.from)) {
        audience_.on(trace::SegmentSent{.at = now_,
                                        .host = id_of(act.from),
                                        .id = id,
                                        .why = act.why,
                                        .attempt = act.attempt,
                                        .state = state(act.from),
                                        .tcp = summary(act)});
    }
    const auto octets = octets_of(act);
    const Bytes part{octets};
    audience_.on(trace::FrameSeen{.at = now_,
                                  .host = id_of(act.from),
                                  .direction = trace::Direction::up,
                                  .medium = trace::Medium::raw_ip,
                                  .id = id,
                                  .why = is_silent(act.from) ? Why::foreign : act.why,
                                  .attempt = act.attempt,
                                  .gso_size = act.gso_size,
                                  .parts = {&part, 1}});
    tell_fate(act.from, act, id);
    return id;
}

void Stage::tell_fate(Who from, const Act& act, std::uint64_t id) {
    audience_.on(trace::FrameFate{.at = now_,
                                  .host = id_of(from),
                                  .direction = trace::Direction::up,
                                  .id = id,
                                  .lost = act.lost,
                                  .arrives = now_ + delay,
                                  .corrupted = act.corrupted});
}

void Stage::arrives(const Act& act, std::uint64_t id) {
    const Who to = other(act.from);
    if (is_silent(to)) return delivers(to, octets_of(act), id, act.why);
    if (act.makes) edge(to, *act.makes);
    trace::TcpSummary tcp = summary(act);
    std::swap(tcp.tuple.local, tcp.tuple.remote);
    audience_.on(trace::SegmentReceived{.at = now_,
                                        .host = id_of(to),
                                        .id = id,
                                        .drop = act.refused,
                                        .state = state(to),
                                        .tcp = tcp});
}

void Stage::edge(Who who, TcpState to) {
    const TcpState from = state(who);
    state(who) = to;
    if (is_silent(who)) return;
    audience_.on(trace::StateEdge{
        .at = now_, .host = id_of(who), .tuple = tuple(who), .from = from, .to = to});
}

void Stage::timer(Who who, trace::TimerKind kind, std::uint16_t attempt) {
    audience_.on(trace::TimerFired{
        .at = now_, .host = id_of(who), .tuple = tuple(who), .timer = kind, .attempt = attempt});
}

void Stage::note(Who who, std::string text) {
    if (is_silent(who)) return;
    audience_.on(Note{.at = now_,
                      .host = id_of(who),
                      .local = std::nullopt,
                      .remote = std::nullopt,
                      .text = std::move(text)});
}

std::uint64_t Stage::frame(Who from,
                           const std::vector<std::byte>& octets,
                           Why why,
                           std::optional<trace::Drop> lost) {
    const std::uint64_t id = next_id_++;
    const Bytes part{octets};
    audience_.on(trace::FrameSeen{.at = now_,
                                  .host = id_of(from),
                                  .direction = trace::Direction::up,
                                  .medium = medium,
                                  .id = id,
                                  .why = why,
                                  .attempt = 0,
                                  .gso_size = 0,
                                  .parts = {&part, 1}});
    Act act;
    act.lost = lost;
    tell_fate(from, act, id);
    return id;
}

void Stage::delivers(Who to, const std::vector<std::byte>& octets, std::uint64_t id, Why why) {
    const Bytes part{octets};
    audience_.on(trace::FrameSeen{.at = now_,
                                  .host = id_of(to),
                                  .direction = trace::Direction::down,
                                  .medium = medium,
                                  .id = id,
                                  .why = why,
                                  .attempt = 0,
                                  .gso_size = 0,
                                  .parts = {&part, 1}});
}

void Stage::datagram(Who from, std::string_view text, std::optional<trace::Drop> lost) {
    const auto octets = udp_octets(tuple(from), text);
    const std::uint64_t id = frame(from, octets, Why::udp_datagram, lost);
    if (lost) return;
    waits(delay);
    delivers(other(from), octets, id, Why::udp_datagram);
}

void Stage::passes(Who link, std::uint64_t id, std::optional<trace::Drop> lost) {
    audience_.on(trace::FrameFate{
        .at = now_,
        .host = id_of(link),
        .direction = link == sender ? trace::Direction::up : trace::Direction::down,
        .id = id,
        .lost = lost,
        .arrives = now_ + delay});
}

void Stage::dropped(Who by, std::uint64_t id, trace::Drop reason) {
    audience_.on(trace::PacketDropped{.at = now_, .host = id_of(by), .id = id, .reason = reason});
}

void Stage::handshake() {
    note(Who::server, "listen()");
    note(Who::client, "connect()");
    plays({.flags = wire::syn_flag,
           .why = Why::handshake_syn,
           .becomes = TcpState::syn_sent,
           .makes = TcpState::syn_received});
    plays({.from = Who::server,
           .flags = wire::syn_flag,
           .ack = 1,
           .why = Why::handshake_syn_ack,
           .makes = TcpState::established});
    plays({.seq = 1, .ack = 1, .why = Why::handshake_ack, .makes = TcpState::established});
}

void Stage::four_way_close(std::uint32_t client_sent, std::uint32_t server_sent) {
    const std::uint32_t m = client_sent + 1;
    const std::uint32_t n = server_sent + 1;
    note(Who::client, "close()");
    plays({.flags = wire::fin_flag,
           .seq = m,
           .ack = n,
           .why = Why::fin,
           .becomes = TcpState::fin_wait_1,
           .makes = TcpState::close_wait});
    plays({.from = Who::server,
           .seq = n,
           .ack = m + 1,
           .why = Why::quick_ack,
           .makes = TcpState::fin_wait_2});
    note(Who::server, "close()");
    plays({.from = Who::server,
           .flags = wire::fin_flag,
           .seq = n,
           .ack = m + 1,
           .why = Why::fin,
           .becomes = TcpState::last_ack,
           .makes = TcpState::time_wait});
    plays({.seq = m + 1, .ack = n + 1, .why = Why::quick_ack, .makes = TcpState::closed});
    waits(seconds{240} - delay);
    timer(Who::client, trace::TimerKind::time_wait, 0);
    edge(Who::client, TcpState::closed);
}

}  // namespace handfast::observe::test
