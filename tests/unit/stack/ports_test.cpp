// Ephemeral ports: in the range, hard to foretell, and quick when most are taken.
#include "core/stack/ports.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <set>
#include <vector>

namespace handfast::stack {
namespace {

using wire::Endpoint;
using wire::IpAddress;
using wire::Port;

constexpr IpAddress here = IpAddress::v4(10, 0, 0, 1);
constexpr Endpoint server{IpAddress::v4(10, 0, 0, 2), Port{80}};
constexpr std::pair<std::uint16_t, std::uint16_t> range{32'768, 60'999};
constexpr std::size_t range_size = 60'999 - 32'768 + 1;

[[nodiscard]] bool always(Port) {
    return true;
}

TEST(Ports, lie_in_the_range) {
    Ports ports{entropy_from_seed(1), range};
    for (int i = 0; i < 50'000; ++i) {
        const auto port = ports.for_flow(here, server, always);
        ASSERT_TRUE(port);
        ASSERT_GE(number(*port), range.first);
        ASSERT_LE(number(*port), range.second);
    }
}

TEST(Ports, find_the_last_free_one_and_say_when_there_is_none__rfc6056) {
    Ports ports{entropy_from_seed(1), range};
    const auto only = [](Port p) { return number(p) == 40'000; };
    EXPECT_EQ(ports.for_flow(here, server, only), Port{40'000});
    EXPECT_EQ(ports.any(only), Port{40'000});
    const auto never = [](Port) { return false; };
    EXPECT_EQ(ports.for_flow(here, server, never), std::nullopt);
    EXPECT_EQ(ports.any(never), std::nullopt);
}

TEST(Ports, one_destination_s_ports_step_at_random__rfc6056_3_3_5__attack_a07) {
    Ports ports{entropy_from_seed(1), range};
    std::set<int> steps;
    int before = number(*ports.for_flow(here, server, always));
    for (int i = 0; i < 200; ++i) {
        const int port = number(*ports.for_flow(here, server, always));
        steps.insert((port - before + static_cast<int>(range_size)) % static_cast<int>(range_size));
        before = port;
    }
    EXPECT_GT(steps.size(), 2U);
}

TEST(Ports, destinations_begin_at_unrelated_ports__rfc6056_3_3_4__attack_a07) {
    Ports ports{entropy_from_seed(1), range};
    std::set<std::uint16_t> first;
    for (std::uint8_t host = 1; host < 101; ++host) {
        const Endpoint remote{IpAddress::v4(10, 0, 0, host), Port{80}};
        first.insert(number(*ports.for_flow(here, remote, always)));
    }
    EXPECT_GT(first.size(), 95U);
}

// There are fewer counters than destinations: two that share one must not begin side by side.
TEST(Ports, destinations_that_share_a_counter_begin_apart__rfc6056_3_3_4__attack_a07) {
    constexpr int destinations = 512;
    constexpr int near = 4;  // a counter's step
    Ports ports{entropy_from_seed(1), range};
    std::vector<int> first;
    for (std::uint16_t i = 0; i < destinations; ++i) {
        const Endpoint remote{server.address, Port{static_cast<std::uint16_t>(1000 + i)}};
        first.push_back(number(*ports.for_flow(here, remote, always)));
    }
    std::ranges::sort(first);
    int side_by_side = 0;
    for (std::size_t i = 1; i < first.size(); ++i) {
        if (first[i] - first[i - 1] <= near) ++side_by_side;
    }
    // By chance it is one in fourteen; with counters alone it would be one in two.
    EXPECT_LT(side_by_side, destinations / 6);
}

TEST(Ports, another_secret_gives_other_ports__attack_a07) {
    Ports one{entropy_from_seed(1), range};
    Ports two{entropy_from_seed(2), range};
    EXPECT_NE(one.for_flow(here, server, always), two.for_flow(here, server, always));
    EXPECT_NE(one.any(always), two.any(always));
}

// 100,000 connects in a row whose ports stay taken for a while, as TIME-WAIT has it: the search
// must not look at more and more ports.
TEST(Ports, a_hundred_thousand_connects_to_one_destination_look_at_few_ports_each) {
    Ports ports{entropy_from_seed(1), range};
    constexpr std::size_t held = 20'000;  // of 28,232: as many connects as a port stays taken
    std::vector<std::size_t> free_at(0x1'0000);
    std::size_t looked_at = 0;
    for (std::size_t n = 0; n < 100'000; ++n) {
        const auto port = ports.for_flow(here, server, [&](Port p) {
            ++looked_at;
            return free_at[number(p)] <= n;
        });
        ASSERT_TRUE(port) << n;
        free_at[number(*port)] = n + held;
    }
    EXPECT_LT(looked_at, 100'000U * 8);
}

TEST(Ports, a_range_of_one_port_works) {
    Ports ports{entropy_from_seed(1), {5000, 5000}};
    EXPECT_EQ(ports.for_flow(here, server, always), Port{5000});
    EXPECT_EQ(ports.for_flow(here, server, always), Port{5000});
    EXPECT_EQ(ports.any(always), Port{5000});
}

}  // namespace
}  // namespace handfast::stack
