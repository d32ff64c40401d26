// One seed, one run: the same capture octet for octet in virtual time.
#include <algorithm>
#include <cstdint>
#include <gtest/gtest.h>
#include <vector>

#include "observe/pcapng.hpp"
#include "sim/plan.hpp"
#include "sim/swarm.hpp"

namespace handfast::sim {
namespace {

// The whole file, both ends of every link in it.
std::vector<std::byte> capture_of(const Plan& plan) {
    std::vector<std::byte> file;
    observe::Capture capture{{.ends = observe::CaptureOptions::Ends::both}, [&](Bytes octets) {
                                 file.insert(file.end(), octets.begin(), octets.end());
                             }};
    (void)run_plan(plan, &capture);
    capture.flush();
    return file;
}

// The first octet where they part: a failure that can be read.
std::size_t agree_for(const std::vector<std::byte>& a, const std::vector<std::byte>& b) {
    const auto [end, other] = std::ranges::mismatch(a, b);
    return static_cast<std::size_t>(end - a.begin());
}

class OneSeed : public testing::TestWithParam<std::uint64_t> {};

TEST_P(OneSeed, gives_the_same_capture_octet_for_octet__design_3) {
    const Plan plan = draw_plan(GetParam());
    const auto first = capture_of(plan);
    const auto second = capture_of(plan);
    ASSERT_GT(first.size(), 200U);
    EXPECT_EQ(agree_for(first, second), first.size()) << to_string(plan);
    EXPECT_EQ(first.size(), second.size());
}

INSTANTIATE_TEST_SUITE_P(Worlds, OneSeed, testing::Range(std::uint64_t{1}, std::uint64_t{21}));

TEST(AnotherSeed, gives_another_capture_of_the_same_plan) {
    Plan plan = draw_plan(1);
    const auto first = capture_of(plan);
    plan.seed = 2;
    EXPECT_NE(first, capture_of(plan));
}

}  // namespace
}  // namespace handfast::sim
