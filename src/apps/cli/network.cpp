// handfast network: which networks are up, and what is on them.
#include <algorithm>
#include <ctime>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <memory>
#include <nlohmann/json.hpp>
#include <numeric>
#include <string>
#include <vector>

#include "apps/cli/arguments.hpp"
#include "apps/cli/command.hpp"
#include "apps/cli/defaults.hpp"
#include "apps/cli/link_options.hpp"
#include "apps/cli/netd_line.hpp"
#include "apps/cli/table.hpp"
#include "core/weather/parse.hpp"
#include "core/wire/format.hpp"
#include "observe/text/words.hpp"

namespace handfast::cli {

namespace {

using control::ListedHost;
using control::ListedNetwork;
using Json = nlohmann::ordered_json;

struct Options {
    std::string network{default_network};
    bool json{false};
    std::string msl;
    std::optional<std::uint64_t> seed;
};

// When it came up, in seconds since 1970.
std::time_t start_of(const ListedNetwork& network) {
    return std::chrono::duration_cast<seconds>(network.started).count();
}

std::string since(const ListedNetwork& network) {
    return fmt::format("{:%Y-%m-%d %H:%M:%S}", fmt::localtime(start_of(network)));
}

std::uint64_t total(const ListedNetwork& network, std::uint64_t ListedHost::* what) {
    return std::accumulate(
        network.hosts.begin(),
        network.hosts.end(),
        std::uint64_t{0},
        [&](std::uint64_t sum, const ListedHost& host) { return sum + host.*what; });
}

std::vector<std::string> addresses(const ListedHost& host) {
    std::vector<std::string> texts;
    texts.reserve(host.addresses.size());
    for (const wire::Prefix& prefix : host.addresses) texts.push_back(wire::to_string(prefix));
    return texts;
}

Json to_json(const ListedHost& host) {
    return {{"name", host.name},
            {"mac", host.mac},
            {"addresses", addresses(host)},
            {"link", link_json(host.link)},
            {"msl_seconds", std::chrono::duration<double>{host.msl}.count()},
            {"programs", host.programs},
            {"sockets", host.sockets}};
}

Json to_json(const ListedNetwork& network) {
    Json hosts = Json::array();
    for (const ListedHost& host : network.hosts) hosts.push_back(to_json(host));
    return {{"name", network.name},
            {"daemon", {{"build", network.build}, {"process", network.process}}},
            {"since", start_of(network)},
            {"msl_seconds", std::chrono::duration<double>{network.msl}.count()},
            {"seed", network.seed ? Json(*network.seed) : Json(nullptr)},
            {"keep", network.keep},
            {"programs", total(network, &ListedHost::programs)},
            {"sockets", total(network, &ListedHost::sockets)},
            {"hosts", std::move(hosts)}};
}

// ---- ls -----------------------------------------------------------------------------------------

int list(const Options& options) {
    Table table{{"NETWORK", "HOSTS", "PROGRAMS", "SOCKETS", "UP SINCE"}};
    Json json = Json::array();
    for (const std::string& name : running_networks()) {
        const ListedNetwork network = NetdLine{name}.hosts();
        json.push_back(to_json(network));
        table.add({name,
                   fmt::to_string(network.hosts.size()),
                   fmt::to_string(total(network, &ListedHost::programs)),
                   fmt::to_string(total(network, &ListedHost::sockets)),
                   since(network)});
    }
    if (options.json)
        print_json(json);
    else
        table.print();
    return 0;
}

// ---- show ---------------------------------------------------------------------------------------

int show(const Options& options) {
    const ListedNetwork network = NetdLine{options.network}.hosts();
    if (options.json) {
        print_json(to_json(network));
        return 0;
    }
    fmt::print("network {}, up since {}: {}, {}, MSL {}{}{}\n",
               network.name,
               since(network),
               observe::count_text(total(network, &ListedHost::programs), "program"),
               observe::count_text(total(network, &ListedHost::sockets), "socket"),
               weather::duration_text(network.msl),
               network.seed ? fmt::format(", seed {}", *network.seed) : "",
               network.keep ? ", stays when nobody is left" : "");
    Table table{{"HOST", "MAC", "ADDRESS", "PROGRAMS", "SOCKETS", "WEATHER"}};
    for (const ListedHost& host : network.hosts) {
        table.add({host.name,
                   host.mac,
                   fmt::to_string(fmt::join(addresses(host), " ")),
                   fmt::to_string(host.programs),
                   fmt::to_string(host.sockets),
                   link_text(host.link)});
    }
    if (!network.hosts.empty()) table.print();
    return 0;
}

// ---- up, down -----------------------------------------------------------------------------------

int up(const Options& options) {
    std::vector<std::string> arguments{"--keep"};
    std::optional<Duration> msl;
    if (!options.msl.empty()) {
        msl = duration_from("--msl", options.msl);
        arguments.insert(arguments.end(), {"--msl", options.msl});
    }
    if (options.seed) arguments.insert(arguments.end(), {"--seed", fmt::to_string(*options.seed)});
    NetdLine netd{options.network, std::move(arguments)};
    const ListedNetwork network = netd.hosts();
    if ((msl && network.msl != *msl) || (options.seed && network.seed != options.seed))
        throw std::runtime_error{
            fmt::format("network {} is up already, with another MSL or seed: end it by `handfast "
                        "network down {}`",
                        options.network,
                        options.network)};
    netd.ask(control::Keep{});
    return 0;
}

int down(const Options& options) {
    const auto folder = checked(run::folder_of(options.network, run::surroundings()));
    checked(run::end_netd(options.network, folder));
    return 0;
}

// ---- The command line ---------------------------------------------------------------------------

CLI::App* add(CLI::App& network,
              Chosen& chosen,
              const std::shared_ptr<Options>& options,
              const std::string& name,
              const std::string& help,
              int (*run)(const Options&)) {
    auto* command = network.add_subcommand(name, help);
    command->callback([options, command, run, &chosen] {
        take_defaults(*command, {"network"});
        chosen = [=] { return run(*options); };
    });
    command->footer(name == "ls" ? "Example:\n  handfast network ls --json"
                                 : "Example:\n  handfast network " + name + " lab");
    return command;
}

void add_name(CLI::App& command, Options& options) {
    command.add_option("NETWORK,--network", options.network, "which network (default)")
        ->option_text(" ");
}

void add_json(CLI::App& command, Options& options) {
    command.add_flag("--json", options.json, "as JSON");
}

}  // namespace

void add_network(CLI::App& app, Chosen& chosen) {
    auto* network = app.add_subcommand("network", "Networks that are up: list, show, start, end");
    network->require_subcommand(1);
    network->footer("Example:\n  handfast network show default");
    auto options = std::make_shared<Options>();
    add_json(*add(*network, chosen, options, "ls", "List the networks that are up", list),
             *options);
    auto* command = add(*network, chosen, options, "show", "Show a network and its hosts", show);
    add_name(*command, *options);
    add_json(*command, *options);
    command = add(*network, chosen, options, "up", "Start a network that stays until `down`", up);
    add_name(*command, *options);
    command->add_option("--msl", options->msl, "TIME-WAIT lasts two of them (120s)")
        ->option_text("TIME");
    command->add_option("--seed", options->seed, "one seed gives the same fates (drawn at random)")
        ->option_text("NUMBER");
    command = add(*network, chosen, options, "down", "End a network: connections are reset", down);
    add_name(*command, *options);
}

}  // namespace handfast::cli
