// Windows of a whole connection against the closed forms of their RFCs. The path has no rate and no
// queue: every round trip is the same, all acknowledgments of a round come at once, and what the
// window must be then follows from the times of the losses alone.
#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <ostream>
#include <string>
#include <vector>

#include "sim/flows.hpp"
#include "sim/window_forms.hpp"

namespace handfast::sim {
namespace {

constexpr double initial_window = 10;  // segments: RFC 6928 §2

double in_seconds(Duration d) {
    return std::chrono::duration<double>(d).count();
}

// A flow that meets a loss in the n-th round of its life, for each n that is named.
struct Given {
    std::string controller{"cubic"};
    milliseconds round_trip{100};
    int rounds{200};
    std::vector<int> losses{};
    bool sack{true};
    weather::Impairments bottleneck{};
};

void PrintTo(const Given& given, std::ostream* out) {
    *out << given.controller << ", " << given.round_trip.count() << " ms";
    for (const int n : given.losses) *out << ", a loss in round " << n;
    if (!given.sack) *out << ", no SACK";
}

struct Round {
    double window{0};  // segments
    bool repairs{false};
};

// The window in the midst of each round, from the first flight of text on.
std::vector<Round> play(const Given& given) {
    const Duration round = given.round_trip;
    const Duration text = round + round / 2;  // after ARP's question and the handshake
    FlowPlan flow{.controller = given.controller, .up = half_of(round), .down = half_of(round)};
    flow.profile.sack = given.sack;
    // Its round's first segment is the one that is lost.
    for (const int n : given.losses) flow.losses.push_back(text + n * round - round / 4);
    const PathTrack track = run_path({.flows = {flow},
                                      .bottleneck = given.bottleneck,
                                      .length = text + given.rounds * round,
                                      .every = round},
                                     nullptr);
    std::vector<Round> rounds;
    for (const FlowSample& s : track.flows.front().samples) {
        if (s.at < text) continue;
        rounds.push_back(
            {.window = s.window(), .repairs = s.sender.in_recovery || s.sender.in_loss});
    }
    return rounds;
}

// Within a segment, or 2 % of a large window.
void expect_near(double window, double form, std::size_t round) {
    EXPECT_NEAR(window, form, std::max(1.0, 0.02 * form)) << "in round " << round;
}

// One round finds the loss, the next one ends the repair.
constexpr int rounds_of_repair = 2;

// From the end of the repair to round `end`. The first acknowledgments after it begin the curve
// (§4.2); those of each round aim at where it will be a round later (§4.4): until then the window
// lies between the two.
void expect_follows(const CubicForm& form,
                    const std::vector<Round>& rounds,
                    int loss,
                    std::size_t end) {
    const auto repaired = static_cast<std::size_t>(loss + rounds_of_repair);
    EXPECT_NEAR(rounds[repaired].window, form.start(), 1);
    for (std::size_t n = repaired + 1; n < end; ++n) {
        const double t = static_cast<double>(n - repaired - 1) * form.round_trip;
        EXPECT_FALSE(rounds[n].repairs) << "in round " << n;
        EXPECT_GE(rounds[n].window, form.window(t) - 1) << "in round " << n;
        EXPECT_LE(rounds[n].window, form.window(t + form.round_trip) + 1) << "in round " << n;
    }
}

class CubicWindow : public testing::TestWithParam<Given> {};

TEST_P(CubicWindow, is_the_rfcs_function_of_the_time_since_a_loss__rfc9438_4_2) {
    const Given& given = GetParam();
    const std::vector<Round> rounds = play(given);
    const double before = initial_window * std::pow(2, given.losses.front());
    const CubicForm form = CubicForm::after(before, 0, in_seconds(given.round_trip));
    expect_follows(form, rounds, given.losses.front(), rounds.size());
    EXPECT_GT(rounds.back().window, before + 2);  // both sides of W_max were seen
}

INSTANTIATE_TEST_SUITE_P(
    Curves,
    CubicWindow,
    testing::Values(Given{.round_trip = milliseconds{50}, .rounds = 300, .losses = {6}},
                    Given{.round_trip = milliseconds{100}, .rounds = 130, .losses = {4}},
                    Given{.round_trip = milliseconds{100}, .rounds = 250, .losses = {7}},
                    Given{.round_trip = milliseconds{200}, .rounds = 80, .losses = {5}},
                    Given{.round_trip = milliseconds{300}, .rounds = 60, .losses = {3}}));
// Here Reno's window is the larger one at all times, or at first.
INSTANTIATE_TEST_SUITE_P(
    RenoFriendly,
    CubicWindow,
    testing::Values(Given{.round_trip = milliseconds{4}, .rounds = 300, .losses = {2}},
                    Given{.round_trip = milliseconds{10}, .rounds = 200, .losses = {3}},
                    Given{.round_trip = milliseconds{20}, .rounds = 300, .losses = {3}}));

// Two losses; what the second one finds, and its W_max.
struct Twice {
    CubicForm first;
    double reached{0};
    std::vector<Round> rounds;
};

Twice lose_twice(int first, int second) {
    const Given given{.rounds = second + 110, .losses = {first, second}};
    const double before = initial_window * std::pow(2, first);
    const CubicForm form = CubicForm::after(before, 0, in_seconds(given.round_trip));
    const double reached = form.window((second - first - rounds_of_repair) * form.round_trip);
    return {.first = form, .reached = reached, .rounds = play(given)};
}

TEST(CubicWindow, a_second_loss_below_w_max_aims_lower__rfc9438_4_7) {
    const Twice t = lose_twice(6, 30);
    ASSERT_LT(t.reached, t.first.w_max);
    const CubicForm second = CubicForm::after(t.reached, t.first.w_max, t.first.round_trip);
    EXPECT_LT(second.w_max, t.reached);  // fast convergence
    expect_follows(t.first, t.rounds, 6, 30);
    expect_follows(second, t.rounds, 30, t.rounds.size());
    EXPECT_GT(t.rounds.back().window, second.w_max + 2);
}

TEST(CubicWindow, a_second_loss_above_w_max_aims_at_where_it_came__rfc9438_4_7) {
    const Twice t = lose_twice(4, 110);
    ASSERT_GT(t.reached, t.first.w_max);
    const CubicForm second = CubicForm::after(t.reached, t.first.w_max, t.first.round_trip);
    EXPECT_EQ(second.w_max, t.reached);
    expect_follows(t.first, t.rounds, 4, 110);
    expect_follows(second, t.rounds, 110, t.rounds.size());
    EXPECT_GT(t.rounds.back().window, second.w_max + 2);
}

// ---- NewReno ------------------------------------------------------------------------------------

TEST(NewRenoWindow, doubles_each_round_trip_of_slow_start__rfc5681_3_1) {
    for (const int round_trip : {4, 20, 100, 300}) {
        const auto rounds =
            play({.controller = "reno", .round_trip = milliseconds{round_trip}, .rounds = 8});
        for (std::size_t n = 0; n < rounds.size(); ++n)
            EXPECT_DOUBLE_EQ(rounds[n].window, initial_window * std::pow(2, n))
                << round_trip << " ms, round " << n;
    }
}

class NewRenoWindow : public testing::TestWithParam<Given> {};

// Each loss halves what is in flight; each round trip that follows adds a segment.
TEST_P(NewRenoWindow, is_halved_by_a_loss_and_grows_a_segment_a_round_trip__rfc5681_3_1) {
    const Given& given = GetParam();
    const std::vector<Round> rounds = play(given);
    double before = initial_window * std::pow(2, given.losses.front());
    for (std::size_t i = 0; i < given.losses.size(); ++i) {
        const auto begin = static_cast<std::size_t>(given.losses[i] + rounds_of_repair);
        const bool last = i + 1 == given.losses.size();
        const std::size_t end =
            last ? rounds.size() : static_cast<std::size_t>(given.losses[i + 1]) + 1;
        const RenoForm form{.before = before, .round_trip = 1};
        for (std::size_t n = begin; n < end; ++n) {
            EXPECT_FALSE(rounds[n].repairs) << "in round " << n;
            expect_near(rounds[n].window, form.window(static_cast<double>(n - begin)), n);
        }
        before = form.window(static_cast<double>(end - 1 - begin));
    }
}

INSTANTIATE_TEST_SUITE_P(
    Losses,
    NewRenoWindow,
    testing::Values(
        Given{.controller = "reno", .round_trip = milliseconds{10}, .losses = {4}},
        Given{.controller = "reno", .round_trip = milliseconds{50}, .losses = {6}},
        Given{.controller = "reno", .round_trip = milliseconds{200}, .losses = {3, 41, 121}},
        Given{.controller = "reno", .round_trip = milliseconds{20}, .losses = {5, 51, 61, 152}}));
// RFC 6582: the same without SACK. Segments come one by one, so that each has its acknowledgment.
const weather::Impairments one_by_one{.rate = 1'000'000'000, .queue = 10'000'000};
INSTANTIATE_TEST_SUITE_P(WithoutSack,
                         NewRenoWindow,
                         testing::Values(Given{.controller = "reno",
                                               .round_trip = milliseconds{50},
                                               .losses = {4},
                                               .sack = false,
                                               .bottleneck = one_by_one},
                                         Given{.controller = "reno",
                                               .round_trip = milliseconds{200},
                                               .losses = {5, 51, 121},
                                               .sack = false,
                                               .bottleneck = one_by_one}));

}  // namespace
}  // namespace handfast::sim
