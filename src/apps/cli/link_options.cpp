#include "apps/cli/link_options.hpp"

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

// An option whose text `parse` turns into the value of one member of each target.
template <class Parse, class Value>
void add_option(CLI::App& command,
                const std::string& name,
                Parse parse,
                Value Impairments::* member,
                const Targets& targets,
                const std::string& help) {
    command
        .add_option_function<std::string>(
            "--" + name,
            [=](const std::string& text) {
                const auto value = parse(text);
                if (!value) throw CLI::ValidationError("--" + name, value.error());
                for (Impairments* target : targets) target->*member = *value;
            },
            help)
        ->group("Weather")
        ->option_text("TEXT");
}

void add_all(CLI::App& command, const std::string& prefix, const Targets& targets) {
    const auto where = [&](std::string_view what) {
        return std::string{what} +
               (prefix.empty() ? "" : " (" + prefix.substr(0, prefix.size() - 1) + " only)");
    };
    const auto add = [&](std::string_view name, auto parse, auto member, std::string_view help) {
        add_option(command, prefix + std::string{name}, parse, member, targets, where(help));
    };
    add("delay", weather::parse_duration, &Impairments::delay, "time on the way: 40ms");
    add("jitter", weather::parse_duration, &Impairments::jitter, "delay varies by this much: 5ms");
    add("loss", weather::parse_share, &Impairments::loss, "share of packets lost by chance: 2%");
    add("burst-loss", weather::parse_burst, &Impairments::burst, "loss in bursts: 2%x4");
    add("reorder",
        weather::parse_share,
        &Impairments::reorder,
        "share of packets that overtake: 1%");
    add("reorder-by",
        weather::parse_duration,
        &Impairments::reorder_by,
        "or that are held back: 5ms");
    add("duplicate", weather::parse_share, &Impairments::duplicate, "share that comes twice: 0.1%");
    add("corrupt",
        weather::parse_share,
        &Impairments::corrupt,
        "share with one wrong octet: 0.01%");
    add("rate", weather::parse_rate, &Impairments::rate, "bits per second: 100mbit");
    add("queue", weather::parse_size, &Impairments::queue, "octets that wait for the rate: 256KiB");
    add("drop",
        weather::parse_drops,
        &Impairments::drops,
        "packets lost by name: syn:1,data:3,fin:1");
    add("cut",
        weather::parse_cuts,
        &Impairments::cuts,
        "nothing passes: 5s+20s, after 5 s for 20 s");
}

}  // namespace

void add_link_options(CLI::App& command, LinkOptions& options) {
    add_all(command, "", {&options.up, &options.down});
    add_all(command, "up-", {&options.up});
    add_all(command, "down-", {&options.down});
    add_all(command, "lo-", {&options.loopback});
    command.add_option("--mtu", options.mtu, "longest IP packet, in octets")
        ->check(CLI::Range(68, 65'535))
        ->group("Weather")
        ->capture_default_str();
    command.add_option("--seed", options.seed, "chance: one seed gives the same fates")
        ->group("Weather")
        ->capture_default_str();
}

}  // namespace handfast::cli
