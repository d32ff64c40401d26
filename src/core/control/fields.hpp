// The fields of each message in the order in which they travel: told once, for both directions.
#pragma once

#include <concepts>
#include <tuple>
#include <type_traits>

#include "core/control/datagram_facts.hpp"
#include "core/control/listing.hpp"
#include "core/control/message.hpp"

namespace handfast::control {

// T or const T.
template <class M, class T>
concept Is = std::same_as<std::remove_const_t<M>, T>;

constexpr auto fields(Is<Hello> auto& m) {
    return std::tie(m.version, m.build);
}
constexpr auto fields(Is<LinkOption> auto& m) {
    return std::tie(m.name, m.value);
}
constexpr auto fields(Is<Join> auto& m) {
    return std::tie(m.host, m.addresses, m.options, m.program, m.msl, m.seed, m.congestion);
}
constexpr auto fields(Is<SetLink> auto& m) {
    return std::tie(m.host, m.options);
}
constexpr auto fields(Is<ListHosts> auto&) {
    return std::tie();
}
constexpr auto fields(Is<ListSockets> auto& m) {
    return std::tie(m.host);
}
constexpr auto fields(Is<Observe> auto& m) {
    return std::tie(m.view, m.columns, m.color, m.ascii);
}
constexpr auto fields(Is<Down> auto&) {
    return std::tie();
}
constexpr auto fields(Is<Keep> auto&) {
    return std::tie();
}
constexpr auto fields(Is<Leave> auto&) {
    return std::tie();
}
constexpr auto fields(Is<Echo> auto& m) {
    return std::tie(m.to, m.sequence, m.length, m.patience);
}
constexpr auto fields(Is<Open> auto& m) {
    return std::tie(m.socket, m.family, m.type, m.process);
}
constexpr auto fields(Is<Bind> auto& m) {
    return std::tie(m.socket, m.address);
}
constexpr auto fields(Is<Listen> auto& m) {
    return std::tie(m.socket, m.backlog);
}
constexpr auto fields(Is<Connect> auto& m) {
    return std::tie(m.socket, m.address, m.patience);
}
constexpr auto fields(Is<Attach> auto& m) {
    return std::tie(m.socket);
}
constexpr auto fields(Is<Forget> auto& m) {
    return std::tie(m.request);
}
constexpr auto fields(Is<Accepted> auto& m) {
    return std::tie(m.listener, m.connection, m.socket, m.process);
}
constexpr auto fields(Is<GetName> auto& m) {
    return std::tie(m.socket, m.whose);
}
constexpr auto fields(Is<SetOption> auto& m) {
    return std::tie(m.socket, m.level, m.name, m.value);
}
constexpr auto fields(Is<GetOption> auto& m) {
    return std::tie(m.socket, m.level, m.name, m.room);
}
constexpr auto fields(Is<Shutdown> auto& m) {
    return std::tie(m.socket, m.how);
}
constexpr auto fields(Is<GetPending> auto& m) {
    return std::tie(m.socket, m.request);
}
constexpr auto fields(Is<SendTo> auto& m) {
    return std::tie(m.socket, m.to, m.octets);
}
constexpr auto fields(Is<Replace> auto& m) {
    return std::tie(m.socket, m.by);
}
constexpr auto fields(Is<Reply> auto& m) {
    return std::tie(m.request, m.error, m.text, m.number, m.value, m.name, m.addresses);
}
constexpr auto fields(Is<RequestMessage> auto& m) {
    return std::tie(m.id, m.request);
}
constexpr auto fields(Is<DatagramFacts> auto& m) {
    return std::tie(m.source, m.destination, m.ttl, m.tos, m.error);
}
constexpr auto fields(Is<ConnectionFacts> auto& m) {
    return std::tie(m.round_trip,
                    m.retransmission_timeout,
                    m.congestion_window,
                    m.send_window,
                    m.receive_window,
                    m.mss,
                    m.octets_acknowledged,
                    m.octets_received,
                    m.retransmissions);
}
constexpr auto fields(Is<ListedSocket> auto& m) {
    return std::tie(m.host,
                    m.program,
                    m.process,
                    m.type,
                    m.state,
                    m.local,
                    m.remote,
                    m.receive_queue,
                    m.send_queue,
                    m.ends_in,
                    m.facts);
}
constexpr auto fields(Is<ListedHost> auto& m) {
    return std::tie(m.name, m.mac, m.addresses, m.link, m.msl, m.programs, m.sockets);
}
constexpr auto fields(Is<ListedNetwork> auto& m) {
    return std::tie(m.name, m.build, m.process, m.started, m.msl, m.seed, m.keep, m.hosts);
}

// How many values an enum of ours has: others are refused.
constexpr std::uint8_t values_of(wire::Family) {
    return 2;
}
constexpr std::uint8_t values_of(berkeley::SocketType) {
    return 2;
}
constexpr std::uint8_t values_of(berkeley::ShutdownHow) {
    return 3;
}
constexpr std::uint8_t values_of(trace::TcpState) {
    return static_cast<std::uint8_t>(trace::TcpState::count);
}
constexpr std::uint8_t values_of(Observe::View) {
    return 2;
}
constexpr std::uint8_t values_of(GetName::Whose) {
    return 2;
}

}  // namespace handfast::control
