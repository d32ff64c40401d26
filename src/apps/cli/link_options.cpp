#include "apps/cli/link_options.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/weather/parse.hpp"

namespace handfast::cli {

namespace {

using weather::Impairments;

// What the options with one prefix set.
using Targets = std::vector<Impairments*>;

// The options for both directions are shown; that each has others beside it is told in one line.
constexpr std::string_view shown =
    "Weather (--up-loss, --down-loss: one way; --lo-loss: the loopback)";
constexpr std::string_view hidden;
constexpr std::string_view mtu = "--mtu";

struct Words {
    std::string_view name;
    std::string_view value;  // what kind of text
    std::string_view help;
};

// An option whose text `parse` turns into the value of one member of each target.
template <class Parse, class Value>
void add_option(CLI::App& command,
                const std::string& prefix,
                const Words& words,
                Parse parse,
                Value Impairments::* member,
                const Targets& targets) {
    const std::string name = "--" + prefix + std::string{words.name};
    command
        .add_option_function<std::string>(
            name,
            [=](const std::string& text) {
                const auto value = parse(text);
                if (!value) throw CLI::ValidationError(name, value.error());
                for (Impairments* target : targets) target->*member = *value;
            },
            std::string{words.help})
        ->group(std::string{prefix.empty() ? shown : hidden})
        ->option_text(std::string{words.value});
}

void add_all(CLI::App& command, const std::string& prefix, const Targets& targets) {
    const auto add = [&](const Words& words, auto parse, auto member) {
        add_option(command, prefix, words, parse, member, targets);
    };
    using weather::parse_duration;
    using weather::parse_share;
    add({"delay", "TIME", "on the way: 40ms"}, parse_duration, &Impairments::delay);
    add({"jitter", "TIME", "delay varies by this much: 5ms"}, parse_duration, &Impairments::jitter);
    add({"loss", "SHARE", "of packets, lost by chance: 2%"}, parse_share, &Impairments::loss);
    add({"burst-loss", "SHARE[xN]", "lost in bursts of N: 2%x4"},
        weather::parse_burst,
        &Impairments::burst);
    add({"reorder", "SHARE", "of packets, that overtake: 1%"}, parse_share, &Impairments::reorder);
    add({"reorder-by", "TIME", "or that are held back: 5ms"},
        parse_duration,
        &Impairments::reorder_by);
    add({"duplicate", "SHARE", "of packets, that come twice: 0.1%"},
        parse_share,
        &Impairments::duplicate);
    add({"corrupt", "SHARE", "of packets, with one wrong octet: 0.01%"},
        parse_share,
        &Impairments::corrupt);
    add({"black-hole", "OCTETS", "longer IP packets vanish, without ICMP: 1300"},
        weather::parse_size,
        &Impairments::black_hole);
    add({"rate", "RATE", "bits per second: 100mbit"}, weather::parse_rate, &Impairments::rate);
    add({"queue", "SIZE", "octets that wait for the rate: 256KiB"},
        weather::parse_size,
        &Impairments::queue);
    add({"drop", "KIND:N,...", "packets lost by name: syn:1,data:3,fin:1"},
        weather::parse_drops,
        &Impairments::drops);
    add({"cut", "AT+LENGTH", "nothing passes: 5s+20s, after 5 s for 20 s"},
        weather::parse_cuts,
        &Impairments::cuts);
}

}  // namespace

void add_weather_options(CLI::App& command, LinkOptions& options) {
    add_all(command, "", {&options.up, &options.down});
    add_all(command, "up-", {&options.up});
    add_all(command, "down-", {&options.down});
    add_all(command, "lo-", {&options.loopback});
}

void add_link_options(CLI::App& command, LinkOptions& options) {
    add_weather_options(command, options);
    command.add_option(std::string{mtu}, options.mtu, "longest IP packet, in octets (1500)")
        ->check(CLI::Range(68, 65'535))
        ->group("Host")
        ->option_text("OCTETS");
    command.add_option("--seed", options.seed, "one seed gives the same fates (drawn at random)")
        ->group("Host")
        ->option_text("NUMBER");
}

std::vector<control::LinkOption> link_words(const CLI::App& command) {
    std::vector<control::LinkOption> words;
    for (const CLI::Option* option : command.get_options()) {
        // One of a hidden group does not tell its name by get_name().
        if (option->count() == 0 || option->get_lnames().empty()) continue;
        const std::string& name = option->get_lnames().front();
        const bool is_weather = option->get_group() == shown || option->get_group() == hidden;
        if (!is_weather && name != mtu.substr(2)) continue;
        words.push_back({.name = name, .value = option->results().back()});
    }
    return words;
}

std::string link_text(const std::vector<control::LinkOption>& words) {
    std::string text;
    for (const auto& word : words)
        text += fmt::format("{}--{} {}", text.empty() ? "" : " ", word.name, word.value);
    return text;
}

nlohmann::ordered_json link_json(const std::vector<control::LinkOption>& words) {
    nlohmann::ordered_json json = nlohmann::ordered_json::object();
    for (const auto& word : words) {
        std::string_view name = word.name;
        const auto cut = [&](std::string_view prefix) {
            const bool there = name.starts_with(prefix);
            if (there) name.remove_prefix(prefix.size());
            return there;
        };
        const auto put = [&](const char* where) { json[where][std::string{name}] = word.value; };
        if (name == mtu.substr(2)) {
            json[std::string{name}] = std::stoi(word.value);
        } else if (cut("lo-")) {
            put("loopback");
        } else {
            const bool down_only = cut("down-");
            const bool up_only = cut("up-");
            if (!down_only) put("up");
            if (!up_only) put("down");
        }
    }
    return json;
}

}  // namespace handfast::cli
