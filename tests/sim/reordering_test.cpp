// One packet of a hundred comes five milliseconds late, and hardly any is sent again for that.
#include <gtest/gtest.h>
#include <optional>
#include <ostream>

#include "sim/flows.hpp"

namespace handfast::sim {
namespace {

using trace::Counter;

struct Given {
    milliseconds round_trip{};
    std::uint64_t seed{1};
};

void PrintTo(const Given& given, std::ostream* out) {
    *out << given.round_trip.count() << " ms, seed " << given.seed;
}

// What is sent after the first second, and what of it the receiver has had already.
struct Heard final : trace::Sink {
    explicit Heard(Instant from) : from_{from} {}

    void on(const trace::SegmentSent& e) override {
        if (e.at < from_) return;
        if (e.tcp.length > 0) ++sent;
        // The receiver tells what came twice (RFC 2883).
        const auto& blocks = e.tcp.options.sack;
        if (!blocks.empty() && at_or_before(blocks.front().end, e.tcp.ack)) ++twice;
    }

    std::size_t sent{0};
    std::size_t twice{0};

private:
    Instant from_;
};

class Reordering : public testing::TestWithParam<Given> {};

TEST_P(Reordering, of_five_milliseconds_repeats_less_than_one_of_a_thousand__rfc8985_6_2) {
    const auto& [round_trip, seed] = GetParam();
    FlowPlan flow{.up = half_of(round_trip), .down = half_of(round_trip)};
    flow.up.rate = 100'000'000;
    flow.up.queue = flow.up.rate / 8 / 1'000 * static_cast<std::size_t>(round_trip.count());
    flow.up.reorder = 0.01;
    flow.up.reorder_by = milliseconds{5};
    Heard heard{Instant{seconds{1'001}}};
    const auto track =
        run_path({.flows = {flow}, .offload = false, .length = seconds{10}, .seed = seed}, &heard);
    EXPECT_GT(heard.sent, 30'000U);
    EXPECT_LT(static_cast<double>(heard.twice), 0.001 * static_cast<double>(heard.sent));
    EXPECT_EQ(track.flows.front().sender.events[Counter::tcp_ext_timeouts], 0U);
}

INSTANTIATE_TEST_SUITE_P(Paths,
                         Reordering,
                         testing::Values(Given{.round_trip = milliseconds{10}, .seed = 2},
                                         Given{.round_trip = milliseconds{10}, .seed = 5},
                                         Given{.round_trip = milliseconds{50}, .seed = 1},
                                         Given{.round_trip = milliseconds{50}, .seed = 3},
                                         Given{.round_trip = milliseconds{200}, .seed = 2},
                                         Given{.round_trip = milliseconds{200}, .seed = 5}));

}  // namespace
}  // namespace handfast::sim
