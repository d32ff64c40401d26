#include "apps/netd/list_sockets.hpp"

#include <algorithm>
#include <unistd.h>
#include <vector>

#include "apps/netd/realm.hpp"
#include "core/wire/format.hpp"

namespace handfast::netd {

namespace {

using control::ListedSocket;
using trace::ConnectionSnapshot;
using trace::TcpState;

control::ConnectionFacts facts_of(const ConnectionSnapshot& s) {
    return {.round_trip = s.srtt,
            .retransmission_timeout = s.rto,
            .congestion_window = s.congestion_window,
            .send_window = s.snd_wnd,
            .receive_window = s.rcv_wnd,
            .mss = s.mss,
            .octets_acknowledged = s.bytes_acked,
            .octets_received = s.bytes_received,
            .retransmissions = s.total_retransmissions};
}

void add_connection(ListedSocket& listed, const ConnectionSnapshot& s) {
    listed.type = berkeley::SocketType::stream;
    listed.state = s.state;
    listed.local = s.tuple.local;
    listed.remote = s.tuple.remote;
    listed.receive_queue += s.receive_queued;
    listed.send_queue += s.send_queued;
    listed.facts = facts_of(s);
}

std::uint64_t waiting_octets(const berkeley::Result<int>& number) {
    return static_cast<std::uint64_t>(std::max(number.value_or(0), 0));
}

ListedSocket listed_record(Realm& realm, const Record& record, std::string_view host) {
    const socket::Sockets& sockets = realm.network.sockets(record.host);
    ListedSocket listed;
    listed.host = host;
    listed.program = record.program;
    listed.process = record.process;
    listed.type = record.type;
    listed.local = sockets.local_name(record.id).value_or(wire::Endpoint{});
    if (const auto peer = sockets.peer_name(record.id)) listed.remote = *peer;
    if (!record.is_stream()) {
        listed.receive_queue = waiting_octets(sockets.pending_in(record.id));
        listed.send_queue = waiting_octets(sockets.pending_out(record.id));
        return listed;
    }
    if (const ListenerEnd* const listener = record.listener()) {
        listed.state = TcpState::listen;
        listed.receive_queue = listener->handed_on();
        listed.send_queue = listener->backlog();
    } else if (const auto info = sockets.info(record.id, realm.now)) {
        if (info->state != TcpState::closed) add_connection(listed, *info);
    }
    if (const StreamEnd* const stream = record.stream()) {
        listed.receive_queue += stream->parked();
        listed.send_queue += stream->untaken();
    }
    return listed;
}

}  // namespace

control::ListedNetwork list_network(Realm& realm) {
    control::ListedNetwork listed;
    listed.name = realm.settings.network;
    listed.process = ::getpid();
    listed.started = realm.started;
    listed.msl = realm.settings.msl;
    listed.seed = realm.settings.seed;
    listed.keep = realm.settings.keep;
    for (const auto& [name, host] : realm.hosts.all()) {
        const auto& links = realm.network.shard(host.id).config().links;
        listed.hosts.push_back({.name = name,
                                .mac = wire::to_string(links.front().mac),
                                .addresses = host.addresses,
                                .link = words_of(host.link),
                                .msl = host.msl,
                                .programs = realm.clients.programs(host.id),
                                .sockets = list_sockets(realm, name).size()});
    }
    return listed;
}

control::Listing list_sockets(Realm& realm, std::string_view host) {
    control::Listing listing;
    const auto is_full = [&] { return listing.size() == control::max_list; };
    const auto is_wanted = [&](std::string_view name) { return host.empty() || name == host; };
    realm.sockets.for_each([&](RecordId, const Record& record) {
        const std::string_view name = realm.hosts.name_of(record.host);
        if (is_wanted(name) && !record.ended && !is_full())
            listing.push_back(listed_record(realm, record, name));
    });
    std::vector<ConnectionSnapshot> snapshots;
    for (const auto& [name, record] : realm.hosts.all()) {
        if (!is_wanted(name)) continue;
        snapshots.clear();
        realm.network.shard(record.id).tcp().snapshots(snapshots, realm.now);
        for (const ConnectionSnapshot& snapshot : snapshots) {
            if (snapshot.socket != 0 || is_full()) continue;
            ListedSocket& listed = listing.emplace_back();
            listed.host = name;
            add_connection(listed, snapshot);
            // RFC 9293 §3.10.7.4: 2 MSL from the last FIN on.
            if (snapshot.state == TcpState::time_wait)
                listed.ends_in = 2 * record.msl - snapshot.since_last_ack_received;
        }
    }
    return listing;
}

}  // namespace handfast::netd
