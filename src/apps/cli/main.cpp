// handfast: the command line.
#include <cstdio>
#include <exception>
#include <fmt/format.h>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "apps/cli/command.hpp"

namespace {

constexpr int usage_error = 2;
constexpr int failure = 1;
constexpr std::size_t help_column = 28;

// CLI11's, with one empty line between groups where it puts two.
class Help : public CLI::Formatter {
public:
    [[nodiscard]] std::string make_help(const CLI::App* app,
                                        std::string name,
                                        CLI::AppFormatMode mode) const override {
        constexpr std::string_view two_lines = "\n\n\n";
        std::string text = CLI::Formatter::make_help(app, std::move(name), mode);
        for (auto at = text.find(two_lines); at != std::string::npos; at = text.find(two_lines, at))
            text.erase(at, 1);
        return text;
    }
};

std::string reason(const CLI::App& app, const CLI::ParseError& error) {
    const auto unknown = app.remaining();
    const bool no_command = app.get_subcommands().empty();
    if (no_command && error.get_exit_code() == static_cast<int>(CLI::ExitCodes::RequiredError))
        return unknown.empty() ? "no command" : fmt::format("no command ‘{}’", unknown.front());
    const auto more = app.remaining(true);
    if (error.get_exit_code() != static_cast<int>(CLI::ExitCodes::ExtrasError) || more.empty())
        return error.what();
    return fmt::format("‘{}’ means nothing here", more.front());
}

// One line: what is wrong, and where more is told.
std::string complaint(const CLI::App* app, const CLI::Error& error) {
    const auto chosen = app->get_subcommands();
    const auto& parse_error = dynamic_cast<const CLI::ParseError&>(error);
    return fmt::format("handfast: {}; `handfast {}--help` tells more\n",
                       reason(*app, parse_error),
                       chosen.empty() ? "" : chosen.front()->get_name() + " ");
}

int run(int argc, char** argv) {
    CLI::App app{"Handfast: TCP, UDP and sockets from the wire up, in user space."};
    app.name("handfast");
    app.formatter(std::make_shared<Help>());
    app.get_formatter()->column_width(help_column);
    app.set_version_flag("--version", "handfast 0.1.0", "say which version this is");
    app.set_help_flag("-h,--help", "say what there is to say");
    app.require_subcommand(1);
    app.failure_message(complaint);
    app.footer("`handfast COMMAND --help` tells more, with an example.");

    handfast::cli::Chosen chosen;
    handfast::cli::add_run(app, chosen);
    handfast::cli::add_network(app, chosen);
    handfast::cli::add_link(app, chosen);
    handfast::cli::add_ss(app, chosen);
    handfast::cli::add_demo(app, chosen);
    handfast::cli::add_native(app, chosen);
    handfast::cli::add_ping(app, chosen);
    handfast::cli::add_bench(app, chosen);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& e) {
        return app.exit(e) == 0 ? 0 : usage_error;
    }
    return chosen();
}

int complain(const std::exception& e, int status) {
    fmt::print(stderr, "handfast: {}\n", e.what());
    return status;
}

}  // namespace

int main(int argc, char** argv) {
    try {
        return run(argc, argv);
    } catch (const std::invalid_argument& e) {  // an argument that means nothing
        return complain(e, usage_error);
    } catch (const std::exception& e) {
        return complain(e, failure);
    }
}
