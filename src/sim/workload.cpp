#include "sim/workload.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>

#include "core/weather/parse.hpp"

namespace handfast::sim {

namespace {

using enum Action::Kind;

// Uniform in octaves: small numbers as likely as great ones.
[[nodiscard]] std::uint32_t octaves(Rng& rng, std::uint32_t least, std::uint32_t most) {
    const std::uint32_t top = std::max(most, least + 1);
    std::uint32_t limit = least + 1;
    while (limit < top && rng.chance(0.93)) limit = std::min(limit * 2 + 1, top);
    return least + rng.below(limit - least + 1);
}

[[nodiscard]] Duration up_to(Rng& rng, Duration most) {
    return nanoseconds{static_cast<std::int64_t>(rng.unit() * static_cast<double>(most.count()))};
}

[[nodiscard]] Action draw_send(Rng& rng, std::uint32_t most) {
    constexpr std::uint32_t most_writes = 1'000;
    constexpr std::array<std::uint32_t, 8> sizes{1, 7, 100, 536, 1'448, 4'096, 16'384, 65'536};
    Action action{.octets = octaves(rng, 1, most)};
    const std::uint32_t at_once = sizes.at(rng.below(sizes.size()));
    action.at_once = std::max(at_once, action.octets / most_writes + 1);
    return action;
}

[[nodiscard]] Action draw_action(Rng& rng, const Scale& scale) {
    const std::uint32_t lot = rng.below(20);
    if (lot < 12) return draw_send(rng, scale.most_octets);
    if (lot < 13) return {.kind = urgent, .octets = octaves(rng, 1, 3'000)};
    return {.kind = rest, .time = up_to(rng, rng.chance(0.2) ? seconds{20} : milliseconds{300})};
}

[[nodiscard]] Reading draw_reading(Rng& rng) {
    constexpr std::array<std::uint32_t, 4> sizes{1'000, 4'096, 20'000, 65'536};
    Reading reading{.at_once = sizes.at(rng.below(sizes.size()))};
    if (rng.chance(0.2)) reading.stall = up_to(rng, seconds{70});
    if (rng.chance(0.2)) reading.rest = up_to(rng, milliseconds{100});
    return reading;
}

[[nodiscard]] std::uint32_t draw_buffer(Rng& rng) {
    return rng.chance(0.4) ? octaves(rng, 1'000, 200'000) : 0;
}

[[nodiscard]] Side draw_side(Rng& rng, const Scale& scale) {
    Side side{.send_buffer = draw_buffer(rng),
              .receive_buffer = draw_buffer(rng),
              .no_delay = rng.chance(0.4),
              .cork = rng.chance(0.1),
              .reading = draw_reading(rng)};
    for (std::uint32_t n = rng.below(5); n > 0; --n) side.script.push_back(draw_action(rng, scale));
    if (!scale.breaking || !rng.chance(0.15)) return side;
    side.script.push_back({.kind = rng.chance(0.5) ? close : abort});
    return side;
}

[[nodiscard]] Conversation::Kind draw_kind(Rng& rng) {
    using enum Conversation::Kind;
    const std::uint32_t lot = rng.below(20);
    if (lot < 14) return stream;
    if (lot < 16) return crossed;
    if (lot < 17) return refused;
    return datagrams;
}

void draw_many(Rng& rng, Conversation& c) {
    constexpr std::uint32_t short_text = 20'000;
    c.times = 2 + rng.below(rng.chance(0.2) ? 100 : 20);
    c.every = rng.chance(0.3) ? Duration{0} : up_to(rng, milliseconds{500});
    c.backlog = rng.chance(0.3) ? 1 + rng.below(3) : 128;
    for (Side* side : {&c.near_side, &c.far_side}) {
        for (Action& a : side->script) a.octets = std::min(a.octets, short_text);
    }
}

[[nodiscard]] std::string to_string(const Action& a) {
    switch (a.kind) {
        case send:
            return fmt::format("send {} by {}", a.octets, a.at_once);
        case urgent:
            return fmt::format("send {} urgent", a.octets);
        case rest:
            return "rest " + weather::duration_text(a.time);
        case shut_write:
            return "shut";
        case close:
            return "close";
        case abort:
            return "abort";
    }
    return "";
}

[[nodiscard]] std::string to_string(const Side& side) {
    std::string text;
    for (const Action& a : side.script) text += to_string(a) + ", ";
    if (side.send_buffer != 0) text += fmt::format("sndbuf {}, ", side.send_buffer);
    if (side.receive_buffer != 0) text += fmt::format("rcvbuf {}, ", side.receive_buffer);
    if (side.no_delay) text += "nodelay, ";
    if (side.cork) text += "cork, ";
    text += fmt::format("reads {}", side.reading.at_once);
    if (side.reading.stall > Duration{0})
        text += " after " + weather::duration_text(side.reading.stall);
    if (side.reading.rest > Duration{0})
        text += " every " + weather::duration_text(side.reading.rest);
    return text;
}

}  // namespace

bool breaks(const Conversation& conversation) {
    const auto early = [](const Action& a) { return a.kind == close || a.kind == abort; };
    return std::ranges::any_of(conversation.near_side.script, early) ||
           std::ranges::any_of(conversation.far_side.script, early);
}

Conversation draw_conversation(Rng& rng,
                               std::uint32_t id,
                               std::uint32_t hosts,
                               const Scale& scale) {
    constexpr std::uint32_t most_datagram = 20'000;
    Conversation c{.kind = draw_kind(rng), .id = id, .near = rng.below(hosts)};
    c.far = (c.near + 1 + rng.below(hosts - 1)) % hosts;
    if (c.kind != Conversation::Kind::crossed && rng.chance(0.08)) c.far = c.near;
    c.at = up_to(rng, seconds{3});
    c.near_side = draw_side(rng, scale);
    c.far_side = draw_side(rng, scale);
    if (c.kind == Conversation::Kind::stream && rng.chance(0.2)) draw_many(rng, c);
    if (c.kind != Conversation::Kind::datagrams) return c;
    c.times = 1 + rng.below(40);
    c.every = up_to(rng, milliseconds{200});
    c.octets = octaves(rng, 4, most_datagram);
    return c;
}

std::string to_string(const Conversation& c) {
    constexpr std::array<std::string_view, 4> kinds{"stream", "crossed", "refused", "datagrams"};
    std::string text = fmt::format("  {} {}: host {} to host {}, at {}",
                                   kinds.at(static_cast<std::size_t>(c.kind)),
                                   c.id,
                                   c.near,
                                   c.far,
                                   weather::duration_text(c.at));
    if (c.times > 1)
        text += fmt::format(", {} times, one every {}", c.times, weather::duration_text(c.every));
    if (c.backlog < 128) text += fmt::format(", backlog {}", c.backlog);
    if (c.kind == Conversation::Kind::datagrams)
        return text + fmt::format(", {} octets\n", c.octets);
    text += "\n    near: " + to_string(c.near_side) + "\n";
    if (c.kind != Conversation::Kind::refused) text += "    far:  " + to_string(c.far_side) + "\n";
    return text;
}

}  // namespace handfast::sim
