// What a command takes where its line says nothing: the environment, then a file.
//
//   command line  >  $HANDFAST_HOST  >  host = "lab"  in the file
//
// The file is TOML: $HANDFAST_CONFIG, else $XDG_CONFIG_HOME/handfast/config.toml, else
// ~/.config/handfast/config.toml. Weather stands in a table of its own:
//
//   network = "lab"
//   ip = ["10.7.0.1/16"]
//   [link]
//   delay = "40ms"
//   up-loss = "2%"
//
// In the environment the same is HANDFAST_UP_LOSS.
#pragma once

#include <CLI/CLI.hpp>
#include <initializer_list>
#include <string_view>

namespace handfast::cli {

// Fills the options of a command that is parsed. Throws std::invalid_argument with the place of
// what is wrong: "config.toml:3: …".
void take_defaults(CLI::App& command);
// These only.
void take_defaults(CLI::App& command, std::initializer_list<std::string_view> names);

}  // namespace handfast::cli
