// The commands of `handfast`. Each adds itself to the command line and leaves behind what to run.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>

namespace handfast::cli {

// Set by the command that was chosen; its result is the exit status.
using Chosen = std::function<int()>;

void add_bench(CLI::App& app, Chosen& chosen);
void add_demo(CLI::App& app, Chosen& chosen);
void add_link(CLI::App& app, Chosen& chosen);
void add_native(CLI::App& app, Chosen& chosen);  // tcp-server, tcp-client, udp-server, udp-client
void add_network(CLI::App& app, Chosen& chosen);
void add_ping(CLI::App& app, Chosen& chosen);
void add_run(CLI::App& app, Chosen& chosen);
void add_ss(CLI::App& app, Chosen& chosen);

}  // namespace handfast::cli
