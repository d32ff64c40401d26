// TCP_THIN_LINEAR_TIMEOUTS: who has few segments out repeats them evenly for a while, as Linux
// does.
#include <gtest/gtest.h>

#include "support/script.hpp"

namespace handfast::script {
namespace {

using berkeley::Option;

// The times of repetitions, in tenths of a second, of what was written.
std::vector<int> repetitions(Script& s, Sock& c, std::size_t writes, Duration how_long) {
    c.set(Option::tcp_nodelay, 1);
    for (std::size_t i = 0; i < writes; ++i) {
        c.write(10);
        s.out_any();
    }
    std::vector<int> at;
    const Instant begin = s.now();
    while (s.now() < begin + how_long) {
        const auto before = s.counted(Counter::tcp_ext_timeouts);
        s.advance(100ms);
        s.forget();
        if (s.counted(Counter::tcp_ext_timeouts) != before)
            at.push_back(static_cast<int>((s.now() - begin) / 100ms) - 1);
    }
    return at;
}

TEST(ThinStream, repeats_six_times_evenly_and_then_doubles__tcp_thin_linear_timeouts) {
    Script s;
    Sock c = s.accepted();
    c.set(Option::tcp_thin_linear_timeouts, 1);
    EXPECT_EQ(repetitions(s, c, 3, 3s), (std::vector{2, 4, 6, 8, 10, 12, 14, 18, 26}));
}

TEST(ThinStream, of_four_segments_is_none__tcp_thin_linear_timeouts) {
    Script s;
    Sock c = s.accepted();
    c.set(Option::tcp_thin_linear_timeouts, 1);
    EXPECT_EQ(repetitions(s, c, 4, 3s), (std::vector{2, 6, 14}));
}

TEST(ThinStream, doubles_unless_it_is_asked_for__rfc6298_5_5) {
    Script s;
    Sock c = s.accepted();
    EXPECT_EQ(c.get(Option::tcp_thin_linear_timeouts), 0);
    EXPECT_EQ(repetitions(s, c, 1, 3s), (std::vector{2, 6, 14}));
}

}  // namespace
}  // namespace handfast::script
