// The small containers of the room, against plain models.
#include <algorithm>
#include <deque>
#include <gtest/gtest.h>
#include <map>
#include <rapidcheck/gtest.h>

#include "core/weather/agenda.hpp"
#include "core/weather/mac_table.hpp"
#include "core/weather/recent_map.hpp"
#include "core/weather/shaper.hpp"
#include "core/weather/transit.hpp"

namespace handfast::weather {
namespace {

RC_GTEST_PROP(Agenda, is_a_map_that_knows_its_earliest, ()) {
    Agenda agenda;
    std::map<std::uint32_t, Instant> model;
    for (int i = 0; i < 200; ++i) {
        const auto who = *rc::gen::inRange<std::uint32_t>(0, 20);
        if (*rc::gen::inRange(0, 3) == 0) {
            agenda.set(who, std::nullopt);
            model.erase(who);
        } else {
            const Instant at{nanoseconds{*rc::gen::inRange(0, 30)}};
            agenda.set(who, at);
            model[who] = at;
        }
        RC_ASSERT(agenda.empty() == model.empty());
        if (model.empty()) continue;
        const auto first = std::ranges::min_element(
            model, {}, [](const auto& item) { return std::pair{item.second, item.first}; });
        RC_ASSERT(agenda.first().who == first->first);
        RC_ASSERT(agenda.next() == first->second);
    }
}

RC_GTEST_PROP(RecentMap, keeps_the_newest_keys_and_forgets_the_oldest, ()) {
    const auto capacity = *rc::gen::inRange<std::size_t>(1, 40);
    RecentMap<int> map{capacity};
    std::deque<std::pair<std::uint64_t, int>> model;
    for (int i = 1; i < 300; ++i) {
        const auto key = *rc::gen::inRange<std::uint64_t>(0, 60);
        auto known = std::ranges::find(model, key, [](const auto& item) { return item.first; });
        RC_ASSERT((map.find(key) != nullptr) == (known != model.end()));
        int& value = map[key];
        RC_ASSERT(value == (known == model.end() ? 0 : known->second));
        value = i;
        if (known != model.end()) {
            known->second = i;
            continue;
        }
        model.emplace_back(key, i);
        if (model.size() > capacity) model.pop_front();
        RC_ASSERT(map.size() == model.size());
    }
}

TEST(MacTable, finds_what_was_assigned_and_null_for_others) {
    MacTable<int> table;
    wire::MacAddress mac;
    EXPECT_EQ(table.find(mac.octets), 0);
    std::vector<MacTable<int>::Row> rows;
    for (int i = 1; i <= 100; ++i) {
        mac.octets[5] = static_cast<std::byte>(i);
        rows.push_back({mac, i});
    }
    table.assign(rows);
    for (const auto& row : rows) EXPECT_EQ(table.find(row.mac.octets), row.value);
    mac.octets[0] = std::byte{1};
    EXPECT_EQ(table.find(mac.octets), 0);
}

RC_GTEST_PROP(Transit, gives_packets_by_arrival_and_equal_ones_by_entry, ()) {
    buf::Pool pool;
    Transit transit;
    std::vector<std::pair<Instant, std::uint64_t>> model;  // arrival, ordinal
    Instant last{};
    std::size_t in_line = 0;
    for (std::uint64_t id = 0; id < 100; ++id) {
        buf::Packet p = buf::Packet::make(pool);
        static_cast<void>(p.prepend(10));
        p.facts().tag.id = id;
        const Instant at{nanoseconds{*rc::gen::inRange(0, 40)}};
        if (*rc::gen::arbitrary<bool>()) {
            transit.add_stray(std::move(p), at);
            model.emplace_back(at, id);
        } else {
            const Instant expected = in_line == 0 ? at : std::max(at, last);
            last = transit.add_in_line(std::move(p), at);
            RC_ASSERT(last == expected);
            model.emplace_back(last, id);
            ++in_line;
        }
    }
    RC_ASSERT(transit.octets() == 1000U);
    std::ranges::sort(model);
    for (const auto& [at, id] : model) {
        RC_ASSERT(transit.next() == at);
        RC_ASSERT(!transit.take(at - nanoseconds{1}));
        const buf::Packet p = transit.take(at);
        RC_ASSERT(p.facts().tag.id == id);
        RC_ASSERT(p.facts().at == at);
    }
    RC_ASSERT(transit.empty());
    RC_ASSERT(transit.octets() == 0U);
}

RC_GTEST_PROP(Shaper, lets_exactly_the_rate_through_while_it_is_busy, ()) {
    const auto rate = *rc::gen::inRange<std::uint64_t>(8'000, 100'000'000'000);
    Shaper shaper;
    const Instant start{seconds{5}};
    std::uint64_t bits = 0;
    std::optional<Instant> last;
    for (int i = 0; i < 100; ++i) {
        const auto octets = *rc::gen::inRange<std::size_t>(1, 65'000);
        bits += octets * 8;
        last = shaper.admit(octets, rate, std::size_t{1} << 40, start);
        RC_ASSERT(last.has_value());
    }
    // Rounded down once, not once a frame.
    const double exact = static_cast<double>(bits) * 1e9 / static_cast<double>(rate);
    RC_ASSERT(std::abs(static_cast<double>((*last - start).count()) - exact) <=
              1.0 + exact * 1e-12);
}

}  // namespace
}  // namespace handfast::weather
