// `handfast run` as a value: a program, the host that it runs on, what watches it.
#pragma once

#include <string>
#include <vector>

#include "apps/cli/link_options.hpp"
#include "apps/cli/netd_line.hpp"
#include "apps/cli/terminal.hpp"
#include "apps/cli/tun_session.hpp"

namespace handfast::cli {

struct RunOptions {
    std::string network{default_network};
    std::string host{default_host};
    std::vector<std::string> addresses;
    LinkOptions link;
    std::vector<control::LinkOption> link_words;
    std::string msl;
    std::string congestion;
    bool keep{false};
    bool ladder{false};
    std::string capture;
    TerminalOptions terminal;
    bool verbose{false};
    std::vector<std::string> program;
};

// The program's exit status.
[[nodiscard]] int run_program(const RunOptions& options);

// A host that is joined, and the line to its network.
[[nodiscard]] NetdLine join(const RunOptions& options);

// A native program of these options, to be run by these words.
[[nodiscard]] RunOptions again_on_network(const TunOptionsOnLine& options,
                                          std::vector<std::string> words);
// This process's program and arguments.
[[nodiscard]] std::vector<std::string> own_arguments();

}  // namespace handfast::cli
