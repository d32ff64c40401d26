#include "core/tcp/time_wait.hpp"

namespace handfast::tcp {

TimeWait& TimeWaits::add(const TimeWait& values) {
    const auto id = slab_.emplace();
    TimeWait& record = slab_[id];
    record.tuple = values.tuple;
    record.snd_nxt = values.snd_nxt;
    record.rcv_nxt = values.rcv_nxt;
    record.ts_recent = values.ts_recent;
    record.timestamp_offset = values.timestamp_offset;
    record.window = values.window;
    record.tos = values.tos;
    record.ttl = values.ttl;
    record.timestamps = values.timestamps;
    record.entered = values.entered;
    record.ends = values.ends;
    record.id = id;
    table_.insert(record);
    list_.push_back(record);
    return record;
}

void TimeWaits::restart(TimeWait& record, Instant ends) {
    record.ends = ends;
    list_.erase(list_.iterator_to(record));
    list_.push_back(record);
}

void TimeWaits::erase(TimeWait& record) {
    table_.erase(record);
    list_.erase(list_.iterator_to(record));
    slab_.erase(record.id);
}

}  // namespace handfast::tcp
