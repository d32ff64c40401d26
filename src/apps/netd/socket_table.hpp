// All sockets of all programs: by the key of the program's descriptor, by the key of a connection
// that waits to be accepted, by port for listeners.
#pragma once

#include <deque>
#include <memory>
#include <unordered_map>
#include <vector>

#include "apps/netd/record.hpp"
#include "core/base/slab.hpp"

namespace handfast::netd {

class SocketTable {
public:
    static constexpr std::size_t max_records = 1'100'000;
    static constexpr std::size_t max_ended = 1024;  // that are kept for questions

    // A null id when the table is full.
    [[nodiscard]] RecordId add(trace::HostId host, socket::SocketId id);
    void erase(RecordId id);

    [[nodiscard]] Record* find(RecordId id) { return records_.find(id); }
    [[nodiscard]] Record* find(control::SocketKey key);
    [[nodiscard]] RecordId id_of(control::SocketKey key) const;
    [[nodiscard]] RecordId id_of(control::ConnectionKey connection) const;

    // Gives a record its key; a record that had the key before loses it (its socket is gone: the
    // kernel uses no key twice, so this means that somebody lies).
    void name(RecordId id, control::SocketKey key);
    // It waits to be accepted.
    void name(RecordId id, control::ConnectionKey connection);
    void name_listener(RecordId id, wire::Port port);
    void forget_listener(RecordId id, wire::Port port);
    [[nodiscard]] std::vector<RecordId> listeners_at(wire::Port port) const;

    // Keeps a record whose end is gone. Gives the one that makes room for it, or a null id.
    [[nodiscard]] RecordId keep_ended(RecordId id);

    template <class F>
    void for_each(F&& f) {
        records_.for_each(f);
    }
    [[nodiscard]] std::size_t size() const { return records_.size(); }
    [[nodiscard]] std::size_t ended() const { return ended_.size(); }

private:
    Slab<Record> records_{max_records};
    std::unordered_map<control::SocketKey, RecordId> by_key_;
    std::unordered_map<control::ConnectionKey, RecordId> by_connection_;
    std::unordered_multimap<std::uint16_t, RecordId> listeners_;
    std::deque<RecordId> ended_;
};

}  // namespace handfast::netd
