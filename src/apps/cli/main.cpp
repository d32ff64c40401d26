// handfast: the command line.
#include <cstdio>
#include <exception>
#include <fmt/format.h>

#include "apps/cli/command.hpp"

namespace {

constexpr int usage_error = 2;
constexpr int failure = 1;

int run(int argc, char** argv) {
    CLI::App app{"Handfast: TCP, UDP and sockets from the wire up, in user space."};
    app.name("handfast");
    app.set_version_flag("--version", "handfast 0.1.0");
    app.require_subcommand(1);
    app.footer("`handfast COMMAND --help` tells more, with an example.");

    handfast::cli::Chosen chosen;
    handfast::cli::add_demo(app, chosen);
    handfast::cli::add_native(app, chosen);
    handfast::cli::add_ping(app, chosen);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& e) {
        return app.exit(e) == 0 ? 0 : usage_error;
    }
    return chosen();
}

}  // namespace

int main(int argc, char** argv) {
    try {
        return run(argc, argv);
    } catch (const std::exception& e) {
        fmt::print(stderr, "handfast: {}\n", e.what());
        return failure;
    }
}
