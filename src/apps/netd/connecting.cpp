#include "apps/netd/connecting.hpp"

#include <algorithm>
#include <utility>

#include "apps/netd/endings.hpp"
#include "apps/netd/realm.hpp"

namespace handfast::netd {

using berkeley::Errno;

namespace {

constexpr std::size_t least_sweep = 1024;

// Gives the one who waits the outcome.
void answer(Realm& realm, Record& record, const berkeley::Result<void>& result) {
    const std::unique_ptr<PendingConnect> pending = std::move(record.waiting);
    realm.timers.cancel(*pending);
    Client* const client = realm.clients.find(pending->client);
    if (client == nullptr) return;
    client->waiting.erase(pending->request);
    control::Reply reply;
    reply.request = pending->request;
    reply.error = result ? 0 : static_cast<std::int32_t>(result.error());
    if (const auto name = realm.network.sockets(record.host).local_name(record.id); result && name)
        reply.name = *name;
    client->reply(reply, {});
}

StreamEnd::Ends ends_of(const Record& record, RecordId id, link::FileDescriptor far_end) {
    return {.record = id, .host = record.host, .id = record.id, .far_end = std::move(far_end)};
}

// What happened before the far end was there.
void look_at(Realm& realm, const Record& record) {
    record.stream()->on_ready(realm.network.sockets(record.host).ready(record.id));
}

}  // namespace

void wait_for_connection(const Asked& asked, RecordId id, const control::Connect& request) {
    Record& record = *asked.realm.sockets.find(id);
    record.waiting =
        std::make_unique<PendingConnect>(id, asked.client.id(), asked.id, *request.address);
    asked.client.waiting[asked.id] = id;
    if (request.patience)
        asked.realm.timers.set(*record.waiting, asked.realm.now + *request.patience);
}

void connection_changed(Realm& realm, RecordId id) {
    Record& record = *realm.sockets.find(id);
    const auto result =
        realm.touch(record.host).connect(record.id, record.waiting->remote, realm.now);
    if (result || result.error() == Errno::already_connected) return answer(realm, record, {});
    if (result.error() != Errno::connection_already_in_progress) answer(realm, record, result);
}

void patience_is_over(Realm& realm, PendingConnect& pending) {
    answer(
        realm, *realm.sockets.find(pending.record), berkeley::fail(Errno::operation_in_progress));
}

void stop_waiting(Realm& realm, RecordId id) {
    Record& record = *realm.sockets.find(id);
    const std::unique_ptr<PendingConnect> pending = std::move(record.waiting);
    realm.timers.cancel(*pending);
    if (Client* const client = realm.clients.find(pending->client))
        client->waiting.erase(pending->request);
}

void attach(Realm& realm, RecordId id, link::FileDescriptor far_end) {
    Record& record = *realm.sockets.find(id);
    record.end = std::make_unique<StreamEnd>(realm, ends_of(record, id, std::move(far_end)));
    look_at(realm, record);
}

void attach(Realm& realm, RecordId id, link::FileDescriptor far_end, StreamEnd::Filled filled) {
    Record& record = *realm.sockets.find(id);
    record.end = std::make_unique<StreamEnd>(
        realm, ends_of(record, id, std::move(far_end)), std::move(filled));
    look_at(realm, record);
}

berkeley::Result<void> disconnect(Realm& realm, RecordId id) {
    Record& record = *realm.sockets.find(id);
    // The far end is the burnt file's; the socket itself may connect again.
    if (record.stream() != nullptr) record.end = {};
    return realm.touch(record.host).disconnect(record.id, realm.now);
}

void sweep_when_grown(Realm& realm) {
    if (realm.sockets.size() < realm.sweep_at) return;
    sweep(realm);
    realm.sweep_at = std::max(least_sweep, 2 * realm.sockets.size());
}

}  // namespace handfast::netd
