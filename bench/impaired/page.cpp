#include "impaired/page.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <fstream>
#include <map>
#include <set>
#include <stdexcept>

#include "impaired/statistics.hpp"

namespace handfast::bench::impaired {

namespace {

constexpr std::string_view reference = "kernel-kernel";
constexpr std::array<std::string_view, 3> compared{"ours-ours", "ours-kernel", "kernel-ours"};

constexpr std::string_view introduction = R"(# Goodput where it hurts

Made by `./dev bench impaired --full`, `--fairness` and `--virtual`; do not edit. One stream from its
handshake on through 100 Mbit/s with a queue of one bandwidth-delay product, ours and the Linux kernel's
TCP as sender and receiver. The same weather judges the same wire-sized frames with the same fates for
all pairings (bench/impaired/trial.hpp): cells are congestion control / round trip in ms / trouble, of
both directions; `reorder`: 1 % of the frames are held back by 5 ms; `burst`: 1 % is lost, four in a row
on average.

How to read it. `kernel` is the goodput of the kernel to itself in Mbit/s (median). Then come the ratios
of the pairings (sender → receiver) to it, above 1 when ours is faster: the geometric mean over the seeds,
in brackets its 95 % interval (Student's t over logarithms of ratios of the same seed). The last columns
are how long frames wait at the sender's link, in ms: the mean, and what 95 of 100 wait at most, for
kernel → kernel and for ours → ours (medians over the seeds): the round trip that the sender's own queue
adds.

What bounds the figures. A seed fixes which frame of a link is lost, not which segment it carries: after
the first difference two stacks send different segments, so single ratios scatter, most where a handful of
losses decides (0.1 %, `burst`, long round trips): there the interval is the answer, not its middle. A
trial is short and holds its slow start; CUBIC leaves it by HyStart++ (RFC 9406), the kernel by its own
HyStart. The relay has real-time priority but shares its processor with whatever else runs: trials in
which it once woke more than 3 ms late are repeated up to twice, and the best is taken.

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

[[nodiscard]] double median(std::vector<double> values) {
    if (values.empty()) return 0;
    std::ranges::sort(values);
    return values[values.size() / 2];
}

// Of one pairing in one cell.
[[nodiscard]] double median_of(const Results& results, const Key& key, double Outcome::* member) {
    std::vector<double> values;
    for (const Measurement& m : results.all()) {
        if (m.cell == key.cell && m.pairing == key.pairing) values.push_back(m.outcome.*member);
    }
    return median(std::move(values));
}

[[nodiscard]] std::string waits(const Results& results, const Key& key) {
    return fmt::format("{:.1f} ({:.1f})",
                       median_of(results, key, &Outcome::mean_wait),
                       median_of(results, key, &Outcome::wait_95));
}

[[nodiscard]] std::string controller_of(const std::string& cell) {
    return cell.substr(0, cell.find('/'));
}

// How often each pairing was measured, and for how long.
[[nodiscard]] std::string effort(const Results& results, const std::string& controller) {
    std::map<std::string, std::set<std::uint64_t>> seeds;
    std::set<double> lengths;
    for (const Measurement& m : results.all()) {
        if (controller_of(m.cell) != controller) continue;
        seeds[m.pairing].insert(m.seed);
        lengths.insert(m.seconds);
    }
    std::string out = fmt::format("Trials of {} s. Seeds:", fmt::join(lengths, ", "));
    for (const auto& [pairing, all] : seeds) out += fmt::format(" {} {},", pairing, all.size());
    out.back() = '.';
    return out + "\n";
}

[[nodiscard]] std::string text(const Interval& interval, std::size_t count) {
    if (count < 2) return fmt::format("{:.3f}", interval.middle);
    return fmt::format("{:.3f} [{:.3f}, {:.3f}]", interval.middle, interval.low, interval.high);
}

}  // namespace

namespace {

[[nodiscard]] std::string table_of_controller(const Results& results,
                                              const std::string& controller) {
    Table table = table_of(results);
    std::string out = fmt::format(
        "## {}\n\n{}\n| cell | kernel | ours → ours | ours → kernel | kernel → ours | kernel waits "
        "| "
        "ours waits |\n|---|---:|---|---|---|---:|---:|\n",
        controller,
        effort(results, controller));
    std::array<std::vector<double>, compared.size()> means;
    for (const std::string& cell : cell_names(results)) {
        if (controller_of(cell) != controller) continue;
        const Key kernel{.cell = cell, .pairing = std::string{reference}};
        const BySeed& kernels = table[kernel];
        out += fmt::format("| {} | {:.1f} |", cell, median_of(results, kernel, &Outcome::mbits));
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
        out +=
            fmt::format(" {} | {} |\n",
                        waits(results, kernel),
                        waits(results, {.cell = cell, .pairing = std::string{compared.front()}}));
    }
    out += "| **geometric mean** | |";
    for (const auto& mean : means)
        out += mean.empty() ? " |" : fmt::format(" **{:.3f}** |", mean_ratio(mean).middle);
    return out + " | |\n\n";
}

}  // namespace

std::string page_tables(const Results& results) {
    std::vector<std::string> controllers;
    for (const std::string& cell : cell_names(results)) {
        if (std::ranges::count(controllers, controller_of(cell)) == 0)
            controllers.push_back(controller_of(cell));
    }
    std::string out;
    for (const std::string& controller : controllers)
        out += table_of_controller(results, controller);
    return out;
}

void write_page(const std::filesystem::path& file,
                const Results& results,
                const std::vector<std::filesystem::path>& sections) {
    std::ofstream out{file};
    out << introduction << page_tables(results);
    for (const auto& section : sections) {
        if (std::ifstream in{section}) out << in.rdbuf() << "\n";
    }
    if (!out.flush()) throw std::runtime_error{"cannot write " + file.string()};
}

}  // namespace handfast::bench::impaired
