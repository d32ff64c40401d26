// handfast demo: plays the scenes, draws their ladders, checks their claims.
#include <algorithm>
#include <cstdio>
#include <fmt/format.h>
#include <memory>
#include <string>
#include <vector>

#include "apps/cli/command.hpp"
#include "apps/cli/defaults.hpp"
#include "apps/cli/demo/scene.hpp"
#include "apps/cli/observers.hpp"
#include "apps/cli/terminal.hpp"
#include "observe/ladder.hpp"
#include "observe/recorder.hpp"
#include "observe/text/words.hpp"

namespace handfast::cli {

namespace {

using demo::Scene;
using demo::Stage;

struct Options {
    std::vector<std::string> names;
    bool list{false};
    std::string capture;
    TerminalOptions terminal;
};

std::vector<Scene> all_scenes() {
    auto scenes = demo::tcp_scenes();
    for (auto& more : {demo::udp_scenes(), demo::trouble_scenes()})
        scenes.insert(scenes.end(), more.begin(), more.end());
    return scenes;
}

void print_list(const std::vector<Scene>& scenes) {
    for (const Scene& s : scenes) fmt::print("{:<18}{}\n", s.name, s.title);
}

std::vector<observe::LadderHost> ladder_hosts(Stage& stage) {
    std::vector<observe::LadderHost> hosts;
    for (const sim::Host* host : {&stage.client(), &stage.server()})
        hosts.push_back({host->id(), host->name(), {host->address()}});
    return hosts;
}

void print_claims(const Stage& stage, const Terminal& terminal) {
    for (const auto& claim : stage.claims()) {
        const bool held = claim.holds;
        fmt::print("  {} {}\n", terminal.mark(held), claim.text);
    }
}

// Plays one scene; true when all its claims hold.
bool play(const Scene& scene, Instant start, const Terminal& terminal, observe::FanOut& watchers) {
    observe::Recorder recorder{{}};
    observe::FanOut ears;
    ears.add(static_cast<observe::Observer&>(recorder));
    ears.add(static_cast<observe::Observer&>(watchers));
    Stage stage{scene.setting, start, ears};
    scene.play(stage);

    fmt::print("\n{}\n", terminal.heading(scene.title));
    for (const auto& line : terminal.wrap(scene.story)) fmt::print("{}\n", line);
    fmt::print("\n");
    observe::LadderOptions options;
    options.width = terminal.width();
    options.look = terminal.look();
    options.hosts = ladder_hosts(stage);
    options.origin = stage.world().start();
    for (const auto& line : observe::render(recorder, options)) fmt::print("{}\n", line);
    fmt::print("\n");
    print_claims(stage, terminal);
    return stage.holds();
}

int run(const Options& options) {
    const auto scenes = all_scenes();
    if (options.list) {
        print_list(scenes);
        return 0;
    }
    const Terminal terminal{options.terminal};
    observe::FanOut watchers;
    const auto capture = open_capture(options.capture, watchers);
    std::size_t played = 0;
    std::size_t failed = 0;
    for (const Scene& scene : scenes) {
        const bool named = std::ranges::find(options.names, scene.name) != options.names.end();
        if (!named && !(options.names.empty() && scene.in_front)) continue;
        // Each begins after the one before it has ended, so that a capture of several is in order.
        const Instant start{seconds{10'000'000} * ++played};
        if (!play(scene, start, terminal, watchers)) ++failed;
    }
    fmt::print("\n{} {} played, {} as claimed.\n",
               terminal.mark(failed == 0),
               observe::count_text(played, "scene"),
               played - failed);
    return failed == 0 ? 0 : 1;
}

// Every name must be a scene's.
std::string check_name(const std::string& name) {
    const auto scenes = all_scenes();
    const bool known = std::ranges::any_of(scenes, [&](const Scene& s) { return s.name == name; });
    return known ? "" : fmt::format("no scene ‘{}’; `handfast demo --list` names them all", name);
}

}  // namespace

void add_demo(CLI::App& app, Chosen& chosen) {
    auto* command = app.add_subcommand("demo", "Play TCP and UDP exchanges in virtual time");
    command->footer("Example:\n  handfast demo loss --capture loss.pcapng");
    auto options = std::make_shared<Options>();
    command->add_option("SCENE", options->names, "scenes to play (all but the long ones)")
        ->option_text(" ")
        ->check(CLI::Validator{check_name, ""});
    command->add_flag("--list", options->list, "name all scenes");
    command->add_option("--capture", options->capture, "write all packets to this pcapng file")
        ->group("Output")
        ->option_text("FILE");
    add_terminal_options(*command, options->terminal);
    command->callback([options, command, &chosen] {
        take_defaults(*command, {"width", "color", "ascii"});
        chosen = [options] { return run(*options); };
    });
}

}  // namespace handfast::cli
