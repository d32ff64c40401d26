// handfast run: an unmodified program on a network of ours.
#include <sys/stat.h>

#include <fcntl.h>
#include <filesystem>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <fstream>
#include <memory>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <stdexcept>
#include <string>
#include <unistd.h>
#include <utility>
#include <vector>

#include "apps/cli/arguments.hpp"
#include "apps/cli/command.hpp"
#include "apps/cli/defaults.hpp"
#include "apps/cli/link_options.hpp"
#include "apps/cli/netd_line.hpp"
#include "apps/cli/run_program.hpp"
#include "apps/cli/terminal.hpp"
#include "core/wire/format.hpp"
#include "host/run/launcher.hpp"
#include "host/run/program.hpp"
#include "host/run/rendezvous.hpp"

namespace handfast::cli {

namespace {

void observe(NetdLine& netd, link::FileDescriptor into, control::Observe request) {
    if (!into) complain(static_cast<std::errc>(errno), "");
    run::Descriptors beside;
    beside.push_back(std::move(into));
    netd.ask(request, std::move(beside));
}

std::vector<wire::Prefix> prefixes(const std::vector<std::string>& texts) {
    std::vector<wire::Prefix> result;
    for (const auto& text : texts) {
        const auto prefix = wire::Prefix::parse(text);
        if (!prefix)
            throw std::invalid_argument{
                fmt::format("‘{}’ is no address; say for example 10.7.0.1/16", text)};
        result.push_back(*prefix);
    }
    return result;
}

void start_log(const RunOptions& options) {
    auto log = spdlog::stderr_logger_st("handfast");
    log->set_pattern("handfast: %v");
    log->set_level(options.verbose ? spdlog::level::debug : spdlog::level::warn);
    spdlog::set_default_logger(std::move(log));
}

void tell_joined(NetdLine& netd, const RunOptions& options, const control::Reply& joined) {
    std::vector<std::string> addresses;
    addresses.reserve(joined.addresses.size());
    for (const wire::Prefix& prefix : joined.addresses) addresses.push_back(to_string(prefix));
    spdlog::info("{} host {} of network {}: {} (netd is process {})",
                 joined.number != 0 ? "made" : "joined",
                 options.host,
                 options.network,
                 fmt::join(addresses, " "),
                 netd.daemon().process);
}

// netd never waits for who reads it, so it wants a description of its own: what it made
// non-blocking would be so for the program and the shell too. A file never makes wait, and what is
// written to it shares one place in it.
link::FileDescriptor own_standard_error() {
    struct stat facts{};
    const bool is_file = ::fstat(STDERR_FILENO, &facts) == 0 && S_ISREG(facts.st_mode);
    link::FileDescriptor own{is_file ? -1 : ::open("/proc/self/fd/2", O_WRONLY | O_CLOEXEC)};
    return own ? std::move(own)
               : link::FileDescriptor{::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1)};
}

void start_views(NetdLine& netd, const RunOptions& options) {
    using View = control::Observe::View;
    if (options.ladder) {
        const Terminal terminal{options.terminal, STDERR_FILENO};
        const observe::Look look = terminal.look();
        observe(netd,
                own_standard_error(),
                {.view = View::ladder,
                 .columns = static_cast<std::uint16_t>(terminal.width()),
                 .color = look.color == observe::Color::ansi,
                 .ascii = look.glyphs == observe::Glyphs::ascii});
    }
    if (options.capture.empty()) return;
    const int mode = O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC;
    link::FileDescriptor file{::open(options.capture.c_str(), mode, 0666)};
    if (!file) throw std::runtime_error{link::fail("write " + options.capture, "").error().text};
    observe(netd, std::move(file), {.view = View::capture});
}

}  // namespace

NetdLine join(const RunOptions& options) {
    start_log(options);
    std::vector<std::string> arguments;
    if (options.link.seed)
        arguments.insert(arguments.end(), {"--seed", fmt::to_string(*options.link.seed)});
    if (options.keep) arguments.emplace_back("--keep");
    NetdLine netd{options.network, std::move(arguments)};
    control::Join request{.host = options.host,
                          .addresses = prefixes(options.addresses),
                          .options = options.link_words,
                          .program = options.program.front(),
                          .msl = std::nullopt,
                          .seed = options.link.seed,
                          .congestion = options.congestion};
    if (!options.msl.empty()) request.msl = duration_from("--msl", options.msl);
    const auto joined = netd.ask(std::move(request));
    if (options.keep) netd.ask(control::Keep{});
    tell_joined(netd, options, joined);
    start_views(netd, options);
    return netd;
}

int run_program(const RunOptions& options) {
    // The supervisor that is there already serves this program too, on its own network.
    if (run::is_supervised()) {
        start_log(options);
        spdlog::info("inside another run: the program goes on its network");
        run::execute(options.program);
    }
    NetdLine netd = join(options);
    return checked(run::launch({.command = options.program,
                                .daemon = std::move(netd.daemon().channel),
                                .network_key = netd.daemon().network_key,
                                .folder = checked(run::open_folder(netd.folder()))}));
}

RunOptions again_on_network(const TunOptionsOnLine& options, std::vector<std::string> words) {
    RunOptions again;
    if (!options.network.empty()) again.network = options.network;
    if (!options.host.empty()) again.host = options.host;
    if (!options.address.empty()) again.addresses.push_back(options.address);
    again.link = options.link;
    again.link_words = options.link_words;
    if (options.msl_seconds) again.msl = fmt::format("{}s", *options.msl_seconds);
    again.congestion = options.congestion;
    again.ladder = options.ladder;
    again.capture = options.capture;
    again.terminal = options.terminal;
    again.program = std::move(words);
    return again;
}

std::vector<std::string> own_arguments() {
    std::vector<std::string> words;
    std::ifstream file{"/proc/self/cmdline"};
    for (std::string word; std::getline(file, word, '\0');) words.push_back(std::move(word));
    words.front() = std::filesystem::read_symlink("/proc/self/exe").native();
    return words;
}

void add_run(CLI::App& app, Chosen& chosen) {
    auto options = std::make_shared<RunOptions>();
    auto* command = app.add_subcommand("run", "Run a program on a network of its own");
    command->add_option("--network", options->network, "which network (default)")
        ->option_text("NAME");
    command->add_option("--host", options->host, "which host of it (local)")->option_text("NAME");
    command->add_option("--ip", options->addresses, "an address of the host; may be said again")
        ->take_all()
        ->allow_extra_args(false)
        ->option_text("ADDRESS/PREFIX");
    command->add_flag("--keep", options->keep, "the network stays when nobody is left");
    add_link_options(*command, options->link);
    command->add_option("--msl", options->msl, "TIME-WAIT lasts two of them (120s)")
        ->group("Host")
        ->option_text("TIME");
    add_congestion(*command, options->congestion);
    command->add_flag("--ladder", options->ladder, "show the packets as they pass")
        ->group("Output");
    command->add_option("--capture", options->capture, "write the packets to a pcapng file")
        ->group("Output")
        ->option_text("FILE");
    add_terminal_options(*command, options->terminal);
    command->add_flag("-v,--verbose", options->verbose, "tell what happens");
    command->add_option("PROGRAM", options->program, "what to run, with its arguments")
        ->required()
        ->option_text(" ");
    command->positionals_at_end();  // whatever follows is the program's
    command->footer("Example:\n  handfast run --host server --ip 10.7.0.1/16 -- python3 server.py");
    command->callback([options, command, &chosen] {
        take_defaults(*command);
        options->link_words = link_words(*command);
        chosen = [options] { return run_program(*options); };
    });
}

}  // namespace handfast::cli
