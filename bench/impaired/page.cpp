#include "impaired/page.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <fstream>
#include <map>
#include <stdexcept>

#include "impaired/statistics.hpp"

namespace handfast::bench::impaired {

namespace {

constexpr std::string_view reference = "kernel-kernel";
constexpr std::array<std::string_view, 3> compared{"ours-ours", "ours-kernel", "kernel-ours"};

constexpr std::string_view introduction = R"(# Goodput where it hurts

Made by `./dev bench impaired --full`; do not edit. One stream for some seconds from its handshake on
through 100 Mbit/s with a queue of one bandwidth-delay product, ours and the Linux kernel's TCP as
sender and receiver. The same weather judges the same wire-sized frames with the same fates for all
pairings (bench/impaired/trial.hpp): cells are congestion control / round trip in ms / trouble, of both
directions; `reorder`: 1 % of the frames are held back by 5 ms; `burst`: 1 % is lost, four in a row on
average.

Columns: goodput of the kernel to itself in Mbit/s (median), then the ratio of each pairing (sender to
receiver) to it: geometric mean over the seeds, in brackets its 95 % interval (Student's t over
logarithms of ratios of the same seed).

)";

struct Key {
    std::string cell;
    std::string pairing;
    friend auto operator<=>(const Key&, const Key&) = default;
};
using BySeed = std::map<std::uint64_t, double>;
using Table = std::map<Key, BySeed>;

[[nodiscard]] Table table_of(const Results& results) {
    Table table;
    for (const Measurement& m : results.all())
        table[{.cell = m.cell, .pairing = m.pairing}][m.seed] = m.outcome.mbits;
    return table;
}

[[nodiscard]] std::vector<std::string> cell_names(const Results& results) {
    std::vector<std::string> names;
    for (const Measurement& m : results.all()) {
        if (std::ranges::count(names, m.cell) == 0) names.push_back(m.cell);
    }
    return names;
}

[[nodiscard]] std::vector<double> ratios(const BySeed& ours, const BySeed& kernels) {
    std::vector<double> out;
    for (const auto& [seed, mbits] : ours) {
        const auto other = kernels.find(seed);
        if (other != kernels.end() && mbits > 0 && other->second > 0)
            out.push_back(mbits / other->second);
    }
    return out;
}

[[nodiscard]] double median(const BySeed& values) {
    std::vector<double> sorted;
    for (const auto& [seed, mbits] : values) sorted.push_back(mbits);
    if (sorted.empty()) return 0;
    std::ranges::sort(sorted);
    return sorted[sorted.size() / 2];
}

[[nodiscard]] std::string text(const Interval& interval, std::size_t count) {
    if (count < 2) return fmt::format("{:.3f}", interval.middle);
    return fmt::format("{:.3f} [{:.3f}, {:.3f}]", interval.middle, interval.low, interval.high);
}

}  // namespace

std::string page_tables(const Results& results) {
    Table table = table_of(results);
    std::string out = "| cell | kernel | ours → ours | ours → kernel | kernel → ours |\n";
    out += "|---|---:|---|---|---|\n";
    std::array<std::vector<double>, compared.size()> means;
    for (const std::string& cell : cell_names(results)) {
        const BySeed& kernels = table[{.cell = cell, .pairing = std::string{reference}}];
        out += fmt::format("| {} | {:.1f} |", cell, median(kernels));
        for (std::size_t i = 0; i < compared.size(); ++i) {
            const auto all =
                ratios(table[{.cell = cell, .pairing = std::string{compared.at(i)}}], kernels);
            if (all.empty()) {
                out += " |";
                continue;
            }
            const Interval interval = mean_ratio(all);
            means.at(i).push_back(interval.middle);
            out += fmt::format(" {} |", text(interval, all.size()));
        }
        out += "\n";
    }
    out += "| **geometric mean** | |";
    for (const auto& mean : means)
        out += mean.empty() ? " |" : fmt::format(" **{:.3f}** |", mean_ratio(mean).middle);
    return out + "\n";
}

void write_page(const std::filesystem::path& file, const Results& results) {
    std::ofstream out{file};
    out << introduction << page_tables(results);
    if (!out.flush()) throw std::runtime_error{"cannot write " + file.string()};
}

}  // namespace handfast::bench::impaired
