// `impaired`: the command.
//
//   impaired                 six cells, as rows of the usual table
//   impaired --full          all cells and pairings; goes on where it was interrupted
//   impaired --fairness      our sender and the kernel's at once through one link
//   impaired --virtual       long fat paths, fairness, flow completion times: ours in virtual time
//   impaired --events FILE   one trial, told event by event
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "impaired/trial.hpp"

namespace CLI {
class App;
}

namespace handfast::bench::impaired {

struct CampaignOptions {
    std::vector<std::string> controllers{"cubic", "reno", "bbr"};
    std::string only;  // cells whose name this regular expression finds
    std::vector<std::string> pairings{"ours-ours", "ours-kernel", "kernel-ours", "kernel-kernel"};
    unsigned seeds{5};
    std::uint64_t first_seed{1};
    double seconds{8};
    int buffers{ample_buffers};
    Time time{Time::real};
    std::filesystem::path results{"build/impaired.csv"};
    std::filesystem::path page{"docs/impaired.md"};
    std::filesystem::path events;
};

class Command {
public:
    explicit Command(CLI::App& app);

    [[nodiscard]] bool chosen() const;
    [[nodiscard]] bool wants_more_than_rows() const;
    [[nodiscard]] int run() const;

private:
    CLI::App* command_;
    bool full_{false};
    bool fairness_{false};
    bool virtual_{false};
    CampaignOptions options_;
};

// Of all chosen cells and pairings, with one seed.
[[nodiscard]] std::vector<Trial> trials_of(const CampaignOptions& options, std::uint64_t seed);

// All cells, each trial once. Says what it does.
void run_full(const CampaignOptions& options);
// Writes the page anew, of all that was measured until now.
void update_page(const CampaignOptions& options);
// Each trial once, its events to a file: the last one's stay.
void run_told(const CampaignOptions& options);
// As Markdown.
[[nodiscard]] std::string virtual_tables();

}  // namespace handfast::bench::impaired
