#include "core/base/interval_set.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>
#include <set>
#include <vector>

namespace handfast {
namespace {

constexpr std::size_t plenty = 1000;

std::vector<Interval> all_of(const IntervalSet& set) {
    return {set.begin(), set.end()};
}

IntervalSet set_of(std::vector<Interval> intervals) {
    IntervalSet set{plenty};
    for (const Interval i : intervals) EXPECT_TRUE(set.insert(i));
    return set;
}

using Intervals = std::vector<Interval>;

TEST(IntervalSet, begins_empty) {
    const IntervalSet set{plenty};
    EXPECT_TRUE(set.empty());
    EXPECT_EQ(set.count(), 0U);
    EXPECT_EQ(set.total_size(), 0U);
    EXPECT_FALSE(set.contains(0));
    EXPECT_EQ(set.first_gap(7), (Interval{7, IntervalSet::unbounded}));
}

TEST(IntervalSet, keeps_disjoint_intervals_in_order) {
    const IntervalSet set = set_of({{30, 40}, {10, 20}, {50, 60}});
    EXPECT_EQ(all_of(set), (Intervals{{10, 20}, {30, 40}, {50, 60}}));
    EXPECT_EQ(set.total_size(), 30U);
    EXPECT_EQ(set.front(), (Interval{10, 20}));
    EXPECT_EQ(set.back(), (Interval{50, 60}));
}

TEST(IntervalSet, merges_neighbors_that_touch) {
    EXPECT_EQ(all_of(set_of({{10, 20}, {30, 40}, {20, 30}})), (Intervals{{10, 40}}));
}

TEST(IntervalSet, merges_all_that_it_overlaps) {
    const IntervalSet set = set_of({{10, 20}, {30, 40}, {50, 60}, {70, 80}, {15, 55}});
    EXPECT_EQ(all_of(set), (Intervals{{10, 60}, {70, 80}}));
    EXPECT_EQ(set.total_size(), 60U);
}

TEST(IntervalSet, takes_a_part_of_what_is_there_without_change) {
    EXPECT_EQ(all_of(set_of({{10, 40}, {20, 30}, {10, 40}})), (Intervals{{10, 40}}));
}

TEST(IntervalSet, ignores_an_empty_interval) {
    EXPECT_EQ(all_of(set_of({{10, 20}, {15, 15}, {30, 30}})), (Intervals{{10, 20}}));
}

TEST(IntervalSet, refuses_one_interval_too_many_and_keeps_what_it_has) {
    IntervalSet set{2};
    EXPECT_TRUE(set.insert({10, 20}));
    EXPECT_TRUE(set.insert({30, 40}));
    EXPECT_FALSE(set.insert({50, 60}));
    EXPECT_EQ(all_of(set), (Intervals{{10, 20}, {30, 40}}));
    EXPECT_EQ(set.total_size(), 20U);
    EXPECT_TRUE(set.insert({40, 60}));  // makes none more
    EXPECT_TRUE(set.insert({20, 30}));  // makes one less
    EXPECT_TRUE(set.insert({80, 90}));
    EXPECT_EQ(all_of(set), (Intervals{{10, 60}, {80, 90}}));
}

TEST(IntervalSet, erases_below_a_bound_and_cuts_the_interval_it_is_in) {
    IntervalSet set = set_of({{10, 20}, {30, 40}, {50, 60}});
    set.erase_below(35);
    EXPECT_EQ(all_of(set), (Intervals{{35, 40}, {50, 60}}));
    EXPECT_EQ(set.total_size(), 15U);
    set.erase_below(60);
    EXPECT_TRUE(set.empty());
    EXPECT_EQ(set.total_size(), 0U);
}

TEST(IntervalSet, finds_the_first_gap_at_or_after_an_offset) {
    const IntervalSet set = set_of({{10, 20}, {30, 40}});
    EXPECT_EQ(set.first_gap(0), (Interval{0, 10}));
    EXPECT_EQ(set.first_gap(10), (Interval{20, 30}));
    EXPECT_EQ(set.first_gap(25), (Interval{25, 30}));
    EXPECT_EQ(set.first_gap(39), (Interval{40, IntervalSet::unbounded}));
}

TEST(IntervalSet, works_to_the_end_of_the_number_space) {
    const std::uint64_t end = IntervalSet::unbounded;
    const IntervalSet set = set_of({{end - 10, end}, {0, 1}});
    EXPECT_TRUE(set.contains(end - 1));
    EXPECT_TRUE(set.first_gap(end - 5).empty());
    EXPECT_EQ(set.total_size(), 11U);
}

// Against a set of single octets.
RC_GTEST_PROP(IntervalSetProperty, agrees_with_a_set_of_octets, ()) {
    constexpr std::uint64_t space = 64;
    const auto ops =
        *rc::gen::container<std::vector<std::pair<std::uint8_t, std::uint8_t>>>(rc::gen::pair(
            rc::gen::inRange<std::uint8_t>(0, space), rc::gen::inRange<std::uint8_t>(0, space)));
    const auto capacity = *rc::gen::inRange<std::size_t>(1, 12);
    IntervalSet set{capacity};
    std::set<std::uint64_t> octets;
    for (const auto& [a, b] : ops) {
        if (a <= b) {
            const Interval added{a, std::min<std::uint64_t>(b, a + 9U)};
            const auto before = all_of(set);
            if (set.insert(added)) {
                for (auto i = added.begin; i < added.end; ++i) octets.insert(i);
            } else {
                RC_ASSERT(all_of(set) == before);
                RC_ASSERT(set.count() == capacity);
            }
        } else if (a % 8 == 0) {
            set.erase_below(b);
            octets.erase(octets.begin(), octets.lower_bound(b));
        }
        RC_ASSERT(set.total_size() == octets.size());
        RC_ASSERT(set.count() <= capacity);
        for (std::uint64_t i = 0; i < space; ++i) RC_ASSERT(set.contains(i) == octets.contains(i));
        for (std::size_t i = 1; i < set.count(); ++i)
            RC_ASSERT((set.begin() + static_cast<std::ptrdiff_t>(i) - 1)->end <
                      (set.begin() + static_cast<std::ptrdiff_t>(i))->begin);
        const Interval gap = set.first_gap(a);
        RC_ASSERT(!octets.contains(gap.begin));
        for (auto i = std::uint64_t{a}; i < gap.begin; ++i) RC_ASSERT(octets.contains(i));
        for (auto i = gap.begin; i < std::min(gap.end, space); ++i) RC_ASSERT(!octets.contains(i));
        if (gap.end != IntervalSet::unbounded) RC_ASSERT(octets.contains(gap.end));
    }
}

}  // namespace
}  // namespace handfast
