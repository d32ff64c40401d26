#include "observe/summary.hpp"

#include <algorithm>
#include <gtest/gtest.h>

#include "unit/observe/stage.hpp"

namespace handfast::observe {
namespace {

using namespace test;

[[nodiscard]] trace::ConnectionSnapshot a_connection() {
    trace::ConnectionSnapshot c;
    c.tuple = {.local = client_end, .remote = server_end};
    c.state = TcpState::established;
    c.srtt = milliseconds{20};
    return c;
}

TEST(Summary, begins_with_state_and_ends) {
    EXPECT_EQ(summary(a_connection()).front(),
              "ESTABLISHED 192.168.21.1:40312 → 192.168.21.253:8898");
}

TEST(Summary, tells_what_held_the_sender_back_with_the_largest_share_first) {
    trace::ConnectionSnapshot c = a_connection();
    c.limited[trace::Limit::application] = milliseconds{300};
    c.limited[trace::Limit::receive_window] = milliseconds{690};
    c.limited[trace::Limit::pacing] = milliseconds{5};
    EXPECT_EQ(limits_text(c), "receive window 69 %, application 30 %");
    EXPECT_EQ(summary(c).back(), "  held back by: receive window 69 %, application 30 %");
}

TEST(Summary, says_nothing_of_limits_when_nothing_was_measured) {
    EXPECT_EQ(limits_text(a_connection()), "");
    const auto lines = summary(a_connection());
    EXPECT_TRUE(std::ranges::none_of(lines, [](const std::string& line) { return line.empty(); }));
}

}  // namespace
}  // namespace handfast::observe
