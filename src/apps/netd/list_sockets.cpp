#include "apps/netd/list_sockets.hpp"

#include <vector>

#include "apps/netd/realm.hpp"

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

ListedSocket listed_record(Realm& realm, const Record& record, std::string_view host) {
    const socket::Sockets& sockets = realm.network.sockets(record.host);
    ListedSocket listed;
    listed.host = host;
    listed.program = record.program;
    listed.type = record.type;
    listed.local = sockets.local_name(record.id).value_or(wire::Endpoint{});
    if (const auto peer = sockets.peer_name(record.id)) listed.remote = *peer;
    if (!record.is_stream()) return listed;
    if (const ListenerEnd* const listener = record.listener()) {
        listed.state = TcpState::listen;
        listed.receive_queue = listener->handed_on();
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
        realm.network.shard(record.id).tcp().snapshots(snapshots, realm.now);
        for (const ConnectionSnapshot& snapshot : snapshots) {
            if (snapshot.socket != 0 || is_full()) continue;
            ListedSocket& listed = listing.emplace_back();
            listed.host = name;
            add_connection(listed, snapshot);
        }
    }
    return listing;
}

}  // namespace handfast::netd
