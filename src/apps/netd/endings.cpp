#include "apps/netd/endings.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "apps/netd/realm.hpp"

namespace handfast::netd {

namespace {

using Outcome = StreamEnd::Outcome;

// Only its names and its error are of use from now on.
void keep_for_questions(Realm& realm, RecordId id, Record& record) {
    record.end = {};
    record.ended = true;
    const RecordId oldest = realm.sockets.keep_ended(id);
    const Record* const old = realm.sockets.find(oldest);
    if (old != nullptr && old->ended) release(realm, oldest);
}

// True: the program has closed it. False also when nobody knows.
bool is_dead(const Realm& realm, const Record& record) {
    return record.life && !realm.knocker.is_alive(record.life.get());
}

void settle_stream(Realm& realm, RecordId id, Record& record) {
    const Outcome outcome = record.stream()->outcome();
    socket::Sockets& sockets = realm.touch(record.host);
    if (outcome == Outcome::aborted) (void)sockets.abort(record.id, realm.now);
    const bool may_be_asked = outcome == Outcome::both_ended || outcome == Outcome::reset;
    if (!may_be_asked || !record.key || is_dead(realm, record)) return release(realm, id);
    if (outcome == Outcome::both_ended)
        (void)sockets.shutdown(record.id, berkeley::ShutdownHow::write, realm.now);
    keep_for_questions(realm, id, record);
}

template <class Dead>
bool sweep_where(Realm& realm, Dead&& dead) {
    std::vector<RecordId> found;
    realm.sockets.for_each([&](RecordId id, const Record& record) {
        if (dead(record)) found.push_back(id);
    });
    for (const RecordId id : found) release(realm, id);
    return !found.empty();
}

bool holds_port(Realm& realm, const Record& record, wire::Port port) {
    const auto name = realm.network.sockets(record.host).local_name(record.id);
    return name && name->port == port;
}

// Whose life is not told by a far end.
bool is_silent(const Record& record) {
    return record.stream() == nullptr && record.datagram() == nullptr;
}

}  // namespace

void settle_ends(Realm& realm) {
    // Letting go of one may end another.
    while (!realm.over.empty()) {
        for (const RecordId id : std::exchange(realm.over, {})) {
            Record* const record = realm.sockets.find(id);
            if (record == nullptr || !record->has_end()) continue;
            if (record->stream() != nullptr)
                settle_stream(realm, id, *record);
            else
                release(realm, id);
        }
    }
}

void release(Realm& realm, RecordId id) {
    Record& record = *realm.sockets.find(id);
    socket::Sockets& sockets = realm.touch(record.host);
    if (record.listener() != nullptr) {
        record.listener()->shut();
        if (const auto name = sockets.local_name(record.id))
            realm.sockets.forget_listener(id, name->port);
    }
    if (record.waiting) {
        realm.timers.cancel(*record.waiting);
        if (Client* const client = realm.clients.find(record.waiting->client))
            client->waiting.erase(record.waiting->request);
    }
    const RecordId accepted_from = record.connection ? record.accepted_from : RecordId{};
    (void)sockets.close(record.id, realm.now);
    realm.sockets.erase(id);
    const Record* const listener = realm.sockets.find(accepted_from);
    if (listener != nullptr && listener->listener() != nullptr) listener->listener()->left();
}

void reset_abandoned(Realm& realm) {
    for (const ClientId owner : std::exchange(realm.abandoned, {})) {
        std::vector<RecordId> found;
        realm.sockets.for_each([&](RecordId id, const Record& record) {
            if (record.owner == owner) found.push_back(id);
        });
        for (const RecordId id : found) {
            const Record* const record = realm.sockets.find(id);
            if (record == nullptr) continue;
            if (record->stream() != nullptr)
                (void)realm.touch(record->host).abort(record->id, realm.now);
            release(realm, id);
        }
    }
}

bool sweep(Realm& realm) {
    return sweep_where(
        realm, [&](const Record& record) { return is_silent(record) && is_dead(realm, record); });
}

bool sweep_port(Realm& realm, wire::Port port) {
    const std::size_t before = realm.sockets.size();
    realm.sockets.for_each([&](RecordId, const Record& record) {
        if (record.datagram() != nullptr && holds_port(realm, record, port))
            record.datagram()->look();
    });
    settle_ends(realm);
    const bool silent_ones = sweep_where(realm, [&](const Record& record) {
        return is_silent(record) && holds_port(realm, record, port) && is_dead(realm, record);
    });
    return silent_ones || realm.sockets.size() < before;
}

bool is_resolver(Realm& realm, trace::HostId from, const wire::Endpoint& to) {
    if (!realm.resolver.is_asked(to) || !realm.hosts.owner_of(to.address).empty()) return false;
    bool played = false;
    realm.sockets.for_each([&](RecordId, const Record& record) {
        played = played || (to.address.is_loopback() && record.host == from &&
                            record.datagram() != nullptr && holds_port(realm, record, to.port));
    });
    return !played;
}

void sweep_listeners(Realm& realm, const wire::Endpoint& to) {
    for (const RecordId id : realm.sockets.listeners_at(to.port)) {
        if (is_dead(realm, *realm.sockets.find(id))) release(realm, id);
    }
}

bool all_ended(Realm& realm) {
    sweep_where(realm, [&](const Record& record) {
        return record.ended || (is_silent(record) && is_dead(realm, record));
    });
    return realm.sockets.size() == 0 &&
           std::ranges::all_of(realm.network.hosts(), [&](trace::HostId host) {
               const tcp::Tcp& tcp = realm.network.shard(host).tcp();
               return tcp.connections() == 0 && tcp.time_waits() == 0;
           });
}

}  // namespace handfast::netd
