// Weather on the command line: `--delay 40ms --loss 2% --drop syn:1`, each for one direction with
// `--up-` or `--down-` in front, for a host's loopback with `--lo-`.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "core/control/message.hpp"
#include "core/weather/impairments.hpp"

namespace handfast::cli {

struct LinkOptions {
    weather::Impairments up;
    weather::Impairments down;
    weather::Impairments loopback;
    std::uint16_t mtu{1500};
    std::optional<std::uint64_t> seed;  // nullopt: drawn at random
};

// Adds every option to the command; `options` is filled as the line is parsed and outlives it.
void add_link_options(CLI::App& command, LinkOptions& options);
// Those that may change while the link is up.
void add_weather_options(CLI::App& command, LinkOptions& options);

// Those that were given to a command that is parsed, as they were given: netd reads them again.
[[nodiscard]] std::vector<control::LinkOption> link_words(const CLI::App& command);

// "--delay 40ms --up-loss 2%", and the same by direction.
[[nodiscard]] std::string link_text(const std::vector<control::LinkOption>& words);
[[nodiscard]] nlohmann::ordered_json link_json(const std::vector<control::LinkOption>& words);

}  // namespace handfast::cli
