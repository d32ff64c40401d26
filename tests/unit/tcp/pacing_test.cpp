// BBR and SO_MAX_PACING_RATE in a connection: the engine's own timers let text go at a rate.
#include <iostream>

#include "bottleneck.hpp"

namespace handfast::tcp {
namespace {

using namespace testing;
using trace::Counter;
using trace::Limit;

constexpr std::uint32_t mss = 1448;
constexpr Limits ample{.send_buffer = 48U << 20,
                       .receive_buffer = 30U << 20,
                       .send_buffer_max = 48U << 20,
                       .receive_buffer_max = 30U << 20};

Given controlled_by(CongestionControl which) {
    Given g;
    g.limits = ample;
    g.settings.congestion = which;
    return g;
}

struct Figures {
    double mbits;        // text read
    double queueing_ms;  // mean wait in the queue
};

// What one flow gets of a path, from its third second on.
Figures fill(Given given, const Link& path, int measured) {
    Pair p{given};
    p.delay = path.one_way;
    p.open();
    Bottleneck link{p, path};
    constexpr int settling = 2;
    const std::uint64_t octets =
        link.transfer(seconds{settling + measured}, seconds{settling});
    const Figures f{.mbits = static_cast<double>(octets) * 8e-6 / measured,
                    .queueing_ms =
                        std::chrono::duration<double, std::milli>{link.mean_wait()}.count()};
    std::cout << "loss " << path.loss << ": " << f.mbits << " Mbit/s, mean queueing delay "
              << f.queueing_ms << " ms, worst "
              << std::chrono::duration<double, std::milli>{link.longest_wait()}.count()
              << " ms, repeated " << p.a.counted(Counter::tcp_retrans_segs) << ", timeouts "
              << p.a.counted(Counter::tcp_ext_timeouts) << "\n";
    return f;
}

TEST(BbrConnection, fills_a_path_with_little_delay_in_its_queue__bbr_5_3_3) {
    const Figures f = fill(controlled_by(CongestionControl::bbr), {}, 10);
    EXPECT_GE(f.mbits, 90);
    EXPECT_LE(f.queueing_ms, 10);
}
TEST(BbrConnection, fills_a_path_that_loses_one_of_a_hundred__bbr_5_5_10) {
    const Figures f = fill(controlled_by(CongestionControl::bbr), {.loss = 0.01}, 10);
    EXPECT_GE(f.mbits, 85);
}
TEST(BbrConnection, goes_on_where_three_of_a_hundred_are_lost__bbr_5_5_10) {
    const Figures f = fill(controlled_by(CongestionControl::bbr), {.loss = 0.03}, 10);
    EXPECT_GE(f.mbits, 40);
}
TEST(BbrConnection, fills_a_long_fat_path__bbr_5_3_1) {
    const Link path{.octets_per_second = 125'000'000,
                    .one_way = milliseconds{50},
                    .queue = 12'500'000};
    Given g = controlled_by(CongestionControl::bbr);
    g.max_super_segment = 65'000;
    const Figures f = fill(g, path, 4);
    EXPECT_GE(f.mbits, 850);
}

}  // namespace
}  // namespace handfast::tcp
