// Swarms of worlds. HANDFAST_SWARM: how many (1,000); HANDFAST_SEED: the first of them, or the only
// one when HANDFAST_SWARM does not say.
#include "sim/swarm.hpp"

#include <array>
#include <charconv>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <gtest/gtest.h>
#include <optional>
#include <string>
#include <unistd.h>

namespace handfast::sim {
namespace {

constexpr std::uint64_t usual_worlds = 2'000;
constexpr std::uint64_t batches = 40;  // so that CTest's shards share them

std::uint64_t number_from(const char* name, std::uint64_t otherwise) {
    const char* const text = std::getenv(name);
    return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

std::string repeat_command() {
    return "sim_tests --gtest_filter='Worlds/Swarm.*'";
}

// The engine ends the program when it finds itself in the wrong: by which seed?
volatile std::sig_atomic_t running_seed = 0;

extern "C" void tell_seed(int signal) {
    std::array<char, 48> text{"world of HANDFAST_SEED="};
    char* const digits = text.data() + std::strlen(text.data());
    char* const end = std::to_chars(digits, text.data() + text.size() - 1, running_seed).ptr;
    *end = '\n';
    (void)!write(STDERR_FILENO, text.data(), static_cast<std::size_t>(end + 1 - text.data()));
    (void)std::signal(signal, SIG_DFL);
    (void)std::raise(signal);
}

std::optional<Complaint> run_named(const Plan& plan) {
    running_seed = static_cast<std::sig_atomic_t>(plan.seed);
    return run_plan(plan, nullptr);
}

class Swarm : public testing::TestWithParam<std::uint64_t> {};

TEST_P(Swarm, obeys_every_law) {
    const std::uint64_t first = number_from("HANDFAST_SEED", 1);
    const std::uint64_t only = std::getenv("HANDFAST_SEED") != nullptr ? 1 : usual_worlds;
    const std::uint64_t worlds = number_from("HANDFAST_SWARM", only);
    const std::uint64_t begin = worlds * GetParam() / batches;
    const std::uint64_t end = worlds * (GetParam() + 1) / batches;
    for (const int signal : {SIGABRT, SIGSEGV}) (void)std::signal(signal, tell_seed);
    const auto failure = run_swarm(first + begin, end - begin, run_named);
    EXPECT_FALSE(failure) << report(*failure, repeat_command());
}

INSTANTIATE_TEST_SUITE_P(Worlds, Swarm, testing::Range(std::uint64_t{0}, batches));

}  // namespace
}  // namespace handfast::sim
