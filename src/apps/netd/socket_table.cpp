#include "apps/netd/socket_table.hpp"

#include <utility>

namespace handfast::netd {

RecordId SocketTable::add(trace::HostId host, socket::SocketId id) {
    return records_.emplace(host, id);
}

void SocketTable::erase(RecordId id) {
    const Record& record = records_[id];
    if (record.key) by_key_.erase(*record.key);
    if (record.connection) by_connection_.erase(*record.connection);
    records_.erase(id);
}

Record* SocketTable::find(control::SocketKey key) {
    return records_.find(id_of(key));
}

RecordId SocketTable::id_of(control::SocketKey key) const {
    const auto found = by_key_.find(key);
    return found != by_key_.end() ? found->second : RecordId{};
}

RecordId SocketTable::id_of(control::ConnectionKey connection) const {
    const auto found = by_connection_.find(connection);
    return found != by_connection_.end() ? found->second : RecordId{};
}

void SocketTable::name(RecordId id, control::SocketKey key) {
    Record& record = records_[id];
    if (record.connection) by_connection_.erase(*std::exchange(record.connection, std::nullopt));
    if (record.key) by_key_.erase(*record.key);
    if (Record* const before = find(key)) before->key.reset();
    record.key = key;
    by_key_[key] = id;
}

void SocketTable::name(RecordId id, control::ConnectionKey connection) {
    records_[id].connection = connection;
    by_connection_[connection] = id;
}

void SocketTable::name_listener(RecordId id, wire::Port port) {
    listeners_.emplace(wire::number(port), id);
}

void SocketTable::forget_listener(RecordId id, wire::Port port) {
    const auto [first, last] = listeners_.equal_range(wire::number(port));
    for (auto i = first; i != last; ++i) {
        if (i->second != id) continue;
        listeners_.erase(i);
        return;
    }
}

std::vector<RecordId> SocketTable::listeners_at(wire::Port port) const {
    std::vector<RecordId> found;
    const auto [first, last] = listeners_.equal_range(wire::number(port));
    for (auto i = first; i != last; ++i) found.push_back(i->second);
    return found;
}

RecordId SocketTable::keep_ended(RecordId id) {
    ended_.push_back(id);
    if (ended_.size() <= max_ended) return {};
    const RecordId oldest = ended_.front();
    ended_.pop_front();
    return oldest;
}

}  // namespace handfast::netd
