#include <cstddef>
#include <gtest/gtest.h>
#include <set>
#include <string>
#include <string_view>

#include "core/trace/counters.hpp"
#include "core/trace/drop.hpp"
#include "core/trace/event.hpp"
#include "core/trace/snapshot.hpp"
#include "core/trace/tcp_state.hpp"
#include "core/trace/text_table.hpp"
#include "core/trace/why.hpp"

namespace handfast::trace {
namespace {

template <class E, class F>
void expect_text_for_each(F&& text_of) {
    for (std::size_t i = 0; i < static_cast<std::size_t>(E::count); ++i) {
        const std::string_view found = text_of(static_cast<E>(i));
        EXPECT_FALSE(found.empty()) << i;
        EXPECT_NE(found, "?") << i;
    }
}

TEST(TraceText, has_words_for_every_enumerator) {
    expect_text_for_each<Why>([](Why v) { return text(v); });
    expect_text_for_each<Drop>([](Drop v) { return text(v); });
    expect_text_for_each<Drop>([](Drop v) { return counter_name(v); });
    expect_text_for_each<Counter>([](Counter v) { return counter_name(v); });
    expect_text_for_each<TcpState>([](TcpState v) { return text(v); });
    expect_text_for_each<TimerKind>([](TimerKind v) { return text(v); });
    expect_text_for_each<Limit>([](Limit v) { return text(v); });
}

TEST(TraceText, says_that_a_value_from_outside_is_no_enumerator) {
    EXPECT_EQ(text(Why::count), "?");
    EXPECT_EQ(text(Drop::count), "?");
    EXPECT_EQ(counter_name(Drop::count), "?");
    EXPECT_EQ(counter_name(Counter::count), "?");
    EXPECT_EQ(text(static_cast<TcpState>(200)), "?");
}

TEST(TraceText, gives_no_two_counters_one_name) {
    std::set<std::string_view> names;
    std::size_t n = 0;
    for (std::size_t i = 0; i < static_cast<std::size_t>(Counter::count); ++i, ++n) {
        names.insert(counter_name(static_cast<Counter>(i)));
    }
    for (std::size_t i = 0; i < static_cast<std::size_t>(Drop::count); ++i, ++n) {
        names.insert(counter_name(static_cast<Drop>(i)));
    }
    EXPECT_EQ(names.size(), n);
}

TEST(TraceText, spells_states_as_netstat_does) {
    EXPECT_EQ(text(TcpState::syn_received), "SYN_RCVD");
    EXPECT_EQ(text(TcpState::fin_wait_1), "FIN_WAIT_1");
    EXPECT_EQ(text(TcpState::last_ack), "LAST_ACK");
}

TEST(TraceText, takes_the_names_of_linux_where_it_counts_the_same) {
    EXPECT_EQ(counter_name(Drop::tcp_bad_checksum), "TcpInCsumErrors");
    EXPECT_EQ(counter_name(Counter::tcp_ext_delayed_acks), "TcpExtDelayedACKs");
}

enum class Fruit : unsigned char { apple, pear, count };

TEST(TextTable, is_complete_only_with_every_row_in_order) {
    constexpr auto whole =
        std::to_array<TextRow<Fruit>>({{Fruit::apple, "apple"}, {Fruit::pear, "pear"}});
    constexpr auto turned =
        std::to_array<TextRow<Fruit>>({{Fruit::pear, "pear"}, {Fruit::apple, "apple"}});
    constexpr auto short_of_one = std::to_array<TextRow<Fruit>>({{Fruit::apple, "apple"}});
    constexpr auto wordless =
        std::to_array<TextRow<Fruit>>({{Fruit::apple, "apple"}, {Fruit::pear, ""}});
    EXPECT_TRUE(complete(whole));
    EXPECT_FALSE(complete(turned));
    EXPECT_FALSE(complete(short_of_one));
    EXPECT_FALSE(complete(wordless));
}

}  // namespace
}  // namespace handfast::trace
