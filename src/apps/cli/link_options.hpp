// Weather on the command line: `--delay 40ms --loss 2% --drop syn:1`, each for one direction with
// `--up-` or `--down-` in front, for a host's loopback with `--lo-`.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>

#include "core/weather/impairments.hpp"

namespace handfast::cli {

struct LinkOptions {
    weather::Impairments up;
    weather::Impairments down;
    weather::Impairments loopback;
    std::uint16_t mtu{1500};
    std::uint64_t seed{1};
};

// Adds every option to the command; `options` is filled as the line is parsed and outlives it.
void add_link_options(CLI::App& command, LinkOptions& options);

}  // namespace handfast::cli
