#include "apps/netd/link_words.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <fmt/format.h>
#include <string_view>
#include <utility>

#include "core/weather/parse.hpp"

namespace handfast::netd {

namespace {

using weather::Impairments;
using Fault = std::optional<std::string>;

// Sets one member from text.
template <auto parse, auto member>
Fault set(Impairments& weather, std::string_view text) {
    auto value = parse(text);
    if (!value) return std::move(value).error();
    weather.*member = *std::move(value);
    return std::nullopt;
}

struct Word {
    std::string_view name;
    Fault (*set)(Impairments&, std::string_view);
};

constexpr std::array words{
    Word{"delay", set<weather::parse_duration, &Impairments::delay>},
    Word{"jitter", set<weather::parse_duration, &Impairments::jitter>},
    Word{"loss", set<weather::parse_share, &Impairments::loss>},
    Word{"burst-loss", set<weather::parse_burst, &Impairments::burst>},
    Word{"reorder", set<weather::parse_share, &Impairments::reorder>},
    Word{"reorder-by", set<weather::parse_duration, &Impairments::reorder_by>},
    Word{"duplicate", set<weather::parse_share, &Impairments::duplicate>},
    Word{"corrupt", set<weather::parse_share, &Impairments::corrupt>},
    Word{"black-hole", set<weather::parse_size, &Impairments::black_hole>},
    Word{"rate", set<weather::parse_rate, &Impairments::rate>},
    Word{"queue", set<weather::parse_size, &Impairments::queue>},
    Word{"drop", set<weather::parse_drops, &Impairments::drops>},
    Word{"cut", set<weather::parse_cuts, &Impairments::cuts>},
};

constexpr std::uint16_t least_mtu = 68;  // RFC 791 §3.2

Fault set_mtu(LinkWords& link, std::string_view text) {
    std::uint16_t mtu{0};
    const char* const end = text.data() + text.size();
    const auto result = std::from_chars(text.data(), end, mtu);
    if (result.ec != std::errc{} || result.ptr != end || mtu < least_mtu)
        return fmt::format("\"{}\" is no MTU: give {} to 65535 octets", text, least_mtu);
    link.mtu = mtu;
    return std::nullopt;
}

// Whose weather an option means, by its prefix, which is cut off.
std::vector<Impairments*> targets(LinkWords& link, std::string_view& name) {
    const auto cut = [&](std::string_view prefix) {
        if (!name.starts_with(prefix)) return false;
        name.remove_prefix(prefix.size());
        return true;
    };
    if (cut("up-")) return {&link.up};
    if (cut("down-")) return {&link.down};
    if (cut("lo-")) return {&link.loopback};
    return {&link.up, &link.down};
}

Fault apply(LinkWords& link, const control::LinkOption& option) {
    if (option.name == "mtu") return set_mtu(link, option.value);
    if (option.name == "perfect") {
        link.up = link.down = link.loopback = {};
        return std::nullopt;
    }
    std::string_view name = option.name;
    const auto whose = targets(link, name);
    const auto word = std::ranges::find(words, name, &Word::name);
    if (word == words.end()) return fmt::format("there is no link option \"{}\"", option.name);
    for (Impairments* const weather : whose) {
        if (auto fault = word->set(*weather, option.value))
            return fmt::format("--{}: {}", option.name, *fault);
    }
    return std::nullopt;
}

// The words of one direction: "--delay 40ms --loss 2%", each with the prefix.
void add_words(std::vector<control::LinkOption>& to,
               const Impairments& weather,
               std::string_view prefix) {
    const std::string text = weather::to_string(weather);
    std::string_view rest = text;
    const auto next_word = [&] {
        const std::string_view word = rest.substr(0, rest.find(' '));
        rest.remove_prefix(std::min(word.size() + 1, rest.size()));
        return word;
    };
    while (!rest.empty()) {
        const std::string_view name = next_word().substr(2);
        to.push_back(
            {.name = fmt::format("{}{}", prefix, name), .value = std::string{next_word()}});
    }
}

}  // namespace

std::expected<LinkWords, std::string> changed(LinkWords link,
                                              const std::vector<control::LinkOption>& options) {
    for (const control::LinkOption& option : options) {
        if (auto fault = apply(link, option)) return std::unexpected{*std::move(fault)};
    }
    return link;
}

std::vector<control::LinkOption> words_of(const LinkWords& link) {
    std::vector<control::LinkOption> told;
    if (link.up == link.down) {
        add_words(told, link.up, "");
    } else {
        add_words(told, link.up, "up-");
        add_words(told, link.down, "down-");
    }
    add_words(told, link.loopback, "lo-");
    if (link.mtu != LinkWords{}.mtu)
        told.push_back({.name = "mtu", .value = fmt::format("{}", link.mtu)});
    return told;
}

}  // namespace handfast::netd
