// TIME-WAIT: a small record in the place of a connection, for 2 MSL (RFC 9293 §3.6.1, MUST-13).
#pragma once

#include <boost/intrusive/list.hpp>
#include <boost/intrusive/unordered_set.hpp>
#include <cstdint>

#include "core/base/slab.hpp"
#include "core/base/time.hpp"
#include "core/tcp/flow_table.hpp"
#include "core/wire/address.hpp"
#include "core/wire/seq_num.hpp"

namespace handfast::tcp {

struct TimeWait {
    using ListHook = boost::intrusive::list_member_hook<
        boost::intrusive::link_mode<boost::intrusive::safe_link>>;
    using TableHook = boost::intrusive::unordered_set_member_hook<
        boost::intrusive::link_mode<boost::intrusive::safe_link>,
        boost::intrusive::store_hash<true>>;

    wire::FlowTuple tuple;
    wire::SeqNum snd_nxt;
    wire::SeqNum rcv_nxt;
    std::uint32_t ts_recent{0};
    std::uint32_t timestamp_offset{0};
    std::uint16_t window{0};  // as it stood in the last header
    std::uint8_t tos{0};
    std::uint8_t ttl{64};
    bool timestamps{false};
    Instant entered{};
    Instant ends{};
    Instant answered{Instant::min()};
    Handle<TimeWait> id{};
    TableHook table_hook{};
    ListHook list_hook{};
};

// Records leave in the order in which their 2 MSL began, for 2 MSL is one constant: a list will do.
class TimeWaits {
public:
    TimeWaits(std::size_t capacity, const Entropy& secret) : slab_{capacity}, table_{secret} {}
    TimeWaits(const TimeWaits&) = delete;
    TimeWaits& operator=(const TimeWaits&) = delete;
    TimeWaits(TimeWaits&&) = delete;
    TimeWaits& operator=(TimeWaits&&) = delete;
    ~TimeWaits() {
        while (!list_.empty()) erase(list_.front());
    }

    // Not when it is full.
    TimeWait& add(const TimeWait& values);
    void restart(TimeWait& record, Instant ends);
    void erase(TimeWait& record);
    [[nodiscard]] TimeWait* find(const wire::FlowTuple& tuple) { return table_.find(tuple); }
    [[nodiscard]] const TimeWait* find(const wire::FlowTuple& tuple) const {
        return table_.find(tuple);
    }
    // The record that ends first; nullptr: none.
    [[nodiscard]] TimeWait* first() { return list_.empty() ? nullptr : &list_.front(); }
    [[nodiscard]] std::size_t size() const { return slab_.size(); }
    [[nodiscard]] bool full() const { return slab_.full(); }
    template <class F>
    void for_each(F&& f) const {
        for (const TimeWait& t : list_) f(t);
    }

private:
    using List = boost::intrusive::list<
        TimeWait,
        boost::intrusive::member_hook<TimeWait, TimeWait::ListHook, &TimeWait::list_hook>>;
    using Table = FlowTable<
        TimeWait,
        boost::intrusive::member_hook<TimeWait, TimeWait::TableHook, &TimeWait::table_hook>>;

    Slab<TimeWait> slab_;
    Table table_;
    List list_;
};

}  // namespace handfast::tcp
