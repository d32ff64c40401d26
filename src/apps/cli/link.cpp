// handfast link: the weather of a host's link, while it runs.
#include <fmt/format.h>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "apps/cli/command.hpp"
#include "apps/cli/defaults.hpp"
#include "apps/cli/link_options.hpp"
#include "apps/cli/netd_line.hpp"
#include "apps/cli/table.hpp"

namespace handfast::cli {

namespace {

using Json = nlohmann::ordered_json;

struct Options {
    std::string network{default_network};
    std::string host;
    bool json{false};
    bool perfect{false};
    LinkOptions link;
    std::vector<control::LinkOption> words;
};

// Of all, or of the one that is named.
std::vector<control::ListedHost> wanted_hosts(const Options& options) {
    control::ListedNetwork network = NetdLine{options.network}.hosts();
    if (options.host.empty()) return std::move(network.hosts);
    for (const auto& host : network.hosts)
        if (host.name == options.host) return {host};
    throw std::runtime_error{
        fmt::format("network {} has no host {}: `handfast network show {}` names them",
                    options.network,
                    options.host,
                    options.network)};
}

int show(const Options& options) {
    Table table{{"HOST", "WEATHER"}};
    Json json = Json::array();
    for (const auto& host : wanted_hosts(options)) {
        table.add({host.name, host.link.empty() ? "perfect" : link_text(host.link)});
        json.push_back({{"host", host.name}, {"link", link_json(host.link)}});
    }
    if (options.json)
        print_json(json);
    else
        table.print();
    return 0;
}

int set(const Options& options) {
    std::vector<control::LinkOption> words = options.words;
    if (options.perfect) words.insert(words.begin(), {.name = "perfect", .value = ""});
    if (words.empty()) throw std::invalid_argument{"say what is to change, for example --loss 2%"};
    NetdLine{options.network}.ask(
        control::SetLink{.host = options.host, .options = std::move(words)});
    return 0;
}

void add_place(CLI::App& command, Options& options, const std::string& whose) {
    command.add_option("--network", options.network, "which network (default)")
        ->option_text("NAME");
    command.add_option("--host", options.host, whose)->option_text("NAME");
}

}  // namespace

void add_link(CLI::App& app, Chosen& chosen) {
    auto* link = app.add_subcommand("link", "Weather of a host's link: show it, change it");
    link->require_subcommand(1);
    link->footer("Example:\n  handfast link set --host server --loss 2%");
    auto options = std::make_shared<Options>();

    auto* command = link->add_subcommand("show", "Show the weather of the hosts' links");
    add_place(*command, *options, "of this host only");
    command->add_flag("--json", options->json, "as JSON");
    command->footer("Example:\n  handfast link show --host server");
    command->callback([options, command, &chosen] {
        take_defaults(*command, {"network"});
        chosen = [options] { return show(*options); };
    });

    command = link->add_subcommand("set", "Change it from now on: what is not named stays");
    add_place(*command, *options, "whose link (local)");
    command->add_flag("--perfect", options->perfect, "first take all weather away");
    add_weather_options(*command, options->link);
    command->footer("Example:\n  handfast link set --host server --down-loss 2% --lo-delay 1ms");
    command->callback([options, command, &chosen] {
        take_defaults(*command, {"network", "host"});
        if (options->host.empty()) options->host = default_host;
        options->words = link_words(*command);
        chosen = [options] { return set(*options); };
    });
}

}  // namespace handfast::cli
