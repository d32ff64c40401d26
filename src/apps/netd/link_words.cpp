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

// "--delay 40ms" as "--up-delay 40ms".
std::string with_prefix(const Impairments& weather, std::string_view prefix) {
    std::string text = weather::to_string(weather);
    for (std::size_t at = 0; (at = text.find("--", at)) != std::string::npos; at += prefix.size())
        text.insert(at += 2, prefix);
    return text;
}

}  // namespace

std::expected<LinkWords, std::string> changed(LinkWords link,
                                              const std::vector<control::LinkOption>& options) {
    for (const control::LinkOption& option : options) {
        if (auto fault = apply(link, option)) return std::unexpected{*std::move(fault)};
    }
    return link;
}

std::string to_string(const LinkWords& link) {
    std::string text;
    const auto add = [&](const std::string& part) {
        if (!text.empty() && !part.empty()) text += ' ';
        text += part;
    };
    if (link.up == link.down) {
        add(weather::to_string(link.up));
    } else {
        add(with_prefix(link.up, "up-"));
        add(with_prefix(link.down, "down-"));
    }
    add(with_prefix(link.loopback, "lo-"));
    if (link.mtu != LinkWords{}.mtu) add(fmt::format("--mtu {}", link.mtu));
    return text;
}

}  // namespace handfast::netd
