#include "impaired/campaign.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <fmt/format.h>
#include <fstream>
#include <regex>
#include <thread>

#include "impaired/fairness.hpp"
#include "impaired/in_child.hpp"
#include "impaired/page.hpp"
#include "impaired/results.hpp"
#include "own_namespace.hpp"

namespace handfast::bench::impaired {

namespace {

[[nodiscard]] std::vector<Pairing> pairings_of(const CampaignOptions& options) {
    std::vector<Pairing> all;
    for (const Stack sender : {Stack::ours, Stack::kernel}) {
        for (const Stack receiver : {Stack::ours, Stack::kernel}) {
            const Pairing pairing{.sender = sender, .receiver = receiver};
            if (std::ranges::count(options.pairings, pairing.name()) > 0) all.push_back(pairing);
        }
    }
    return all;
}

[[nodiscard]] std::vector<Cell> cells(const CampaignOptions& options) {
    const std::regex only{options.only};
    std::vector<Cell> all;
    for (const std::string& controller : options.controllers) {
        for (Cell& cell : cells_of(controller)) {
            if (std::regex_search(cell.name(), only)) all.push_back(std::move(cell));
        }
    }
    return all;
}

[[nodiscard]] Trial trial_of(const CampaignOptions& options,
                             const Cell& cell,
                             const Pairing& pairing,
                             std::uint64_t seed) {
    return {.cell = cell,
            .pairing = pairing,
            .seed = seed,
            .length = std::chrono::duration_cast<Duration>(
                std::chrono::duration<double>{options.seconds}),
            .buffers = options.buffers,
            .time = options.time};
}

// Side by side, so that whatever else the machine does meets all of them.
void measure(const std::vector<Trial>& trials, Results& results) {
    std::vector<Outcome> outcomes(trials.size());
    {
        std::vector<std::jthread> threads;
        for (std::size_t i = 0; i < trials.size(); ++i)
            threads.emplace_back([&, i] { outcomes[i] = run_in_child(trials[i]); });
    }
    for (std::size_t i = 0; i < trials.size(); ++i) {
        results.append(to_measurement(trials[i], outcomes[i]));
        fmt::print(
            "{:<18}{:>3}  {:<14}{:>8.2f} Mbit/s {:>6} repeated {:>6} lost  wait {:.1f} ms  stall "
            "{:.1f} ms\n",
            trials[i].cell.name(),
            trials[i].seed,
            trials[i].pairing.name(),
            outcomes[i].mbits,
            outcomes[i].retransmissions,
            outcomes[i].lost,
            outcomes[i].mean_wait,
            outcomes[i].worst_stall);
    }
    std::fflush(stdout);
}

}  // namespace

std::vector<Trial> trials_of(const CampaignOptions& options, std::uint64_t seed) {
    std::vector<Trial> all;
    for (const Cell& cell : cells(options)) {
        for (const Pairing& pairing : pairings_of(options))
            all.push_back(trial_of(options, cell, pairing, seed));
    }
    return all;
}

void run_full(const CampaignOptions& options) {
    Results results{options.results};
    for (unsigned i = 0; i < options.seeds; ++i) {
        for (const Cell& cell : cells(options)) {
            std::vector<Trial> missing;
            for (const Pairing& pairing : pairings_of(options)) {
                const Trial trial = trial_of(options, cell, pairing, options.first_seed + i);
                if (results.find(trial) == nullptr) missing.push_back(trial);
            }
            measure(missing, results);
        }
    }
    fmt::print("{}", page_tables(results));
}

namespace {

// What other measurements than trials came to, beside the file of these.
[[nodiscard]] std::filesystem::path section(const CampaignOptions& options, const char* name) {
    std::filesystem::path file = options.results;
    file.replace_filename(options.results.stem().string() + "-" + name + ".md");
    return file;
}

void keep(const std::filesystem::path& file, const std::string& text) {
    std::ofstream out{file};
    out << text;
    if (!out.flush()) throw std::runtime_error{"cannot write " + file.string()};
    fmt::print("{}", text);
}

void demand_namespaces() {
    if (const std::string why = why_no_namespace(); !why.empty()) throw std::runtime_error{why};
}

}  // namespace

void update_page(const CampaignOptions& options) {
    write_page(options.page,
               Results{options.results},
               {section(options, "fairness"), section(options, "virtual")});
}

Command::Command(CLI::App& app)
    : command_{app.add_subcommand("impaired", "goodput where it hurts: loss, delay, reordering")} {
    command_->add_flag("--full", full_, "all cells and pairings; resumable");
    command_->add_flag(
        "--fairness", fairness_, "our sender and the kernel's through one link at once");
    command_->add_flag(
        "--virtual", virtual_, "long fat paths, fairness, short flows: virtual time");
    command_->add_option("--controllers", options_.controllers, "congestion controls")
        ->delimiter(',')
        ->capture_default_str();
    command_->add_option("--pairings", options_.pairings, "sender-receiver")
        ->delimiter(',')
        ->capture_default_str();
    command_->add_option("--only", options_.only, "cells whose name this expression finds");
    command_->add_option("--seeds", options_.seeds, "trials of each")->capture_default_str();
    command_->add_option("--first-seed", options_.first_seed, "")->capture_default_str();
    command_->add_option("--seconds", options_.seconds, "of one trial")->capture_default_str();
    command_->add_option("--buffers", options_.buffers, "octets of socket buffers; 0: as they come")
        ->capture_default_str();
    command_->add_option("--results", options_.results, "the file")->capture_default_str();
    command_->add_option("--page", options_.page, "the table")->capture_default_str();
    command_
        ->add_flag_callback(
            "--jump", [this] { options_.time = Time::virtual_time; }, "told trials in virtual time")
        ->needs(command_->add_option(
            "--events", options_.events, "tell one trial, event by event, to this file"));
}

bool Command::chosen() const {
    return command_->parsed();
}

bool Command::wants_more_than_rows() const {
    return chosen() && (full_ || fairness_ || virtual_ || !options_.events.empty());
}

int Command::run() const {
    if (!options_.events.empty()) run_told(options_);
    if (full_ || fairness_) demand_namespaces();
    if (full_) run_full(options_);
    if (fairness_)
        keep(section(options_, "fairness"), fairness_section(options_.controllers, options_.seeds));
    if (virtual_) keep(section(options_, "virtual"), virtual_tables());
    if (full_ || fairness_ || virtual_) update_page(options_);
    return 0;
}

}  // namespace handfast::bench::impaired
