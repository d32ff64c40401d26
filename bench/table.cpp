#include "table.hpp"

#include <cstdio>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace handfast::bench {

namespace {

[[nodiscard]] std::string number(const std::optional<double>& value) {
    if (!value) return "-";
    if (*value >= 100) return fmt::format("{:.0f}", *value);
    return fmt::format("{:.{}f}", *value, *value >= 10 ? 1 : 2);
}

[[nodiscard]] nlohmann::json json(const std::optional<double>& value) {
    return value ? nlohmann::json(*value) : nlohmann::json(nullptr);
}

}  // namespace

std::optional<double> Result::ratio() const {
    if (!ours || !kernel || *ours <= 0 || *kernel <= 0) return std::nullopt;
    return better == Better::more ? *ours / *kernel : *kernel / *ours;
}

void print_head() {
    fmt::print(
        "ratio: how many times as good as the kernel (CUBIC, pinned alike, measured in turn)\n\n");
    fmt::print("{:<24}{:>8}{:>8}  {:<7}{:>6}{:>9}{:>9}  {}\n",
               "",
               "ours",
               "kernel",
               "",
               "ratio",
               "wake/op",
               "alloc/op",
               "what bounds it");
    std::fflush(stdout);
}

void print(const Result& r) {
    fmt::print("{:<24}{:>8}{:>8}  {:<7}{:>6}{:>9}{:>9}  {}\n",
               r.name,
               number(r.ours),
               number(r.kernel),
               r.unit,
               number(r.ratio()),
               number(r.wakeups_per_op),
               number(r.allocations_per_op),
               r.limit);
    std::fflush(stdout);
}

std::string to_json(const std::vector<Result>& results) {
    nlohmann::json list = nlohmann::json::array();
    for (const Result& r : results) {
        list.push_back({{"name", r.name},
                        {"unit", r.unit},
                        {"ours", json(r.ours)},
                        {"kernel", json(r.kernel)},
                        {"ratio", json(r.ratio())},
                        {"limit", r.limit},
                        {"rounds", r.rounds},
                        {"wakeups_per_op", json(r.wakeups_per_op)},
                        {"allocations_per_op", json(r.allocations_per_op)}});
    }
    return list.dump(2) + "\n";
}

}  // namespace handfast::bench
