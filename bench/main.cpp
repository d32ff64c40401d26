// handfast_bench: what Handfast costs beside the kernel.
//
//   handfast_bench                          the table, in about two minutes
//   handfast_bench --only bulk --rounds 9   some rows, more carefully
//   handfast_bench --micro [arguments]      single rooms, by Google Benchmark
//   handfast_bench impaired [--full]        goodput under loss, delay and reordering (impaired/)
//
// Ours and the kernel's are measured in turn, so that what else the machine does meets both;
// medians are told.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <fstream>
#include <regex>
#include <span>
#include <string_view>

#include "impaired/campaign.hpp"
#include "placement.hpp"
#include "row.hpp"
#include "table.hpp"

namespace {

using namespace handfast::bench;

struct Options {
    std::string json;
    std::string only;
    unsigned rounds{3};
    Effort effort;
    bool list{false};
};

[[nodiscard]] std::vector<Row> all_rows() {
    std::vector<Row> rows;
    add_bulk_rows(rows);
    add_round_trip_rows(rows);
    add_many_connections_rows(rows);
    add_handshake_rows(rows);
    add_datagram_rows(rows);
    add_idle_rows(rows);
    add_engine_rows(rows);
    add_segment_rows(rows);
    add_tun_rows(rows);
    add_run_rows(rows);
    add_impaired_rows(rows);
    return rows;
}

[[nodiscard]] Score median(std::vector<Score> scores) {
    std::ranges::sort(scores, {}, &Score::value);
    return scores[scores.size() / 2];
}

[[nodiscard]] Result measure(const Row& row, const Options& options) {
    Result result{.name = row.name, .unit = row.unit, .better = row.better, .limit = row.limit};
    if (!row.why_skipped.empty()) {
        result.limit = "skipped: " + row.why_skipped;
        return result;
    }
    std::vector<Score> ours;
    std::vector<Score> kernels;
    for (unsigned i = 0; i < options.rounds; ++i) {
        ours.push_back(row.ours(options.effort));
        if (row.kernel) kernels.push_back(row.kernel(options.effort));
    }
    const Score middle = median(ours);
    result.rounds = options.rounds;
    result.ours = middle.value;
    result.wakeups_per_op = middle.wakeups_per_op;
    result.allocations_per_op = middle.allocations_per_op;
    if (!kernels.empty()) result.kernel = median(kernels).value;
    if (!middle.remark.empty()) result.limit += "; " + middle.remark;
    return result;
}

int run_table(const Options& options) {
    std::vector<Row> rows = all_rows();
    const std::regex only{options.only};
    std::erase_if(rows, [&](const Row& row) { return !std::regex_search(row.name, only); });
    if (options.list) {
        for (const Row& row : rows) fmt::print("{}\n", row.name);
        return 0;
    }
    if (rows.empty()) throw std::invalid_argument{"no row has such a name: --list shows them"};
    if (processors() < 2) fmt::print("only one processor: rows of two are measured on it\n");

    std::vector<Result> results;
    print_head();
    for (const Row& row : rows) {
        results.push_back(measure(row, options));
        print(results.back());
    }
    if (options.json.empty()) return 0;
    std::ofstream out{options.json};
    out << to_json(results);
    if (!out.flush()) throw std::runtime_error{"cannot write " + options.json};
    return 0;
}

int run_micro(std::span<char*> arguments) {
    auto count = static_cast<int>(arguments.size());
    benchmark::Initialize(&count, arguments.data());
    if (benchmark::ReportUnrecognizedArguments(count, arguments.data())) return 2;
    benchmark::RunSpecifiedBenchmarks();
    benchmark::Shutdown();
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    const std::span arguments{argv, static_cast<std::size_t>(argc)};
    if (argc > 1 && std::string_view{arguments[1]} == "--micro") {
        arguments[1] = arguments[0];
        return run_micro(arguments.subspan(1));
    }
    Options options;
    CLI::App app{
        "What Handfast costs beside the kernel's TCP, measured in turn. Single rooms by Google "
        "Benchmark: --micro [its arguments]."};
    app.add_option("--json", options.json, "also write the results to this file");
    app.add_option("--only", options.only, "only rows whose name this regular expression finds");
    app.add_option("--rounds", options.rounds, "measurements of each; the median is told")
        ->check(CLI::PositiveNumber)
        ->capture_default_str();
    app.add_option("--seconds", options.effort.seconds, "that one measurement takes")
        ->check(CLI::PositiveNumber)
        ->capture_default_str();
    app.add_flag("--list", options.list, "only name the rows");
    impaired::Command impaired{app};
    CLI11_PARSE(app, argc, argv);
    try {
        if (impaired.wants_more_than_rows()) return impaired.run();
        if (impaired.chosen()) options.only = "^impaired/";
        return run_table(options);
    } catch (const std::exception& e) {
        fmt::print(stderr, "handfast_bench: {}\n", e.what());
        return 1;
    }
}
