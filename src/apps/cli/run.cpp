// handfast run: an unmodified program on a network of ours.
#include <fcntl.h>
#include <fmt/format.h>
#include <memory>
#include <poll.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <stdexcept>
#include <string>
#include <system_error>
#include <unistd.h>
#include <utility>
#include <vector>

#include "apps/cli/command.hpp"
#include "apps/cli/link_options.hpp"
#include "host/run/launcher.hpp"
#include "host/run/program.hpp"
#include "host/run/rendezvous.hpp"

namespace handfast::cli {

namespace {

struct Options {
    std::string network{"default"};
    std::string host{"local"};
    std::vector<std::string> addresses;
    LinkOptions link;
    std::vector<control::LinkOption> link_words;
    bool ladder{false};
    std::string capture;
    bool verbose{false};
    std::vector<std::string> program;
};

[[noreturn]] void complain(std::errc error, const std::string& text) {
    if (text.empty()) throw std::system_error{std::make_error_code(error)};
    if (error == std::errc::invalid_argument) throw std::invalid_argument{text};
    throw std::runtime_error{text};
}

template <class T>
T checked(link::Result<T> result) {
    if (!result) complain(result.error().error, result.error().text);
    if constexpr (!std::is_void_v<T>) return std::move(*result);
}

// What netd answers; what it refuses is an error of the command.
control::Reply ask(run::ControlChannel& netd, control::Request request, run::Descriptors beside) {
    const control::RequestMessage message{.id = control::RequestId{2},
                                          .request = std::move(request)};
    if (!netd.send(message, std::move(beside))) complain(std::errc::connection_reset, "");
    pollfd wait{.fd = netd.descriptor(), .events = POLLIN, .revents = 0};
    while (::poll(&wait, 1, -1) < 0) {
    }
    auto reply = netd.receive_reply();
    if (!reply) complain(reply.error(), "handfast-netd went away");
    if (reply->message.error != 0)
        complain(static_cast<std::errc>(reply->message.error), reply->message.text);
    return std::move(reply->message);
}

void observe(run::ControlChannel& netd, link::FileDescriptor into, control::Observe::View view) {
    if (!into) complain(static_cast<std::errc>(errno), "");
    run::Descriptors beside;
    beside.push_back(std::move(into));
    ask(netd, control::Observe{.view = view}, std::move(beside));
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

void start_log(const Options& options) {
    auto log = spdlog::stderr_logger_st("handfast");
    log->set_pattern("handfast: %v");
    log->set_level(options.verbose ? spdlog::level::debug : spdlog::level::warn);
    spdlog::set_default_logger(std::move(log));
}

run::Launch join(const Options& options) {
    const auto folder = checked(run::folder_of(options.network, run::surroundings()));
    checked(run::make_folder(folder));
    run::StartNetd start{.program = run::netd_beside_this(), .arguments = {}};
    if (options.link.seed) start.arguments = {"--seed", std::to_string(*options.link.seed)};
    auto netd = checked(run::find_netd(options.network, folder, start));
    const auto joined = ask(netd.channel,
                            control::Join{.host = options.host,
                                          .addresses = prefixes(options.addresses),
                                          .options = options.link_words,
                                          .program = options.program.front()},
                            {});
    spdlog::info("network {}, host {}, {} addresses, {} (process {})",
                 options.network,
                 options.host,
                 joined.addresses.size(),
                 netd.build,
                 netd.process);
    if (options.ladder)
        observe(netd.channel,
                link::FileDescriptor{::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3)},
                control::Observe::View::ladder);
    if (!options.capture.empty())
        observe(netd.channel,
                link::FileDescriptor{::open(
                    options.capture.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666)},
                control::Observe::View::capture);
    return {.command = options.program,
            .daemon = std::move(netd.channel),
            .network_key = netd.network_key,
            .folder = checked(run::open_folder(folder))};
}

int run_program(const Options& options) {
    start_log(options);
    // The supervisor that is there already serves this program too, on its own network.
    if (run::is_supervised()) {
        spdlog::info("inside another run: the program goes on its network");
        run::execute(options.program);
    }
    return checked(run::launch(join(options)));
}

}  // namespace

void add_run(CLI::App& app, Chosen& chosen) {
    auto options = std::make_shared<Options>();
    auto* command = app.add_subcommand("run", "Run a program on a network of its own");
    command->add_option("--network", options->network, "which network (default)")
        ->option_text("NAME");
    command->add_option("--host", options->host, "which host of it (local)")->option_text("NAME");
    command->add_option("--ip", options->addresses, "an address of the host; may be said again")
        ->take_all()
        ->allow_extra_args(false)
        ->option_text("ADDRESS/PREFIX");
    add_link_options(*command, options->link);
    command->add_flag("--ladder", options->ladder, "show the packets as they pass");
    command->add_option("--capture", options->capture, "write the packets to a pcapng file")
        ->option_text("FILE");
    command->add_flag("-v,--verbose", options->verbose, "tell what happens");
    command->add_option("PROGRAM", options->program, "what to run, with its arguments")
        ->required()
        ->option_text(" ");
    command->positionals_at_end();  // whatever follows is the program's
    command->footer("Example: handfast run --host server --ip 10.7.0.1/16 -- python3 server.py");
    command->callback([options, command, &chosen] {
        options->link_words = link_words(*command);
        chosen = [options] { return run_program(*options); };
    });
}

}  // namespace handfast::cli
